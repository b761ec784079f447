/**
 * One walk forward over a block: constants are folded, copies propagated, a `get` of a slot whose content is known
 * (from a `set` or an earlier `get`) becomes that value, and so does a computation that was done before. An `if` on the condition
 * of the one that just ended continues it.
 */
import { type Block, type Inst, isExit, nodes, type Value } from "../inst.ts";
import { canonicalize, foldConstant, identity } from "./fold.ts";
import { Known, type Learned } from "./known-values.ts";

/** The `if` that ended last, for one on the same condition to continue. */
interface Ended {
  readonly condition: Value;
  /** Position of its `end` in the output. */
  readonly end: number;
  readonly learned: Learned;
}

/** What a walk needs, kept for the next one. The output by position; by value id, what to use in the value's place, and for which ids there is something. */
const output: Inst[] = [];
const replaced: (Value | undefined)[] = [];
const replacedIds: number[] = [];
let replacements = 0;
const known = new Known();

const resolve = (v: Value): Value => replaced[v.id] ?? v;

function replace(v: Value, by: Value): void {
  const { id } = v;
  while (replaced.length <= id) replaced.push(undefined);
  replaced[id] = by;
  replacedIds[replacements++] = id;
}

export function forward(block: Block): Block {
  const out = output;
  let length = 0;
  while (replacements > 0) replaced[replacedIds[--replacements]!] = undefined;
  known.reset();
  /** One for each open `if`: its condition, and whether it has had its `else`. */
  const open: { readonly condition: Value; hasElse: boolean }[] = [];
  let ended: Ended | undefined;
  /** Has the present branch ended in an exit? */
  let left = false;

  const { insts } = block;
  for (let i = 0; i < insts.length; i++) {
    const inst = insts[i]!;
    switch (inst.kind) {
      case "compute": {
        const { args } = inst;
        for (let n = 0; n < args.length; n++) args[n] = resolve(args[n]!);
        const folded = foldConstant(inst);
        if (folded !== undefined) {
          const constant = nodes.const(folded.type, folded.value, inst.id);
          const earlier = known.earlier(constant);
          replace(inst, earlier ?? constant);
          if (earlier === undefined) out[length++] = constant;
          break;
        }
        canonicalize(inst);
        // Shuffles are compared by their list of lanes, which is another each time.
        const same = identity(inst) ?? (typeof inst.imm === "number" ? known.earlier(inst) : undefined);
        if (same !== undefined) replace(inst, same);
        else out[length++] = inst;
        break;
      }
      case "const": {
        // Floats by their bits only: -0 and 0 print alike, and NaNs differ.
        const earlier = inst.type === "i32" || inst.type === "i64" ? known.earlier(inst) : undefined;
        if (earlier !== undefined) replace(inst, earlier);
        else out[length++] = inst;
        break;
      }
      case "get": {
        const value = known.get(inst.slot);
        if (value !== undefined) replace(inst, value);
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
        const { args } = inst;
        for (let n = 0; n < args.length; n++) args[n] = resolve(args[n]!);
        const { writes } = inst.helper.effects;
        if (writes === "all") known.writeAll();
        else for (let n = 0; n < writes.length; n++) known.write(writes[n]!, undefined);
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
        const condition = resolve(inst.condition);
        inst.condition = condition;
        open.push({ condition, hasElse: false });
        if (ended?.condition === condition && onlyNotes(out, ended.end + 1, length)) {
          out.copyWithin(ended.end, ended.end + 1, length--);
          known.begin(ended.learned);
        } else {
          known.begin();
          out[length++] = inst;
        }
        ended = undefined;
        break;
      }
      case "else":
        known.otherwise(left);
        left = false;
        open.at(-1)!.hasElse = true;
        out[length++] = inst;
        break;
      case "end": {
        const { condition, hasElse } = open.pop()!;
        ended = left || hasElse ? undefined : { condition, end: length, learned: known.learned() };
        known.end(left);
        left = false;
        out[length++] = inst;
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
