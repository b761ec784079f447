/** Who a process is: its numbers, groups and sessions, users, limits, scheduling. */
import { fail } from "../errno.ts";
import type { Process } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";

const processOf = ({ kernel, task }: Call, pid: number): Process =>
  pid === 0 ? task.process : (kernel.processes.get(pid) ?? fail("ESRCH"));

function setpgid(call: Call, pid: number, group: number): number {
  const { kernel, task } = call;
  if (group < 0) return fail("EINVAL");
  const process = processOf(call, pid);
  if (process !== task.process && process.parent !== task.process) return fail("ESRCH");
  if (process.session !== task.process.session || process.session === process.pid) return fail("EPERM");
  const wanted = group === 0 ? process.pid : group;
  if (wanted !== process.pid && ![...kernel.processes.values()].some((p) => p.group === wanted && p.session === process.session))
    return fail("EPERM");
  process.group = wanted;
  return 0;
}

function setsid({ kernel, task }: Call): number {
  const { process } = task;
  if ([...kernel.processes.values()].some((p) => p.group === process.pid)) return fail("EPERM");
  process.session = process.group = process.pid;
  return process.pid;
}

/** Both numberings of the id calls: with 16 bits, and (named 32) with all. */
const idRow = (name: string, run: (call: Call) => number): SyscallRow[] => [
  syscall(name, [], (call) => Math.min(run(call), 0xfffe) && run(call)),
  syscall(`${name}32`, [], run),
];

const UNCHANGED = 0xffff_ffff;
const isUnchanged = (id: number): boolean => id === UNCHANGED || id === 0xffff;

type IdKind = "uid" | "gid";
const others = { uid: { effective: "euid", saved: "suid" }, gid: { effective: "egid", saved: "sgid" } } as const;

/** setuid and setgid: the superuser changes all three. */
function setId({ task }: Call, kind: IdKind, id: number): number {
  const { process } = task;
  const c = process.credentials;
  const { effective, saved } = others[kind];
  if (c.euid === 0) process.credentials = { ...c, [kind]: id, [effective]: id, [saved]: id };
  else if (id === c[kind] || id === c[saved]) process.credentials = { ...c, [effective]: id };
  else return fail("EPERM");
  return 0;
}

function setResId({ task }: Call, kind: IdKind, real: number, effectiveId: number, savedId: number): number {
  const { process } = task;
  const c = process.credentials;
  const { effective, saved } = others[kind];
  const now = [c[kind], c[effective], c[saved]];
  const wanted = [real, effectiveId, savedId].map((id, i) => (isUnchanged(id) ? now[i]! : id));
  if (c.euid !== 0 && wanted.some((id) => !now.includes(id))) return fail("EPERM");
  process.credentials = { ...c, [kind]: wanted[0], [effective]: wanted[1], [saved]: wanted[2] };
  return 0;
}

/** Of 16 bits where the call is that old. */
function putId(memory: Call["memory"], at: number, id: number, size: 2 | 4): void {
  if (size === 4) memory.setU32(at, id);
  else memory.write(at, Uint8Array.of(id & 0xff, (id >>> 8) & 0xff));
}

function getResId({ task, memory }: Call, kind: IdKind, at: readonly number[], size: 2 | 4): number {
  const c = task.process.credentials;
  const { effective, saved } = others[kind];
  [c[kind], c[effective], c[saved]].forEach((id, i) => putId(memory, at[i]!, id, size));
  return 0;
}

function getLimit(call: Call, resource: number, at: number, word: 4 | 8): number {
  putLimit(call, at, word, call.task.process.limits[resource] ?? fail("EINVAL"));
  return 0;
}

/** RLIM_INFINITY of words of 4 bytes; what is greater is shown as that. */
const noLimit = ({ kernel }: Call): number => kernel.abi.numbers?.noLimit ?? 0xffff_ffff;

function putLimit(call: Call, at: number, word: 4 | 8, { soft, hard }: { readonly soft: number; readonly hard: number }): void {
  const shown = (limit: number): number => (word === 4 ? Math.min(limit, noLimit(call)) : Number.isFinite(limit) ? limit : -1);
  call.memory.setWord(at, shown(soft), word);
  call.memory.setWord(at + word, shown(hard), word);
}

function setLimit(call: Call, process: Process, resource: number, at: number, word: 4 | 8): void {
  const { task, memory } = call;
  const old = process.limits[resource] ?? fail("EINVAL");
  const read = (where: number): number => {
    const value = word === 4 ? memory.u32(where) : memory.word(where, 8);
    const isNone = word === 4 ? value === noLimit(call) : value >= 2 ** 63;
    return isNone ? Number.POSITIVE_INFINITY : value;
  };
  const [soft, hard] = [read(at), read(at + word)];
  if (soft > hard) return fail("EINVAL");
  if (hard > old.hard && task.process.credentials.euid !== 0) return fail("EPERM");
  process.limits[resource] = { soft, hard };
  if (resource === 3) for (const t of process.tasks) t.space.stackLimit = soft;
}

