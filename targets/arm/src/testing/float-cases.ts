/**
 * Random cases for VFP and Advanced SIMD instructions: an encoding and the state before it, all from a seed, so that recorded
 * results need no inputs. What a case is made of must not change without recording the results again.
 */
import { type DecodeTable, Prng, randomEncoding } from "@tsemu/decode";
import type { ArmTranslator } from "../translator.ts";
import { faultsHereOnly, isKnownDifference, knownStrideDifferences, knownVectorDifferences } from "./known-differences.ts";
import { DATA_ADDRESS } from "./one-insn.ts";

/** State before the instruction. */
export interface FloatCase {
  readonly row: string;
  readonly word: number;
  /** Condition flags; bit 0: data is big-endian. */
  readonly apsr: number;
  readonly fpscr: number;
  /** r0..r12. */
  readonly core: Uint32Array;
  /** The 32 doubleword registers as 64 words. */
  readonly registers: Uint32Array;
  /** It must fault, whatever was recorded. */
  readonly faults: boolean;
}

const specials32 = [
  0, 0x8000_0000, 1, 0x8000_0001, 0x007f_ffff, 0x807f_ffff, 0x0080_0000, 0x8080_0000, 0x0080_0001, 0x7f7f_ffff, 0xff7f_ffff, 0x7f80_0000,
  0xff80_0000, 0x7f80_0001, 0xffbf_ffff, 0x7fc0_0000, 0xffc1_2345, 0x3f80_0000, 0xbf80_0000, 0x3f00_0000, 0x3f80_0001, 0x4000_0000,
  0x4b80_0000, 0x4f00_0000, 0xcf00_0000, 0x4f80_0000, 0x3effffff, 0x33800000, 0x477fe000, 0x477ff000, 0x38800000, 0x387fc000,
];
const specials64: readonly (readonly [high: number, low: number])[] = [
  [0, 0],
  [0x8000_0000, 0],
  [0, 1],
  [0x800f_ffff, 0xffff_ffff],
  [0x0010_0000, 0],
  [0x8010_0000, 1],
  [0x7fef_ffff, 0xffff_ffff],
  [0x7ff0_0000, 0],
  [0xfff0_0000, 0],
  [0x7ff0_0000, 1],
  [0xfff7_ffff, 0xffff_ffff],
  [0x7ff8_0000, 0],
  [0xfff8_1234, 0x5678_9abc],
  [0x3ff0_0000, 0],
  [0xbff0_0000, 0],
  [0x3fe0_0000, 0],
  [0x4000_0000, 0],
  [0x41df_ffff, 0xffc0_0000],
  [0x41ef_ffff, 0xffe0_0000],
  [0xc1e0_0000, 0],
  [0x3810_0000, 0],
  [0x380f_ffff, 0xffff_ffff],
  [0x47ef_ffff, 0xf000_0000],
  [0x36a0_0000, 0],
  [0x3690_0000, 1],
];
const edges = [
  0x0000_0000, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0x8000_8000, 0x7fff_7fff, 0x8080_8080, 0x7f7f_7f7f, 0x0001_0001, 0xffff_8000,
  0x0102_0304,
];

const float32 = (prng: Prng): number => {
  const kind = prng.below(8);
  if (kind < 3) return prng.pick(specials32);
  // Numbers whose exponents are close, so that they meet in sums and products.
  if (kind < 7) return (((prng.u32() & 0x807f_ffff) | ((118 + prng.below(20)) << 23)) & (prng.below(2) === 0 ? -1 : 0xffff_0000)) >>> 0;
  return (prng.u32() & 0x80ff_ffff) >>> 0;
};

