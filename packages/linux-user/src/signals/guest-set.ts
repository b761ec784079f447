/** Signal sets as programs see them: with the architecture's numbers, size and word order. */
import type { LinuxAbi } from "@tsemu/target";
import { SignalSet } from "./signal-set.ts";

type Abi = Pick<LinuxAbi, "numbers" | "wordBytes" | "littleEndian">;

/** sizeof(sigset_t). */
export const signalSetBytes = (abi: Abi): number => abi.numbers?.signalSetBytes ?? 8;

/** The highest signal that the architecture has (_NSIG). */
export const signalCount = (abi: Abi): number => 8 * signalSetBytes(abi);

/** A set from its words, the lowest first. */
export function signalSetFrom(abi: Abi, words: readonly number[]): SignalSet {
  const { numbers } = abi;
  const own = new SignalSet(words);
  return numbers === undefined ? own : renumbered(own, (signal) => numbers.signal(signal));
}

/** The set in the architecture's numbers. */
export function ownSignalSet(abi: Abi, set: SignalSet): SignalSet {
  const { numbers } = abi;
  return numbers === undefined ? set : renumbered(set, (signal) => numbers.ownSignal(signal));
}

function renumbered(set: SignalSet, number: (signal: number) => number): SignalSet {
  let rest = set;
  let result = SignalSet.empty;
  for (let signal = rest.first; signal !== 0; signal = rest.first) {
    rest = rest.without(signal);
    result = result.with(number(signal));
  }
  return result;
}

/** Where each word of a set in memory is, the lowest signals' first. */
const places = (abi: Abi): readonly number[] => {
  const swapped = abi.wordBytes === 8 && !abi.littleEndian ? 1 : 0;
  return Array.from({ length: signalSetBytes(abi) >> 2 }, (_, n) => 4 * (n ^ swapped));
};

export function readSignalSet(abi: Abi, memory: { u32(va: number): number }, at: number): SignalSet {
  return signalSetFrom(
    abi,
    places(abi).map((place) => memory.u32(at + place)),
  );
}

/** As sigset_t has it. */
export function signalSetAsBytes(abi: Abi, set: SignalSet): Uint8Array {
  const bytes = new Uint8Array(signalSetBytes(abi));
  const view = new DataView(bytes.buffer);
  const own = ownSignalSet(abi, set);
  places(abi).forEach((place, n) => view.setUint32(place, own.words[n] ?? 0, abi.littleEndian));
  return bytes;
}
