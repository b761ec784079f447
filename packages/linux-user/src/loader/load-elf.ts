/** Puts an ELF image into an address space: its segments as private mappings of the file, what is beyond the file as zeros. */
import { fail } from "../errno.ts";
import { MAP, type MappedFile, map, mapAnonymous, pageDown, pageUp, type AddressRange } from "../mm/mmap.ts";
import type { UserAccess } from "../mm/user-access.ts";
import type { UserSpace } from "../mm/user-space.ts";
import { type ElfImage, PT, protOf } from "./elf-image.ts";

export interface LoadedImage {
  /** Added to the image's addresses. */
  readonly bias: number;
  readonly entry: number;
  /** Where its program headers lie in memory; 0 if nowhere. */
  readonly headers: number;
  /** End of its last segment: where the heap begins. */
  readonly end: number;
  readonly start: number;
}

/** `base`: where a position-independent image goes; undefined: wherever there is room. */
export function loadElf(
  space: UserSpace,
  memory: UserAccess,
  image: ElfImage,
  file: MappedFile,
  base: number | undefined,
  range: AddressRange,
): LoadedImage {
  const segments = image.headers.filter((h) => h.type === PT.LOAD && h.memorySize > 0);
  const [first] = segments;
  if (first === undefined) return fail("ENOEXEC");
  const low = pageDown(Math.min(...segments.map((s) => s.va)));
  const high = pageUp(Math.max(...segments.map((s) => s.va + s.memorySize)));
  let bias = 0;
  if (image.type === 3) {
    const place = base ?? space.vmas.findFree(high - low, range.bottom, range.searchTop) ?? fail("ENOMEM");
    bias = place - low;
  }
  if (low + bias < range.bottom || high + bias > range.top) return fail("ENOMEM");
  for (const s of segments) {
    const va = s.va + bias;
    if ((va - s.offset) % 0x1000 !== 0 || s.fileSize > s.memorySize) return fail("ENOEXEC");
    const prot = protOf(s.flags);
    const start = pageDown(va);
    const fileEnd = va + s.fileSize;
    if (s.fileSize > 0)
      map(
        space,
        { va: start, length: pageUp(fileEnd) - start, prot, flags: MAP.PRIVATE | MAP.FIXED, file, offset: s.offset - (va - start) },
        range,
      );
    const end = va + s.memorySize;
    if (end <= fileEnd) continue;
    const zeros = s.fileSize > 0 ? pageUp(fileEnd) : start;
    if (pageUp(end) > zeros) mapAnonymous(space, zeros, pageUp(end), prot, range);
    // All the rest of the last page that the file fills in part: dynamic linkers use it as memory that is zero.
    if (s.fileSize > 0 && fileEnd % 0x1000 !== 0 && (prot & 2) !== 0) memory.write(fileEnd, new Uint8Array(pageUp(fileEnd) - fileEnd));
  }
  const holder = segments.find((s) => s.offset <= image.headersOffset && image.headersOffset < s.offset + s.fileSize);
  return {
    bias,
    entry: image.entry + bias,
    headers: holder === undefined ? 0 : image.headersOffset - holder.offset + holder.va + bias,
    start: low + bias,
    end: Math.max(...segments.map((s) => s.va + s.memorySize)) + bias,
  };
}
