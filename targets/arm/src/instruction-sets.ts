/** The decoders of one feature set. */
import type { DecodeInsn } from "./translator.ts";

export interface InstructionSets {
  readonly decodeA32: DecodeInsn;
  readonly decodeT32: DecodeInsn;
}
