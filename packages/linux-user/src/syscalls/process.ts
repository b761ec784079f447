/** Processes: making, replacing, ending and waiting for them. */
import { CLONE, clone, type CloneRequest, waitForVfork } from "../clone.ts";
import { fail } from "../errno.ts";
import { reap } from "../exit.ts";
import { exec, MOST_ARGUMENT_BYTES } from "../loader/exec.ts";
import type { Process } from "../process.ts";
import { signalCount } from "../signals/guest-set.ts";
import { layOutInfo } from "../signals/info.ts";
import { SI, SIG } from "../signals/numbers.ts";
import { type Call, NO_RESULT, syscall, type SyscallRow } from "../syscall-table.ts";
import { findFile } from "../vfs/names.ts";
import { pidFile } from "./pidfds.ts";
import { readSized } from "./sized-struct.ts";

function cloneCall({ kernel, task }: Call, request: CloneRequest): number | Promise<number> {
  const child = clone(kernel, task, request);
  if ((request.flags & CLONE.VFORK) === 0) return child.tid;
  return waitForVfork(child).then(() => child.tid);
}

const plain: CloneRequest = { flags: 0, exitSignal: SIG.SIGCHLD, stack: 0, parentTid: 0, childTid: 0, tls: 0 };

/** struct clone_args: eleven 64-bit words, of which the first eight are old. */
const [OLD_CLONE_ARGS, CLONE_ARGS] = [64, 88];
const CLEAR_SIGHAND = 2 ** 32;

function clone3(call: Call, at: number, size: number): number | Promise<number> {
  const words = readSized(call, at, size, OLD_CLONE_ARGS, CLONE_ARGS);
  const word = (i: number): number => Number(words.getBigUint64(8 * i, call.kernel.abi.littleEndian));
  const [allFlags, ownSignal, stack, stackSize, cgroup] = [word(0), word(4), word(5), word(6), word(10)];
  const exitSignal = call.kernel.abi.numbers?.signal(ownSignal) ?? ownSignal;
  const clearHandlers = Math.floor(allFlags / CLEAR_SIGHAND) % 2 === 1;
  const flags = allFlags % CLEAR_SIGHAND;
  if (allFlags >= 2 * CLEAR_SIGHAND || (flags & 0xff) !== 0 || (flags & CLONE.DETACHED) !== 0) return fail("EINVAL");
  if (exitSignal > signalCount(call.kernel.abi) || (exitSignal !== 0 && (flags & (CLONE.THREAD | CLONE.PARENT)) !== 0))
    return fail("EINVAL");
  if ((stack === 0) !== (stackSize === 0) || cgroup !== 0) return fail("EINVAL");
  // Numbers to choose are for those who restore processes.
  if (word(8) !== 0 || word(9) !== 0) return fail(call.task.process.credentials.euid === 0 ? "EINVAL" : "EPERM");
  return cloneCall(call, {
    flags,
    exitSignal,
    stack: stack === 0 ? 0 : stack + stackSize,
    pidfd: word(1),
    childTid: word(2),
    parentTid: word(3),
    tls: word(7),
    clearHandlers,
  });
}

/** A vector of strings that ends with a null pointer. */
function strings({ kernel, memory }: Call, at: number): string[] {
  const list: string[] = [];
  let size = 0;
  const word = kernel.abi.wordBytes;
  if (at === 0) return list;
  for (let where = at; ; where += word) {
    const va = memory.word(where, word);
    if (va === 0) return list;
    // One that is too long is too much, not a bad name.
    const text = memory.string(va, undefined, "E2BIG");
    list.push(text);
    size += text.length + 1 + word;
    if (size > MOST_ARGUMENT_BYTES) return fail("E2BIG");
  }
}

async function execve(call: Call, dirfd: number, path: number, argv: number, envp: number, flags: number): Promise<typeof NO_RESULT> {
  const { kernel, task, memory } = call;
  const name = memory.path(path);
  const args = strings(call, argv);
  const environment = strings(call, envp);
  const EMPTY_PATH = 0x1000;
  const at =
    name === "" && (flags & EMPTY_PATH) !== 0
      ? (task.files.get(dirfd).at ?? fail("EACCES"))
      : await findFile(kernel, task, name, { dirfd, follow: true });
  await exec(kernel, task, { path: name === "" ? at.path : name, args: args.length === 0 ? [""] : args, environment, at });
  return NO_RESULT;
}

