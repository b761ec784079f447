/**
 * Instructions of the IR. A block is a list of them: values are in SSA form, control flow inside a block is structured
 * (`if` `else` `end`, forward only), and every way through the block ends in an exit. A value may be used where its
 * definition comes before and stands in the same or an enclosing `if`.
 */
import type { MemOp } from "./memop.ts";
import type { Op } from "./ops.ts";
import type { Slot } from "./state-layout.ts";
import type { Type } from "./types.ts";

/** What a helper may touch. `all` stands for every slot. */
export interface HelperEffects {
  readonly reads: readonly Slot[] | "all";
  readonly writes: readonly Slot[] | "all";
  /** May it raise a guest exception (by throwing GuestFault)? Then it sees, and leaves, exact state. */
  readonly mayRaise: boolean;
}

/**
 * Value ops that do what a helper does in the common case, for compiled code to try before it calls: if every condition on the status words
 * holds, and what `result` says is true of the ops' result.
 */
export interface FastPath {
  /** The first op takes the helper's first arguments, each of the others the result before it. `compare`: -1, 0 or 1 as the first is less than, equal to or greater than the second. */
  readonly ops: readonly string[];
  readonly result: FastResult;
  /** Are denormal numbers among the operands for the helper alone? */
  readonly normalOperands?: true;
  /** Which arguments must be which constants. */
  readonly constants?: readonly { readonly argument: number; readonly value: number }[];
  /** Words of state that must have these values under these masks. */
  readonly words: readonly { readonly slot: Slot; readonly mask: number; readonly value: number }[];
}

/**
 * `any`; of the bits of a float of that width, `finite`, or `ordinary`: neither tiny, zero, nor near the largest; `converted`: an integer that is
 * neither 0 nor the largest or least of its type; `ordered` (of compare): no NaN.
 */
export type FastResult = "any" | "finite32" | "finite64" | "ordinary32" | "ordinary64" | "converted" | "ordered";

/** The declaration of a helper: a function outside the IR. */
export interface HelperSignature {
  readonly name: string;
  /** `host`: a JavaScript function (no i64 or v128 in its signature). `wasm`: an exported function of a linked wasm module. */
  readonly kind: "host" | "wasm";
  readonly params: readonly Type[];
  readonly result: Type | undefined;
  readonly effects: HelperEffects;
  readonly fast?: FastPath;
}

interface Base {
  readonly type: Type | undefined;
  /** Number of the value when printed; assigned by the builder, unique in its block. */
  id: number;
}

/** A value computed from values. `imm` is the lane, or the 16 lanes of a shuffle. */
export interface Compute extends Base {
  readonly kind: "compute";
  readonly op: Op;
  readonly args: Value[];
  readonly imm: number | readonly number[];
  readonly type: Type;
}
/** A constant: number for i32 (signed), f32, f64; bigint for i64 (signed) and v128 (unsigned 128-bit, lane 0 lowest). */
export interface Const extends Base {
  readonly kind: "const";
  readonly value: number | bigint;
  readonly type: Type;
}
/** The present content of a state slot. */
export interface Get extends Base {
  readonly kind: "get";
  readonly slot: Slot;
  readonly type: Type;
}
export interface SetSlot extends Base {
  readonly kind: "set";
  readonly slot: Slot;
  value: Value;
}
/** A guest load. May fault. */
export interface Load extends Base {
  readonly kind: "load";
  readonly mem: MemOp;
  address: Value;
  readonly type: Type;
}
/** A guest store. May fault. */
export interface Store extends Base {
  readonly kind: "store";
  readonly mem: MemOp;
  address: Value;
  value: Value;
}
export interface Call extends Base {
  readonly kind: "call";
  readonly helper: HelperSignature;
  readonly args: Value[];
}
/** Start of the guest instruction at `pc`; `extra` is whatever else the target needs to restore precise state. */
export interface InsnStart extends Base {
  readonly kind: "insn";
  readonly pc: number;
  readonly extra: number;
}
export interface If extends Base {
  readonly kind: "if";
  condition: Value;
}
export interface Else extends Base {
  readonly kind: "else";
}
export interface End extends Base {
  readonly kind: "end";
}
/** Continue at a known pc with known block flags. */
export interface Goto extends Base {
  readonly kind: "goto";
  readonly pc: number;
  readonly flags: number;
}
/** Continue at the pc and block flags in their state slots. */
export interface Lookup extends Base {
  readonly kind: "lookup";
}
/** Raise a guest exception of the target's numbering at the present instruction. */
export interface Raise extends Base {
  readonly kind: "raise";
  readonly exception: number;
  readonly argument: number;
}
/** Leave to the host, for the reason given (e.g. wait for interrupt); pc and flags slots are up to date. */
export interface Stop extends Base {
  readonly kind: "stop";
  readonly reason: number;
}

