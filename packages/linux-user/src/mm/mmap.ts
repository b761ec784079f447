/** mmap and its relatives as operations on an address space. Addresses are checked by the callers' rules: those of Linux. */
import { fail } from "../errno.ts";
import { PAGE } from "./page-pool.ts";
import { type PageSource, sharedMemory } from "./page-source.ts";
import type { UserSpace } from "./user-space.ts";
import { PROT_EXEC, PROT_READ, type Vma } from "./vma.ts";

export const MAP = {
  SHARED: 1,
  PRIVATE: 2,
  SHARED_VALIDATE: 3,
  TYPE: 15,
  FIXED: 0x10,
  ANONYMOUS: 0x20,
  GROWSDOWN: 0x100,
  FIXED_NOREPLACE: 0x10_0000,
} as const;

/** Of one address space. */
const MOST_MAPPINGS = 65_530;

export const pageUp = (size: number): number => Math.ceil(size / PAGE) * PAGE;
export const pageDown = (va: number): number => va - (va % PAGE);

export interface AddressRange {
  /** Mappings lie in bottom..top. */
  readonly bottom: number;
  readonly top: number;
  /** Where the search for a free place begins, downwards. */
  readonly searchTop: number;
}

/** A file as a mapping sees it. */
export interface MappedFile {
  readonly source: PageSource;
  readonly name: string;
  readonly device: number;
  readonly inode: number;
  readonly mayWrite: boolean;
}

export interface MapRequest {
  readonly va: number;
  readonly length: number;
  readonly prot: number;
  readonly flags: number;
  /** Absent: anonymous. */
  readonly file?: MappedFile | undefined;
  readonly offset?: number;
  readonly name?: string;
  readonly growsDown?: boolean;
}

/** A free place of that size: at `hint` if it is free there, otherwise as high as possible. */
export function freePlace(space: UserSpace, hint: number, length: number, range: AddressRange): number {
  const at = pageDown(hint);
  if (at >= range.bottom && at + length <= range.top && space.vmas.overlapping(at, at + length).length === 0) return at;
  return (
    space.vmas.findFree(length, range.bottom, range.searchTop) ?? space.vmas.findFree(length, range.bottom, range.top) ?? fail("ENOMEM")
  );
}

/** Returns where the mapping is. */
export function map(space: UserSpace, request: MapRequest, range: AddressRange): number {
  const { flags } = request;
  const length = pageUp(request.length);
  if (request.length <= 0) fail("EINVAL");
  if (length > range.top || space.vmas.size >= MOST_MAPPINGS) fail("ENOMEM");
  let va: number;
  if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0) {
    va = request.va;
    if (va % PAGE !== 0) fail("EINVAL");
    if (va + length > range.top) fail("ENOMEM");
    if (va < range.bottom) fail("EPERM");
    if ((flags & MAP.FIXED_NOREPLACE) !== 0 && space.vmas.overlapping(va, va + length).length > 0) fail("EEXIST");
    space.unmap(va, va + length);
  } else va = freePlace(space, request.va, length, range);
  const shared = (flags & MAP.TYPE) !== MAP.PRIVATE;
  let { prot } = request;
  if (space.readImpliesExec && (prot & PROT_READ) !== 0) prot |= PROT_EXEC;
  const { file } = request;
  const vma: Vma = {
    start: va,
    end: va + length,
    prot,
    shared,
    source: file?.source ?? (shared ? sharedMemory(space.pool, length) : undefined),
    offset: request.offset ?? 0,
    name: request.name ?? file?.name ?? (shared ? "/dev/zero (deleted)" : ""),
    file: file === undefined ? undefined : { device: file.device, inode: file.inode },
    mayWrite: file === undefined || !shared || file.mayWrite,
    growsDown: request.growsDown ?? (flags & MAP.GROWSDOWN) !== 0,
  };
  space.vmas.insert(vma);
  return va;
}

export function unmap(space: UserSpace, va: number, length: number, range: AddressRange): void {
  if (va % PAGE !== 0 || length <= 0 || va + pageUp(length) > range.top + PAGE) fail("EINVAL");
  space.unmap(va, va + pageUp(length));
}

/** Is every page of the range mapped? */
export function isMapped(space: UserSpace, start: number, end: number): boolean {
  let at = start;
  for (const vma of space.vmas.overlapping(start, end)) {
    if (vma.start > at) return false;
    at = vma.end;
  }
  return at >= end;
}

export function protect(space: UserSpace, va: number, length: number, prot: number): void {
  if (va % PAGE !== 0) fail("EINVAL");
  const end = va + pageUp(length);
  if (length === 0) return;
  if (!isMapped(space, va, end)) fail("ENOMEM");
  const wanted = space.readImpliesExec && (prot & PROT_READ) !== 0 ? prot | PROT_EXEC : prot;
  if ((wanted & 2) !== 0 && space.vmas.overlapping(va, end).some((vma) => !vma.mayWrite)) fail("EACCES");
  space.protect(va, end, wanted);
}

