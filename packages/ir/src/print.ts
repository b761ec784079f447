/** The text form of IR. */
import type { Block, Inst, Value } from "./inst.ts";
import { memOpName } from "./memop.ts";

const ref = (v: Value): string => `v${v.id}`;

const hex = (n: number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);

function constant(inst: Extract<Inst, { kind: "const" }>): string {
  const { value } = inst;
  if (typeof value === "bigint") return value < 0n ? value.toString() : `0x${value.toString(16)}`;
  if (inst.type === "i32") return `0x${(value >>> 0).toString(16)}`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** One instruction without indentation. */
export function printInst(inst: Inst): string {
  const define = inst.type === undefined ? "" : `v${inst.id}:${inst.type} = `;
  switch (inst.kind) {
    case "compute": {
      const imm = inst.op.lanes === 0 ? "" : typeof inst.imm === "number" ? ` ${inst.imm}` : ` [${inst.imm.join(" ")}]`;
      return `${define}${inst.op.name}${imm} ${inst.args.map(ref).join(", ")}`;
    }
    case "const":
      return `${define}const ${constant(inst)}`;
    case "get":
      return `${define}get ${inst.slot.name}`;
    case "set":
      return `set ${inst.slot.name}, ${ref(inst.value)}`;
    case "load":
      return `${define}${memOpName(inst.mem, "load")} align=${inst.mem.align} mmu=${inst.mem.mmuIdx} ${ref(inst.address)}`;
    case "store":
      return `${memOpName(inst.mem, "store")} align=${inst.mem.align} mmu=${inst.mem.mmuIdx} ${ref(inst.address)}, ${ref(inst.value)}`;
    case "call":
      return `${define}call ${inst.helper.name}(${inst.args.map(ref).join(", ")})`;
    case "insn":
      return `insn ${hex(inst.pc)}${inst.extra === 0 ? "" : `, ${hex(inst.extra)}`}`;
    case "if":
      return `if ${ref(inst.condition)}`;
    case "else":
    case "end":
    case "lookup":
      return inst.kind;
    case "goto":
      return `goto ${hex(inst.pc)}, ${hex(inst.flags)}`;
    case "raise":
      return `raise ${inst.exception}, ${hex(inst.argument)}`;
    case "stop":
      return `stop ${inst.reason}`;
  }
}

/** A block, one instruction a line, with the contents of `if` and of guest instructions indented. */
export function printBlock(block: Block): string {
  let depth = 1;
  const lines = block.insts.map((inst) => {
    if (inst.kind === "else" || inst.kind === "end") depth--;
    const line = `${"  ".repeat(inst.kind === "insn" ? depth : depth + 1)}${printInst(inst)}`;
    if (inst.kind === "if" || inst.kind === "else") depth++;
    return line;
  });
  return `${lines.join("\n")}\n`;
}
