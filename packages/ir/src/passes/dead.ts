/**
 * One walk backward over a block: values that nothing uses, and writes to slots that are overwritten before anything can see them
 * (flags, mostly). An instruction that may raise sees every slot, since its handler must find exact state.
 */
import { type Block, type Inst, isExit, mayRaise, operands } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Byte ranges that will be overwritten unseen, as slots. */
type Overwritten = readonly Slot[];
const none: Overwritten = [];

const covered = (slot: Slot, by: Overwritten): boolean =>
  by.some((o) => o.offset <= slot.offset && slot.offset + slot.size <= o.offset + o.size);
const without = (o: Overwritten, slot: Slot): Overwritten =>
  o.filter((x) => x.offset + x.size <= slot.offset || slot.offset + slot.size <= x.offset);

export function dead(block: Block): Block {
  const { insts } = block;
  let ids = 0;
  for (const { id } of insts) if (id >= ids) ids = id + 1;
  const used = new Uint8Array(ids);
  const keep = new Uint8Array(insts.length);
  let overwritten: Overwritten = [];
  /** One for each open `if` (from its end): the state behind it, and that of the else branch once it is done. */
  const open: { after: Overwritten; otherwise: Overwritten | undefined }[] = [];

  for (let i = insts.length - 1; i >= 0; i--) {
    const inst = insts[i]!;
    let live = true;
    switch (inst.kind) {
      case "compute":
      case "const":
        live = used[inst.id] === 1;
        break;
      case "get":
        live = used[inst.id] === 1;
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
        if (reads === "all" || raises) overwritten = none;
        else for (const slot of reads) overwritten = without(overwritten, slot);
        break;
      }
      default:
        if (mayRaise(inst) || isExit(inst)) overwritten = none;
    }
    if (!live) continue;
    keep[i] = 1;
    for (const v of operands(inst)) used[v.id] = 1;
  }
  return { insts: insts.filter((_, i) => keep[i] === 1) };
}
