/**
 * What a region's code says of where an access goes next: to the page of the one before, mostly, or to another. In the first case a shortcut
 * (emit-region.ts) pays; where it goes back and forth, the branch on whether it is that page is mispredicted, which costs more than the TLB.
 */
import type { Inst, Slot, Value } from "@tsemu/ir";

/** A step from one access to the next that leaves the page before long. */
const LEAP = 128;

export type Pattern =
  /** From a register; `base` is a number for it. */
  | { readonly kind: "steady"; readonly base: number }
  /** With steps that leave the page before long. */
  | { readonly kind: "leaping" }
  /** An entry of a table, at an index that is no counter. `table` is a number for the table. */
  | { readonly kind: "scattered"; readonly table: number };

/** A number for the guest register that an address is computed from; of several the first. */
function baseOf(address: Value): number {
  for (let v: Value | undefined = address; v !== undefined; ) {
    if (v.kind === "get") return v.slot.index;
    if (v.kind !== "compute") return 0;
    v = v.args.find((arg) => arg.kind !== "const");
  }
  return 0;
}

const isSum = (v: Value): boolean => v.kind === "compute" && /^i(32|64)\.add$/.test(v.op.name);
/** Ops that only change a number's width. */
const isConversion = (v: Value): boolean => v.kind === "compute" && /^(i64\.extend|i32\.wrap)/.test(v.op.name);

/** By how much a `set` advances its slot; undefined for all other values. */
function stepOf(slot: Slot, value: Value): Value | undefined {
  const sum = unconverted(value);
  if (sum.kind !== "compute" || !isSum(sum)) return undefined;
  const isSlot = (v: Value): boolean => {
    const from = unconverted(v);
    return from.kind === "get" && from.slot.index === slot.index;
  };
  const at = sum.args.findIndex(isSlot);
  return at < 0 ? undefined : sum.args[1 - at];
}

const unconverted = (v: Value): Value => (v.kind === "compute" && isConversion(v) ? v.args[0]! : v);

export class AccessPatterns {
  /** Registers that are advanced by constants, and the largest of them. */
  readonly #steps = new Map<number, number>();
  /** Registers that get values which are neither constants, nor copies, nor their own with something added. */
  readonly #wild = new Set<number>();
  readonly #seen = new Map<Value, boolean>();
  /** Numbers of tables, as they are met. */
  readonly #tables = new Map<string, number>();

  constructor(insts: Iterable<Inst>) {
    for (const inst of insts) {
      if (inst.kind !== "set") continue;
      const { slot, value } = inst;
      const step = stepOf(slot, value);
      if (step === undefined) {
        if (value.kind !== "const" && value.kind !== "get") this.#wild.add(slot.index);
      } else if (step.kind === "const") {
        const size = Math.abs(Number(step.value));
        if (size > (this.#steps.get(slot.index) ?? 0)) this.#steps.set(slot.index, size);
      }
    }
  }

  of(address: Value): Pattern {
    const base = baseOf(address);
    const terms = termsOf(address);
    if (terms.some((term) => this.#stepOf(term) >= LEAP)) return { kind: "leaping" };
    const isTable = terms.length > 1 || (terms.length === 1 && terms[0]!.kind === "compute");
    if (!isTable || !terms.some((term) => this.#isWild(term))) return { kind: "steady", base };
    return { kind: "scattered", table: this.#tableOf(terms, constantOf(address)) };
  }

  /** By how much a term of an address is advanced: a register, or one that is shifted. */
  #stepOf(term: Value): number {
    if (term.kind === "get") return this.#steps.get(term.slot.index) ?? 0;
    if (term.kind !== "compute" || !/^i(32|64)\.shl$/.test(term.op.name)) return 0;
    const [from, by] = term.args as [Value, Value];
    const register = unconverted(from);
    return register.kind === "get" && by.kind === "const" ? (this.#steps.get(register.slot.index) ?? 0) * 2 ** Number(by.value) : 0;
  }

  /** Tables are known by the registers and the constant that they are addressed with. */
  #tableOf(terms: readonly Value[], constant: number): number {
    const registers = terms.map((term) => (term.kind === "get" && !this.#isWild(term) ? term.slot.index : ""));
    const name = `${registers.join(" ")} ${constant}`;
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    this.#tables.set(name, this.#tables.size);
    return this.#tables.size - 1;
  }

  /** Does the value come from memory, from a helper, or from a register whose values do? */
  #isWild(v: Value): boolean {
    if (v.kind === "const") return false;
    if (v.kind === "get") return this.#wild.has(v.slot.index);
    if (v.kind !== "compute") return true;
    let wild = this.#seen.get(v);
    if (wild === undefined) {
      wild = v.args.some((arg) => this.#isWild(arg));
      this.#seen.set(v, wild);
    }
    return wild;
  }
}

/** What is added up in an address, without constants. */
function termsOf(address: Value): Value[] {
  if (address.kind === "const") return [];
  if (address.kind === "compute" && (isSum(address) || isConversion(address))) return address.args.flatMap(termsOf);
  return [address];
}

/** The constants that are added up in an address. */
function constantOf(address: Value): number {
  if (address.kind === "const") return Number(address.value);
  if (address.kind !== "compute" || !(isSum(address) || isConversion(address))) return 0;
  return address.args.reduce((sum, arg) => sum + constantOf(arg), 0);
}
