/** x86: CPUs without long mode, and with it where the target says so. */
import { type Cpu, type CpuEnvironment, type Disassembly, type Target, type Translate, translateBlock } from "@tsemu/target";
import { modelsOf, type X86Model } from "./cpu-models.ts";
import { debug } from "./debug.ts";
import { disassembleInsn, tableFor } from "./decode.ts";
import { x86State } from "./state.ts";
import { systemHelpers } from "./system/helpers.ts";
import { floatHelpers } from "./insns/float-functions.ts";
import { x87Helpers } from "./x87/functions.ts";
import { X86Translator } from "./translator.ts";
import { X86Cpu } from "./x86-cpu.ts";

const modelCalled = (name: string, bits: 32 | 64): X86Model => {
  const model = modelsOf(bits).find((candidate) => candidate.name === name || candidate.aliases?.includes(name) === true);
  if (model === undefined) throw new Error(`internal error: no CPU model ${name}`);
  return model;
};

/** Log2 of the smallest page's size. */
const PAGE_BITS = 12;

/** The target of that width: i386 or x86_64. */
export function x86Target(bits: 32 | 64): Target {
  const state = x86State(bits);
  const own = modelsOf(bits);
  const newest = own.at(-1)!;
  return {
    name: bits === 64 ? "x86_64" : "i386",
    wordSize: bits,
    addressBits: bits,
    pageBits: PAGE_BITS,
    seesOwnStores: true,
    cpuModels: own,
    layout: state.layout,
    pc: state.pc,
    flags: state.flags,
    mmuIdxCount: 3,
    helpers: [...systemHelpers, ...x87Helpers(state), ...floatHelpers(state)],
    create: (name: string, env: CpuEnvironment): Cpu => new X86Cpu(modelCalled(name, bits), bits, env),
    translator(name: string, stateBase: number): Translate {
      const model = modelCalled(name, bits);
      const around = { model, state, table: tableFor(model.features), stateBase };
      return (reader, pc, flags, maxInsns, pcHigh) =>
        translateBlock(new X86Translator(around, reader, { pc, pcHigh, flags }), PAGE_BITS, maxInsns);
    },
    debug: debug(state),
    disassemble: (reader, pc, flags): Disassembly => disassembleInsn(tableFor(newest.features), reader, pc, flags),
  };
}
