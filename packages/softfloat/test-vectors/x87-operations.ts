/** How the operations of x87.c are done with the functions. */
import { instantiateSoftFloat, type SoftFloat } from "../src/index.ts";
import type { Case, X87StreamOp } from "./x87-stream.ts";

/** Performs an operation on registers; returns what the function does. */
type Perform = (f: SoftFloat, at: Addresses) => number;

/** An operation: what it does, and where its result is. */
export type X87Operation = X87StreamOp & {
  /** Words of the result that count; of a store to memory those not written are zero. */
  readonly result: "replaces a" | "replaces b" | "new" | "two" | "none" | "eflags";
  /** Whether it can be seen from outside that it was not carried out. */
  readonly moves: boolean;
  readonly perform: Perform;
};

/** Addresses of the operands, the results and the status block, and the operands' words as values of their types. */
type Addresses = {
  readonly a: number;
  readonly b: number;
  readonly to: number;
  readonly to2: number;
  readonly fpu: number;
  readonly words: Uint32Array;
  readonly longs: BigInt64Array;
};

const bits = (at: Addresses, address: number): number => at.words[address / 4]! | 0;
const long = (at: Addresses, address: number): bigint => at.longs[address / 8]!;

type Rest = Partial<Omit<X87Operation, "operands" | "perform">>;
const of = (operands: string, perform: Perform, rest: Rest = {}): X87Operation => ({
  operands,
  perform,
  result: "replaces a",
  hasSecond: false,
  loose: false,
  moves: false,
  ...rest,
});
const pops: Rest = { moves: true };
const fresh: Rest = { result: "new", moves: true };
const split: Rest = { result: "two", hasSecond: true, moves: true };

