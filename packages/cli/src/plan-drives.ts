/** -drive, -hda to -hdd, -cdrom, disk images as words: the drives, before any device uses them. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import type { DrivePlan, IdePlan, MachinePlan } from "./plan.ts";
import { parseInteger, QemuOpts } from "./qemu-opts.ts";

const interfaces = ["ide", "scsi", "sd", "mtd", "floppy", "pflash", "virtio", "xen", "none"];
/** Units of one bus; other interfaces have one bus without end. */
const unitsOf = (kind: string): number => (kind === "ide" || kind === "floppy" ? 2 : Number.POSITIVE_INFINITY);

const caches: Readonly<Record<string, DrivePlan["cache"]>> = {
  none: "writeback",
  writeback: "writeback",
  writethrough: "writethrough",
  directsync: "writethrough",
  unsafe: "unsafe",
};

export const planDrives = (line: CommandLine, { machine }: MachinePlan): DrivePlan[] => {
  const drives: DrivePlan[] = [];
  const snapshotAll = line.has("snapshot");
  const add = (o: QemuOpts, text: string, usual: Usual = {}): void => {
    const drive = planDrive(o, usual, { text, drives, snapshotAll, machine });
    if (drives.some((d) => d.id === drive.id)) throw new UserError(`${text}: Duplicate ID '${drive.id}' for drive`);
    drives.push(drive);
  };
  const plain = (file: string): QemuOpts => new QemuOpts("-drive", `file=${file.replaceAll(",", ",,")}`);
  ["hda", "hdb", "hdc", "hdd"].forEach((option, index) => {
    for (const file of line.all(option)) add(plain(file), `-${option} ${file}`, { index });
  });
  ["fda", "fdb"].forEach((option, index) => {
    for (const file of line.all(option)) add(plain(file), `-${option} ${file}`, { index, interface: "floppy" });
  });
  for (const file of line.all("cdrom")) add(plain(file), `-cdrom ${file}`, { index: 2, media: "cdrom" });
  for (const value of line.all("drive")) {
    const o = new QemuOpts("-drive", value);
    add(o, o.text);
  }
  for (const file of line.words) add(plain(file), file, { index: 0 });
  return drives;
};

/** What the short options say in their way. */
interface Usual {
  readonly index?: number;
  readonly media?: "cdrom";
  readonly interface?: "floppy";
}

interface Context {
  readonly text: string;
  /** Those before it. */
  readonly drives: readonly DrivePlan[];
  readonly snapshotAll: boolean;
  readonly machine: MachinePlan["machine"];
}

const planDrive = (o: QemuOpts, usual: Usual, c: Context): DrivePlan => {
  const fail = (message: string): never => {
    throw new UserError(`${c.text}: ${message}`);
  };
  const format = o.get("format") ?? o.get("driver");
  if (format === "help" || format === "?") throw new Answer("Supported formats: raw\n");
  if (format !== undefined && format !== "raw") fail(`Unknown driver '${format}'`);
  const media = o.get("media") ?? usual.media ?? "disk";
  if (media !== "disk" && media !== "cdrom") return fail(`'${media}' invalid media`);
  const kind = o.get("if") ?? usual.interface;
  if (kind !== undefined && !interfaces.includes(kind)) fail(`unsupported bus type '${kind}'`);
  const wanted = kind ?? c.machine.defaultDrive ?? "virtio";
  const index = planIndex(o, wanted, usual, c.drives, fail);
  const units = unitsOf(wanted);
  const [bus, unit] = units === Number.POSITIVE_INFINITY ? [0, index] : [Math.floor(index / units), index % units];
  const clash = wanted !== "none" && c.drives.some((d) => d.interface === wanted && d.index === index);
  if (clash) fail(`drive with bus=${bus}, unit=${unit} (index=${index}) exists`);
  if (!isConnected(wanted, c.machine, bus)) return fail(`machine type does not support if=${wanted},bus=${bus},unit=${unit}`);
  const cache = o.get("cache") ?? "writeback";
  if (caches[cache] === undefined) fail("invalid cache option");
  const file = o.get("file") ?? "";
  if (file === "") fail("no image file given (file=)");
  const readOnly = o.bool("readonly") ?? o.bool("read-only") ?? media === "cdrom";
  if (readOnly && wanted === "ide" && media === "disk") throw new UserError("Block node is read-only");
  const name = wanted === "ide" ? `ide${bus}-${media === "cdrom" ? "cd" : "hd"}${unit}` : `${wanted}${index}`;
  const drive: DrivePlan = {
    id: o.get("id") ?? name,
    file,
    // Nothing writes to a CD-ROM.
    readOnly: readOnly || media === "cdrom",
    snapshot: o.bool("snapshot") ?? c.snapshotAll,
    cache: caches[cache]!,
    guessed: format === undefined,
    text: c.text,
    interface: wanted,
    index,
    media,
  };
  // How the host is to read and write is Node's affair.
  for (const key of ["aio", "discard", "detect-zeroes"]) o.get(key);
  const unknown = o.rest[0];
  if (unknown !== undefined) fail(`Block format 'raw' does not support the option '${unknown}'`);
  return drive;
};

const isConnected = (kind: string, machine: MachinePlan["machine"], bus: number): kind is DrivePlan["interface"] => {
  if (kind === "ide") return bus < (machine.ideChannels ?? 0);
  if (kind === "floppy") return bus === 0 && (machine.floppyDrives ?? 0) > 0;
  return kind === "none" || (kind === "virtio" && machine.virtioSlots > 0);
};

/** index=, or bus= and unit=, or the first place that is free. */
const planIndex = (o: QemuOpts, kind: string, usual: Usual, drives: readonly DrivePlan[], fail: (message: string) => never): number => {
  const number = (key: string): number | undefined => {
    const text = o.get(key);
    if (text === undefined) return undefined;
    return parseInteger(text) ?? fail(`Parameter '${key}' expects a number`);
  };
  const units = unitsOf(kind);
  const [index = usual.index, bus, unit] = [number("index"), number("bus"), number("unit")];
  if (index !== undefined && (bus !== undefined || unit !== undefined)) fail("index cannot be used with bus and unit");
  if (index !== undefined) return index;
  if (unit !== undefined && unit >= units) fail(`unit ${unit} too big (max is ${units - 1})`);
  const first = units === Number.POSITIVE_INFINITY ? 0 : (bus ?? 0) * units;
  if (unit !== undefined) return first + unit;
  for (let free = first; ; free++) if (!drives.some((d) => d.interface === kind && d.index === free)) return free;
};

/** The units of the machine's IDE channels. As with QEMU, the third is an empty CD-ROM drive if nothing else is said. */
export const planIde = (line: CommandLine, drives: readonly DrivePlan[], { machine }: MachinePlan): (IdePlan | undefined)[] => {
  const units = Array.from({ length: 2 * (machine.ideChannels ?? 0) }, (_, index): IdePlan | undefined => {
    const drive = drives.find((d) => d.interface === "ide" && d.index === index);
    if (drive === undefined) return undefined;
    return { kind: drive.media === "cdrom" ? "cdrom" : "disk", drive: drive.id, serialNumber: undefined, bootIndex: undefined };
  });
  const explicit = line.all("device").some((value) => value.startsWith("ide-cd"));
  if (units.length > 2 && units[2] === undefined && !line.has("nodefaults") && !explicit)
    units[2] = { kind: "cdrom", drive: undefined, serialNumber: undefined, bootIndex: undefined };
  return units;
};
