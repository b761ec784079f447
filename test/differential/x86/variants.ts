/** What the vectors are recorded for. */
export interface Variant {
  readonly name: "i386" | "x86_64";
  readonly bits: 32 | 64;
  readonly compiler: readonly string[];
}

export const variants: readonly Variant[] = [
  { name: "i386", bits: 32, compiler: ["i686-linux-gnu-gcc"] },
  { name: "x86_64", bits: 64, compiler: ["gcc"] },
];

/** The model that has whatever there are rows for. */
export const testedCpu = "max";