const idRows = [
  ...idRow("getuid", ({ task }) => task.process.credentials.uid),
  ...idRow("geteuid", ({ task }) => task.process.credentials.euid),
  ...idRow("getgid", ({ task }) => task.process.credentials.gid),
  ...idRow("getegid", ({ task }) => task.process.credentials.egid),
  ...["", "32"].flatMap((suffix) => [
    syscall(`setuid${suffix}`, ["uint"], (call, id) => setId(call, "uid", id)),
    syscall(`setgid${suffix}`, ["uint"], (call, id) => setId(call, "gid", id)),
    syscall(`setreuid${suffix}`, ["uint", "uint"], (call, real, effective) =>
      setResId(call, "uid", real, effective, isUnchanged(real) && isUnchanged(effective) ? UNCHANGED : effective),
    ),
    syscall(`setregid${suffix}`, ["uint", "uint"], (call, real, effective) =>
      setResId(call, "gid", real, effective, isUnchanged(real) && isUnchanged(effective) ? UNCHANGED : effective),
    ),
    syscall(`setresuid${suffix}`, ["uint", "uint", "uint"], (call, r, e, s) => setResId(call, "uid", r, e, s)),
    syscall(`setresgid${suffix}`, ["uint", "uint", "uint"], (call, r, e, s) => setResId(call, "gid", r, e, s)),
    syscall(`getresuid${suffix}`, ["ptr", "ptr", "ptr"], (call, ...at) => getResId(call, "uid", at, suffix === "" ? 2 : 4)),
    syscall(`getresgid${suffix}`, ["ptr", "ptr", "ptr"], (call, ...at) => getResId(call, "gid", at, suffix === "" ? 2 : 4)),
    syscall(`setfsuid${suffix}`, ["uint"], ({ task }) => task.process.credentials.euid),
    syscall(`setfsgid${suffix}`, ["uint"], ({ task }) => task.process.credentials.egid),
    syscall(`getgroups${suffix}`, ["int", "ptr"], ({ task, memory }, count, at) => {
      const { groups } = task.process.credentials;
      if (count === 0) return groups.length;
      if (count < groups.length) return fail("EINVAL");
      const size = suffix === "" ? 2 : 4;
      groups.forEach((group, i) => putId(memory, at + size * i, group, size));
      return groups.length;
    }),
    syscall(`setgroups${suffix}`, ["int", "ptr"], ({ task, memory }, count, at) => {
      if (task.process.credentials.euid !== 0) return fail("EPERM");
      if (count < 0 || count > 65_536) return fail("EINVAL");
      const size = suffix === "" ? 2 : 4;
      const groups = Array.from({ length: count }, (_, i) =>
        size === 4 ? memory.u32(at + 4 * i) : memory.u8(at + 2 * i) | (memory.u8(at + 2 * i + 1) << 8),
      );
      task.process.credentials = { ...task.process.credentials, groups };
      return 0;
    }),
  ]),
];

export const identityRows: readonly SyscallRow[] = [
  ...idRows,
  syscall("getpid", [], ({ task }) => task.process.pid),
  syscall("gettid", [], ({ task }) => task.tid),
  syscall(
    "getppid",
    [],
    ({ kernel, task }) => task.process.parent?.pid ?? (task.process === kernel.init ? kernel.options.identity.ppid : 1),
  ),
  syscall("getpgrp", [], ({ task }) => task.process.group),
  syscall("getpgid", ["pid"], (call, pid) => processOf(call, pid).group),
  syscall("getsid", ["pid"], (call, pid) => processOf(call, pid).session),
  syscall("setpgid", ["pid", "pid"], setpgid),
  syscall("setsid", [], setsid),
  ...["getrlimit", "ugetrlimit"].map((name) =>
    syscall(name, ["int", "ptr"], (call, resource, at) => getLimit(call, resource, at, call.kernel.abi.wordBytes)),
  ),
  syscall("setrlimit", ["int", "ptr"], (call, resource, at) => {
    setLimit(call, call.task.process, resource, at, call.kernel.abi.wordBytes);
    return 0;
  }),
  syscall("prlimit64", ["pid", "int", "ptr", "ptr"], (call, pid, resource, wanted, old) => {
    const process = processOf(call, pid);
    const before = process.limits[resource] ?? fail("EINVAL");
    if (wanted !== 0) setLimit(call, process, resource, wanted, 8);
    if (old !== 0) putLimit(call, old, 8, before);
    return 0;
  }),
];
