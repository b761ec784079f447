/**
 * Guest state of a MIPS CPU. The general registers have 32 or 64 bits, so that there are two layouts; everything else is the same in
 * both. CP0 registers that hold addresses have two words, of which a 32-bit CPU uses the low one, sign-extended into the other.
 *
 * The floating-point file is a range of bytes seen in two ways: with Status.FR 0 it is 32 words, of which two neighbours make a double;
 * with FR 1 it is 32 doublewords, and a single is the low word of one. What is kept across a change of FR is the low words.
 */
import { type Slot, type StateLayout, StateLayoutBuilder } from "@tsemu/ir";

/** One view of the floating-point file, by the number of the register. */
export interface FloatViews {
  readonly s: readonly Slot[];
  readonly sInt: readonly Slot[];
  /** With FR 0 the odd ones are the even ones before them. */
  readonly d: readonly Slot[];
  readonly dInt: readonly Slot[];
}

const cp0Wide = [
  "entrylo0",
  "entrylo1",
  "context",
  "badvaddr",
  "entryhi",
  "epc",
  "xcontext",
  "errorepc",
  "desave",
  "depc",
  "userlocal",
  "lladdr",
] as const;
const cp0Narrow = [
  "index",
  "random_seed",
  "pagemask",
  "pagegrain",
  "wired",
  "hwrena",
  "count_base",
  "compare",
  "status",
  "intctl",
  "srsctl",
  "srsmap",
  "cause",
  "ebase",
  "config0",
  "taglo",
  "datalo",
  "taghi",
  "datahi",
  "errctl",
  "debug",
  "timer_pending",
  "irq_inputs",
  "performance",
] as const;

export type Cp0Name = (typeof cp0Wide)[number] | (typeof cp0Narrow)[number];

/** Words of one entry of the TLB: virtual page (two words), mask, ASID with the global bit in 0x100, and two times EntryLo (two words each). */
export const tlbEntry = { vpn: 0, vpnHigh: 1, mask: 2, asid: 3, lo0: 4, lo0High: 5, lo1: 6, lo1High: 7, words: 8 } as const;
export const MAX_TLB = 64;

/** Where a double is with Status.FR 0: there are even ones only. */
const pair = (n: number): number | undefined => (n % 2 === 0 ? 4 * n : undefined);

function build(bits: 32 | 64) {
  const b = new StateLayoutBuilder();
  const word = bits === 32 ? "i32" : "i64";
  const pc = b.slot("pc", "i32");
  b.slot("pc_high", "i32");
  /** Both words of pc. */
  const pc64 = b.view("pc64", "i64", 0);
  const flags = b.slot("flags", "i32");
  const r = b.array("r", word, 32);
  const hi = b.array("hi", word, 4);
  const lo = b.array("lo", word, 4);
  const branchTarget = b.slot("branch_target", word);
  /** LL: the address (1: none). */
  const linked = b.slot("linked", word);
  /** DSPControl. */
  const dspControl = b.slot("dsp_control", "i32");
  /** High word of a 64-bit result of a host helper. */
  const resultHigh = b.slot("result_high", "i32");

  const file = b.reserve(256);
  const views = (prefix: string, type: "i32" | "i64" | "f32" | "f64", place: (n: number) => number | undefined): Slot[] => {
    const made: Slot[] = [];
    for (let n = 0; n < 32; n++) {
      const at = place(n);
      made.push(at === undefined ? made[n - 1]! : b.view(`${prefix}${n}`, type, file + at));
    }
    return made;
  };
  const fr0: FloatViews = {
    s: views("s", "f32", (n) => 4 * n),
    sInt: views("si", "i32", (n) => 4 * n),
    d: views("d", "f64", pair),
    dInt: views("di", "i64", pair),
  };
  const fr1: FloatViews = {
    s: views("fs", "f32", (n) => 8 * n),
    sInt: views("fsi", "i32", (n) => 8 * n),
    d: views("fd", "f64", (n) => 8 * n),
    dInt: views("fdi", "i64", (n) => 8 * n),
  };
  /** The eight condition codes, each 0 or 1. */
  const fcc = b.array("fcc", "i32", 8);
  /** FCSR's FS, NAN2008 and such, enables and rounding mode. */
  const fcsr = b.slot("fcsr", "i32");
  /** The last operation, from which FCSR's cause is found when it is asked for: its number (0: `fp_cause` itself), its operands. */
  const fpLast = b.slot("fp_last", "i32");
  const fpCause = b.slot("fp_cause", "i32");
  const fpLastA = b.slot("fp_last_a", "i64");
  const fpLastB = b.slot("fp_last_b", "i64");
  const fpLastC = b.slot("fp_last_c", "i64");
  /** The flags before an operation whose exceptions may be enabled. */
  const fpKept = b.slot("fp_kept", "i32");
  /** Status blocks of the soft-float library: the one, and one to find causes with. */
  const fpStatus = b.reserve(32);
  const fpRounding = b.view("fp_rounding", "i32", fpStatus);
  const fpFlags = b.view("fp_flags", "i32", fpStatus + 4);
  const fpMode = b.view("fp_mode", "i32", fpStatus + 8);

  const cp0 = Object.fromEntries([
    ...cp0Wide.map((name) => [name, b.slot(name, "i64")] as const),
    ...cp0Narrow.map((name) => [name, b.slot(name, "i32")] as const),
  ]) as Record<Cp0Name, Slot>;
  /** KScratch1 and up are not there; the TLB's entries have no names. */
  const tlb = b.reserve(MAX_TLB * tlbEntry.words * 4);
  const layout: StateLayout = b.build();
  return {
    bits,
    pc,
    pc64,
    flags,
    r,
    hi,
    lo,
    branchTarget,
    linked,
    dspControl,
    resultHigh,
    file,
    fr0,
    fr1,
    fcc,
    fcsr,
    fpLast,
    fpCause,
    fpLastA,
    fpLastB,
    fpLastC,
    fpKept,
    fpStatus,
    fpRounding,
    fpFlags,
    fpMode,
    cp0,
    tlb,
    layout,
  };
}

export type MipsState = ReturnType<typeof build>;

const built = new Map<32 | 64, MipsState>();

/** The layout of CPUs whose registers have so many bits. */
export function mipsState(bits: 32 | 64): MipsState {
  let state = built.get(bits);
  if (state === undefined) built.set(bits, (state = build(bits)));
  return state;
}
