/** Recorded results of random cases, and their comparison with what the tables do. */
import { DecodeTable } from "@tsemu/decode";
import * as bf from "../block-flags.ts";
import { type ArmModel, findModel } from "../cpu-models.ts";
import { neonRowsA32 } from "../neon/index.ts";
import * as state from "../state.ts";
import type { ArmTranslator } from "../translator.ts";
import { readFpscr, writeFpscr } from "../vfp/fpscr.ts";
import { vfpHelpers } from "../vfp/helpers.ts";
import { vfpDataProcessingA32, vfpRowsA32 } from "../vfp/index.ts";
import { hasRow } from "../vfp/meta.ts";
import { type VfpItem } from "../vfp/rows.ts";
import { selectRows } from "@tsemu/decode";
import { type FloatCase, floatCases, initialData } from "./float-cases.ts";
import { DATA_SIZE, OneInsn, type Outcome } from "./one-insn.ts";

/** A recorded run: rows of a table under one CPU model. */
export interface FloatRun {
  readonly name: string;
  readonly model: string;
  readonly qemuCpu: string;
  readonly seed: number;
  readonly perRow: number;
  /** Short vectors: FPSCR.Len and Stride are in use. */
  readonly vectors: boolean;
  readonly items: readonly VfpItem[];
}

export const floatRuns: readonly FloatRun[] = [
  { name: "vfp", model: "cortex-a15", qemuCpu: "cortex-a15", seed: 1, perRow: 80, vectors: false, items: vfpRowsA32 },
  { name: "neon", model: "cortex-a15", qemuCpu: "cortex-a15", seed: 1_000_003, perRow: 40, vectors: false, items: neonRowsA32 },
  { name: "vfp2-vectors", model: "arm1176", qemuCpu: "arm1176", seed: 2_000_003, perRow: 40, vectors: true, items: vfpDataProcessingA32 },
];

const modelOf = (run: FloatRun): ArmModel => {
  const model = findModel(run.model);
  if (model === undefined) throw new Error(`no CPU model ${run.model}`);
  return model;
};

/** System registers, and instructions that user mode may not execute, are not for these runs. */
const notRecorded = new Set(["VMRS", "VMSR"]);

/** The decode table of a run. */
export const floatTable = (run: FloatRun): DecodeTable<ArmTranslator> =>
  new DecodeTable<ArmTranslator>(
    32,
    selectRows(run.items, (row) => hasRow(row.meta, modelOf(run).features) && !notRecorded.has(row.name)),
  );

/** State after an instruction. signal: 0 done, 1 undefined instruction, 2 another fault. */
export interface Result {
  readonly signal: number;
  readonly apsr: number;
  readonly fpscr: number;
  readonly core: Uint32Array;
  readonly registers: Uint32Array;
  readonly data: Uint8Array;
}

const APSR_BITS = 0xf800_0000;
const wordsOf = (s: { apsr: number; fpscr: number; core: Uint32Array; registers: Uint32Array }): number[] => [
  (s.apsr & APSR_BITS) >>> 0,
  s.fpscr >>> 0,
  ...s.core,
  ...s.registers,
];

/** Runs of bytes that differ. */
function changedRuns(before: Uint8Array, after: Uint8Array): [at: number, length: number][] {
  const runs: [number, number][] = [];
  for (let i = 0; i < before.length; i++) {
    if (before[i] === after[i]) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === i && last[1] < 255) last[1]++;
    else runs.push([i, 1]);
  }
  return runs;
}

/**
 * For each case: the signal; how many words changed (u8), and each one's number (0 apsr, 1 fpscr, 2 r0.., 15 s0..) and value; how
 * many runs of data changed (u8), and each one's offset (u16), length (u8) and bytes. After a signal nothing follows.
 */
export function packResults(cases: readonly FloatCase[], results: readonly Result[], page: Uint8Array): Uint8Array {
  const out: number[] = [];
  results.forEach((result, i) => {
    out.push(result.signal);
    if (result.signal !== 0) return;
    const before = wordsOf(cases[i]!);
    const words = wordsOf(result).flatMap((w, n): [number, number][] => (w === before[n] ? [] : [[n, w]]));
    out.push(words.length);
    for (const [n, w] of words) out.push(n, w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24);
    const runs = changedRuns(page, result.data);
    out.push(runs.length);
    for (const [at, length] of runs) out.push(at & 255, at >> 8, length, ...result.data.subarray(at, at + length));
  });
  return Uint8Array.from(out);
}

/** One recorded result, as changes. */
export interface Recorded {
  readonly signal: number;
  readonly words: ReadonlyMap<number, number>;
  readonly data: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

export function* unpackResults(packed: Uint8Array): Generator<Recorded> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  for (let i = 0; i < packed.length; ) {
    const signal = packed[i++]!;
    const words = new Map<number, number>();
    const data: { at: number; bytes: Uint8Array }[] = [];
    if (signal === 0) {
      for (let n = packed[i++]!; n > 0; n--, i += 5) words.set(packed[i]!, view.getUint32(i + 1, true));
      for (let n = packed[i++]!; n > 0; n--) {
        const length = packed[i + 2]!;
        data.push({ at: view.getUint16(i, true), bytes: packed.subarray(i + 3, i + 3 + length) });
        i += 3 + length;
      }
    }
    yield { signal, words, data };
  }
}

