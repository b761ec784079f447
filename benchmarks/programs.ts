/** The CPU programs of programs/, and what they were built for. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface BenchProgram {
  /** Of the file in programs/ and of the function in it. */
  readonly name: string;
  /** Which of the means it counts in. */
  readonly kind: "integer" | "float";
  readonly what: string;
}

export const programs: readonly BenchProgram[] = [
  { name: "sieve", kind: "integer", what: "byte stores with a stride" },
  { name: "crc32", kind: "integer", what: "dependent table loads" },
  { name: "sha256", kind: "integer", what: "rotations, many live registers" },
  { name: "aes", kind: "integer", what: "table loads at computed addresses" },
  { name: "matmul_int", kind: "integer", what: "multiply and accumulate" },
  { name: "quicksort", kind: "integer", what: "comparison through a pointer" },
  { name: "fib", kind: "integer", what: "calls and returns" },
  { name: "bytecode", kind: "integer", what: "interpreter with a switch" },
  { name: "threaded", kind: "integer", what: "interpreter with function pointers" },
  { name: "lz", kind: "integer", what: "compression and decompression" },
  { name: "huffman", kind: "integer", what: "reading bits" },
  { name: "strings", kind: "integer", what: "lengths, searches, copies" },
  { name: "divide", kind: "integer", what: "division, 64 and 32 bits" },
  { name: "chase", kind: "integer", what: "linked list through 8 MB" },
  { name: "simd_int", kind: "integer", what: "integer vectors" },
  { name: "nbody", kind: "float", what: "double: square root, division" },
  { name: "matmul_double", kind: "float", what: "double: multiply, add" },
  { name: "fft", kind: "float", what: "single: multiply, add" },
  { name: "mandelbrot", kind: "float", what: "double: short loop, comparison" },
  { name: "simd_float", kind: "float", what: "single-precision vectors" },
];

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Absolute paths. */
export const paths = {
  programs: path("programs"),
  runtime: path("runtime"),
  elf: path("elf"),
  expected: path("programs/expected.json"),
  results: path("results"),
  history: path("history.json"),
  bare: (arch: string): string => path(`elf/bare-${arch}.elf`),
  linux: (arch: string): string => path(`elf/linux-${arch === "arm" ? "armhf" : arch}`),
} as const;

/** Checksums by program, from a native run. */
export const expectedChecksums = (): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(paths.expected, "utf8")) as Record<string, string>;

/** The programs named in a comma-separated list; all if there is none. Throws an Error for an unknown name. */
export const choosePrograms = (list: string | undefined): readonly BenchProgram[] => {
  if (list === undefined) return programs;
  return list.split(",").map((name) => {
    const program = programs.find((p) => p.name === name);
    if (program === undefined) throw new Error(`there is no program "${name}"; there are ${programs.map((p) => p.name).join(", ")}`);
    return program;
  });
};
