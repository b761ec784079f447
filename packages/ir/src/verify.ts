/**
 * The rules of IR: what a block must be for passes, interpreter and backend to be right about it. Tests verify every translation
 * before and after optimization.
 *
 * A value is used after its definition and in the same or an inner branch (constants also after the branch that defines them has ended,
 * since they have no moment of execution); ids are unique; types are those of the op table, slots and helpers; `if` `else` `end` are
 * balanced; every way through the block ends in an exit, and nothing stands behind an exit on its way.
 */
import { type Block, type HelperSignature, type Inst, isExit, operands, type Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { type Type, typeSize } from "./types.ts";

export interface IrError {
  /** Position of the offending instruction; insts.length where the end of the block is. */
  readonly index: number;
  readonly text: string;
}

/** One open branch. */
interface Branch {
  readonly visible: Set<Value>;
  /** Has the way ended in an exit? */
  left: boolean;
  /** Of an `else` branch: had the `if` branch left? undefined in the `if` branch. */
  readonly ifLeft: boolean | undefined;
}

/** What is wrong with a block; nothing, if the list is empty. */
export function verify(block: Block): IrError[] {
  const errors: IrError[] = [];
  const ids = new Set<number>();
  const constants = new Set<Value>();
  let open: Branch[] = [{ visible: new Set(), left: false, ifLeft: undefined }];
  block.insts.forEach((inst, index) => {
    const wrong = (text: string): void => void errors.push({ index, text });
    const structural = inst.kind === "else" || inst.kind === "end";
    if (open.at(-1)!.left && !structural) wrong(`${inst.kind} after an exit`);
    for (const value of operands(inst)) {
      const seen = value.kind === "const" ? constants.has(value) : open.some((branch) => branch.visible.has(value));
      if (!seen) wrong(`v${value.id} is not defined here`);
    }
    for (const text of checkInst(inst)) wrong(text);
    if (inst.type !== undefined) {
      if (inst.id < 0) wrong("a value without an id");
      if (ids.has(inst.id)) wrong(`v${inst.id} is defined twice`);
      ids.add(inst.id);
      open.at(-1)!.visible.add(inst as Value);
      if (inst.kind === "const") constants.add(inst);
    }
    if (isExit(inst)) open.at(-1)!.left = true;
    else if (inst.kind === "if") open.push({ visible: new Set(), left: false, ifLeft: undefined });
    else if (structural) {
      const closed = close(inst.kind, open);
      if (closed === undefined) wrong(`${inst.kind} without if`);
      else open = closed;
    }
  });
  const end = { index: block.insts.length };
  if (open.length > 1) errors.push({ ...end, text: "if without end" });
  else if (!open[0]!.left) errors.push({ ...end, text: "the block ends without an exit" });
  return errors;
}

/** The open branches after an `else` or `end`; undefined where it fits none. */
function close(kind: "else" | "end", open: readonly Branch[]): Branch[] | undefined {
  const branch = open.at(-1)!;
  if (open.length === 1 || (kind === "else" && branch.ifLeft !== undefined)) return undefined;
  const outer = open.slice(0, -1);
  if (kind === "else") return [...outer, { visible: new Set(), left: false, ifLeft: branch.left }];
  // Without an else, the way past the `if` goes on.
  outer.at(-1)!.left = branch.left && branch.ifLeft === true;
  return outer;
}

/** Types and immediates of one instruction. */
function* checkInst(inst: Inst): Generator<string> {
  switch (inst.kind) {
    case "compute":
      yield* checkTypes(inst.op.name, inst.op.params, inst.args);
      if (inst.type !== inst.op.result) yield `${inst.op.name} gives ${inst.op.result}`;
      if (inst.op.lanes !== 0) yield* checkLanes(inst.op.name, inst.op.lanes, inst.imm);
      return;
    case "const":
      if (!isConstant(inst.type, inst.value)) yield `not a constant of type ${inst.type}`;
      return;
    case "get":
      if (inst.type !== inst.slot.type) yield `slot ${inst.slot.name} is ${inst.slot.type}`;
      return;
    case "set":
      if (inst.value.type !== inst.slot.type) yield `slot ${inst.slot.name} is ${inst.slot.type}, the value ${inst.value.type}`;
      return;
    case "load":
      if (inst.type !== inst.mem.type) yield `the load gives ${inst.mem.type}`;
      yield* checkAccess(inst.mem, inst.address);
      return;
    case "store":
      if (inst.value.type !== inst.mem.type) yield `the store takes ${inst.mem.type}, the value is ${inst.value.type}`;
      yield* checkAccess(inst.mem, inst.address);
      return;
    case "call":
      yield* checkTypes(inst.helper.name, inst.helper.params, inst.args);
      if (inst.type !== inst.helper.result) yield `${inst.helper.name} gives ${inst.helper.result ?? "nothing"}`;
      yield* checkHelper(inst.helper);
      return;
    case "insn":
    case "goto":
      if (!Number.isInteger(inst.pc) || inst.pc < 0) yield "pc is no address";
      return;
    case "if":
      if (inst.condition.type !== "i32") yield `a condition is i32, not ${inst.condition.type}`;
      return;
    case "raise":
      if (!Number.isInteger(inst.exception) || !Number.isInteger(inst.argument)) yield "exception and argument are integers";
  }
}

function* checkTypes(what: string, params: readonly Type[], args: readonly Value[]): Generator<string> {
  if (args.length !== params.length) yield `${what} takes ${params.length} operands, not ${args.length}`;
  for (const [i, param] of params.entries()) {
    const type = args[i]?.type;
    if (i < args.length && type !== param) yield `operand ${i} of ${what} is ${param}, not ${type}`;
  }
}

function* checkLanes(op: string, count: number, imm: number | readonly number[]): Generator<string> {
  const shuffle = op === "i8x16.shuffle";
  const list = typeof imm === "number" ? [imm] : imm;
  if (shuffle !== (typeof imm !== "number") || list.length !== (shuffle ? 16 : 1)) yield `${op} takes ${shuffle ? "16 lanes" : "one lane"}`;
  if (list.some((lane) => !Number.isInteger(lane) || lane < 0 || lane >= count)) yield `lanes of ${op} are 0 to ${count - 1}`;
}

function* checkAccess(mem: MemOp, address: Value): Generator<string> {
  if (address.type !== "i32" && address.type !== "i64") yield `an address is i32 or i64, not ${address.type}`;
  const integer = mem.type === "i32" || mem.type === "i64";
  const sizes = [typeSize[mem.type], ...(integer ? [1, 2, 4] : [])];
  if (!sizes.includes(mem.size) || mem.size > typeSize[mem.type]) yield `${mem.type} is not accessed as ${mem.size} bytes`;
  if (![1, 2, 4, 8, 16].includes(mem.align)) yield `${mem.align} is no alignment`;
  if (!Number.isInteger(mem.mmuIdx) || mem.mmuIdx < 0 || mem.mmuIdx > 3) yield `${mem.mmuIdx} is no MMU index`;
}

/** What the kind of a helper allows in its signature. */
export function* checkHelper({ name, kind, params, result }: HelperSignature): Generator<string> {
  if (kind === "wasm") return;
  for (const type of params) if (type === "i64" || type === "v128") yield `host helper ${name} cannot take ${type}`;
  if (result !== undefined && result !== "i32" && result !== "f64") yield `host helper ${name} cannot give ${result}`;
}

function isConstant(type: Type, value: number | bigint): boolean {
  if (type === "i32") return typeof value === "number" && (value | 0) === value;
  if (type === "i64") return typeof value === "bigint" && BigInt.asIntN(64, value) === value;
  if (type === "v128") return typeof value === "bigint" && BigInt.asUintN(128, value) === value;
  return typeof value === "number" && (type === "f64" || Object.is(Math.fround(value), value));
}