/** The operations of x87.c by name. */
export const x87Operations: ReadonlyMap<string, X87Operation> = new Map(
  Object.entries({
    add: of("xx", (f, at) => f.f80_add(at.a, at.a, at.b, at.fpu), pops),
    sub: of("xx", (f, at) => f.f80_sub(at.a, at.a, at.b, at.fpu), pops),
    sub_reversed: of("xx", (f, at) => f.f80_sub(at.a, at.b, at.a, at.fpu), pops),
    mul: of("xx", (f, at) => f.f80_mul(at.a, at.a, at.b, at.fpu), pops),
    div: of("xx", (f, at) => f.f80_div(at.a, at.a, at.b, at.fpu), pops),
    div_reversed: of("xx", (f, at) => f.f80_div(at.a, at.b, at.a, at.fpu), pops),
    add_f32: of("xs", (f, at) => f.f80_add_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    mul_f32: of("xs", (f, at) => f.f80_mul_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    sub_f32: of("xs", (f, at) => f.f80_sub_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    subr_f32: of("xs", (f, at) => f.f80_subr_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    div_f32: of("xs", (f, at) => f.f80_div_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    divr_f32: of("xs", (f, at) => f.f80_divr_f32(at.a, at.a, bits(at, at.b), at.fpu)),
    compare_f32: of("xs", (f, at) => f.f80_compare_f32(at.a, bits(at, at.b), at.fpu), { result: "none" }),
    add_f64: of("xd", (f, at) => f.f80_add_f64(at.a, at.a, long(at, at.b), at.fpu)),
    mul_f64: of("xd", (f, at) => f.f80_mul_f64(at.a, at.a, long(at, at.b), at.fpu)),
    sub_f64: of("xd", (f, at) => f.f80_sub_f64(at.a, at.a, long(at, at.b), at.fpu)),
    subr_f64: of("xd", (f, at) => f.f80_subr_f64(at.a, at.a, long(at, at.b), at.fpu)),
    div_f64: of("xd", (f, at) => f.f80_div_f64(at.a, at.a, long(at, at.b), at.fpu)),
    divr_f64: of("xd", (f, at) => f.f80_divr_f64(at.a, at.a, long(at, at.b), at.fpu)),
    compare_f64: of("xd", (f, at) => f.f80_compare_f64(at.a, long(at, at.b), at.fpu), { result: "none" }),
    sqrt: of("x", (f, at) => f.f80_sqrt(at.a, at.a, at.fpu)),
    rem: of("xx", (f, at) => f.f80_rem(at.a, at.a, at.b, at.fpu)),
    rem1: of("xx", (f, at) => f.f80_rem1(at.a, at.a, at.b, at.fpu)),
    round_to_int: of("x", (f, at) => f.f80_round_to_int(at.a, at.a, at.fpu)),
    scale: of("xx", (f, at) => f.f80_scale(at.a, at.a, at.b, at.fpu)),
    extract: of("x", (f, at) => f.f80_extract(at.a, at.to2, at.a, at.fpu), split),
    compare: of("xx", (f, at) => f.f80_compare(at.a, at.b, at.fpu), { result: "none", moves: true }),
    compare_quiet: of("xx", (f, at) => f.f80_compare_quiet(at.a, at.b, at.fpu), { result: "none", moves: true }),
    test: of("x", (f, at) => f.f80_test(at.a, at.fpu), { result: "none" }),
    examine: of("x", (f, at) => f.f80_examine(at.a, at.fpu), { result: "none" }),
    compare_eflags: of("xx", (f, at) => f.f80_compare_eflags(at.a, at.b, at.fpu), { result: "eflags", moves: true }),
    compare_quiet_eflags: of("xx", (f, at) => f.f80_compare_quiet_eflags(at.a, at.b, at.fpu), { result: "eflags", moves: true }),
    from_f32: of("s", (f, at) => f.f32_to_f80(at.to, bits(at, at.a), at.fpu), fresh),
    from_f64: of("d", (f, at) => f.f64_to_f80(at.to, long(at, at.a), at.fpu), fresh),
    from_i16: of("h", (f, at) => f.i32_to_f80(at.to, (bits(at, at.a) << 16) >> 16, at.fpu), fresh),
    from_i32: of("w", (f, at) => f.i32_to_f80(at.to, bits(at, at.a), at.fpu), fresh),
    from_i64: of("l", (f, at) => f.i64_to_f80(at.to, long(at, at.a), at.fpu), fresh),
    from_bcd: of("b", (f, at) => f.decimal_to_f80(at.to, long(at, at.a), bits(at, at.a + 8), at.fpu), fresh),
    to_f32: of("x", (f, at) => f.f80_to_f32(at.to, at.a, at.fpu), fresh),
    to_f64: of("x", (f, at) => f.f80_to_f64(at.to, at.a, at.fpu), fresh),
    to_i16: of("x", (f, at) => f.f80_to_i16(at.to, at.a, 0, at.fpu), fresh),
    to_i32: of("x", (f, at) => f.f80_to_i32(at.to, at.a, 0, at.fpu), fresh),
    to_i64: of("x", (f, at) => f.f80_to_i64(at.to, at.a, 0, at.fpu), fresh),
    to_i16_zero: of("x", (f, at) => f.f80_to_i16(at.to, at.a, 1, at.fpu), fresh),
    to_i32_zero: of("x", (f, at) => f.f80_to_i32(at.to, at.a, 1, at.fpu), fresh),
    to_i64_zero: of("x", (f, at) => f.f80_to_i64(at.to, at.a, 1, at.fpu), fresh),
    to_bcd: of("x", (f, at) => f.f80_to_decimal(at.to, at.a, at.fpu), fresh),
    exp2_minus1: of("x", (f, at) => f.f80_exp2_minus1(at.a, at.a, at.fpu), { loose: true }),
    y_log2: of("xx", (f, at) => f.f80_y_log2(at.a, at.a, at.b, at.fpu), { loose: true, moves: true }),
    y_log2_plus1: of("xx", (f, at) => f.f80_y_log2_plus1(at.a, at.a, at.b, at.fpu), { loose: true, moves: true }),
    arctangent: of("xx", (f, at) => f.f80_arctangent(at.a, at.a, at.b, at.fpu), { loose: true, moves: true }),
    tangent: of("x", (f, at) => f.f80_tangent(at.a, at.to2, at.a, at.fpu), { ...split, loose: true }),
    sine: of("x", (f, at) => f.f80_sine(at.a, at.a, at.fpu), { loose: true }),
    cosine: of("x", (f, at) => f.f80_cosine(at.a, at.a, at.fpu), { loose: true }),
    sine_cosine: of("x", (f, at) => f.f80_sine_cosine(at.a, at.to2, at.a, at.fpu), { ...split, loose: true }),
    ...Object.fromEntries(
      ["1", "l2t", "l2e", "pi", "lg2", "ln2", "zero"].map((name, i) => [
        `constant_${name}`,
        of("", (f, at) => f.f80_constant(at.to, i, at.fpu), fresh),
      ]),
    ),
  }),
);

/** Bits of the status word that x87.c reports: all but TOP. */
const statusMask = 0xc7ff;
const notDone = 0x10000;

/** What a loose operation's status is compared without: PE and C1, and the summary of an exception where PE is not masked. */
const looseStatus = (status: number, config: number): number => status & ~0x220 & (config & 0x20 ? -1 : ~0x8080);

/** The case that a stream sets and that prepared operations read. */
export class X87Machine {
  readonly case: Case;
  readonly #at: Addresses;
  readonly #functions: SoftFloat;

  constructor() {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const words = new Uint32Array(memory.buffer);
    this.#functions = instantiateSoftFloat(memory);
    this.#at = { a: 64, b: 80, to: 96, to2: 112, fpu: 128, words, longs: new BigInt64Array(memory.buffer) };
    this.case = {
      a: words.subarray(16, 19),
      b: words.subarray(20, 23),
      config: 0,
      first: new Uint32Array(3),
      second: new Uint32Array(3),
      status: 0,
    };
  }

  /** Runs the operation on the current case. */
  runner(op: X87Operation): () => void {
    const at = this.#at;
    const { words } = at;
    const c = this.case;
    const { first, second } = c;
    const result = op.result === "replaces a" || op.result === "two" ? at.a / 4 : at.to / 4;
    return () => {
      words.fill(0, at.to / 4, at.to / 4 + 8);
      words[at.fpu / 4] = c.config & 0xffff;
      words[at.fpu / 4 + 1] = c.config >>> 16;
      const outcome = op.perform(this.#functions, at);
      let status = words[at.fpu / 4 + 1]! & statusMask;
      if (op.result === "eflags") {
        words[result] = outcome & 0x45;
        if (outcome < 0) status |= notDone;
      } else if (outcome !== 0 && op.moves) status |= notDone;
      c.status = op.loose ? looseStatus(status, c.config) : status;
      for (let i = 0; i < 3; i++) {
        first[i] = op.result === "none" ? 0 : words[result + i]!;
        second[i] = words[at.to2 / 4 + i]!;
      }
    };
  }
}
