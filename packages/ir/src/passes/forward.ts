/**
 * One walk forward over a block: constants are folded, copies propagated, and a `get` of a slot whose content is known
 * (from a `set` or an earlier `get`) becomes that value.
 */
import { type Block, type Const, type Inst, isExit, type Value } from "../inst.ts";
import { overlaps, type Slot } from "../state-layout.ts";
import { canonicalize, foldConstant, identity } from "./fold.ts";

/** Contents of slots at a point of the block. */
class Known {
  readonly values: Map<Slot, Value>;
  /** Slots written since the innermost `if`. */
  written: Slot[] | "all" = [];

  constructor(values: Map<Slot, Value> = new Map()) {
    this.values = values;
  }

  write(slot: Slot, value: Value | undefined): void {
    for (const other of this.values.keys()) if (overlaps(slot, other)) this.values.delete(other);
    if (value !== undefined) this.values.set(slot, value);
    if (this.written !== "all") this.written.push(slot);
  }

  writeAll(): void {
    this.values.clear();
    this.written = "all";
  }

  /** Takes over that `slots` were written elsewhere. */
  forget(slots: Slot[] | "all"): void {
    if (slots === "all") this.writeAll();
    else for (const slot of slots) this.write(slot, undefined);
  }
}

export function forward(block: Block): Block {
  const out: Inst[] = [];
  const replaced = new Map<Inst, Value>();
  const resolve = (v: Value): Value => replaced.get(v) ?? v;
  let known = new Known();
  /** One for each open `if`: what was known before it, what its branches wrote, and whether the present branch has left. */
  const open: { before: Known; written: (Slot[] | "all")[] }[] = [];
  let left = false;

  const endBranch = (): void => {
    // What a branch that ends in an exit wrote does not matter to what follows.
    if (!left) open.at(-1)!.written.push(known.written);
    left = false;
  };

  for (const inst of block.insts) {
    switch (inst.kind) {
      case "compute": {
        inst.args.forEach((a, i) => {
          inst.args[i] = resolve(a);
        });
        const folded = foldConstant(inst);
        if (folded !== undefined) {
          const constant: Const = { kind: "const", type: folded.type, value: folded.value, id: inst.id };
          replaced.set(inst, constant);
          out.push(constant);
          break;
        }
        canonicalize(inst);
        const same = identity(inst);
        if (same !== undefined) replaced.set(inst, same);
        else out.push(inst);
        break;
      }
      case "get": {
        const value = known.values.get(inst.slot);
        if (value !== undefined) replaced.set(inst, value);
        else {
          known.values.set(inst.slot, inst);
          out.push(inst);
        }
        break;
      }
      case "set":
        inst.value = resolve(inst.value);
        if (known.values.get(inst.slot) === inst.value) break;
        known.write(inst.slot, inst.value);
        out.push(inst);
        break;
      case "call": {
        inst.args.forEach((a, i) => {
          inst.args[i] = resolve(a);
        });
        const { writes } = inst.helper.effects;
        if (writes === "all") known.writeAll();
        else for (const slot of writes) known.write(slot, undefined);
        out.push(inst);
        break;
      }
      case "load":
        inst.address = resolve(inst.address);
        out.push(inst);
        break;
      case "store":
        inst.address = resolve(inst.address);
        inst.value = resolve(inst.value);
        out.push(inst);
        break;
      case "if":
        inst.condition = resolve(inst.condition);
        open.push({ before: known, written: [] });
        known = new Known(new Map(known.values));
        out.push(inst);
        break;
      case "else":
        endBranch();
        known = new Known(new Map(open.at(-1)!.before.values));
        out.push(inst);
        break;
      case "end": {
        endBranch();
        const { before, written } = open.pop()!;
        known = before;
        for (const slots of written) known.forget(slots);
        out.push(inst);
        break;
      }
      default:
        if (isExit(inst)) left = true;
        out.push(inst);
    }
  }
  return { insts: out };
}
