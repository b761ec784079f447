/** Memory calls: mmap and its relatives. What they do is in mm/mmap.ts. */
import { fail } from "../errno.ts";
import { addressRange } from "../loader/exec.ts";
import { brk, isMapped, MAP, type MappedFile, map, pageUp, protect, remap, unmap } from "../mm/mmap.ts";
import { PAGE } from "../mm/page-pool.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { MemoryFile, SEAL } from "../vfs/memory-file.ts";
import type { OpenFile } from "../vfs/types.ts";

const rangeOf = ({ kernel, task }: Call) => addressRange(kernel, task.space.stackLimit);

async function mappedFile({ task }: Call, fd: number, prot: number, flags: number): Promise<MappedFile> {
  const file = task.files.get(fd);
  const isShared = (flags & MAP.TYPE) !== MAP.PRIVATE;
  if (!file.isReadable) return fail("EACCES");
  if (isShared && (prot & 2) !== 0 && !file.isWritable) return fail("EACCES");
  if (isShared && file instanceof MemoryFile) {
    const isSealed = (file.content.seals & (SEAL.WRITE | SEAL.FUTURE_WRITE)) !== 0;
    if (isSealed && (prot & 2) !== 0) return fail("EPERM");
    if (isSealed) return { ...(await mappingOf(file)), mayWrite: false };
  }
  return mappingOf(file);
}

async function mappingOf(file: OpenFile): Promise<MappedFile> {
  const [source, stat] = [await file.pageSource(), await file.stat()];
  return { source, name: file.path, device: Number(stat.dev), inode: Number(stat.ino), mayWrite: file.isWritable };
}

/** RLIMIT_AS: fails with ENOMEM where so many bytes more are too many. */
function checkSpace({ task }: Call, more: number): void {
  const limit = task.process.limits[RLIMIT.AS]!.soft;
  if (limit === Number.POSITIVE_INFINITY) return;
  if (task.space.vmas.all.reduce((sum, vma) => sum + vma.end - vma.start, more) > limit) fail("ENOMEM");
}

function mmap(call: Call, va: number, length: number, prot: number, flags: number, fd: number, offset: number): number | Promise<number> {
  const { task } = call;
  const type = flags & MAP.TYPE;
  if (type === 0 || type > MAP.SHARED_VALIDATE || offset % PAGE !== 0) return fail("EINVAL");
  if (length === 0) return fail("EINVAL");
  checkSpace(call, pageUp(length));
  const request = { va, length, prot: prot & 7, flags, offset };
  if ((flags & MAP.ANONYMOUS) !== 0) return map(task.space, { ...request, offset: 0 }, rangeOf(call));
  return mappedFile(call, fd, prot, flags).then((file) => map(task.space, { ...request, file }, rangeOf(call)));
}

/** madvise's advice that does something: the rest is advice. */
export const MADV = { WILLNEED: 3, DONTNEED: 4, FREE: 8, COLD: 20, PAGEOUT: 21, COLLAPSE: 25 } as const;
/** There is nothing from 5 to 7, nor from 26 on. */
const isAdvice = (advice: number): boolean => (advice >= 0 && advice <= 4) || (advice >= 8 && advice <= 25);
const MS_SYNC = 4;

async function msync({ task }: Call, va: number, length: number, flags: number): Promise<number> {
  if (va % PAGE !== 0 || (flags & ~7) !== 0 || (flags & 5) === 5) return fail("EINVAL");
  const end = va + pageUp(length);
  if (!isMapped(task.space, va, end)) return fail("ENOMEM");
  if ((flags & MS_SYNC) === 0) return 0;
  for (const vma of task.space.vmas.overlapping(va, end)) if (vma.shared) await vma.source?.sync();
  return 0;
}

export function madvise({ task }: Pick<Call, "task">, va: number, length: number, advice: number): number {
  const end = va + pageUp(length);
  if (va % PAGE !== 0 || end < va || !isAdvice(advice)) return fail("EINVAL");
  if (length === 0) return 0;
  if (advice === MADV.DONTNEED || advice === MADV.FREE) task.space.dropPages(va, end);
  return isMapped(task.space, va, end) ? 0 : fail("ENOMEM");
}

/** Other pages of the file in the place of some that are mapped shared: one more mapping, as Linux has done it since 4.0. */
function remapFilePages(call: Call, start: number, size: number, prot: number, pages: number): number {
  const { space } = call.task;
  const va = start - (start % PAGE);
  const end = va + size - (size % PAGE);
  if (prot !== 0 || end <= va) return fail("EINVAL");
  const [vma, ...others] = space.vmas.overlapping(va, end);
  if (vma === undefined || vma.start > va || !vma.shared || vma.source === undefined) return fail("EINVAL");
  if (!isMapped(space, va, end) || others.some((other) => other.source !== vma.source || !other.shared)) return fail("EINVAL");
  space.unmap(va, end);
  space.vmas.insert({ ...vma, start: va, end, offset: pages * PAGE });
  return 0;
}

/** No page is ever taken away: to lock is nothing to do. */
const lock = ({ task }: Call, va: number, length: number): number =>
  isMapped(task.space, va - (va % PAGE), va + length) ? 0 : fail("ENOMEM");

export const memoryRows: readonly SyscallRow[] = [
  syscall("mmap2", ["ptr", "size", "prot", "mapFlags", "fd", "uint"], (call, va, length, prot, flags, fd, pages) =>
    mmap(call, va, length, prot, flags, fd, pages * 4096),
  ),
  syscall("mmap", ["ptr", "size", "prot", "mapFlags", "fd", "size"], mmap),
  syscall("munmap", ["ptr", "size"], (call, va, length) => {
    unmap(call.task.space, va, length, rangeOf(call));
    return 0;
  }),
  syscall("mprotect", ["ptr", "size", "prot"], ({ task }, va, length, prot) => {
    protect(task.space, va, length, prot & 7);
    return 0;
  }),
  syscall("mremap", ["ptr", "size", "size", "hex", "ptr"], (call, va, old, wanted, flags, target) =>
    remap(call.task.space, va, old, wanted, flags, target, rangeOf(call)),
  ),
  syscall("brk", ["ptr"], (call, end) => brk(call.task.space, end, rangeOf(call), call.task.process.limits[RLIMIT.DATA]!.soft)),
  syscall("madvise", ["ptr", "size", "int"], madvise),
  syscall("msync", ["ptr", "size", "hex"], msync),
  syscall("remap_file_pages", ["ptr", "size", "prot", "uint", "hex"], (call, va, size, prot, pages) =>
    remapFilePages(call, va, size, prot, pages),
  ),
  syscall("mlock", ["ptr", "size"], lock),
  syscall("mlock2", ["ptr", "size", "hex"], (call, va, length) => lock(call, va, length)),
  syscall("munlock", ["ptr", "size"], lock),
  syscall("mlockall", ["hex"], () => 0),
  syscall("munlockall", [], () => 0),
  syscall("mincore", ["ptr", "size", "ptr"], ({ task, memory }, va, length, at) => {
    if (va % PAGE !== 0) return fail("EINVAL");
    const end = va + pageUp(length);
    if (!isMapped(task.space, va, end)) return fail("ENOMEM");
    memory.write(
      at,
      Uint8Array.from({ length: (end - va) / PAGE }, (_, i) => (task.space.table.get(va + i * PAGE) !== 0 ? 1 : 0)),
    );
    return 0;
  }),
];
