/** Random blocks that obey the rules of verify.ts, for property tests: every choice is taken from a stream of numbers, so that a test library can shrink it. */
import { IrBuilder } from "../builder.ts";
import type { Block, HelperSignature, Value } from "../inst.ts";
import type { MemOp } from "../memop.ts";
import { type Op, ops } from "../ops.ts";
import type { Slot } from "../state-layout.ts";
import { type Type, typeSize } from "../types.ts";

export interface RandomBlockOptions {
  readonly slots: readonly Slot[];
  readonly helpers: readonly HelperSignature[];
  /** Which ops to use; all unless told. */
  readonly ops?: (op: Op) => boolean;
  /** pc of the first instruction; the others follow every 4 bytes. */
  readonly pc: number;
  /** Where addresses have 64 bits: the upper word of pc and its slot, and upper words for addresses of data. */
  readonly wide?: { readonly pcHigh: number; readonly pcHighSlot: Slot; readonly highs: readonly number[] };
  /** About how many instructions of IR. */
  readonly length: number;
  /** Where lookups may lead, and gotos where the upper word is the block's (0: there is none). */
  readonly targets: readonly { readonly pc: number; readonly pcHigh?: number; readonly flags: number }[];
  /** Slots written in pairs before a `lookup` or `stop`: pc and block flags. */
  readonly pcSlot: Slot;
  readonly flagsSlot: Slot;
  /** Guest addresses: base + a number below `size`. */
  readonly memory: { readonly base: number; readonly size: number };
}

const types: readonly Type[] = ["i32", "i64", "f32", "f64", "v128"];
const special: readonly number[] = [0, 1, 2, -1, 0x7fff_ffff, -0x8000_0000, 31, 32, 0xff, 0x8000, 0x1_0000];

class Generator {
  readonly #b = new IrBuilder();
  readonly #next: () => number;
  readonly #o: RandomBlockOptions;
  readonly #ops: readonly Op[];
  /** Values that may be used, innermost branch last. */
  readonly #scopes: Value[][] = [[]];
  #pc: number;
  #extra = 0;
  /** Condition of the last `if`, and how deep it was. */
  #condition: { readonly value: Value; readonly depth: number } | undefined;

  constructor(next: () => number, o: RandomBlockOptions) {
    this.#next = next;
    this.#o = o;
    this.#ops = o.ops === undefined ? ops : ops.filter(o.ops);
    this.#pc = o.pc;
  }

  #below = (n: number): number => (this.#next() >>> 0) % n;
  #pick = <T>(items: readonly T[]): T => items[this.#below(items.length)]!;

  run(): Block {
    this.#insn();
    this.#body(this.#o.length, 0);
    this.#exit();
    return { insts: this.#b.insts };
  }

  #insn(): void {
    this.#b.insn(this.#pc, this.#extra++);
    this.#pc += 4;
  }

