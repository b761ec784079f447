/** Translates instructions: the manual's pseudocode as methods. */
import { IrBuilder, type Value } from "@tsemu/ir";
import type { BlockTranslator, CodeReader } from "@tsemu/target";
import { exceptions } from "./exceptions.ts";
import * as state from "./state.ts";

export type DecodeInsn = (t: TemplateTranslator, word: number) => void;

export class TemplateTranslator implements BlockTranslator {
  readonly ir = new IrBuilder();
  readonly flags: number;
  pc: number;
  ended = false;
  readonly #reader: CodeReader;
  readonly #decode: DecodeInsn;

  constructor(reader: CodeReader, decode: DecodeInsn, pc: number, flags: number) {
    this.#reader = reader;
    this.#decode = decode;
    this.pc = pc;
    this.flags = flags;
  }

  insnExtra(): number {
    return 0;
  }

  insnLength(): number {
    return 4;
  }

  insn(): void {
    const word = this.#reader.u32(this.pc);
    this.pc = (this.pc + 4) >>> 0;
    this.#decode(this, word);
  }

  fallThrough(): void {
    this.ir.goto(this.pc, this.flags);
  }

  /** What a word that is no instruction does. */
  undefined(): void {
    this.ir.raise(exceptions.undefined);
    this.ended = true;
  }

  R(n: number): Value {
    return this.ir.get(state.r[n]!);
  }

  setR(n: number, value: Value): void {
    this.ir.set(state.r[n]!, value);
  }
}
