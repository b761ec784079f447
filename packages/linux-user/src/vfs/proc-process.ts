/** /proc/PID: what a process tells of itself. */
import type { Kernel } from "../kernel.ts";
import type { UserSpace } from "../mm/user-space.ts";
import { type Process, RLIMIT } from "../process.ts";
import type { Task } from "../task.ts";
import { ownSignalSet, signalSetBytes } from "../signals/guest-set.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { Errno } from "../errno.ts";
import { UserAccess } from "../mm/user-access.ts";
import type { Vma } from "../mm/vma.ts";
import { DescriptorInode } from "./descriptor-inode.ts";
import { directoryOf, type GeneratedDirectory, type GeneratedLink, type GeneratedNode, text } from "./generated-fs.ts";
import { HostRegular } from "./host-file.ts";
import type { Location } from "./path.ts";
import type { Inode, OpenFile } from "./types.ts";

const TICKS = 100;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

function mapLine(vma: Vma, digits: number): string {
  const { prot, shared, file } = vma;
  const rights = `${prot & 1 ? "r" : "-"}${prot & 2 ? "w" : "-"}${prot & 4 ? "x" : "-"}${shared ? "s" : "p"}`;
  const device = file?.device ?? 0;
  const offset = vma.source === undefined || file === undefined ? 0 : vma.offset;
  const start = `${hex(vma.start, digits)}-${hex(vma.end, digits)} ${rights} ${hex(offset, 8)} ${hex((device >> 8) & 0xfff, 2)}:${hex(device & 0xff, 2)} ${file?.inode ?? 0} `;
  return vma.name === "" ? `${start}\n` : `${start.padEnd(25 + 6 * digits)}${vma.name}\n`;
}

const digitsOf = (kernel: Kernel): number => 8 * (kernel.abi.wordBytes / 4) - (kernel.abi.wordBytes === 8 ? 4 : 0);

const maps = (kernel: Kernel, space: UserSpace): string => space.vmas.all.map((vma) => mapLine(vma, digitsOf(kernel))).join("");

function memoryText(kernel: Kernel, space: UserSpace, { start, end }: { readonly start: number; readonly end: number }): Uint8Array {
  try {
    return new UserAccess(() => space, kernel.pool, kernel.abi.littleEndian).bytes(start, end - start);
  } catch (error) {
    if (error instanceof Errno) return new Uint8Array(0);
    throw error;
  }
}

const sizeOf = (space: UserSpace): number => space.vmas.all.reduce((sum, vma) => sum + vma.end - vma.start, 0);

function residentPages(space: UserSpace): number {
  let pages = 0;
  space.table.update(0, 2 ** 47, (pte) => {
    pages++;
    return pte;
  });
  return pages;
}

const stateLetter = (process: Process, task: Task | undefined): string =>
  process.exitStatus !== undefined || task === undefined ? "Z" : process.stopped !== 0 ? "T" : task.status === "runnable" ? "R" : "S";

const stateWords: Readonly<Record<string, string>> = { R: "running", S: "sleeping", T: "stopped", Z: "zombie" };

function stat(kernel: Kernel, process: Process, task: Task | undefined): string {
  const ticks = (ns: number): number => Math.floor((ns / 1e9) * TICKS);
  const cpu = (task !== undefined && task !== process.leader ? task : process).cpu.now();
  const space = task?.space;
  const fields = [
    task?.tid ?? process.pid,
    `(${task?.name ?? ""})`,
    stateLetter(process, task),
    process.parent?.pid ?? (process === kernel.init ? kernel.options.identity.ppid : 1),
    process.group,
    process.session,
    // Terminal, its foreground group, flags, four counts of faults.
    "0 -1 0 0 0 0 0",
    ticks(cpu),
    0,
    ticks(process.childrenCpuNs),
    0,
    // Priority, nice, threads, itrealvalue.
    `20 0 ${process.tasks.size} 0`,
    ticks(process.startedNs),
    space === undefined ? 0 : sizeOf(space),
    space === undefined ? 0 : residentPages(space),
    "4294967295",
    // Code and stack addresses, signals, and whatever else is not told.
    "0 ".repeat(27).trimEnd(),
  ];
  return `${fields.join(" ")}\n`;
}

function status(kernel: Kernel, process: Process, task: Task | undefined): string {
  const { uid, euid, suid, gid, egid, sgid, groups } = process.credentials;
  const letter = stateLetter(process, task);
  const mask = (set: SignalSet = SignalSet.empty): string =>
    ownSignalSet(kernel.abi, set)
      .words.slice(0, signalSetBytes(kernel.abi) >> 2)
      .toReversed()
      .map((word) => hex(word, 8))
      .join("");
  const size = task === undefined ? 0 : Math.floor(sizeOf(task.space) / 1024);
  const resident = task === undefined ? 0 : residentPages(task.space) * 4;
  const rows: readonly (readonly [string, string | number])[] = [
    ["Name", task?.name ?? ""],
    ["Umask", `0${(task?.fs.umask ?? 0).toString(8).padStart(3, "0")}`],
    ["State", `${letter} (${stateWords[letter]})`],
    ["Tgid", process.pid],
    ["Ngid", 0],
    ["Pid", task?.tid ?? process.pid],
    ["PPid", process.parent?.pid ?? (process === kernel.init ? kernel.options.identity.ppid : 1)],
    ["TracerPid", 0],
    ["Uid", [uid, euid, suid, euid].join("\t")],
    ["Gid", [gid, egid, sgid, egid].join("\t")],
    ["FDSize", 64],
    ["Groups", `${groups.join(" ")} `],
    ["VmSize", `${String(size).padStart(8)} kB`],
    ["VmRSS", `${String(resident).padStart(8)} kB`],
    ["Threads", process.tasks.size],
    ["SigPnd", mask(task?.pending.set)],
    ["ShdPnd", mask(process.pending.set)],
    ["SigBlk", mask(task?.mask)],
    ["Cpus_allowed", 1],
    ["Cpus_allowed_list", 0],
  ];
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join("");
}

