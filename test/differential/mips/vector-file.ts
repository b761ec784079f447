/**
 * Recorded instruction tests as JSON. A vector is a few instructions with what the registers are before and how they differ afterwards.
 * Registers are named r1..r31, hi0..hi3, lo0..lo3, f0..f31, fcsr, dsp; values are unsigned, in hexadecimal. Most come from one of the file's
 * register sets.
 */
export const registerNames: readonly string[] = [
  ...Array.from({ length: 32 }, (_, n) => `r${n}`),
  ...Array.from({ length: 4 }, (_, n) => `hi${n}`),
  ...Array.from({ length: 4 }, (_, n) => `lo${n}`),
  ...Array.from({ length: 32 }, (_, n) => `f${n}`),
  "fcsr",
  "dsp",
];

/** A value of each of registerNames. */
export type Registers = readonly bigint[];

export interface Vector {
  /** Name of the row that the test is for. */
  readonly row: string;
  readonly code: readonly number[];
  /** Which of the sets. */
  readonly set: number;
  /** What of it is otherwise. */
  readonly registers: Readonly<Record<string, string>>;
}

export interface Result {
  /** The signal that ended it, 0 for none, and where its pc was: bytes from the beginning of the code. */
  readonly signal: number;
  readonly pc: number;
  /** Registers that are not as before. */
  readonly registers: Readonly<Record<string, string>>;
  /** Bytes of the window that are not, by offset. */
  readonly memory: Readonly<Record<string, number>>;
}

export interface RecordedVector extends Vector {
  readonly result: Result;
}

export interface VectorFile {
  readonly sets: readonly (readonly string[])[];
  readonly vectors: readonly RecordedVector[];
}

export const registersOf = (vector: Vector, sets: readonly Registers[]): bigint[] => {
  const values = [...sets[vector.set]!];
  for (const [name, value] of Object.entries(vector.registers)) values[registerNames.indexOf(name)] = BigInt(`0x${value}`);
  return values;
};

export const setsOf = (file: Pick<VectorFile, "sets">): Registers[] => file.sets.map((set) => set.map((value) => BigInt(`0x${value}`)));

/** What differs between two register files. */
export function changedRegisters(before: Registers, after: Registers): Record<string, string> {
  const changed: Record<string, string> = {};
  registerNames.forEach((name, i) => {
    if (before[i] !== after[i]) changed[name] = after[i]!.toString(16);
  });
  return changed;
}

export { changedMemory, codeAddress, initialWindow, windowAddress, windowSize } from "../window.ts";
