/** Waiting for several files at once: poll and select. */
import { E, Errno, fail } from "../errno.ts";
import type { Call } from "../syscall-table.ts";
import { syscall, type SyscallRow } from "../syscall-table.ts";
import { readSignalSet } from "../signals/guest-set.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { POLL } from "../vfs/constants.ts";
import type { OpenFile } from "../vfs/types.ts";
import { readTimespec, timespecFields } from "./time-values.ts";

interface Watched {
  readonly file: OpenFile;
  /** What is waited for; errors and hang-ups always are. */
  readonly events: number;
}

/**
 * Waits until `ready` counts something, or the time has come; returns the count. Interrupted it goes back to the program, not to be
 * carried out again behind its back (unless no handler ran: then with the time that is left).
 */
async function waitForAny(
  { task }: Call,
  watched: readonly Watched[],
  ready: () => number,
  deadlineNs: number | undefined,
): Promise<number> {
  for (;;) {
    const count = ready();
    if (count > 0) return count;
    for (const { file, events } of watched) if ((events & (POLL.IN | POLL.RDNORM)) !== 0) file.expectReadiness();
    // What learns of readiness at once has done so.
    const again = ready();
    if (again > 0) return again;
    try {
      const woken = await task.wait(
        watched.map(({ file }) => file.readiness),
        deadlineNs,
      );
      if (!woken) return ready();
    } catch (error) {
      if (error instanceof Errno && error.number === E.ERESTARTSYS) throw new Errno("ERESTARTNOHAND");
      throw error;
    }
  }
}

/** The end of a time given in ns (undefined: none), the same when the call is carried out again. */
function deadline({ kernel, task }: Call, ns: number | undefined): number | undefined {
  if (ns === undefined) return undefined;
  task.keptDeadlineNs ??= kernel.nowNs() + ns;
  return task.keptDeadlineNs;
}

/** struct pollfd: fd, events, revents. */
const POLLFD = 8;

async function poll(call: Call, at: number, count: number, timeoutNs: number | undefined): Promise<number> {
  const { task, memory, kernel } = call;
  if (count > task.process.limits[7]!.soft) return fail("EINVAL");
  const bytes = memory.bytes(at, count * POLLFD);
  const view = new DataView(bytes.buffer);
  const little = kernel.abi.littleEndian;
  const entries = Array.from({ length: count }, (_, i) => {
    const fd = view.getInt32(POLLFD * i, little);
    return { fd, file: fd < 0 ? undefined : task.files.find(fd), events: view.getUint16(POLLFD * i + 4, little) };
  });
  const ready = (): number => {
    let found = 0;
    entries.forEach(({ fd, file, events }, i) => {
      const revents = fd < 0 ? 0 : file === undefined ? POLL.NVAL : file.poll(task) & (events | POLL.ERR | POLL.HUP);
      view.setUint16(POLLFD * i + 6, revents, little);
      if (revents !== 0) found++;
    });
    return found;
  };
  const watched = entries.flatMap(({ file, events }) => (file === undefined ? [] : [{ file, events }]));
  const result = await waitForAny(call, watched, ready, deadline(call, timeoutNs));
  memory.write(at, bytes);
  return result;
}

/** With another signal mask for the time of the wait. */
export async function masked<T>({ task, kernel, memory }: Call, at: number, act: () => Promise<T>): Promise<T> {
  if (at === 0) return act();
  const before = task.mask;
  task.mask = readSignalSet(kernel.abi, memory, at).minus(SignalSet.of(9, 19));
  try {
    const result = await act();
    task.mask = before;
    return result;
  } catch (error) {
    // A signal that this mask lets through is delivered under it; its frame keeps the mask from before.
    if (error instanceof Errno && error.number >= E.ERESTARTSYS) task.savedMask = before;
    else task.mask = before;
    throw error;
  }
}

const inBits = POLL.IN | POLL.RDNORM | POLL.HUP | POLL.ERR;
const outBits = POLL.OUT | POLL.WRNORM | POLL.ERR;