const W = { NOHANG: 1, UNTRACED: 2, EXITED: 4, CONTINUED: 8, NOWAIT: 0x0100_0000 } as const;

type Chooses = (child: Process) => boolean;

/** wait4's first argument: which children. */
function chosen({ process }: Call["task"], pid: number): Chooses {
  if (pid === -1) return () => true;
  if (pid === 0) return (child) => child.group === process.group;
  return pid < -1 ? (child) => child.group === -pid : (child) => child.pid === pid;
}

const hasNews = (child: Process, options: number): boolean =>
  ((options & W.EXITED) !== 0 && child.exitStatus !== undefined) ||
  ((options & W.UNTRACED) !== 0 && child.news === "stopped") ||
  ((options & W.CONTINUED) !== 0 && child.news === "continued");

/** Has the wait come to an end: is there news, or nobody left who could have some? */
function isReadyOrOver(process: Process, chooses: Chooses, options: number): boolean {
  const children = [...process.children].filter(chooses);
  return children.length === 0 || children.some((child) => hasNews(child, options));
}

/** Waits for news of a child; undefined if there is none and the caller does not want to wait. */
async function waitForChild({ task }: Call, chooses: Chooses, options: number): Promise<Process | undefined> {
  const { process } = task;
  for (;;) {
    const children = [...process.children].filter(chooses);
    if (children.length === 0) return fail("ECHILD");
    const ready = children.find((child) => hasNews(child, options));
    if (ready !== undefined) return ready;
    if ((options & W.NOHANG) !== 0) return undefined;
    try {
      await task.wait([process.childNews]);
    } catch (error) {
      // What the signal is about may be the news: children come first.
      if (isReadyOrOver(process, chooses, options)) continue;
      throw error;
    }
  }
}

/** What the child has to tell: wait4's status. Told once, unless NOWAIT. */
function statusOf(call: Call, child: Process, options: number): number {
  if (child.exitStatus !== undefined) {
    if ((options & W.NOWAIT) === 0) reap(call.kernel, child);
    return child.exitStatus;
  }
  const status = child.news === "stopped" ? (child.stopped << 8) | 0x7f : 0xffff;
  if ((options & W.NOWAIT) === 0) child.news = undefined;
  return status;
}

function putUsage({ kernel, memory }: Call, at: number, ns: number): void {
  memory.write(at, kernel.layout("rusage").build({ utime_sec: Math.floor(ns / 1e9), utime_usec: Math.floor((ns % 1e9) / 1e3) }));
}

/** The status with the architecture's number of the signal in it. */
function ownStatus({ kernel }: Call, status: number): number {
  const { numbers } = kernel.abi;
  if (numbers === undefined || status === 0xffff) return status;
  if ((status & 0xff) === 0x7f) return (numbers.ownSignal(status >> 8) << 8) | 0x7f;
  return (status & 0x7f) === 0 ? status : (status & ~0x7f) | numbers.ownSignal(status & 0x7f);
}

async function wait4(call: Call, pid: number, statusAt: number, options: number, usageAt: number): Promise<number> {
  if ((options & ~(W.NOHANG | W.UNTRACED | W.CONTINUED | 0xe000_0000)) !== 0) return fail("EINVAL");
  const child = await waitForChild(call, chosen(call.task, pid), options | W.EXITED);
  if (child === undefined) return 0;
  const { pid: found, cpu, childrenCpuNs } = child;
  const status = statusOf(call, child, options);
  if (statusAt !== 0) call.memory.setU32(statusAt, ownStatus(call, status));
  if (usageAt !== 0) putUsage(call, usageAt, cpu.now() + childrenCpuNs);
  return found;
}

const P = { ALL: 0, PID: 1, PGID: 2, PIDFD: 3 } as const;

