/** What the forward pass knows at a point of the block: the contents of slots, and the values computed so far. */
import type { Compute, Const, Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Contents of slots at a point of the block. */
export class Known {
  /** By slot index. */
  readonly #values: (Value | undefined)[];
  /** Slots written since the innermost `if`. */
  written: Slot[] | "all" = [];

  constructor(values: (Value | undefined)[] = []) {
    this.#values = values;
  }

  /** The same knowledge, for a branch: nothing written in it yet. */
  copy(): Known {
    return new Known(this.#values.slice());
  }

  get(slot: Slot): Value | undefined {
    return this.#values[slot.index];
  }

  /** The slot was read: this is what it holds. */
  learn(slot: Slot, value: Value): void {
    this.#put(slot.index, value);
  }

  write(slot: Slot, value: Value | undefined): void {
    const { aliases } = slot;
    const values = this.#values;
    for (let i = 0; i < aliases.length; i++) {
      const { index } = aliases[i]!;
      if (index < values.length) values[index] = undefined;
    }
    if (value !== undefined || slot.index < values.length) this.#put(slot.index, value);
    if (this.written !== "all") this.written.push(slot);
  }

  /** The array grows without holes. */
  #put(index: number, value: Value | undefined): void {
    const values = this.#values;
    while (values.length < index) values.push(undefined);
    values[index] = value;
  }

  writeAll(): void {
    this.#values.length = 0;
    this.written = "all";
  }

  /** Takes over that `slots` were written elsewhere. */
  forget(slots: Slot[] | "all"): void {
    if (slots === "all") this.writeAll();
    else for (const slot of slots) this.write(slot, undefined);
  }
}

const BUCKETS = 32;

/** Values by what computes them; those of the branches that are open, innermost last. A hash table whose chains are also a stack. */
export class Available {
  readonly #heads: number[] = new Array<number>(BUCKETS).fill(-1);
  readonly #values: Value[] = [];
  readonly #next: number[] = [];
  readonly #buckets: number[] = [];
  /** Entries where each open scope begins. */
  readonly #scopes: number[] = [];

  open(values: readonly Value[] = []): void {
    this.#scopes.push(this.#values.length);
    for (const value of values) this.#enter(value, bucketOf(value));
  }

  /** Ends the innermost scope; returns its values. */
  close(): Value[] {
    const from = this.#scopes.pop()!;
    for (let i = this.#values.length - 1; i >= from; i--) this.#heads[this.#buckets[i]!] = this.#next[i]!;
    this.#next.length = from;
    this.#buckets.length = from;
    return this.#values.splice(from);
  }

  #enter(value: Value, bucket: number): void {
    this.#next.push(this.#heads[bucket]!);
    this.#buckets.push(bucket);
    this.#heads[bucket] = this.#values.push(value) - 1;
  }

  /** The earlier value that is computed in the same way, or undefined: then `value` is remembered. */
  earlier(value: Compute | Const): Value | undefined {
    const bucket = bucketOf(value);
    for (let i = this.#heads[bucket]!; i >= 0; i = this.#next[i]!) if (same(this.#values[i]!, value)) return this.#values[i];
    this.#enter(value, bucket);
    return undefined;
  }
}

function bucketOf(value: Value): number {
  let hash: number;
  if (value.kind === "const") hash = typeof value.value === "number" ? value.value : Number(BigInt.asIntN(16, value.value));
  else {
    const { op, args } = value as Compute;
    hash = op.index;
    for (let i = 0; i < args.length; i++) hash = Math.imul(hash, 31) + args[i]!.id;
  }
  return (hash ^ (hash >> 8)) & (BUCKETS - 1);
}

function same(a: Value, b: Compute | Const): boolean {
  if (a.kind !== b.kind) return false;
  if (b.kind === "const") return a.type === b.type && (a as Const).value === b.value;
  const { op, args, imm } = a as Compute;
  if (op !== b.op || imm !== b.imm) return false;
  for (let i = 0; i < args.length; i++) if (args[i] !== b.args[i]) return false;
  return true;
}
