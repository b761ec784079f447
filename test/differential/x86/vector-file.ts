/**
 * Recorded instruction tests as JSON. A vector is a few bytes of code with what the registers are before and how they differ afterwards. Values are
 * unsigned, in hexadecimal. Most come from one of the file's register sets. Recorded on a real CPU.
 */
const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

/** `st0` ... are ST(0) ..., by their significand and by sign and exponent; `x0`, `y0`, `z0`, `v0` ... are the quarters of YMM registers, the lowest first. */
export const registerNames: readonly string[] = [
  ...numbered("r", 16),
  "flags",
  ...numbered("st", 8),
  ...numbered("se", 8),
  "fcw",
  "fsw",
  "ftw",
  "mxcsr",
  ...numbered("x", 16),
  ...numbered("y", 16),
  ...numbered("z", 16),
  ...numbered("v", 16),
];
export const indexOf = (name: string): number => registerNames.indexOf(name);

/** A value of each of registerNames. */
export type Registers = readonly bigint[];

export interface Vector {
  /** The opcode and name of the row that the test is for. */
  readonly row: string;
  /** Bytes in hexadecimal. */
  readonly code: string;
  /** Which of the sets. */
  readonly set: number;
  /** What of it is otherwise. */
  readonly registers: Readonly<Record<string, string>>;
}

export interface Result {
  /** The signal that ended it, 0 for none, and where pc was: bytes from the beginning of the code. */
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

export const codeOf = (vector: Vector): number[] => (vector.code.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));

export const registersOf = (vector: Vector, sets: readonly Registers[]): bigint[] => {
  const values = [...sets[vector.set]!];
  for (const [name, value] of Object.entries(vector.registers)) values[indexOf(name)] = BigInt(`0x${value}`);
  return values;
};

/** Sets from before there were YMM registers have in their upper halves what the next one has in its lower half. */
export const setsOf = (file: Pick<VectorFile, "sets">): Registers[] =>
  file.sets.map((set) => {
    const values = set.map((value) => BigInt(`0x${value}`));
    for (let i = values.length; i < registerNames.length; i++) {
      const name = registerNames[i]!;
      const n = (Number(name.slice(1)) + 1) & 15;
      values.push(values[indexOf(`${name.startsWith("z") ? "x" : "y"}${n}`)]!);
    }
    return values;
  });

/** What differs between two register files. */
export function changedRegisters(before: Registers, after: Registers): Record<string, string> {
  const changed: Record<string, string> = {};
  registerNames.forEach((name, i) => {
    if (before[i] !== after[i]) changed[name] = after[i]!.toString(16);
  });
  return changed;
}

export { changedMemory, codeAddress, initialWindow, windowAddress, windowSize } from "../window.ts";
