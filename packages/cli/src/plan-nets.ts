/** -netdev, -nic, -net: network backends and cards. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import type { MachinePlan, NicPlan } from "./plan.ts";
import { QemuOpts } from "./qemu-opts.ts";

const backends = ["loopback", "hubport"] as const;
/** What QEMU has and we do not yet. */
const missing = ["user", "tap", "bridge", "socket", "stream", "dgram", "vde", "l2tpv3", "netmap", "vhost-user", "vhost-vdpa"];

export interface Networks {
  /** Backends by id. */
  readonly netdevs: ReadonlyMap<string, NicPlan["backend"]>;
  readonly nics: NicPlan[];
  /** The address that the next card gets if none is given for it. */
  nextMac(): Uint8Array;
}

/** -netdev help, -nic help: answered even where no machine is named. */
export const answerNetHelp = (line: CommandLine): void => {
  for (const option of ["netdev", "nic"])
    for (const value of line.all(option)) if (["help", "?"].includes(value)) planBackend(new QemuOpts(`-${option}`, value, "type"));
};

/** `nic`: the machine's own kind of card; virtio's is meant otherwise. */
export const planNets = (line: CommandLine, { nic, virtioBus }: Pick<MachinePlan["machine"], "nic" | "virtioBus">): Networks => {
  let cards = 0;
  const nextMac = (): Uint8Array => Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, (0x56 + cards++) & 0xff);
  const netdevs = new Map<string, NicPlan["backend"]>();
  for (const value of line.all("netdev")) {
    const o = new QemuOpts("-netdev", value, "type");
    const backend = planBackend(o);
    const id = o.need("id");
    if (netdevs.has(id)) o.fail(`Duplicate ID '${id}' for netdev`);
    // A hub with one port: whatever is sent to it reaches nobody.
    o.get("hubid");
    o.finish();
    netdevs.set(id, backend);
  }
  const nics: NicPlan[] = [];
  for (const value of line.all("nic")) {
    const o = new QemuOpts("-nic", value, "type");
    if (o.get("type") === "none") continue;
    const backend = planBackend(o);
    const models = nic === undefined ? [virtioBus === "PCI" ? "virtio-net-pci" : "virtio-net-device", "virtio"] : [nic.model];
    const model = o.get("model") ?? models[0]!;
    if (!models.includes(model)) throw new UserError(`Unsupported NIC model: ${model}`);
    const mac = o.get("mac");
    nics.push({ backend, mac: mac === undefined ? nextMac() : (parseMac(mac) ?? o.fail(`Parameter 'mac' doesn't take value '${mac}'`)) });
    for (const key of ["id", "hubid"]) o.get(key);
    o.finish();
  }
  for (const value of line.all("net"))
    if (value !== "none") throw new UserError(`-net ${value}: only -net none is supported (use -netdev and -device, or -nic)`);
  // A card of one's own, or none at all, is in place of the usual one.
  const given = ["net", "nic", "netdev"].some((option) => line.all(option).length > 0) || line.has("nodefaults");
  const devices = line.all("device").some((value) => value.split(",")[0] === nic?.model);
  if (nic?.isDefault === true && !given && !devices) nics.push({ backend: "null", mac: nextMac() });
  if (nic !== undefined && nics.length > nic.most) throw new UserError(`the machine has room for ${nic.most} network card`);
  return { netdevs, nics, nextMac };
};

const planBackend = (o: QemuOpts): NicPlan["backend"] => {
  const type = o.get("type") ?? "";
  if (type === "help" || type === "?") throw new Answer(`Available netdev backend types:\n${backends.map((b) => `${b}\n`).join("")}`);
  // The id is looked at first, as QEMU does.
  if (o.text.startsWith("-netdev")) o.need("id");
  if (missing.includes(type)) o.fail(`network backend '${type}' is not compiled into this binary`);
  if (type === "loopback") return "loopback";
  if (type === "hubport") return "null";
  return o.fail(`Parameter 'type' does not accept value '${type}'`);
};

/** Six bytes in hexadecimal, with colons or dashes. */
export const parseMac = (text: string): Uint8Array | undefined =>
  /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text) ? Uint8Array.from(text.split(/[:-]/), (byte) => Number.parseInt(byte, 16)) : undefined;