async function waitid(call: Call, type: number, id: number, infoAt: number, options: number, usageAt: number): Promise<number> {
  const { kernel, task, memory } = call;
  const states = W.EXITED | W.UNTRACED | W.CONTINUED;
  if ((options & states) === 0 || (options & ~(states | W.NOHANG | W.NOWAIT | 0xe000_0000)) !== 0) return fail("EINVAL");
  if (type === P.PID && id <= 0) return fail("EINVAL");
  const file = type === P.PIDFD ? pidFile(call, id) : undefined;
  const chooses: Chooses | undefined =
    type === P.ALL
      ? () => true
      : type === P.PID
        ? (child) => child.pid === id
        : type === P.PGID
          ? (child) => child.group === (id === 0 ? task.process.group : id)
          : file === undefined
            ? undefined
            : (child) => child === file.process;
  if (chooses === undefined) return fail("EINVAL");
  const isNonBlocking = file?.isNonBlocking === true && (options & W.NOHANG) === 0;
  const child = await waitForChild(call, chooses, isNonBlocking ? options | W.NOHANG : options);
  if (child === undefined && isNonBlocking) return fail("EAGAIN");
  if (child === undefined) {
    if (infoAt !== 0) memory.write(infoAt, new Uint8Array(128));
    return 0;
  }
  const { pid, credentials, cpu, childrenCpuNs } = child;
  const news = child.exitStatus === undefined ? child.news : "exited";
  const word = statusOf(call, child, options);
  const [code, status] =
    news === "stopped"
      ? [SI.CLD_STOPPED, (word >> 8) & 0xff]
      : news === "continued"
        ? [SI.CLD_CONTINUED, SIG.SIGCONT]
        : (word & 0x7f) === 0
          ? [SI.CLD_EXITED, (word >> 8) & 0xff]
          : [(word & 0x80) !== 0 ? SI.CLD_DUMPED : SI.CLD_KILLED, word & 0x7f];
  if (infoAt !== 0) memory.write(infoAt, layOutInfo({ signal: SIG.SIGCHLD, code, pid, uid: credentials.uid, status }, kernel.abi));
  if (usageAt !== 0) putUsage(call, usageAt, cpu.now() + childrenCpuNs);
  return 0;
}

export const processRows: readonly SyscallRow[] = [
  syscall("exit", ["int"], ({ kernel, task }, code) => {
    kernel.exitTask(task, code);
    return NO_RESULT;
  }),
  syscall("exit_group", ["int"], ({ kernel, task }, code) => {
    kernel.exitProcess(task.process, (code & 0xff) << 8);
    return NO_RESULT;
  }),
  syscall("fork", [], (call) => cloneCall(call, plain)),
  syscall("vfork", [], (call) => cloneCall(call, { ...plain, flags: CLONE.VM | CLONE.VFORK })),
  syscall("clone", ["cloneFlags", "ptr", "ptr", "ptr", "ptr"], (call, flags, stack, parentTid, fourth, fifth) => {
    const [tls, childTid] = call.kernel.abi.cloneTlsFirst ? [fourth, fifth] : [fifth, fourth];
    // There is one place for the two.
    if ((flags & CLONE.PIDFD) !== 0 && (flags & CLONE.PARENT_SETTID) !== 0) return fail("EINVAL");
    return cloneCall(call, { flags: flags & ~0xff, exitSignal: flags & 0xff, stack, parentTid, childTid, tls, pidfd: parentTid });
  }),
  syscall("clone3", ["ptr", "size"], clone3),
  syscall("execve", ["path", "ptr", "ptr"], (call, path, argv, envp) => execve(call, -100, path, argv, envp, 0)),
  syscall("execveat", ["dirfd", "path", "ptr", "ptr", "hex"], execve),
  syscall("wait4", ["pid", "ptr", "hex", "ptr"], wait4),
  syscall("waitpid", ["pid", "ptr", "hex"], (call, pid, status, options) => wait4(call, pid, status, options, 0)),
  syscall("waitid", ["int", "pid", "ptr", "hex", "ptr"], waitid),
  syscall("set_tid_address", ["ptr"], ({ task }, va) => {
    task.clearChildTid = va;
    return task.tid;
  }),
];
