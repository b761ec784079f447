/** Instructions as text, in Intel's syntax. */
import type { Instruction } from "./decode/instruction.ts";
import type { OperandSpec } from "./decode/operand-codes.ts";
import type { X86Row } from "./decode/row.ts";
import { bytesOf } from "./operands.ts";

const words = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const low = ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"];
const legacyLow = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"];
const segments = ["es", "cs", "ss", "ds", "fs", "gs"];

function register(n: number, size: number, rex: number): string {
  if (n >= 8) return `r${n}${size === 1 ? "b" : size === 2 ? "w" : size === 4 ? "d" : ""}`;
  if (size === 1) return (rex === 0 ? legacyLow : low)[n]!;
  return size === 2 ? words[n]! : size === 4 ? `e${words[n]}` : `r${words[n]}`;
}

const vector = (n: number, size: number): string => `${size === 32 ? "y" : "x"}mm${n}`;

const hex = (value: number): string => (value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);

const pointers: Readonly<Record<number, string>> = {
  1: "byte",
  2: "word",
  4: "dword",
  8: "qword",
  10: "tbyte",
  16: "xmmword",
  32: "ymmword",
};

function memory(i: Instruction, size: number, pc: number): string {
  const e = i.effective!;
  const parts: string[] = [];
  if (e.base >= 0) parts.push(register(e.base, i.addressSize, 0));
  if (e.index >= 0) parts.push(register(e.index, i.addressSize, 0) + (e.scale === 0 ? "" : `*${1 << e.scale}`));
  if (e.relative) parts.push(hex(pc + i.length + e.displacement));
  else if (e.displacement !== 0 || parts.length === 0) parts.push(parts.length === 0 ? hex(e.displacement >>> 0) : hex(e.displacement));
  const override = i.segment < 0 ? "" : `${segments[i.segment]}:`;
  const pointer = pointers[size];
  return `${pointer === undefined ? "" : `${pointer} ptr `}${override}[${parts.join("+").replace("+-", "-")}]`;
}

export function formatInstruction(i: Instruction, row: X86Row, pc: number): string {
  let immediate = 0;
  const reg = ((i.modRm >>> 3) & 7) | ((i.rex & 4) << 1);
  const rm = (i.modRm & 7) | ((i.rex & 1) << 3);
  const one = (spec: OperandSpec): string => {
    switch (spec.kind) {
      case "constant":
        return String(spec.value);
      case "vector":
        return spec.name.toLowerCase();
      case "segment":
        return segments[spec.number]!;
      case "register":
        return register(spec.number, bytesOf(spec.size, i), spec.number < 4 ? 0 : i.rex);
      case "coded":
        break;
    }
    const size = bytesOf(spec.size, i);
    switch (spec.addressing) {
      case "E":
      case "M":
      case "R":
        return i.effective === undefined ? register(rm, size, i.rex) : memory(i, size, pc);
      case "G":
        return register(reg, size, i.rex);
      case "Z":
        return register((i.opcode & 7) | ((i.rex & 1) << 3), size, i.rex);
      case "I":
        return hex(i.immediates[immediate++]!);
      case "J":
        return hex((pc + i.length + i.immediates[immediate++]!) >>> 0);
      case "A": {
        immediate += 2;
        return `${hex(i.immediates[immediate - 1]!)}:${hex(i.immediates[immediate - 2]! >>> 0)}`;
      }
      case "O":
        return `[${hex(i.immediates[immediate++]! >>> 0)}]`;
      case "X":
        return `${segments[i.segment < 0 ? 3 : i.segment]}:[${register(6, i.addressSize, 0)}]`;
      case "Y":
        return `es:[${register(7, i.addressSize, 0)}]`;
      case "S":
        return segments[reg & 7] ?? `?${reg}`;
      case "C":
        return `cr${reg}`;
      case "D":
        return `dr${reg}`;
      case "P":
        return `mm${reg & 7}`;
      case "Q":
      case "N":
        return i.effective === undefined ? `mm${rm & 7}` : memory(i, 8, pc);
      case "V":
        return vector(reg, size);
      case "H":
        return vector(i.vex!.register, size);
      case "L":
        return vector((i.immediates[immediate++]! >>> 4) & (i.rex === 0 ? 7 : 15), size);
      case "B":
        return register(i.vex!.register, size, i.rex);
      case "W":
      case "U":
        return i.effective === undefined ? vector(rm, size) : memory(i, size, pc);
      case "F":
        return `st(${i.modRm & 7})`;
    }
  };
  const prefix = (i.lock ? "lock " : "") + (row.rep === true && i.repeat !== 0 ? (i.repeat === 0xf3 ? "rep " : "repne ") : "");
  const operands = row.operands.map(one).join(", ");
  return `${prefix}${row.name.toLowerCase()}${operands === "" ? "" : ` ${operands}`}`;
}
