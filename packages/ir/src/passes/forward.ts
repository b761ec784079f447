/**
 * One walk forward over a block: constants are folded, copies propagated, a `get` of a slot whose content is known
 * (from a `set` or an earlier `get`) becomes that value, and so does a computation that was done before. An `if` on the condition
 * of the one that just ended continues it.
 */
import { type Block, type Compute, type Const, type Inst, isExit, type Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";
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
    for (const other of slot.aliases) this.values.delete(other);
    if (value === undefined) this.values.delete(slot);
    else this.values.set(slot, value);
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

/** Values by what computes them; those of the branches that are open, innermost last. */
class Available {
  readonly #scopes: Map<number | string, Value>[] = [new Map()];

  open(scope: Map<number | string, Value> = new Map()): void {
    this.#scopes.push(scope);
  }
  close(): Map<number | string, Value> {
    return this.#scopes.pop()!;
  }

  /** The earlier value with this key, or undefined: then `value` is remembered. */
  earlier(key: number | string, value: Value): Value | undefined {
    for (const scope of this.#scopes) {
      const found = scope.get(key);
      if (found !== undefined) return found;
    }
    this.#scopes.at(-1)!.set(key, value);
    return undefined;
  }
}

/** Ids that fit the key below. */
const MAX_ID = 4096;

/** A key that is the same for the same computation; undefined if it has none. */
function keyOf(inst: Compute): number | undefined {
  const { op, args, imm } = inst;
  if (typeof imm !== "number") return undefined;
  // Op, lane and up to three operands: 9 + 4 + 36 bits.
  let key = op.index * 16 + imm;
  for (const { id } of args) {
    if (id >= MAX_ID) return undefined;
    key = key * MAX_ID + id;
  }
  return key;
}

/** Constants have negative keys (i32) or texts. */
const constantKey = ({ type, value }: Const): number | string => (type === "i32" ? -1 - ((value as number) >>> 0) : `${type} ${value}`);

/** The `if` that ended last, for one on the same condition to continue. */
interface Ended {
  readonly condition: Value;
  /** Position of its `end` in the output. */
  readonly end: number;
  readonly known: Known;
  readonly scope: Map<number | string, Value>;
}

export function forward(block: Block): Block {
  const out: Inst[] = [];
  /** By value id. */
  const replaced: (Value | undefined)[] = [];
  const resolve = (v: Value): Value => replaced[v.id] ?? v;
  let known = new Known();
  /** One for each open `if`: what was known before it, what its branches wrote, and whether the present branch has left. */
  const open: { before: Known; condition: Value; written: (Slot[] | "all")[]; hasElse: boolean }[] = [];
  const available = new Available();
  let ended: Ended | undefined;
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
          const earlier = available.earlier(constantKey(constant), constant);
          replaced[inst.id] = earlier ?? constant;
          if (earlier === undefined) out.push(constant);
          break;
        }
        canonicalize(inst);
        const key = keyOf(inst);
        const same = identity(inst) ?? (key === undefined ? undefined : available.earlier(key, inst));
        if (same !== undefined) replaced[inst.id] = same;
        else out.push(inst);
        break;
      }
      case "const": {
        // Floats by their bits only: -0 and 0 print alike, and NaNs differ.
        const earlier = inst.type === "i32" || inst.type === "i64" ? available.earlier(constantKey(inst), inst) : undefined;
        if (earlier !== undefined) replaced[inst.id] = earlier;
        else out.push(inst);
        break;
      }
      case "get": {
        const value = known.values.get(inst.slot);
        if (value !== undefined) replaced[inst.id] = value;
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
      case "if": {
        inst.condition = resolve(inst.condition);
        const { condition } = inst;
        open.push({ before: known, condition, written: [], hasElse: false });
        if (ended?.condition === condition && out.slice(ended.end + 1).every((x) => x.kind === "insn" || x.kind === "const")) {
          out.splice(ended.end, 1);
          known = new Known(new Map(ended.known.values));
          available.open(ended.scope);
        } else {
          known = new Known(new Map(known.values));
          available.open();
          out.push(inst);
        }
        ended = undefined;
        break;
      }
      case "else":
        endBranch();
        available.close();
        available.open();
        open.at(-1)!.hasElse = true;
        known = new Known(new Map(open.at(-1)!.before.values));
        out.push(inst);
        break;
      case "end": {
        const stays = !left;
        const inside = known;
        endBranch();
        const { before, condition, written, hasElse } = open.pop()!;
        const scope = available.close();
        known = before;
        for (const slots of written) known.forget(slots);
        out.push(inst);
        ended = stays && !hasElse ? { condition, end: out.length - 1, known: inside, scope } : undefined;
        break;
      }
      default:
        if (isExit(inst)) left = true;
        out.push(inst);
    }
  }
  return { insts: out };
}
