/** -drive, -hda, disk images as words: the drives, before any device uses them. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import type { DrivePlan, MachinePlan } from "./plan.ts";
import { QemuOpts } from "./qemu-opts.ts";

const interfaces = ["ide", "scsi", "sd", "mtd", "floppy", "pflash", "virtio", "xen", "none"];

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
  const add = (o: QemuOpts, text: string): void => {
    const drive = planDrive(o, { text, number: drives.length, snapshotAll, slots: machine.virtioSlots });
    if (drives.some((d) => d.id === drive.id)) throw new UserError(`${text}: Duplicate ID '${drive.id}' for drive`);
    drives.push(drive);
  };
  const plain = (file: string): QemuOpts => new QemuOpts("-drive", `file=${file.replaceAll(",", ",,")}`);
  for (const file of line.all("hda")) add(plain(file), `-hda ${file}`);
  for (const value of line.all("drive")) {
    const o = new QemuOpts("-drive", value);
    add(o, o.text);
  }
  for (const file of line.words) add(plain(file), file);
  return drives;
};

const planDrive = (o: QemuOpts, c: { text: string; number: number; snapshotAll: boolean; slots: number }): DrivePlan => {
  const fail = (message: string): never => {
    throw new UserError(`${c.text}: ${message}`);
  };
  const format = o.get("format") ?? o.get("driver");
  if (format === "help" || format === "?") throw new Answer("Supported formats: raw\n");
  if (format !== undefined && format !== "raw") fail(`Unknown driver '${format}'`);
  const kind = o.get("if");
  if (kind !== undefined && !interfaces.includes(kind)) fail(`unsupported bus type '${kind}'`);
  const wanted = kind ?? (c.slots > 0 ? "virtio" : "ide");
  const isDisk = wanted !== "none";
  const index = o.get("index") ?? o.get("unit") ?? String(c.number);
  if (isDisk && (wanted !== "virtio" || c.slots === 0)) fail(`machine type does not support if=${wanted},bus=0,unit=${index}`);
  const media = o.get("media") ?? "disk";
  if (media !== "disk" && media !== "cdrom") fail(`'${media}' invalid media`);
  const cache = o.get("cache") ?? "writeback";
  if (caches[cache] === undefined) fail("invalid cache option");
  const file = o.get("file") ?? "";
  if (file === "") fail("no image file given (file=)");
  const drive: DrivePlan = {
    id: o.get("id") ?? `${wanted}${c.number}`,
    file,
    readOnly: o.bool("readonly") ?? o.bool("read-only") ?? media === "cdrom",
    snapshot: o.bool("snapshot") ?? c.snapshotAll,
    cache: caches[cache]!,
    guessed: format === undefined,
    text: c.text,
    isDisk,
  };
  // How the host is to read and write is Node's affair.
  for (const key of ["aio", "bus", "discard", "detect-zeroes"]) o.get(key);
  const unknown = o.rest[0];
  if (unknown !== undefined) fail(`Block format 'raw' does not support the option '${unknown}'`);
  return drive;
};
