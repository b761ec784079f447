/** Record locks of fcntl, and flock. */
import { Errno, fail } from "../errno.ts";
import type { Call } from "../syscall-table.ts";
import type { Lock } from "../vfs/locks.ts";
import type { OpenFile } from "../vfs/types.ts";

const TYPE = { RDLCK: 0, WRLCK: 1, UNLCK: 2 } as const;
const WHOLE_FILE = Number.POSITIVE_INFINITY;

export interface LockCommand {
  readonly kind: "get" | "set" | "wait";
  /** With 64-bit offsets. */
  readonly wide: boolean;
  /** The open file has it, and not the process. */
  readonly ofFile: boolean;
}

/** F_GETLK and so on, by their numbers. */
export const lockCommands: ReadonlyMap<number, LockCommand> = new Map([
  [5, { kind: "get", wide: false, ofFile: false }],
  [6, { kind: "set", wide: false, ofFile: false }],
  [7, { kind: "wait", wide: false, ofFile: false }],
  [12, { kind: "get", wide: true, ofFile: false }],
  [13, { kind: "set", wide: true, ofFile: false }],
  [14, { kind: "wait", wide: true, ofFile: false }],
  [36, { kind: "get", wide: true, ofFile: true }],
  [37, { kind: "set", wide: true, ofFile: true }],
  [38, { kind: "wait", wide: true, ofFile: true }],
]);

export async function recordLock(call: Call, file: OpenFile, { kind, wide, ofFile }: LockCommand, at: number): Promise<number> {
  const { kernel, task, memory } = call;
  const layout = kernel.layout(wide ? "flock64" : "flock");
  const bytes = memory.bytes(at, layout.size);
  const get = (name: string): number => layout.get(bytes, name);
  const type = get("type");
  if (type !== TYPE.RDLCK && type !== TYPE.WRLCK && (type !== TYPE.UNLCK || kind === "get")) fail("EINVAL");
  if (ofFile && get("pid") !== 0) fail("EINVAL");
  const stat = await file.stat();
  const whence = get("whence");
  const base = whence === 0 ? 0 : whence === 1 ? file.position : whence === 2 ? stat.size : fail("EINVAL");
  const length = get("len");
  const first = base + get("start");
  const [start, end] = length < 0 ? [first + length, first] : [first, length === 0 ? WHOLE_FILE : first + length];
  if (start < 0) fail("EINVAL");
  const owner = ofFile ? file : task.files;
  const { locks } = kernel;
  if (type === TYPE.UNLCK) {
    locks.ranges.release(stat, owner, start, end);
    return 0;
  }
  const wanted: Lock = { owner, isWrite: type === TYPE.WRLCK, start, end, pid: ofFile ? -1 : task.process.pid };
  if (kind === "get") {
    const other = locks.ranges.conflict(stat, wanted);
    if (other === undefined) layout.write(bytes, { type: TYPE.UNLCK });
    else
      layout.write(bytes, {
        type: other.isWrite ? TYPE.WRLCK : TYPE.RDLCK,
        whence: 0,
        start: other.start,
        len: other.end === WHOLE_FILE ? 0 : other.end - other.start,
        pid: other.pid,
      });
    memory.write(at, bytes);
    return 0;
  }
  if (wanted.isWrite ? !file.isWritable : !file.isReadable) fail("EBADF");
  if (ofFile) locks.goWith(file, stat);
  else task.files.onClosed = (closed) => locks.closedBy(owner, closed);
  if (kind === "set") locks.ranges.take(stat, wanted);
  else await locks.ranges.takeWaiting(stat, wanted, task);
  return 0;
}

const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;

export async function flock({ kernel, task }: Call, fd: number, operation: number): Promise<number> {
  const file = task.files.get(fd);
  const stat = await file.stat();
  const { whole } = kernel.locks;
  const what = operation & ~LOCK.NB;
  if (what === LOCK.UN) {
    whole.release(stat, file);
    return 0;
  }
  if (what !== LOCK.SH && what !== LOCK.EX) fail("EINVAL");
  const wanted: Lock = { owner: file, isWrite: what === LOCK.EX, start: 0, end: WHOLE_FILE, pid: task.process.pid };
  kernel.locks.goWith(file, stat);
  if ((operation & LOCK.NB) !== 0) {
    whole.take(stat, wanted);
    return 0;
  }
  // One that is changed is given up before the other is waited for: two who change theirs do not wait for each other.
  if (whole.conflict(stat, wanted) !== undefined) whole.release(stat, file);
  try {
    await whole.takeWaiting(stat, wanted, task);
  } catch (error) {
    // There is no such failure of flock: it waits.
    if (error instanceof Errno && error.number === 35) kernel.log.log("unimp", "flock: processes that wait for each other");
    throw error;
  }
  return 0;
}