const fillRegister = (prng: Prng, words: Uint32Array, d: number): void => {
  const put = (low: number, high: number): void => {
    words[2 * d] = low;
    words[2 * d + 1] = high;
  };
  switch (prng.below(8)) {
    case 0:
    case 1:
    case 2:
      return put(float32(prng), float32(prng));
    case 3: {
      const [high, low] = prng.pick(specials64);
      return put(low, high);
    }
    case 4:
      return put(prng.below(4) === 0 ? 0 : prng.u32(), ((prng.u32() & 0x800f_ffff) | ((1000 + prng.below(40)) << 20)) >>> 0);
    case 5:
      return put(prng.pick(edges), prng.pick(edges));
    case 6: {
      // Small numbers in bytes or words: shift amounts and table indexes.
      const small = (): number =>
        prng.below(2) === 0 ? prng.below(80) - 40 : ((prng.u32() & 0x0f0f_0f0f) - (prng.u32() & 0x0808_0808)) | 0;
      return put(small(), small());
    }
    default:
      return put(prng.u32(), prng.u32());
  }
};

/** The page of data before every case. */
export function initialData(size: number): Uint8Array {
  const prng = new Prng(0x0da7a);
  const words = Uint32Array.from({ length: size >> 2 }, () => (prng.below(2) === 0 ? float32(prng) : prng.u32()));
  return new Uint8Array(words.buffer);
}

/** Cases of the table: `perRow` encodings of each row, in order; with `vectors`, FPSCR.Len and Stride are in use. */
export function* floatCases(table: DecodeTable<ArmTranslator>, seed: number, perRow: number, vectors = false): Generator<FloatCase> {
  const base = (prng: Prng): number => prng.below(13);
  // Even doubleword registers, for quadword operations, are the rule.
  const even =
    (odd: number) =>
    (prng: Prng): number =>
      prng.u32() & (prng.below(4) === 0 ? -1 : ~odd);
  const choose = {
    vd: even(1),
    vm: even(1),
    vn: even(2),
    cond: [14],
    rt: base,
    rt2: base,
    rn: base,
    rm: (prng: Prng): number => prng.pick([13, 15, prng.below(13)]),
    // VLDM's and VLDR's counts: short ones are the rule.
    imm: (prng: Prng): number => (prng.below(2) === 0 ? 1 + prng.below(34) : prng.u32()),
  };
  let n = 0;
  for (const row of table.rows) {
    for (let i = 0; i < perRow; i++) {
      const prng = new Prng(Math.imul(seed + n++, 0x9e37_79b1));
      let word = randomEncoding(table, row, prng, choose);
      while (isKnownDifference(row.name, row.fields(word))) word = randomEncoding(table, row, prng, choose);
      const core = Uint32Array.from({ length: 13 }, () => (prng.below(4) === 0 ? prng.pick(edges) : prng.u32()));
      const fields = row.fields(word);
      // Base registers lead into the page; sometimes unaligned.
      const { rn, rm } = fields;
      if (row.mask !== 0 && rn !== undefined && rn < 13) {
        if (rm !== undefined && rm < 13) core[rm] = prng.below(256);
        const aligned = prng.below(8) !== 0 ? -16 : prng.below(2) === 0 ? -4 : -1;
        core[rn] = DATA_ADDRESS + 0x700 + (prng.below(0x200) & aligned);
      }
      const registers = new Uint32Array(64);
      for (let d = 0; d < 32; d++) fillRegister(prng, registers, d);
      // NZCV, QC, AHP, DN, FZ, RMode and the cumulative flags.
      const fpscr = (((prng.u32() & 0xffc0_0000) >>> 0) | (prng.below(2) === 0 ? 0x9f : prng.u32() & 0x9f)) >>> 0;
      const plain = prng.below(3) === 0 ? fpscr & 0xf8c0_009f : fpscr;
      // Len 0..3; Stride 0 for 1, 3 for 2.
      const len = prng.below(4) << 16;
      const stride = prng.below(3) === 0 && !isKnownDifference(row.name, fields, knownStrideDifferences) ? 3 << 20 : 0;
      const vector = vectors && !isKnownDifference(row.name, fields, knownVectorDifferences) ? len | stride : 0;
      const bigEndian = rn !== undefined && prng.below(4) === 0;
      yield {
        row: row.name,
        word,
        apsr: ((prng.u32() & 0xf000_0000) | (bigEndian ? 1 : 0)) >>> 0,
        fpscr: (plain | vector) >>> 0,
        core,
        registers,
        faults: faultsHereOnly(row.name, fields, core),
      };
    }
  }
}
