/** MIPS32 and MIPS64, releases 1 and 2, in both byte orders. */
import { type Cpu, type CpuEnvironment, type Disassembly, type Target, type Translate, translateBlock } from "@tsemu/target";
import { findModel, type MipsModel, models } from "./cpu-models.ts";
import { debug } from "./debug.ts";
import { decodeWith, disassembleInsn, TableCache } from "./decode.ts";
import { floatHelpers } from "./fpu/helpers.ts";
import { MipsCpu } from "./mips-cpu.ts";
import { mipsState } from "./state.ts";
import { systemHelpers } from "./system/helpers.ts";
import { MipsTranslator } from "./translator.ts";

export interface MipsOptions {
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
}

const modelCalled = (name: string): MipsModel => {
  const model = findModel(name);
  if (model === undefined) throw new Error(`internal error: no CPU model ${name}`);
  return model;
};

/** Log2 of the smallest page's size. */
const PAGE_BITS = 12;

/** The MIPS target of that width and byte order, with the models that have it. Each caller gets its own, with its own decode tables. */
export function mipsTarget({ bits, bigEndian }: MipsOptions): Target {
  const tables = new TableCache();
  const state = mipsState(bits);
  const own = models.filter((model) => bits === 64 || model.features.bits === 32);
  // What -d in_asm shows has no CPU model: the newest of this width.
  const newest = own.findLast((model) => model.features.bits === bits)!.features;
  return {
    name: `mips${bits === 64 ? "64" : ""}${bigEndian ? "" : "el"}`,
    wordSize: bits,
    addressBits: bits,
    pageBits: PAGE_BITS,
    cpuModels: own,
    layout: state.layout,
    pc: state.pc,
    flags: state.flags,
    mmuIdxCount: 4,
    helpers: [...systemHelpers, ...floatHelpers(state).helpers],
    create: (name: string, env: CpuEnvironment): Cpu => new MipsCpu(modelCalled(name), bigEndian, bits, env),
    translator(name: string, stateBase: number): Translate {
      const model = modelCalled(name);
      const around = { model, state, bigEndian, decode: decodeWith(() => tables.tableFor(model.features)), stateBase };
      return (reader, pc, flags, maxInsns, pcHigh) =>
        translateBlock(new MipsTranslator(around, reader, { pc, pcHigh, flags }), PAGE_BITS, maxInsns);
    },
    debug: debug(state, bigEndian),
    disassemble: (reader, pc): Disassembly => disassembleInsn(tables.tableFor(newest), reader, bigEndian, pc),
  };
}
