/**
 * One walk forward over a block: constants are folded, copies propagated, a `get` of a slot whose content is known
 * (from a `set` or an earlier `get`) becomes that value, and so does a computation that was done before. An `if` on the condition
 * of the one that just ended continues it.
 */
import { type Block, type Inst, isExit, nodes, type Value } from "../inst.ts";
import type { Slot } from "../state-layout.ts";
import { canonicalize, foldConstant, identity } from "./fold.ts";
import { Available, Known } from "./known-values.ts";

/** The `if` that ended last, for one on the same condition to continue. */
interface Ended {
  readonly condition: Value;
  /** Position of its `end` in the output. */
  readonly end: number;
  readonly known: Known;
  readonly scope: readonly Value[];
}

/**
 * What a walk needs, kept for the next one: hundreds of thousands of blocks are translated, and garbage takes time. By position; by value id; by
 * slot index.
 */
const output: Inst[] = [];
const replacements: (Value | undefined)[] = [];
const contents: (Value | undefined)[] = [];

export function forward(block: Block): Block {
  const out = output;
  let length = 0;
  const replaced = replacements.fill(undefined);
  contents.fill(undefined);
  const resolve = (v: Value): Value => replaced[v.id] ?? v;
  const resolveAll = (args: Value[]): void => {
    for (let i = 0; i < args.length; i++) args[i] = resolve(args[i]!);
  };
  let known = new Known(contents);
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

  const { insts } = block;
  for (let i = 0; i < insts.length; i++) {
    const inst = insts[i]!;
    switch (inst.kind) {
      case "compute": {
        resolveAll(inst.args);
        const folded = foldConstant(inst);
        if (folded !== undefined) {
          const constant = nodes.const(folded.type, folded.value, inst.id);
          const earlier = available.earlier(constant);
          replaced[inst.id] = earlier ?? constant;
          if (earlier === undefined) out[length++] = constant;
          break;
        }
        canonicalize(inst);
        // Shuffles are compared by their list of lanes, which is another each time.
        const same = identity(inst) ?? (typeof inst.imm === "number" ? available.earlier(inst) : undefined);
        if (same !== undefined) replaced[inst.id] = same;
        else out[length++] = inst;
        break;
      }
      case "const": {
        // Floats by their bits only: -0 and 0 print alike, and NaNs differ.
        const earlier = inst.type === "i32" || inst.type === "i64" ? available.earlier(inst) : undefined;
        if (earlier !== undefined) replaced[inst.id] = earlier;
        else out[length++] = inst;
        break;
      }
      case "get": {
        const value = known.get(inst.slot);
        if (value !== undefined) replaced[inst.id] = value;
        else {
          known.learn(inst.slot, inst);
          out[length++] = inst;
        }
        break;
      }
      case "set":
        inst.value = resolve(inst.value);
        if (known.get(inst.slot) === inst.value) break;
        known.write(inst.slot, inst.value);
        out[length++] = inst;
        break;
      case "call": {
        resolveAll(inst.args);
        const { writes } = inst.helper.effects;
        if (writes === "all") known.writeAll();
        else for (const slot of writes) known.write(slot, undefined);
        out[length++] = inst;
        break;
      }
      case "load":
        inst.address = resolve(inst.address);
        out[length++] = inst;
        break;
      case "store":
        inst.address = resolve(inst.address);
        inst.value = resolve(inst.value);
        out[length++] = inst;
        break;
      case "if": {
        inst.condition = resolve(inst.condition);
        const { condition } = inst;
        open.push({ before: known, condition, written: [], hasElse: false });
        if (ended?.condition === condition && onlyNotes(out, ended.end + 1, length)) {
          out.copyWithin(ended.end, ended.end + 1, length--);
          known = ended.known.copy();
          available.open(ended.scope);
        } else {
          known = known.copy();
          available.open();
          out[length++] = inst;
        }
        ended = undefined;
        break;
      }
      case "else":
        endBranch();
        available.close();
        available.open();
        open.at(-1)!.hasElse = true;
        known = open.at(-1)!.before.copy();
        out[length++] = inst;
        break;
      case "end": {
        const stays = !left;
        const inside = known;
        endBranch();
        const { before, condition, written, hasElse } = open.pop()!;
        const scope = available.close();
        known = before;
        for (const slots of written) known.forget(slots);
        out[length++] = inst;
        ended = stays && !hasElse ? { condition, end: length - 1, known: inside, scope } : undefined;
        break;
      }
      default:
        if (isExit(inst)) left = true;
        out[length++] = inst;
    }
  }
  return { insts: out.slice(0, length) };
}

/** Is there nothing in those positions that does anything? */
function onlyNotes(insts: readonly Inst[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (insts[i]!.kind !== "insn" && insts[i]!.kind !== "const") return false;
  return true;
}
