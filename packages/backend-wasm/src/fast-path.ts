/**
 * A helper's fast path inline. Whether the status words allow it is kept in a local, one for each set of conditions: worked out at the
 * region's entry and wherever one of the words may have changed.
 */
import { type Call, type FastPath, opNamed, overlaps, type Slot } from "@tsemu/ir";
import { lowerings } from "./lower.ts";
import type { SlotLocals } from "./slot-locals.ts";
import { type Expr, type WasmModule, wasmTypes } from "./wasm-module.ts";

interface Ready {
  readonly local: number;
  readonly words: FastPath["words"];
}

/** May the call be tried inline: are its constant arguments as the fast path wants them? */
export function canBeFast({ helper, args }: Call): boolean {
  const { fast } = helper;
  return (
    fast !== undefined &&
    (fast.constants ?? []).every(({ argument, value }) => {
      const arg = args[argument]!;
      return arg.kind === "const" && arg.value === value;
    })
  );
}

export class FastPaths {
  readonly #m: WasmModule;
  readonly #slots: SlotLocals;
  readonly #ready = new Map<string, Ready>();

  constructor(m: WasmModule, slots: SlotLocals, calls: Iterable<Call>, newLocal: () => number) {
    this.#m = m;
    this.#slots = slots;
    for (const call of calls) {
      if (!canBeFast(call)) continue;
      const { words } = call.helper.fast!;
      const key = keyOf(words);
      if (words.length > 0 && !this.#ready.has(key)) this.#ready.set(key, { local: newLocal(), words });
    }
  }

  /** Code for after a change of the slots given. */
  update(changed: readonly Slot[] | "all"): Expr[] {
    return [...this.#ready.values()]
      .filter(({ words }) => changed === "all" || words.some(({ slot }) => changed.some((s) => overlaps(s, slot))))
      .map(({ local, words }) => this.#m.local.set(local, this.#allow(words)));
  }

  /** 1 if the words are as wanted. */
  #allow(words: FastPath["words"]): Expr {
    const { i32 } = this.#m;
    const wrong = words.map(({ slot, mask, value }) => {
      const bits = i32.and(this.#slots.word(slot.offset), i32.const(mask));
      return value === 0 ? bits : i32.xor(bits, i32.const(value));
    });
    return i32.eqz(wrong.reduce((a, b) => i32.or(a, b)));
  }

  /**
   * The fast result of the call on these arguments (locals or constants), and the conditions under all of which it holds, given a copy of the result. They
   * are for branches of their own, which are predicted: their conjunction as a number takes three times as many instructions.
   */
  compute({ helper }: Call, args: readonly Expr[]): { readonly value: Expr; conditions(result: () => Expr): readonly Expr[] } {
    const m = this.#m;
    const { ops, result, words, normalOperands } = helper.fast!;
    const copy = (e: Expr): Expr => m.copyExpression(e);
    const ready: Expr[] = words.length === 0 ? [] : [m.local.get(this.#ready.get(keyOf(words))!.local, wasmTypes.i32)];
    if (normalOperands === true) ready.push(...this.#normal(ops[0]!, args));
    if (result === "ordered") {
      const { lt, gt, eq } = this.#comparisons(ops[0]!, args);
      return { value: m.i32.sub(gt(), lt()), conditions: () => [...ready, m.i32.or(m.i32.or(lt(), gt()), eq())] };
    }
    let value: Expr | undefined;
    for (const name of ops) {
      const op = opNamed(name);
      value = lowerings[op.index]!(m, value === undefined ? args.slice(0, op.params.length).map(copy) : [value], 0, copy);
    }
    const type = opNamed(ops.at(-1)!).result;
    return { value: value!, conditions: (read) => [...ready, ...this.#check(result, type === "f32" || type === "f64", read)] };
  }

  /** Is no operand of the first op a denormal number? Of twice its bits less 1 those are the least. A condition for each. */
  #normal(name: string, args: readonly Expr[]): Expr[] {
    const m = this.#m;
    const wide = name.startsWith("f64.");
    const isComparison = name.endsWith(".compare");
    const params = isComparison ? [] : opNamed(name).params;
    const count = isComparison ? 2 : params.length;
    const isFloat = params[0] === "f32" || params[0] === "f64";
    const type = wide ? m.i64 : m.i32;
    return args.slice(0, count).map((arg) => {
      const copied = m.copyExpression(arg);
      const bits = isFloat ? type.reinterpret(copied) : copied;
      return wide
        ? m.i64.lt_u(m.i64.const(0x1f_ffff_ffff_fffen), m.i64.sub(m.i64.shl(bits, m.i64.const(1n)), m.i64.const(1n)))
        : m.i32.lt_u(m.i32.const(0xff_fffe), m.i32.sub(m.i32.shl(bits, m.i32.const(1)), m.i32.const(1)));
    });
  }

  #comparisons(name: string, args: readonly Expr[]): Record<"lt" | "gt" | "eq", () => Expr> {
    const m = this.#m;
    const type = name.startsWith("f64") ? "f64" : "f32";
    const bits = type === "f64" ? "i64" : "i32";
    const operand = (i: number): Expr =>
      lowerings[opNamed(`${type}.reinterpret_${bits}`).index]!(m, [m.copyExpression(args[i]!)], 0, (e) => e);
    const compare = (op: string) => (): Expr => lowerings[opNamed(`${type}.${op}`).index]!(m, [operand(0), operand(1)], 0, (e) => e);
    return { lt: compare("lt"), gt: compare("gt"), eq: compare("eq") };
  }

  #check(result: FastPath["result"], isFloat: boolean, read: () => Expr): Expr[] {
    const m = this.#m;
    const { i32, i64 } = m;
    switch (result) {
      case "any":
      case "ordered":
        return [];
      case "converted":
        // None of 0, -1 (the largest unsigned), 0x7fffffff and 0x80000000.
        return [
          i32.lt_u(i32.const(1), i32.add(read(), i32.const(1))),
          i32.lt_u(i32.const(1), i32.add(i32.xor(read(), i32.const(-0x8000_0000)), i32.const(1))),
        ];
      case "finite32":
      case "ordinary32": {
        const exponent = i32.and(i32.shr_u(isFloat ? i32.reinterpret(read()) : read(), i32.const(23)), i32.const(0xff));
        return [result === "finite32" ? i32.lt_u(exponent, i32.const(0xff)) : i32.lt_u(i32.sub(exponent, i32.const(2)), i32.const(0xfb))];
      }
      default: {
        const bits = isFloat ? i64.reinterpret(read()) : read();
        const exponent = i32.and(i32.wrap(i64.shr_u(bits, i64.const(52n))), i32.const(0x7ff));
        return [result === "finite64" ? i32.lt_u(exponent, i32.const(0x7ff)) : i32.lt_u(i32.sub(exponent, i32.const(2)), i32.const(0x7fb))];
      }
    }
  }
}

const keyOf = (words: FastPath["words"]): string => words.map(({ slot, mask, value }) => `${slot.offset}:${mask}:${value}`).join();