export type Value = Compute | Const | Get | Load | Call;
export type Exit = Goto | Lookup | Raise | Stop;
export type Inst = Compute | Const | Get | SetSlot | Load | Store | Call | InsnStart | If | Else | End | Exit;

export interface Block {
  readonly insts: Inst[];
}

/**
 * What instructions are made of. The interfaces above say which fields a kind has; that the objects all have the same two shapes is for
 * the JavaScript engine's sake: reading `kind` of fifteen shapes takes as long as half of a pass.
 */
class ValueNode {
  readonly kind: Inst["kind"];
  readonly type: Type | undefined;
  id: number;
  op: Op | undefined = undefined;
  args: Value[] | undefined = undefined;
  imm: number | readonly number[] = 0;
  value: unknown = undefined;
  slot: Slot | undefined = undefined;
  mem: MemOp | undefined = undefined;
  address: Value | undefined = undefined;
  helper: HelperSignature | undefined = undefined;
  constructor(kind: Inst["kind"], type: Type | undefined, id: number) {
    this.kind = kind;
    this.type = type;
    this.id = id;
  }
}

class MarkNode {
  readonly kind: Inst["kind"];
  readonly type: Type | undefined = undefined;
  id = -1;
  condition: Value | undefined = undefined;
  readonly pc: number;
  readonly extra: number;
  readonly flags: number;
  readonly exception: number;
  readonly argument: number;
  readonly reason: number;
  constructor(kind: Inst["kind"], pc: number, a: number, b: number) {
    this.kind = kind;
    this.pc = pc;
    this.extra = a;
    this.flags = a;
    this.exception = a;
    this.argument = b;
    this.reason = a;
  }
}

/** The instructions, by kind; `id` is the value's number. */
export const nodes = {
  compute(op: Op, args: Value[], imm: number | readonly number[], id: number): Compute {
    const node = new ValueNode("compute", op.result, id);
    node.op = op;
    node.args = args;
    node.imm = imm;
    return node as unknown as Compute;
  },
  const(type: Type, value: number | bigint, id: number): Const {
    const node = new ValueNode("const", type, id);
    node.value = value;
    return node as unknown as Const;
  },
  get(slot: Slot, id: number): Get {
    const node = new ValueNode("get", slot.type, id);
    node.slot = slot;
    return node as unknown as Get;
  },
  set(slot: Slot, value: Value): SetSlot {
    const node = new ValueNode("set", undefined, -1);
    node.slot = slot;
    node.value = value;
    return node as unknown as SetSlot;
  },
  load(mem: MemOp, address: Value, id: number): Load {
    const node = new ValueNode("load", mem.type, id);
    node.mem = mem;
    node.address = address;
    return node as unknown as Load;
  },
  store(mem: MemOp, address: Value, value: Value): Store {
    const node = new ValueNode("store", undefined, -1);
    node.mem = mem;
    node.address = address;
    node.value = value;
    return node as unknown as Store;
  },
  /** `id`: -1 where the helper has no result. */
  call(helper: HelperSignature, args: Value[], id: number): Call {
    const node = new ValueNode("call", helper.result, id);
    node.helper = helper;
    node.args = args;
    return node as unknown as Call;
  },
  insn: (pc: number, extra: number): InsnStart => new MarkNode("insn", pc, extra, 0) as unknown as InsnStart,
  if(condition: Value): If {
    const node = new MarkNode("if", 0, 0, 0);
    node.condition = condition;
    return node as unknown as If;
  },
  else: (): Else => new MarkNode("else", 0, 0, 0) as unknown as Else,
  end: (): End => new MarkNode("end", 0, 0, 0) as unknown as End,
  goto: (pc: number, flags: number): Goto => new MarkNode("goto", pc, flags, 0) as unknown as Goto,
  lookup: (): Lookup => new MarkNode("lookup", 0, 0, 0) as unknown as Lookup,
  raise: (exception: number, argument: number): Raise => new MarkNode("raise", 0, exception, argument) as unknown as Raise,
  stop: (reason: number): Stop => new MarkNode("stop", 0, reason, 0) as unknown as Stop,
};

/** Is the instruction one after which its way through the block is over? */
export const isExit = (inst: Inst): inst is Exit =>
  inst.kind === "goto" || inst.kind === "lookup" || inst.kind === "raise" || inst.kind === "stop";

/** The operands of an instruction, in order. */
export function operands(inst: Inst): readonly Value[] {
  switch (inst.kind) {
    case "compute":
    case "call":
      return inst.args;
    case "set":
      return [inst.value];
    case "load":
      return [inst.address];
    case "store":
      return [inst.address, inst.value];
    case "if":
      return [inst.condition];
    default:
      return [];
  }
}

/** Can the instruction end in a guest exception, so that all state before it must be exact? */
export const mayRaise = (inst: Inst): boolean =>
  inst.kind === "load" || inst.kind === "store" || inst.kind === "raise" || (inst.kind === "call" && inst.helper.effects.mayRaise);
