/**
 * One walk backward over a block: values that nothing uses, and writes to slots that are overwritten before anything can see them
 * (flags, mostly). An instruction that may raise sees every slot, since its handler must find exact state.
 */
import { type Block, type Inst, isExit, mayRaise, operands } from "../inst.ts";
import type { Slot } from "../state-layout.ts";

/** Slots that will be overwritten unseen. Not changed once another holds it. */
type Overwritten = ReadonlySet<Slot>;
const none: Overwritten = new Set();

const contains = (outer: Slot, inner: Slot): boolean =>
  outer.offset <= inner.offset && inner.offset + inner.size <= outer.offset + outer.size;
const covered = (slot: Slot, by: Overwritten): boolean =>
  by.size > 0 && (by.has(slot) || slot.aliases.some((o) => by.has(o) && contains(o, slot)));

/** The set without what shares bytes with the slot. */
function without(set: Overwritten, slot: Slot): Overwritten {
  if (set.size === 0 || (!set.has(slot) && !slot.aliases.some((o) => set.has(o)))) return set;
  const left = new Set(set);
  left.delete(slot);
  for (const other of slot.aliases) left.delete(other);
  return left;
}

export function dead(block: Block): Block {
  const { insts } = block;
  let ids = 0;
  for (const { id } of insts) if (id >= ids) ids = id + 1;
  const used = new Uint8Array(ids);
  const keep = new Uint8Array(insts.length);
  let overwritten: Overwritten = none;
  /** Nothing else holds `overwritten`. */
  let own = false;
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
        if (live) {
          // Copied only where an open `if` holds it too.
          if (!own) overwritten = new Set(overwritten);
          own = true;
          (overwritten as Set<Slot>).add(inst.slot);
        }
        break;
      case "end":
        open.push({ after: overwritten, otherwise: undefined });
        own = false;
        break;
      case "else": {
        const frame = open.at(-1)!;
        frame.otherwise = overwritten;
        overwritten = frame.after;
        own = false;
        break;
      }
      case "if": {
        const { after, otherwise } = open.pop()!;
        const other = otherwise ?? after;
        overwritten = new Set([...overwritten].filter((slot) => covered(slot, other)));
        own = true;
        break;
      }
      case "call": {
        const { reads, mayRaise: raises } = inst.helper.effects;
        if (reads === "all" || raises) {
          overwritten = none;
          own = false;
        } else for (const slot of reads) overwritten = without(overwritten, slot);
        break;
      }
      default:
        if (mayRaise(inst) || isExit(inst)) {
          overwritten = none;
          own = false;
        }
    }
    if (!live) continue;
    keep[i] = 1;
    for (const v of operands(inst)) used[v.id] = 1;
  }
  return { insts: insts.filter((_, i) => keep[i] === 1) };
}