/** fd_set's are bit fields of words; written byte by byte here, which is the same if words are little-endian. */
async function select(call: Call, count: number, sets: readonly [number, number, number], timeoutNs: number | undefined): Promise<number> {
  const { task, memory, kernel } = call;
  if (count < 0) return fail("EINVAL");
  const word = kernel.abi.wordBytes;
  const size = Math.ceil(Math.min(count, 1024) / (8 * word)) * word;
  const swap = kernel.abi.littleEndian ? 0 : word - 1;
  const inputs = sets.map((va) => (va === 0 ? undefined : memory.bytes(va, size)));
  const has = (set: Uint8Array | undefined, fd: number): boolean => set !== undefined && ((set[(fd >> 3) ^ swap]! >> (fd & 7)) & 1) !== 0;
  const entries: { readonly fd: number; readonly file: OpenFile; readonly wants: readonly boolean[] }[] = [];
  for (let fd = 0; fd < Math.min(count, 8 * size); fd++) {
    const wants = inputs.map((set) => has(set, fd));
    if (wants.some(Boolean)) entries.push({ fd, file: task.files.get(fd), wants });
  }
  let outputs: Uint8Array[] = [];
  const ready = (): number => {
    outputs = sets.map(() => new Uint8Array(size));
    let found = 0;
    for (const { fd, file, wants } of entries) {
      const events = file.poll(task);
      [inBits, outBits, POLL.PRI].forEach((bits, i) => {
        if (!wants[i] || (events & bits) === 0) return;
        outputs[i]![(fd >> 3) ^ swap]! |= 1 << (fd & 7);
        found++;
      });
    }
    return found;
  };
  const watched = entries.map(({ file, wants }) => ({ file, events: wants[0] ? POLL.IN : 0 }));
  const result = await waitForAny(call, watched, ready, deadline(call, timeoutNs));
  sets.forEach((va, i) => va !== 0 && memory.write(va, outputs[i]!));
  return result;
}

const timespec = (call: Call, at: number, wide: boolean): number | undefined => (at === 0 ? undefined : readTimespec(call, at, wide));

/** The sixth argument of pselect6: an address of two words, the mask's address and its size. */
const maskPointer = ({ kernel, memory }: Call, at: number): number => (at === 0 ? 0 : memory.word(at, kernel.abi.wordBytes));

export const pollRows: readonly SyscallRow[] = [
  syscall("poll", ["ptr", "uint", "int"], (call, at, count, ms) => poll(call, at, count, ms < 0 ? undefined : ms * 1e6)),
  syscall("ppoll", ["ptr", "uint", "ptr", "ptr", "size"], (call, at, count, time, mask) =>
    masked(call, mask, () => poll(call, at, count, timespec(call, time, false))),
  ),
  syscall("ppoll_time64", ["ptr", "uint", "ptr", "ptr", "size"], (call, at, count, time, mask) =>
    masked(call, mask, () => poll(call, at, count, timespec(call, time, true))),
  ),
  ...["_newselect", "select"].map((name) =>
    syscall(name, ["int", "ptr", "ptr", "ptr", "ptr"], (call, count, read, write, except, time) => {
      const [seconds, us] = time === 0 ? [0, 0] : timespecFields(call, time, false);
      const ns = time === 0 ? undefined : seconds * 1e9 + us * 1e3;
      return select(call, count, [read, write, except], ns);
    }),
  ),
  syscall("pselect6", ["int", "ptr", "ptr", "ptr", "ptr", "ptr"], (call, count, read, write, except, time, mask) =>
    masked(call, maskPointer(call, mask), () => select(call, count, [read, write, except], timespec(call, time, false))),
  ),
  syscall("pselect6_time64", ["int", "ptr", "ptr", "ptr", "ptr", "ptr"], (call, count, read, write, except, time, mask) =>
    masked(call, maskPointer(call, mask), () => select(call, count, [read, write, except], timespec(call, time, true))),
  ),
];
