/** Structures that a call takes together with their size, so that they can grow: what is missing counts as zero. */
import { fail } from "../errno.ts";
import { PAGE } from "../mm/page-pool.ts";
import type { Call } from "../syscall-table.ts";

/** The first `known` bytes of it. EINVAL below the smallest size there ever was; E2BIG where there is more than is known and it means something. */
export function readSized({ memory }: Call, at: number, size: number, smallest: number, known: number): DataView {
  if (size < smallest) return fail("EINVAL");
  if (size > PAGE) return fail("E2BIG");
  const bytes = new Uint8Array(Math.max(size, known));
  memory.read(at, bytes.subarray(0, size));
  if (bytes.subarray(known).some((byte) => byte !== 0)) return fail("E2BIG");
  return new DataView(bytes.buffer, 0, known);
}
