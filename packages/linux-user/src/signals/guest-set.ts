/** Signal sets as programs see them: with the architecture's numbers, size and word order. */
import type { LinuxAbi } from "@tsemu/target";
import { SIGNAL_COUNT } from "./numbers.ts";
import { SignalSet } from "./signal-set.ts";

type Abi = Pick<LinuxAbi, "numbers" | "wordBytes" | "littleEndian">;

/** sizeof(sigset_t). */
export const signalSetBytes = (abi: Abi): number => abi.numbers?.signalSetBytes ?? 8;

/** A set from its two low words. */
export function signalSetFrom(abi: Abi, low: number, high: number): SignalSet {
  const { numbers } = abi;
  const own = new SignalSet(low, high);
  return numbers === undefined ? own : renumbered(own, (signal) => numbers.signal(signal));
}

/** The set's two low words in the architecture's numbers. */
export function ownSignalSet(abi: Abi, set: SignalSet): SignalSet {
  const { numbers } = abi;
  return numbers === undefined ? set : renumbered(set, (signal) => numbers.ownSignal(signal));
}

function renumbered(set: SignalSet, number: (signal: number) => number): SignalSet {
  let result = SignalSet.empty;
  for (let signal = 1; signal <= SIGNAL_COUNT; signal++) {
    if (!set.has(signal)) continue;
    const other = number(signal);
    if (other >= 1 && other <= SIGNAL_COUNT) result = result.with(other);
  }
  return result;
}

/** Where of eight bytes in memory the low word is, and the high one. */
const places = ({ wordBytes, littleEndian }: Abi): readonly [low: number, high: number] =>
  wordBytes === 8 && !littleEndian ? [4, 0] : [0, 4];

export function readSignalSet(abi: Abi, memory: { u32(va: number): number }, at: number): SignalSet {
  const [low, high] = places(abi);
  return signalSetFrom(abi, memory.u32(at + low), memory.u32(at + high));
}

/** As sigset_t has it. */
export function signalSetAsBytes(abi: Abi, set: SignalSet): Uint8Array {
  const bytes = new Uint8Array(signalSetBytes(abi));
  const view = new DataView(bytes.buffer);
  const own = ownSignalSet(abi, set);
  const [low, high] = places(abi);
  view.setUint32(low, own.low, abi.littleEndian);
  view.setUint32(high, own.high, abi.littleEndian);
  return bytes;
}
