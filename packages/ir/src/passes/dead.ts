/**
 * One walk backward over a block: values that nothing uses, and writes to slots that are overwritten before anything can see them
 * (flags, mostly). An instruction that may raise sees every slot, since its handler must find exact state.
 */
import { type Block, type Inst, isExit, mayRaise, operands } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Byte ranges that will be overwritten unseen, as slots. */
type Overwritten = Slot[];

const covered = (slot: Slot, by: Overwritten): boolean =>
  by.some((o) => o.offset <= slot.offset && slot.offset + slot.size <= o.offset + o.size);
const without = (o: Overwritten, slot: Slot): Overwritten =>
  o.filter((x) => x.offset + x.size <= slot.offset || slot.offset + slot.size <= x.offset);

export function dead(block: Block): Block {
  const { insts } = block;
  const used = new Set<Inst>();
  const keep = new Array<boolean>(insts.length).fill(false);
  let overwritten: Overwritten = [];
  /** One for each open `if` (from its end): the state behind it, and that of the else branch once it is done. */
  const open: { after: Overwritten; otherwise: Overwritten | undefined }[] = [];

  for (let i = insts.length - 1; i >= 0; i--) {
    const inst = insts[i]!;
    let live = true;
    switch (inst.kind) {
      case "compute":
      case "const":
        live = used.has(inst);
        break;
      case "get":
        live = used.has(inst);
        if (live) overwritten = without(overwritten, inst.slot);
        break;
      case "set":
        live = !covered(inst.slot, overwritten);
        if (live) overwritten = [...overwritten, inst.slot];
        break;
      case "end":
        open.push({ after: overwritten, otherwise: undefined });
        break;
      case "else": {
        const frame = open.at(-1)!;
        frame.otherwise = overwritten;
        overwritten = frame.after;
        break;
      }
      case "if": {
        const { after, otherwise } = open.pop()!;
        const other = otherwise ?? after;
        overwritten = overwritten.filter((slot) => covered(slot, other));
        break;
      }
      case "call": {
        const { reads, mayRaise: raises } = inst.helper.effects;
        if (reads === "all" || raises) overwritten = [];
        else for (const slot of reads) overwritten = without(overwritten, slot);
        break;
      }
      default:
        if (mayRaise(inst) || isExit(inst)) overwritten = [];
    }
    keep[i] = live;
    if (live) for (const v of operands(inst)) used.add(v);
  }
  return { insts: insts.filter((_, i) => keep[i]) };
}
