/** What the instruction tables of one feature set give the CPU. */
import type { CodeReader, Disassembly } from "@tsemu/target";
import type { DecodeInsn } from "./translator.ts";

export interface InstructionSets {
  readonly decodeA32: DecodeInsn;
  readonly decodeT32: DecodeInsn;
  disassembleA32(reader: CodeReader, pc: number): Disassembly;
  disassembleT32(reader: CodeReader, pc: number): Disassembly;
}