const wordName = (n: number): string => (n === 0 ? "apsr" : n === 1 ? "fpscr" : n < 15 ? `r${n - 2}` : `d${(n - 15) >> 1}.${(n - 15) & 1}`);
const hex = (n: number): string => `0x${(n >>> 0).toString(16).padStart(8, "0")}`;

/** A case that came out differently: what of it, in words. */
export interface Difference {
  readonly case: FloatCase;
  readonly text: string;
}

/** Executes the cases of a run and compares. */
export class FloatReplay {
  readonly insn: OneInsn;
  readonly #run: FloatRun;
  readonly #model: ArmModel;
  readonly #page = initialData(DATA_SIZE);

  constructor(run: FloatRun) {
    this.#run = run;
    this.#model = modelOf(run);
    this.insn = new OneInsn(this.#model.features, floatTable(run), vfpHelpers);
  }

  *cases(): Generator<FloatCase> {
    yield* floatCases(floatTable(this.#run), this.#run.seed, this.#run.perRow, this.#run.vectors);
  }

  flagsFor(c: FloatCase): number {
    const vector = (((c.fpscr >>> 16) & 7) << bf.LEN_SHIFT) | (((c.fpscr >>> 20) & 3) << bf.STRIDE_SHIFT);
    const endianness = c.apsr & 1 ? bf.BIG_ENDIAN : 0;
    return bf.CP_ACCESS | bf.FP_ENABLED | vector | endianness | (this.#model.features.neon ? 0 : bf.SIMD_DISABLED);
  }

  execute(c: FloatCase): Outcome {
    this.prepare(c);
    return this.insn.run(c.word, this.flagsFor(c));
  }

  /** Sets the state and the data page. */
  prepare(c: FloatCase): void {
    const cpu = this.insn.state;
    const word = (slot: { offset: number }): number => slot.offset >> 2;
    this.insn.data.set(this.#page);
    state.r.forEach((slot, i) => {
      cpu.u32[word(slot)] = c.core[i] ?? 0;
    });
    cpu.u32.set(c.registers, state.vfpFile >> 2);
    cpu.u32[word(state.nf)] = c.apsr;
    cpu.u32[word(state.zf)] = c.apsr & (1 << 30) ? 0 : 1;
    cpu.u32[word(state.cf)] = (c.apsr >>> 29) & 1;
    cpu.u32[word(state.vf)] = c.apsr << 3;
    cpu.u32[word(state.qf)] = 0;
    writeFpscr(cpu, this.#model.features, c.fpscr);
  }

  /** The words after the instruction, in the order of the recorded ones. */
  #words(): number[] {
    const { u32 } = this.insn.state;
    const word = (slot: { offset: number }): number => u32[slot.offset >> 2]!;
    const apsr =
      (word(state.nf) & 0x8000_0000) |
      (word(state.zf) === 0 ? 1 << 30 : 0) |
      ((word(state.cf) & 1) << 29) |
      ((word(state.vf) >>> 31) << 28) |
      ((word(state.qf) & 1) << 27);
    const core = state.r.slice(0, 13).map(word);
    return [apsr >>> 0, readFpscr(this.insn.state), ...core, ...u32.subarray(state.vfpFile >> 2, (state.vfpFile >> 2) + 64)];
  }

  /** What differs from the recorded result after execute(), or undefined. */
  compare(c: FloatCase, outcome: Outcome, recorded: Recorded): string | undefined {
    const signal = outcome === "done" ? 0 : outcome === 1 ? 1 : 2;
    const expectedSignal = c.faults ? 2 : recorded.signal;
    if (signal !== expectedSignal) return `outcome ${signal}, not ${expectedSignal}`;
    if (signal !== 0) return undefined;
    const expected = wordsOf(c).map((w, n) => recorded.words.get(n) ?? w);
    const texts = this.#words().flatMap((w, n) => (w === expected[n] ? [] : [`${wordName(n)} is ${hex(w)}, not ${hex(expected[n]!)}`]));
    const data = this.#page.slice();
    for (const { at, bytes } of recorded.data) data.set(bytes, at);
    for (const [at, length] of changedRuns(this.insn.data, data)) texts.push(`${length} bytes at +0x${at.toString(16)}`);
    return texts.length === 0 ? undefined : texts.join("; ");
  }

  /** All cases against the recorded results. */
  differences(packed: Uint8Array, execute = (c: FloatCase): Outcome => this.execute(c)): Difference[] {
    const found: Difference[] = [];
    const recorded = unpackResults(packed);
    for (const c of this.cases()) {
      const next = recorded.next();
      if (next.done === true) throw new Error("fewer results than cases");
      const text = this.compare(c, execute(c), next.value);
      if (text !== undefined) found.push({ case: c, text });
    }
    if (recorded.next().done !== true) throw new Error("more results than cases");
    return found;
  }
}