export const MREMAP = { MAYMOVE: 1, FIXED: 2, DONTUNMAP: 4 } as const;

/** Returns where the mapping is afterwards. */
export function remap(
  space: UserSpace,
  va: number,
  oldLength: number,
  newLength: number,
  flags: number,
  target: number,
  range: AddressRange,
): number {
  if (va % PAGE !== 0 || (flags & ~7) !== 0 || newLength === 0) fail("EINVAL");
  const [old, wanted] = [pageUp(oldLength), pageUp(newLength)];
  const vma = space.vmas.at(va);
  if (vma === undefined || va + old > vma.end) return fail("EFAULT");
  if ((flags & MREMAP.DONTUNMAP) !== 0) {
    if ((flags & MREMAP.MAYMOVE) === 0 || old !== wanted) fail("EINVAL");
    const place = (flags & MREMAP.FIXED) !== 0 ? target : freePlace(space, target, wanted, range);
    if (target % PAGE !== 0 || place % PAGE !== 0 || (place < va + old && va < place + wanted) || place + wanted > range.top)
      fail("EINVAL");
    space.unmap(place, place + wanted);
    moveTo(space, vma, va, old, wanted, place);
    return place;
  }
  if ((flags & MREMAP.FIXED) !== 0) {
    if ((flags & MREMAP.MAYMOVE) === 0 || target % PAGE !== 0 || (target < va + old && va < target + wanted)) fail("EINVAL");
    if (target + wanted > range.top) fail("EINVAL");
    space.unmap(target, target + wanted);
    return move(space, vma, va, old, wanted, target);
  }
  if (old === 0) {
    // A second mapping of the same pages: only shared ones can be had twice.
    if (!vma.shared) fail("EINVAL");
    const place = freePlace(space, 0, wanted, range);
    space.vmas.insert({ ...vma, start: place, end: place + wanted, offset: vma.offset + va - vma.start });
    return place;
  }
  if (wanted <= old) {
    if (wanted < old) space.unmap(va + wanted, va + old);
    return va;
  }
  if (va + old === vma.end && va + wanted <= range.top && space.vmas.overlapping(vma.end, va + wanted).length === 0) {
    space.vmas.insert({ ...vma, start: vma.end, end: va + wanted, offset: vma.offset + (vma.end - vma.start) });
    return va;
  }
  if ((flags & MREMAP.MAYMOVE) === 0) fail("ENOMEM");
  return move(space, vma, va, old, wanted, freePlace(space, 0, wanted, range));
}

function move(space: UserSpace, vma: Vma, va: number, old: number, wanted: number, target: number): number {
  moveTo(space, vma, va, old, wanted, target);
  space.unmap(va, va + old);
  return target;
}

/** The pages are at the target then, in a mapping like the one that they come from; that stays, without them. */
function moveTo(space: UserSpace, vma: Vma, va: number, old: number, wanted: number, target: number): void {
  space.vmas.insert({ ...vma, start: target, end: target + wanted, offset: vma.source === undefined ? 0 : vma.offset + va - vma.start });
  space.movePages(va, target, Math.min(old, wanted));
}

/** Moves the end of the heap; returns where it is then, which is where it was if that cannot be. */
export function brk(space: UserSpace, wanted: number, range: AddressRange, dataLimit: number): number {
  if (wanted < space.heapStart || wanted - space.heapStart > dataLimit) return space.heapEnd;
  const [oldEnd, newEnd] = [pageUp(space.heapEnd), pageUp(wanted)];
  if (newEnd < oldEnd) space.unmap(newEnd, oldEnd);
  if (newEnd > oldEnd) {
    if (newEnd > range.top || space.vmas.overlapping(oldEnd, newEnd + PAGE).length > 0) return space.heapEnd;
    space.vmas.insert({
      start: oldEnd,
      end: newEnd,
      prot: space.readImpliesExec ? 7 : 3,
      shared: false,
      source: undefined,
      offset: 0,
      name: "[heap]",
      mayWrite: true,
      growsDown: false,
      isHeap: true,
    });
  }
  space.heapEnd = wanted;
  return wanted;
}

/** A page of content that every process has, at a fixed address. */
export function mapFixedPage(space: UserSpace, va: number, source: PageSource, name: string): void {
  space.vmas.insert({
    start: va,
    end: va + PAGE,
    prot: PROT_READ | PROT_EXEC,
    shared: false,
    source,
    offset: 0,
    name,
    mayWrite: true,
    growsDown: false,
  });
}

/** Zeros at a fixed place, private. */
export function mapAnonymous(space: UserSpace, start: number, end: number, prot: number, range: AddressRange): void {
  map(space, { va: start, length: end - start, prot, flags: MAP.PRIVATE | MAP.FIXED | MAP.ANONYMOUS }, range);
}
