/** Calls that newer ones took the place of, which only the oldest architectures still have numbers for. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { KERNEL_RELEASE } from "../release.ts";
import { stringBytes } from "../mm/user-access.ts";
import { ownSignalSet, signalSetFrom } from "../signals/guest-set.ts";
import { SA, SIG } from "../signals/numbers.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { AT, fileAt } from "../vfs/names.ts";
import type { DirEntry, Stat } from "../vfs/types.ts";
import { act } from "./signals.ts";
import { packedDevice } from "./stat.ts";

/** struct __old_kernel_stat: numbers of 16 bits, which must hold what they are given, then words. */
function oldStat({ kernel, memory }: Call, at: number, stat: Awaitable<Stat>): Awaitable<number> {
  return andThen(stat, (s) => {
    const { littleEndian } = kernel.abi;
    const view = new DataView(new ArrayBuffer(32));
    const seconds = (ns: bigint): number => Number(BigInt.asIntN(32, ns / 1_000_000_000n));
    if (s.size > 0x7fff_ffff || s.nlink > 0xffff) return fail("EOVERFLOW");
    const halves = [packedDevice(s.dev), Number(s.ino & 0xffffn), s.mode, s.nlink, s.uid, s.gid, packedDevice(s.rdev)];
    halves.forEach((value, i) => view.setUint16(2 * i, value, littleEndian));
    [s.size, seconds(s.atimeNs), seconds(s.mtimeNs), seconds(s.ctimeNs)].forEach((value, i) =>
      view.setInt32(16 + 4 * i, value, littleEndian),
    );
    memory.write(at, new Uint8Array(view.buffer));
    return 0;
  });
}

async function oldStatAt(call: Call, path: number, at: number, flags: number): Promise<number> {
  const found = await fileAt(call.kernel, call.task, AT.FDCWD, call.memory.path(path), flags);
  return oldStat(call, at, "file" in found ? found.file.stat() : found.inode.stat());
}

/** uname with five fields of 65 (or 9) bytes. */
function oldUname({ kernel, memory }: Call, at: number, field: 9 | 65): number {
  const { options, abi, vcpu } = kernel;
  const fields = ["Linux", options.identity.hostName, options.release ?? KERNEL_RELEASE, "#1 SMP tsemu", abi.machine(vcpu.cpu)];
  const bytes = new Uint8Array(field * fields.length);
  fields.forEach((text, i) => bytes.set(stringBytes(text).subarray(0, field - 1), field * i));
  memory.write(at, bytes);
  return 0;
}

/** signal(2): a handler that is called once. */
function signal(call: Call, number: number, handler: number): number {
  const action = { handler, flags: SA.RESETHAND | SA.NODEFER, restorer: 0, mask: SignalSet.of() };
  return act(call, number, action).handler;
}

/** struct old_linux_dirent: ino, offset (words), length of the name (16 bits), name, 0. */
function oldEntry({ name, ino }: DirEntry, position: number, littleEndian: boolean): Uint8Array {
  const text = stringBytes(name);
  const bytes = new Uint8Array(10 + text.length + 1);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Number(ino & 0xffff_ffffn), littleEndian);
  view.setUint32(4, position, littleEndian);
  view.setUint16(8, text.length, littleEndian);
  bytes.set(text, 10);
  return bytes;
}

function readdir({ kernel, task, memory }: Call, fd: number, at: number): Awaitable<number> {
  const file = task.files.get(fd);
  return andThen(file.entries(), (entries) => {
    for (const entry of entries) {
      memory.write(at, oldEntry(entry, file.position, kernel.abi.littleEndian));
      file.position++;
      return 1;
    }
    return 0;
  });
}

const unblockable = SignalSet.of(SIG.SIGKILL, SIG.SIGSTOP);

export const legacyRows: readonly SyscallRow[] = [
  syscall("oldstat", ["path", "ptr"], (call, path, at) => oldStatAt(call, path, at, 0)),
  syscall("oldlstat", ["path", "ptr"], (call, path, at) => oldStatAt(call, path, at, AT.SYMLINK_NOFOLLOW)),
  syscall("oldfstat", ["fd", "ptr"], (call, fd, at) => oldStat(call, at, call.task.files.get(fd).stat())),
  syscall("olduname", ["ptr"], (call, at) => oldUname(call, at, 65)),
  syscall("oldolduname", ["ptr"], (call, at) => oldUname(call, at, 9)),
  syscall("signal", ["signal", "ptr"], signal),
  syscall("sgetmask", [], ({ kernel, task }) => ownSignalSet(kernel.abi, task.mask).low | 0),
  syscall("ssetmask", ["hex"], ({ kernel, task }, mask) => {
    const before = ownSignalSet(kernel.abi, task.mask).low | 0;
    task.mask = signalSetFrom(kernel.abi, [mask]).minus(unblockable);
    return before;
  }),
  syscall("readdir", ["fd", "ptr", "uint"], readdir),
];
