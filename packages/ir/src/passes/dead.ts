/**
 * One walk backward over a block: values that nothing uses, and writes to slots that are overwritten before anything can see them
 * (flags, mostly). An instruction that may raise sees every slot, since its handler must find exact state.
 */
import { type Block, type Inst, isExit, mayRaise, type Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Slots that will be overwritten unseen, by index: 1. */
class Overwritten {
  readonly #is: number[];
  #empty: boolean;

  constructor(is: number[] = [], empty = true) {
    this.#is = is;
    this.#empty = empty;
  }

  copy(): Overwritten {
    return new Overwritten(this.#is.slice(), this.#empty);
  }

  clear(): void {
    if (!this.#empty) this.#is.fill(0);
    this.#empty = true;
  }

  add({ index }: Slot): void {
    const is = this.#is;
    while (is.length <= index) is.push(0);
    is[index] = 1;
    this.#empty = false;
  }

  /** Takes out what shares bytes with the slot. */
  remove(slot: Slot): void {
    if (this.#empty) return;
    const is = this.#is;
    if (slot.index < is.length) is[slot.index] = 0;
    const { aliases } = slot;
    for (let i = 0; i < aliases.length; i++) {
      const { index } = aliases[i]!;
      if (index < is.length) is[index] = 0;
    }
  }

  covers(slot: Slot): boolean {
    if (this.#empty) return false;
    const is = this.#is;
    if (slot.index < is.length && is[slot.index] === 1) return true;
    const { containers } = slot;
    for (let i = 0; i < containers.length; i++) {
      const { index } = containers[i]!;
      if (index < is.length && is[index] === 1) return true;
    }
    return false;
  }

  /** Leaves what the other set has too (as the same slot: a wider one does not count, which only loses a chance). */
  intersect(other: Overwritten): void {
    const is = this.#is;
    for (let i = 0; i < is.length; i++) if (other.#is[i] !== 1) is[i] = 0;
  }
}

/** What a walk needs, kept for the next one. By value id: 1 if it is used; what is kept, at its position; by slot index. */
let usedIds = new Uint8Array(1024);
const keptInsts: Inst[] = [];
const overwrittenSlots: number[] = [];

export function dead(block: Block): Block {
  const { insts } = block;
  const ids = idsOf(block);
  if (ids > usedIds.length) usedIds = new Uint8Array(2 * ids);
  const used = usedIds.fill(0, 0, ids);
  const use = (v: Value): void => {
    used[v.id] = 1;
  };
  const kept = keptInsts;
  for (let i = kept.length; i < insts.length; i++) kept.push(insts[i]!);
  let first = insts.length;
  let overwritten = new Overwritten(overwrittenSlots.fill(0));
  /** One for each open `if` (from its end): the state behind it, and that of the else branch once it is done. */
  const open: { after: Overwritten; otherwise: Overwritten | undefined }[] = [];

  for (let i = insts.length - 1; i >= 0; i--) {
    const inst = insts[i]!;
    switch (inst.kind) {
      case "compute":
        if (used[inst.id] === 0) continue;
        for (let n = 0; n < inst.args.length; n++) use(inst.args[n]!);
        break;
      case "const":
        if (used[inst.id] === 0) continue;
        break;
      case "get":
        if (used[inst.id] === 0) continue;
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
        frame.otherwise = overwritten;
        overwritten = frame.after.copy();
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

/** One more than the largest id. */
function idsOf({ insts }: Block): number {
  let ids = 0;
  for (let i = 0; i < insts.length; i++) if (insts[i]!.id >= ids) ids = insts[i]!.id + 1;
  return ids;
}
