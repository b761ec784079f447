/** Times as calls pass them: with words, or with 64 bits on 32-bit architectures (the calls named _time64). */
import { fail } from "../errno.ts";
import type { TimerSetting } from "../interval-timer.ts";
import type { SettableClock } from "../posix-timer.ts";
import type { Call } from "../syscall-table.ts";

/** The two fields of a timespec, whatever is in them. */
export function timespecFields(
  { kernel, memory }: Pick<Call, "kernel" | "memory">,
  at: number,
  wide: boolean,
): readonly [seconds: number, ns: number] {
  const { wordBytes, littleEndian } = kernel.abi;
  if (wordBytes === 8) return [memory.i64(at), memory.i64(at + 8)];
  if (!wide) return [memory.i32(at), memory.i32(at + 4)];
  // The upper half of the nanoseconds is padding where words have 32 bits.
  return [memory.i64(at), memory.i32(at + (littleEndian ? 8 : 12))];
}

/** A timespec in nanoseconds; fails with EINVAL where it is none. */
export function readTimespec(call: Pick<Call, "kernel" | "memory">, at: number, wide: boolean): number {
  const [seconds, ns] = timespecFields(call, at, wide);
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

/** What a struct itimerspec asks for: when to fire first, on that clock (undefined: not at all), and how often from then on. */
export function armingOf(
  call: Pick<Call, "kernel" | "memory">,
  at: number,
  wide: boolean,
  isAbsolute: boolean,
  clock: SettableClock,
): { readonly deadlineNs: number | undefined; readonly intervalNs: number } {
  const { kernel } = call;
  const size = wide ? 16 : 2 * kernel.abi.wordBytes;
  const intervalNs = readTimespec(call, at, wide);
  const valueNs = readTimespec(call, at + size, wide);
  if (valueNs === 0) return { deadlineNs: undefined, intervalNs };
  return { deadlineNs: isAbsolute ? valueNs - clock.offsetNs : clock.now() + valueNs, intervalNs };
}

/** The same the other way: a timer's interval and what is left. */
export function writeSetting(call: Pick<Call, "kernel" | "memory">, at: number, setting: TimerSetting, wide: boolean): void {
  const size = wide ? 16 : 2 * call.kernel.abi.wordBytes;
  writeTimespec(call, at, BigInt(setting.intervalNs), wide);
  writeTimespec(call, at + size, BigInt(setting.leftNs), wide);
}
