/** -device and -global: devices on the machine's virtio and IDE buses. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CharDevices } from "./plan-chars.ts";
import { type Networks, parseMac } from "./plan-nets.ts";
import type { CommandLine } from "./command-line.ts";
import { planIde } from "./plan-drives.ts";
import type { DiskPlan, DrivePlan, IdePlan, MachinePlan } from "./plan.ts";
import { parseInteger, QemuOpts } from "./qemu-opts.ts";

export interface Devices {
  readonly disks: DiskPlan[];
  readonly consoles: (string | undefined)[];
  rngs: number;
  debugExit: { readonly port: number; readonly size: number } | undefined;
  readonly ide: (IdePlan | undefined)[];
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
  readonly bus: "virtio-bus" | "virtio-serial-bus" | "IDE" | "ISA" | "PCI" | "virtio over PCI";
  readonly group: string;
  readonly properties: Readonly<Record<string, string>>;
  make(o: QemuOpts, c: Context): void;
}

/** The drive of that name, for a device of this model. */
const claim = (o: QemuOpts, c: Context, model: string, id: string): DrivePlan => {
  const drive = c.drives.find((d) => d.id === id) ?? o.fail(`Property '${model}.drive' can't find value '${id}'`);
  if ([...c.devices.disks, ...c.devices.ide].some((d) => d?.drive === id)) o.fail(`Drive '${id}' is already in use by another device`);
  return drive;
};

/** bootindex=: which device firmware tries first. */
const bootIndex = (o: QemuOpts, { devices }: Context): number | undefined => {
  const text = o.get("bootindex");
  if (text === undefined) return undefined;
  const index = parseInteger(text);
  if (index === undefined || index < -1 || index >= 2 ** 31) return o.fail("Parameter 'bootindex' expects int32");
  if (index === -1) return undefined;
  if ([...devices.disks, ...devices.ide].some((d) => d?.bootIndex === index)) o.fail(`The bootindex ${index} has already been used`);
  return index;
};

const drive = (model: string, o: QemuOpts, c: Context): void => {
  const id = o.get("drive") ?? o.fail("drive property not set");
  claim(o, c, model, id);
  c.devices.disks.push({ drive: id, serialNumber: o.get("serial"), bootIndex: bootIndex(o, c) });
};

/** On bus=ide.N, unit=M, or where there is room. */
const ideUnit = (kind: IdePlan["kind"]) => (o: QemuOpts, c: Context) => {
  const model = kind === "disk" ? "ide-hd" : "ide-cd";
  const { ide } = c.devices;
  const busName = o.get("bus");
  const bus = busName === undefined ? undefined : Number(/^ide\.(\d+)$/.exec(busName)?.[1]);
  if (bus !== undefined && !(2 * bus < ide.length)) o.fail(`Bus '${busName}' not found`);
  const text = o.get("unit");
  const unit = text === undefined ? undefined : Number(text);
  if (unit !== undefined && !(unit === 0 || unit === 1)) o.fail(`Can't create IDE unit ${text}, bus supports only 2 units`);
  const places = ide.map((_, n) => n).filter((n) => (bus ?? n >>> 1) === n >>> 1 && (unit ?? n & 1) === (n & 1));
  const place = places.find((n) => ide[n] === undefined);
  if (place === undefined) o.fail(unit === undefined ? "The IDE buses are full" : `IDE unit ${unit} is in use`);
  const id = o.get("drive");
  if (id === undefined && kind === "disk") o.fail("No drive specified");
  const claimed = id === undefined ? undefined : claim(o, c, model, id);
  if (kind === "disk" && claimed?.readOnly === true) o.fail("Block node is read-only");
  ide[place!] = { kind, drive: id, serialNumber: o.get("serial"), bootIndex: bootIndex(o, c) };
};

const card = (model: string) => (o: QemuOpts, c: Context) => {
  const id = o.get("netdev");
  const backend = id === undefined ? "null" : c.nets.netdevs.get(id);
  if (backend === undefined) return o.fail(`Property '${model}.netdev' can't find value '${id}'`);
  const mac = o.get("mac");
  const bytes = mac === undefined ? c.nets.nextMac() : parseMac(mac);
  c.nets.nics.push({ backend, mac: bytes ?? o.fail(`Property '${model}.mac' doesn't take value '${mac}'`) });
};

