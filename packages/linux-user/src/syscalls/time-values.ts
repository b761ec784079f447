/** Times as calls pass them: with words, or with 64 bits on 32-bit architectures (the calls named _time64). */
import { fail } from "../errno.ts";
import type { Call } from "../syscall-table.ts";

/** A timespec in nanoseconds; fails with EINVAL where it is none. */
export function readTimespec({ kernel, memory }: Pick<Call, "kernel" | "memory">, at: number, wide: boolean): number {
  const word = kernel.abi.wordBytes;
  const is64 = wide || word === 8;
  const seconds = is64 ? memory.i64(at) : memory.i32(at);
  // The upper half of the nanoseconds is padding where words have 32 bits.
  const ns = is64 ? (word === 8 ? memory.i64(at + 8) : memory.i32(at + 8)) : memory.i32(at + 4);
  if (seconds < 0 || ns < 0 || ns >= 1e9) return fail("EINVAL");
  return seconds * 1e9 + ns;
}

/** Nanoseconds may be more than a number holds exactly: seconds and the rest. */
export function writeTimespec({ kernel, memory }: Pick<Call, "kernel" | "memory">, at: number, totalNs: bigint, wide: boolean): void {
  const seconds = Number(totalNs / 1_000_000_000n);
  const ns = Number(totalNs % 1_000_000_000n);
  const word = wide || kernel.abi.wordBytes === 8 ? 8 : 4;
  memory.setWord(at, seconds, word);
  memory.setWord(at + word, ns, word);
}
