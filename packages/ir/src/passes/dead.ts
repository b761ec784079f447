/**
 * One walk backward over a block: values that nothing uses, and writes to slots that are overwritten before anything can see them
 * (flags, mostly). An instruction that may raise sees every slot, since its handler must find exact state.
 */
import { type Block, type Inst, isExit, mayRaise, type Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Slots that will be overwritten unseen; what it needs is kept for the next block. */
class Overwritten {
  /** By slot index: `#now` if the slot is one of them. */
  readonly #marks: number[] = [];
  #now = 1;
  /** Indices of those that were added since it was empty, also what is no longer one of them. */
  readonly #added: number[] = [];
  #count = 0;

  clear(): void {
    if (this.#count === 0) return;
    this.#now++;
    this.#count = 0;
  }

  add({ index }: Slot): void {
    const marks = this.#marks;
    while (marks.length <= index) marks.push(0);
    if (marks[index] === this.#now) return;
    marks[index] = this.#now;
    this.#added[this.#count++] = index;
  }

  /** Takes out what shares bytes with the slot. */
  remove(slot: Slot): void {
    if (this.#count === 0) return;
    this.#remove(slot.index);
    const { aliases } = slot;
    for (let i = 0; i < aliases.length; i++) this.#remove(aliases[i]!.index);
  }

  #remove(index: number): void {
    if (index < this.#marks.length) this.#marks[index] = 0;
  }

  covers(slot: Slot): boolean {
    if (this.#count === 0) return false;
    if (this.#has(slot.index)) return true;
    const { containers } = slot;
    for (let i = 0; i < containers.length; i++) if (this.#has(containers[i]!.index)) return true;
    return false;
  }

  #has(index: number): boolean {
    return index < this.#marks.length && this.#marks[index] === this.#now;
  }

  /** Indices of the slots. */
  copy(): readonly number[] {
    if (this.#count === 0) return none;
    const slots: number[] = [];
    for (let i = 0; i < this.#count; i++) if (this.#has(this.#added[i]!)) slots.push(this.#added[i]!);
    return slots;
  }

  /** Is what copy() gave. */
  become(slots: readonly number[]): void {
    this.clear();
    for (let i = 0; i < slots.length; i++) this.#marks[slots[i]!] = this.#now;
    for (let i = 0; i < slots.length; i++) this.#added[i] = slots[i]!;
    this.#count = slots.length;
  }

  /** Leaves what is in the copy too (as the same slot: a wider one does not count, which only loses a chance). */
  intersect(slots: readonly number[]): void {
    if (this.#count === 0) return;
    let left = 0;
    const next = this.#now + 1;
    for (let i = 0; i < slots.length; i++) {
      if (!this.#has(slots[i]!)) continue;
      this.#marks[slots[i]!] = next;
      this.#added[left++] = slots[i]!;
    }
    this.#now = next;
    this.#count = left;
  }
}

const none: readonly number[] = [];

/** What a walk needs, kept for the next one. By value id, the number of the block that used the value last; what is kept, at its position. */
const usedIn: number[] = [];
let blocks = 0;
const keptInsts: Inst[] = [];
const overwritten = new Overwritten();

function use({ id }: Value): void {
  while (usedIn.length <= id) usedIn.push(0);
  usedIn[id] = blocks;
}

export function dead(block: Block): Block {
  const { insts } = block;
  blocks++;
  const isUsed = (id: number): boolean => id < usedIn.length && usedIn[id] === blocks;
  const kept = keptInsts;
  for (let i = kept.length; i < insts.length; i++) kept.push(insts[i]!);
  let first = insts.length;
  overwritten.clear();
  /** One for each open `if` (from its end): the slots behind it, and those of the else branch once it is done. */
  const open: { readonly after: readonly number[]; otherwise: readonly number[] | undefined }[] = [];

  for (let i = insts.length - 1; i >= 0; i--) {
    const inst = insts[i]!;
    switch (inst.kind) {
      case "compute":
        if (!isUsed(inst.id)) continue;
        for (let n = 0; n < inst.args.length; n++) use(inst.args[n]!);
        break;
      case "const":
        if (!isUsed(inst.id)) continue;
        break;
      case "get":
        if (!isUsed(inst.id)) continue;
        overwritten.remove(inst.slot);
        break;
      case "set":
        if (overwritten.covers(inst.slot)) continue;
        overwritten.add(inst.slot);
        use(inst.value);
        break;
      case "insn":
        break;
      case "end":
        open.push({ after: overwritten.copy(), otherwise: undefined });
        break;
      case "else": {
        const frame = open.at(-1)!;
        frame.otherwise = overwritten.copy();
        overwritten.become(frame.after);
        break;
      }
      case "if": {
        const { after, otherwise } = open.pop()!;
        overwritten.intersect(otherwise ?? after);
        use(inst.condition);
        break;
      }
      case "call": {
        const { reads, mayRaise: raises } = inst.helper.effects;
        if (reads === "all" || raises) overwritten.clear();
        else for (const slot of reads) overwritten.remove(slot);
        for (let n = 0; n < inst.args.length; n++) use(inst.args[n]!);
        break;
      }
      case "load":
        overwritten.clear();
        use(inst.address);
        break;
      case "store":
        overwritten.clear();
        use(inst.address);
        use(inst.value);
        break;
      default:
        if (mayRaise(inst) || isExit(inst)) overwritten.clear();
    }
    kept[--first] = inst;
  }
  return { insts: kept.slice(first, insts.length) };
}