  #keep(value: Value): Value {
    this.#scopes.at(-1)!.push(value);
    return value;
  }

  #constant(type: Type): Value {
    const b = this.#b;
    const n = this.#below(3) === 0 ? this.#next() : this.#pick(special);
    switch (type) {
      case "i32":
        return b.i32(n);
      case "i64":
        return b.i64(this.#below(2) === 0 ? n : (BigInt(n) << 32n) | BigInt(this.#next() >>> 0));
      case "f32":
        return b.f32(this.#pick([0, -0, 1.5, -1, 3.4e38, 1e-45, Infinity]));
      case "f64":
        return b.f64(this.#pick([0, -0, 1.5, -1, 1.7e308, 5e-324, -Infinity, n]));
      case "v128":
        return b.v128([0, 1, 2, 3].reduce((bits) => (bits << 32n) | BigInt(this.#next() >>> 0), 0n));
    }
  }

  /** A value of the type: one there is, the content of a slot, or a constant. */
  #value(type: Type): Value {
    const there = this.#scopes.flat().filter((v) => v.type === type);
    const how = this.#below(8);
    // Mostly recent ones.
    if (there.length > 0 && how < 5) return there[Math.max(0, there.length - 1 - this.#below(how < 3 ? 3 : there.length))]!;
    const slots = this.#o.slots.filter((s) => s.type === type);
    return this.#keep(slots.length > 0 && how < 7 ? this.#b.get(this.#pick(slots)) : this.#constant(type));
  }

  #compute(): void {
    const op = this.#pick(this.#ops);
    const args = op.params.map((type) => this.#value(type));
    if (op.lanes === 32)
      this.#keep(
        this.#b.shuffle(
          args[0]!,
          args[1]!,
          Array.from({ length: 16 }, () => this.#below(32)),
        ),
      );
    else this.#keep(op.lanes === 0 ? this.#b.op(op.name, ...args) : this.#b.lane(op.name, this.#below(op.lanes), ...args));
  }

  #mem(): MemOp {
    const type = this.#pick(types);
    const full = typeSize[type];
    const size = type === "i32" || type === "i64" ? this.#pick([1, 2, 4, 8].filter((n) => n <= full)) : full;
    const align = this.#pick([1, 1, size, 4]);
    return { size, type, align, signed: size < full && this.#below(2) === 0, mmuIdx: this.#below(2) } as MemOp;
  }

  #address(): Value {
    const b = this.#b;
    const { base, size } = this.#o.memory;
    const masked = b.and(this.#value("i32"), b.i32(this.#pick([size - 1, size - 4, size - 16])));
    const { wide } = this.#o;
    if (wide === undefined) return b.add(masked, b.i32(base + this.#pick([0, 0, 4, size / 2])));
    const high = (): Value => b.i64(BigInt(this.#pick(wide.highs)) << 32n);
    const window = this.#below(3) === 0 ? b.select(this.#value("i32"), high(), high()) : high();
    const place = b.add(b.extendU(masked), b.i64(base + this.#pick([0, 0, 4, size / 2])));
    // Some of the constants are too large for a displacement.
    const sum = b.add(place, window);
    return this.#below(2) === 0 ? sum : b.add(sum, b.i64(this.#pick([4, -8, 0x1_0000_0000n])));
  }

  #access(): void {
    const mem = this.#mem();
    if (this.#below(2) === 0) this.#keep(this.#b.load(mem, this.#address()));
    else this.#b.store({ ...mem, signed: false }, this.#address(), this.#value(mem.type));
  }

  #call(): void {
    if (this.#o.helpers.length === 0) return;
    const helper = this.#pick(this.#o.helpers);
    const result = this.#b.call(helper, ...helper.params.map((type) => this.#value(type)));
    if (helper.result !== undefined) this.#keep(result);
  }

  #set(): void {
    const slot = this.#pick(this.#o.slots);
    this.#b.set(slot, this.#value(slot.type));
  }

  #setLast(): void {
    const value = this.#scopes.at(-1)!.at(-1)!;
    const slots = this.#o.slots.filter((s) => s.type === value.type);
    if (slots.length > 0) this.#b.set(this.#pick(slots), value);
  }

  /** One branch of an `if`; says whether it left. */
  #branch(length: number, depth: number, mayLeave: boolean): boolean {
    this.#scopes.push([]);
    this.#body(length, depth);
    const leaves = mayLeave && this.#below(4) === 0;
    if (leaves) this.#exit();
    this.#scopes.pop();
    return leaves;
  }

  #body(length: number, depth: number): void {
    for (let i = 0; i < length; i++) {
      const what = this.#below(24);
      if (what < 7) this.#compute();
      else if (what < 11) {
        // Computed to be stored, as most guest instructions do.
        this.#compute();
        this.#setLast();
      } else if (what < 14) this.#set();
      else if (what < 17) this.#access();
      else if (what < 18) this.#call();
      else if (what < 20 && depth === 0) this.#insn();
      else if (depth < 3) {
        const inner = 1 + this.#below(Math.max(1, length >> 1));
        let left = false;
        // Often the one before: conditional guest instructions in a row.
        const again = this.#condition?.depth === depth && this.#scopes.flat().includes(this.#condition.value) && this.#below(2) === 0;
        const value = again ? this.#condition!.value : this.#value("i32");
        this.#condition = { value, depth };
        this.#b.if(
          value,
          () => void (left = this.#branch(inner, depth + 1, true)),
          // What follows must be reached.
          this.#below(2) === 0 ? undefined : () => void this.#branch(inner, depth + 1, !left),
        );
        i += inner;
      }
    }
  }

  #exit(): void {
    const b = this.#b;
    const { pc, pcHigh, flags } = this.#pick(this.#o.targets);
    const { wide } = this.#o;
    const what = this.#below(12);
    if (what < (wide === undefined ? 9 : 6) && pcHigh === wide?.pcHigh) return b.goto(pc, flags);
    if (what === 9) return b.raise(this.#below(16), this.#below(4) === 0 ? this.#next() | 0 : this.#below(100));
    b.set(this.#o.pcSlot, b.i32(pc));
    // Now to one block, now to another with the same lower word.
    if (wide !== undefined) b.set(wide.pcHighSlot, b.select(this.#value("i32"), b.i32(pcHigh ?? 0), b.i32(this.#pick(wide.highs))));
    b.set(this.#o.flagsSlot, b.i32(flags));
    if (what === 10) b.lookup();
    else b.stop(this.#below(4));
  }
}

export const randomBlock = (next: () => number, options: RandomBlockOptions): Block => new Generator(next, options).run();
