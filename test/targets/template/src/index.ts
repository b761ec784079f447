/** The template architecture. */
import { type Cpu, type CpuEnvironment, type Target, type Translate, translateBlock } from "@tsemu/target";
import { models } from "./cpu-models.ts";
import { debug } from "./debug.ts";
import { decodeInsn, disassembleInsn } from "./decode.ts";
import * as state from "./state.ts";
import { TemplateCpu } from "./template-cpu.ts";
import { TemplateTranslator } from "./translator.ts";

/** Log2 of the smallest page's size. */
const PAGE_BITS = 12;

export function templateTarget(): Target {
  return {
    name: "template",
    wordSize: 32,
    addressBits: 32,
    pageBits: PAGE_BITS,
    cpuModels: models,
    layout: state.layout,
    pc: state.pc,
    flags: state.flags,
    mmuIdxCount: 1,
    helpers: [],
    create: (_model: string, env: CpuEnvironment): Cpu => new TemplateCpu(env),
    translator(): Translate {
      return (reader, pc, flags, maxInsns) => translateBlock(new TemplateTranslator(reader, decodeInsn, pc, flags), PAGE_BITS, maxInsns);
    },
    debug,
    disassemble: disassembleInsn,
  };
}
