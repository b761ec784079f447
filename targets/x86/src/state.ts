/**
 * Guest state of an x86 CPU: one layout for CPUs without long mode, whose general registers have 32 bits, one for those with it.
 *
 * The arithmetic flags are kept as the values that they follow from, so that an instruction whose flags nobody reads costs nothing, also
 * where a fault could show them, and one whose flags are read costs a comparison:
 *
 *   ZF   `zr`: the flag is set if the value is 0
 *   SF   `sr`: its sign bit
 *   PF   `sr`: set if the lowest byte has an even number of ones
 *   CF   `fa` < `fb`, as unsigned numbers
 *   AF   bit 4 of `fa` ^ `fb` ^ `fc`
 *   OF   the sign bit of that, not equal to CF
 *
 * a - b leaves a, b and the difference in `fa`, `fb` and `fc`; a + b leaves the sum, a and b: the exclusive or of the three is what was
 * carried into each bit. All five values have a word's width; narrower ones are sign-extended, which keeps their order.
 * All other bits of EFLAGS are in `eflags`, but DF, which is `df`: 1 or -1.
 */
import { type Slot, type StateLayout, StateLayoutBuilder } from "@tsemu/ir";

/** Segment registers by their numbers in instructions. */
export const seg = { ES: 0, CS: 1, SS: 2, DS: 3, FS: 4, GS: 5 } as const;
/** The two that only the system sees lie behind them. */
export const LDTR = 6;
export const TR = 7;

const words = [
  "cr0",
  "cr4",
  "dr6",
  "dr7",
  "gdt_limit",
  "idt_limit",
  "sysenter_cs",
  "apic_base",
  "efer",
  "tsc_aux",
  "xcr0",
  "misc_enable",
  "mtrr_def_type",
  "smbase",
  "mxcsr",
  "fcw",
  /** FSW without TOP, which is in the block flags. */
  "fsw",
  "fop",
  "fcs",
  "fds",
  /** Wires and what waits: bits in `pending.ts`. */
  "lines",
] as const;

const wides = ["cr2", "cr3", "gdt_base", "idt_base", "sysenter_esp", "sysenter_eip", "fip", "fdp"] as const;

/** Registers that have 64 bits on all CPUs. */
const doubles = ["star", "lstar", "cstar", "fmask", "kernel_gs_base", "pat", "tsc_offset", "tsc_deadline"] as const;

export type WordName = (typeof words)[number];
export type WideName = (typeof wides)[number];
export type DoubleName = (typeof doubles)[number];

/** A segment register: the selector and the descriptor behind it. */
export interface SegmentSlots {
  readonly selector: Slot;
  readonly base: Slot;
  readonly limit: Slot;
  /** Bits 8 to 23 of the descriptor's upper word, where they are there: type, S, DPL, P, AVL, L, D/B, G. */
  readonly attributes: Slot;
  /** Offsets from `first` to `last` may be accessed; last < first: none. */
  readonly first: Slot;
  readonly last: Slot;
}

const record = <Name extends string>(names: readonly Name[], make: (name: Name) => Slot): Record<Name, Slot> =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Slot>;

function build(bits: 32 | 64) {
  const b = new StateLayoutBuilder();
  const word = bits === 32 ? "i32" : "i64";
  const pc = b.slot("pc", "i32");
  b.slot("pc_high", "i32");
  /** Both words of pc: a linear address, CS.base included. */
  const pc64 = b.view("pc64", "i64", 0);
  const flags = b.slot("flags", "i32");
  const fa = b.slot("fa", word);
  const fb = b.slot("fb", word);
  const fc = b.slot("fc", word);
  const zr = b.slot("zr", word);
  const sr = b.slot("sr", word);
  const df = b.slot("df", "i32");
  const eflags = b.slot("eflags", "i32");
  const r = b.array("r", word, bits === 32 ? 8 : 16);
  const segments: SegmentSlots[] = ["es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"].map((name) => ({
    selector: b.slot(name, "i32"),
    base: b.slot(`${name}_base`, word),
    limit: b.slot(`${name}_limit`, "i32"),
    attributes: b.slot(`${name}_attr`, "i32"),
    first: b.slot(`${name}_first`, "i32"),
    last: b.slot(`${name}_last`, "i32"),
  }));
  /** Further results of host helpers. */
  const result = b.array("result", "i32", 4);
  const result64 = [b.view("result_wide0", "i64", result[0]!.offset), b.view("result_wide1", "i64", result[2]!.offset)];
  const system = record(words, (name) => b.slot(name, "i32"));
  const wide = record(wides, (name) => b.slot(name, word));
  const double = record(doubles, (name) => b.slot(name, "i64"));
  const dr = b.array("dr", word, 4);
  /** The x87's registers: 16 bytes each, the significand first. */
  const x87 = b.reserve(8 * 16);
  const significand = Array.from({ length: 8 }, (_, n) => b.view(`mm${n}`, "i64", x87 + 16 * n));
  const exponent = Array.from({ length: 8 }, (_, n) => b.view(`fpe${n}`, "i32", x87 + 16 * n + 8));
  /** Bit n: register n (not ST(n)) is empty. */
  const empty = b.slot("fp_empty", "i32");
  const registers = bits === 32 ? 8 : 16;
  const ymm = b.reserve(16 * 32);
  const views = (prefix: string, type: "i32" | "i64" | "f32" | "f64" | "v128", at: number): Slot[] =>
    Array.from({ length: registers }, (_, n) => b.view(`${prefix}${n}`, type, ymm + 32 * n + at));
  const xmm = views("xmm", "v128", 0);
  const xmmHigh = views("ymmh", "v128", 16);
  const xmmLow64 = views("xmmq", "i64", 0);
  const xmmUpper64 = views("xmmu", "i64", 8);
  const xmmLow32 = views("xmmd", "i32", 0);
  /** Status block of the soft-float library for SSE. */
  const fpStatus = b.reserve(32);
  const fpRounding = b.view("fp_rounding", "i32", fpStatus);
  const fpFlags = b.view("fp_flags", "i32", fpStatus + 4);
  const fpMode = b.view("fp_mode", "i32", fpStatus + 8);
  /** User mode: the three descriptors of thread-local storage that Linux has for each thread, two words each. */
  const userDescriptors = b.array("user_descriptor", "i32", 6);
  /** Operands in memory for helpers that take pointers. */
  const scratch = b.reserve(64);
  const scratch64 = Array.from({ length: 8 }, (_, n) => b.view(`scratch${n}`, "i64", scratch + 8 * n));
  const scratch128 = Array.from({ length: 4 }, (_, n) => b.view(`scratchv${n}`, "v128", scratch + 16 * n));
  const layout: StateLayout = b.build();
  return {
    bits,
    word: word as "i32" | "i64",
    pc,
    pc64,
    flags,
    fa,
    fb,
    fc,
    zr,
    sr,
    df,
    eflags,
    r,
    segments,
    result,
    result64,
    system,
    wide,
    double,
    dr,
    x87,
    significand,
    exponent,
    empty,
    ymm,
    xmm,
    xmmHigh,
    xmmLow64,
    xmmUpper64,
    xmmLow32,
    fpStatus,
    fpRounding,
    fpFlags,
    fpMode,
    userDescriptors,
    scratch,
    scratch64,
    scratch128,
    layout,
  };
}

export type X86State = ReturnType<typeof build>;

const built = new Map<32 | 64, X86State>();

/** The layout of CPUs whose registers have so many bits. */
export function x86State(bits: 32 | 64): X86State {
  let state = built.get(bits);
  if (state === undefined) built.set(bits, (state = build(bits)));
  return state;
}