const limitRows = [
  ["Max cpu time", RLIMIT.CPU, "seconds"],
  ["Max file size", RLIMIT.FSIZE, "bytes"],
  ["Max data size", RLIMIT.DATA, "bytes"],
  ["Max stack size", RLIMIT.STACK, "bytes"],
  ["Max core file size", RLIMIT.CORE, "bytes"],
  ["Max resident set", RLIMIT.RSS, "bytes"],
  ["Max processes", RLIMIT.NPROC, "processes"],
  ["Max open files", RLIMIT.NOFILE, "files"],
  ["Max locked memory", RLIMIT.MEMLOCK, "bytes"],
  ["Max address space", RLIMIT.AS, "bytes"],
  ["Max file locks", 10, "locks"],
  ["Max pending signals", RLIMIT.SIGPENDING, "signals"],
  ["Max msgqueue size", RLIMIT.MSGQUEUE, "bytes"],
  ["Max nice priority", RLIMIT.NICE, ""],
  ["Max realtime priority", RLIMIT.RTPRIO, ""],
  ["Max realtime timeout", 15, "us"],
] as const;

function limitsText({ limits }: Process): string {
  const row = (cells: readonly string[]): string => `${[25, 20, 20, 10].map((width, i) => (cells[i] ?? "").padEnd(width)).join(" ")}\n`;
  const value = (limit: number): string => (Number.isFinite(limit) ? String(limit) : "unlimited");
  const rows = limitRows.map(([name, resource, unit]) => row([name, value(limits[resource]!.soft), value(limits[resource]!.hard), unit]));
  return row(["Limit", "Soft Limit", "Hard Limit", "Units"]) + rows.join("");
}

const toLocation = (at: () => Location | undefined): GeneratedLink => ({
  kind: "link",
  target: () => at()?.path ?? "",
  inode: () => at()?.inode,
});

const inodeOf = (file: OpenFile): Inode =>
  file.inode === undefined || (file instanceof HostRegular && file.isUnlinked) ? new DescriptorInode(file) : file.inode;

/** Descriptors as links to what they are open on. */
function descriptors(task: Task): GeneratedDirectory {
  return {
    kind: "directory",
    mode: 0o500,
    names: () => task.files.all.map(([fd]) => String(fd)),
    get(name) {
      const file = /^[0-9]+$/.test(name) ? task.files.find(Number(name)) : undefined;
      if (file === undefined) return undefined;
      return { kind: "link", target: () => file.path, inode: () => inodeOf(file) };
    },
  };
}

function taskEntries(kernel: Kernel, process: Process, task: Task | undefined): Record<string, GeneratedNode> {
  const entries: Record<string, GeneratedNode> = {
    stat: text(() => stat(kernel, process, task)),
    status: text(() => status(kernel, process, task)),
    comm: text(() => `${task?.name ?? ""}\n`),
    cmdline: text(() => (task === undefined ? "" : memoryText(kernel, task.space, task.space.arguments))),
  };
  if (task === undefined) return entries;
  return {
    ...entries,
    environ: text(() => memoryText(kernel, task.space, task.space.environment), 0o400),
    auxv: text(() => task.space.auxv, 0o400),
    maps: text(() => maps(kernel, task.space)),
    statm: text(() => `${Math.ceil(sizeOf(task.space) / 4096)} ${residentPages(task.space)} 0 0 0 0 0\n`),
    fd: descriptors(task),
    limits: text(() => limitsText(process)),
    exe: toLocation(() => process.executable),
    cwd: toLocation(() => task.fs.cwd),
    root: toLocation(() => task.fs.root),
    mounts: text(() => mountsText(kernel)),
    mountinfo: text(() => mountInfoText(kernel)),
  };
}

/** The directory of a process. */
export function processDirectory(kernel: Kernel, process: Process): GeneratedDirectory {
  const threads: GeneratedDirectory = {
    kind: "directory",
    names: () => [...process.tasks].map((task) => String(task.tid)),
    get(name) {
      const task = [...process.tasks].find((t) => String(t.tid) === name);
      return task === undefined ? undefined : directoryOf(taskEntries(kernel, process, task));
    },
  };
  return { ...directoryOf({ ...taskEntries(kernel, process, process.leader), task: threads }), subject: process };
}

export const mountsText = (kernel: Kernel): string =>
  kernel.mounts.all.map(([path, fs]) => `${fs.type} ${path} ${fs.type} rw,relatime 0 0\n`).join("");

/** Numbers of the mount and its parent, device, root, place, options, type, source, options of the file system. */
const mountInfoText = (kernel: Kernel): string =>
  kernel.mounts.all
    .map(([path, fs], i) => `${i + 20} ${i === 0 ? 1 : 20} 0:${i + 20} / ${path} rw,relatime - ${fs.type} ${fs.type} rw\n`)
    .join("");
