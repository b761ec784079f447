/** -device and -global: devices on the machine's virtio buses. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CharDevices } from "./plan-chars.ts";
import { type Networks, parseMac } from "./plan-nets.ts";
import type { CommandLine } from "./command-line.ts";
import type { DiskPlan, DrivePlan, MachinePlan } from "./plan.ts";
import { QemuOpts } from "./qemu-opts.ts";

export interface Devices {
  readonly disks: DiskPlan[];
  readonly consoles: (string | undefined)[];
  rngs: number;
}

interface Context {
  readonly drives: readonly DrivePlan[];
  readonly chars: CharDevices;
  readonly nets: Networks;
  readonly devices: Devices;
  /** Console buses that have no port in use yet. */
  buses: number;
}

interface DeviceModel {
  readonly name: string;
  readonly bus: "virtio-bus" | "virtio-serial-bus";
  readonly group: string;
  readonly properties: Readonly<Record<string, string>>;
  make(o: QemuOpts, c: Context): void;
}

const drive = (o: QemuOpts, c: Context): void => {
  const id = o.get("drive") ?? o.fail("drive property not set");
  if (!c.drives.some((d) => d.id === id)) o.fail(`Property 'virtio-blk-device.drive' can't find value '${id}'`);
  if (c.devices.disks.some((d) => d.drive === id)) o.fail(`Drive '${id}' is already in use by another device`);
  c.devices.disks.push({ drive: id, serialNumber: o.get("serial") });
};

const card = (o: QemuOpts, c: Context): void => {
  const id = o.get("netdev");
  const backend = id === undefined ? "null" : c.nets.netdevs.get(id);
  if (backend === undefined) return o.fail(`Property 'virtio-net-device.netdev' can't find value '${id}'`);
  const mac = o.get("mac");
  const bytes = mac === undefined ? c.nets.nextMac() : parseMac(mac);
  c.nets.nics.push({ backend, mac: bytes ?? o.fail(`Property 'virtio-net-device.mac' doesn't take value '${mac}'`) });
};

const port = (o: QemuOpts, c: Context): void => {
  if (c.buses === 0) o.fail("No 'virtio-serial-bus' bus found for device 'virtconsole'");
  c.buses--;
  const id = o.get("chardev");
  c.devices.consoles.push(
    id === undefined ? undefined : c.chars.use(id, () => o.fail(`Property 'virtconsole.chardev' can't find value '${id}'`)),
  );
};

const models: readonly DeviceModel[] = [
  { name: "virtio-blk-device", bus: "virtio-bus", group: "Storage", properties: { drive: "<str>", serial: "<str>" }, make: drive },
  { name: "virtio-net-device", bus: "virtio-bus", group: "Network", properties: { netdev: "<str>", mac: "<str>" }, make: card },
  { name: "virtconsole", bus: "virtio-serial-bus", group: "Input", properties: { chardev: "<str>" }, make: port },
  { name: "virtio-serial-device", bus: "virtio-bus", group: "Input", properties: {}, make: (_, c) => void c.buses++ },
  { name: "virtio-rng-device", bus: "virtio-bus", group: "Misc", properties: {}, make: (_, c) => void c.devices.rngs++ },
];

export const planDevices = (line: CommandLine, { machine }: MachinePlan, c: Omit<Context, "devices" | "buses">): Devices => {
  const devices: Devices = {
    disks: c.drives.filter((d) => d.isDisk).map((d) => ({ drive: d.id, serialNumber: undefined })),
    consoles: [],
    rngs: 0,
  };
  const context: Context = { ...c, devices, buses: 0 };
  for (const value of line.all("device")) {
    if (value.startsWith("{")) throw new UserError("-device: JSON is not supported");
    const o = new QemuOpts("-device", value, "driver");
    const name = o.need("driver");
    const model = models.find((m) => m.name === name) ?? unknown(o, name);
    if (model.bus === "virtio-bus" && machine.virtioSlots === 0) o.fail(`No 'virtio-bus' bus found for device '${model.name}'`);
    model.make(o, context);
    for (const key of ["id", "bus"]) o.get(key);
    o.finish((key) => `Property '${model.name}.${key}' not found`);
  }
  // A console bus of which no port is used is a device all the same.
  for (; context.buses > 0; context.buses--) devices.consoles.push(undefined);
  return devices;
};

/** -device help, and -device driver,help: answered even where no machine is named. */
export const answerDeviceHelp = (line: CommandLine): void => {
  for (const value of line.all("device")) {
    const o = new QemuOpts("-device", value, "driver");
    const name = o.get("driver");
    if (name === "help" || name === "?") throw new Answer(deviceList());
    const model = models.find((m) => m.name === name);
    if (model !== undefined && o.wantsHelp) throw new Answer(propertyList(model));
  }
};

const unknown = (o: QemuOpts, name: string): never => {
  const bus = models.find((m) => m.name === name.replace(/(-pci)?$/, "-device"));
  return o.fail(`'${name}' is not a valid device model name${bus === undefined ? "" : ` (there is no PCI bus: use ${bus.name})`}`);
};

const deviceList = (): string => {
  const groups = [...new Set(models.map((m) => m.group))];
  const rows = (group: string): string[] => models.filter((m) => m.group === group).map((m) => `name "${m.name}", bus ${m.bus}\n`);
  return groups.map((group) => `${group} devices:\n${rows(group).join("")}`).join("\n");
};

const propertyList = (model: DeviceModel): string =>
  `${model.name} options:\n${Object.entries({ ...model.properties, id: "<str>" })
    .map(([key, type]) => `  ${key}=${type}\n`)
    .join("")}`;

/** Whether virtio is to be version 1 of its standard (force-legacy=off); other globals concern no device that we have. */
export const planGlobals = (line: CommandLine, warnings: string[]): { modernVirtio: boolean } => {
  let modernVirtio = false;
  for (const value of line.all("global")) {
    const o = new QemuOpts("-global", value);
    const match = /^([^.=,]+)\.([^=,]+)=(.*)$/.exec(value);
    const [driver, property] = match === null ? [o.get("driver"), o.get("property")] : [match[1], match[2]];
    if (driver === undefined || property === undefined) o.fail(`Invalid parameter '${value.split(/[=,]/)[0]}'`);
    if (driver === "virtio-mmio" && property === "force-legacy") {
      const key = match === null ? "value" : `${driver}.${property}`;
      modernVirtio = o.bool(key) === false;
    } else warnings.push(`global ${driver}.${property} has invalid class name`);
  }
  return { modernVirtio };
};
