/**
 * What the forward pass knows at a point of the block: the contents of slots, and the values computed so far. Both are kept for the next block,
 * since hundreds of thousands of blocks are translated: what a branch learned is undone when it ends, nothing is copied.
 */
import type { Compute, Const, Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** What a branch left behind: contents of slots, and values that it computed. */
export interface Learned {
  readonly slots: readonly number[];
  readonly contents: readonly (Value | undefined)[];
  readonly values: readonly Value[];
}

/** A branch that is open. */
interface Branch {
  /** Changes made, slots written and values known when the `if` began, and slots written when this branch of it did. */
  readonly changes: number;
  readonly written: number;
  readonly values: number;
  branchWritten: number;
  /** Did a branch that goes on write every slot; does the present one? */
  allWritten: boolean;
  writesAll: boolean;
}

const BUCKETS = 64;

export class Known {
  /** Contents by slot index. */
  readonly #contents: (Value | undefined)[] = [];
  /** Changes of contents, to be undone: slots, and what they held. */
  readonly #changed: number[] = [];
  readonly #before: (Value | undefined)[] = [];
  #changes = 0;
  /** Slots that the open branches wrote, innermost last. */
  readonly #written: Slot[] = [];
  #writes = 0;
  readonly #open: Branch[] = [];
  /** Values by what computes them, those of the innermost branch last: a hash table whose chains are also a stack. */
  readonly #heads = new Int32Array(BUCKETS);
  readonly #values: Value[] = [];
  readonly #next: number[] = [];
  readonly #buckets: number[] = [];
  #count = 0;

  /** Forgets everything, for another block. */
  reset(): void {
    this.#undo(0);
    this.#writes = 0;
    this.#open.length = 0;
    this.#heads.fill(-1);
    this.#count = 0;
  }

  get(slot: Slot): Value | undefined {
    return this.#contents[slot.index];
  }

  /** The slot was read: this is what it holds. */
  learn(slot: Slot, value: Value): void {
    this.#put(slot.index, value);
  }

  write(slot: Slot, value: Value | undefined): void {
    const { aliases } = slot;
    for (let i = 0; i < aliases.length; i++) this.#put(aliases[i]!.index, undefined);
    this.#put(slot.index, value);
    if (this.#open.length > 0) this.#written[this.#writes++] = slot;
  }

  writeAll(): void {
    const contents = this.#contents;
    for (let i = 0; i < contents.length; i++) if (contents[i] !== undefined) this.#put(i, undefined);
    if (this.#open.length > 0) this.#open.at(-1)!.writesAll = true;
  }

  #put(index: number, value: Value | undefined): void {
    const contents = this.#contents;
    // The array grows without holes.
    while (contents.length <= index) contents.push(undefined);
    const before = contents[index];
    if (before === value) return;
    this.#changed[this.#changes] = index;
    this.#before[this.#changes++] = before;
    contents[index] = value;
  }

  #undo(changes: number): void {
    while (this.#changes > changes) {
      const at = --this.#changes;
      this.#contents[this.#changed[at]!] = this.#before[at];
    }
  }

  /** The earlier value that is computed in the same way, or undefined: then `value` is remembered. */
  earlier(value: Compute | Const): Value | undefined {
    const bucket = bucketOf(value);
    for (let i = this.#heads[bucket]!; i >= 0; i = this.#next[i]!) if (same(this.#values[i]!, value)) return this.#values[i];
    this.#enter(value, bucket);
    return undefined;
  }

  #enter(value: Value, bucket: number): void {
    const at = this.#count++;
    this.#values[at] = value;
    this.#next[at] = this.#heads[bucket]!;
    this.#buckets[at] = bucket;
    this.#heads[bucket] = at;
  }

  /** A branch begins; with what another on the same condition learned. */
  begin(learned?: Learned): void {
    const writes = this.#writes;
    this.#open.push({
      changes: this.#changes,
      written: writes,
      values: this.#count,
      branchWritten: writes,
      allWritten: false,
      writesAll: false,
    });
    if (learned === undefined) return;
    const { slots, contents, values } = learned;
    for (let i = 0; i < slots.length; i++) this.#put(slots[i]!, contents[i]);
    for (let i = 0; i < values.length; i++) this.#enter(values[i]!, bucketOf(values[i]!));
  }

  /** What the innermost branch has learned so far. */
  learned(): Learned {
    const { changes, values } = this.#open.at(-1)!;
    const slots = this.#changed.slice(changes, this.#changes);
    return { slots, contents: slots.map((index) => this.#contents[index]), values: this.#values.slice(values, this.#count) };
  }

  /** The other branch begins. `left`: the one before ended in an exit, so that what it wrote does not matter to what follows. */
  otherwise(left: boolean): void {
    const branch = this.#open.at(-1)!;
    this.#endBranch(branch, left);
    branch.branchWritten = this.#writes;
  }

  /** The innermost `if` ends. */
  end(left: boolean): void {
    const branch = this.#open.at(-1)!;
    this.#endBranch(branch, left);
    this.#open.pop();
    const writes = this.#writes;
    this.#writes = branch.written;
    if (branch.allWritten) this.writeAll();
    // Each is written down where it, or one before it, was.
    else for (let i = branch.written; i < writes; i++) this.write(this.#written[i]!, undefined);
  }

  #endBranch(branch: Branch, left: boolean): void {
    if (left) this.#writes = branch.branchWritten;
    else if (branch.writesAll) branch.allWritten = true;
    branch.writesAll = false;
    this.#undo(branch.changes);
    while (this.#count > branch.values) {
      const at = --this.#count;
      this.#heads[this.#buckets[at]!] = this.#next[at]!;
    }
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