const port = (o: QemuOpts, c: Context): void => {
  if (c.buses === 0) o.fail("No 'virtio-serial-bus' bus found for device 'virtconsole'");
  c.buses--;
  const id = o.get("chardev");
  c.devices.consoles.push(
    id === undefined ? undefined : c.chars.use(id, () => o.fail(`Property 'virtconsole.chardev' can't find value '${id}'`)),
  );
};

const ideProperties = { drive: "<str>", serial: "<str>", unit: "<uint32>", bootindex: "<int32>" };

/** A device on whichever bus the machine has for virtio. */
const virtio = (
  kind: string,
  group: string,
  properties: DeviceModel["properties"],
  make: (name: string) => DeviceModel["make"],
): DeviceModel[] => [
  { name: `virtio-${kind}-device`, bus: "virtio-bus", group, properties, make: make(`virtio-${kind}-device`) },
  { name: `virtio-${kind}-pci`, bus: "virtio over PCI", group, properties, make: make(`virtio-${kind}-pci`) },
];

/** isa-debug-exit: where QEMU has it unless told. */
const debugExit = (o: QemuOpts, c: Context): void => {
  const number = (key: string, usual: number): number => {
    const text = o.get(key);
    return text === undefined ? usual : (parseInteger(text) ?? o.fail(`Parameter '${key}' expects uint64`));
  };
  c.devices.debugExit = { port: number("iobase", 0x501), size: number("iosize", 2) };
};

const models: readonly DeviceModel[] = [
  ...virtio("blk", "Storage", { drive: "<str>", serial: "<str>", bootindex: "<int32>" }, (name) => (o, c) => drive(name, o, c)),
  { name: "ide-hd", bus: "IDE", group: "Storage", properties: ideProperties, make: ideUnit("disk") },
  { name: "ide-cd", bus: "IDE", group: "Storage", properties: ideProperties, make: ideUnit("cdrom") },
  ...virtio("net", "Network", { netdev: "<str>", mac: "<str>" }, card),
  { name: "pcnet", bus: "PCI", group: "Network", properties: { netdev: "<str>", mac: "<str>" }, make: card("pcnet") },
  { name: "virtconsole", bus: "virtio-serial-bus", group: "Input", properties: { chardev: "<str>" }, make: port },
  ...virtio("serial", "Input", {}, () => (_, c) => void c.buses++),
  ...virtio("rng", "Misc", {}, () => (_, c) => void c.devices.rngs++),
  { name: "isa-debug-exit", bus: "ISA", group: "Misc", properties: { iobase: "<uint32>", iosize: "<uint32>" }, make: debugExit },
];

export const planDevices = (line: CommandLine, plan: MachinePlan, c: Omit<Context, "devices" | "buses">): Devices => {
  const { machine } = plan;
  const devices: Devices = {
    ide: planIde(line, c.drives, plan),
    disks: c.drives.filter((d) => d.interface === "virtio").map((d) => ({ drive: d.id, serialNumber: undefined, bootIndex: undefined })),
    consoles: [],
    rngs: 0,
    debugExit: undefined,
  };
  const context: Context = { ...c, devices, buses: 0 };
  for (const value of line.all("device")) {
    if (value.startsWith("{")) throw new UserError("-device: JSON is not supported");
    const o = new QemuOpts("-device", value, "driver");
    const name = o.need("driver");
    const model = models.find((m) => m.name === name) ?? unknown(o, name);
    const onPci = machine.virtioBus === "PCI";
    if (model.bus === "virtio-bus" && (machine.virtioSlots === 0 || onPci)) o.fail(`No 'virtio-bus' bus found for device '${model.name}'`);
    if (model.bus === "virtio over PCI" && !onPci) unknown(o, name);
    if (model.bus === "ISA" && !machine.devices.some((d) => d.name === "debug")) o.fail(`No 'ISA' bus found for device '${model.name}'`);
    if (model.bus === "IDE" && machine.ideChannels === undefined) o.fail(`No 'IDE' bus found for device '${model.name}'`);
    if (model.bus === "PCI" && machine.nic?.model !== model.name) o.fail(`No 'PCI' bus found for device '${model.name}'`);
    if (model.bus === "PCI" && c.nets.nics.length >= machine.nic!.most) o.fail("PCI: no slot/function available");
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
