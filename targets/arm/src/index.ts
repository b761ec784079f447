/** ARM, 32 bits: ARMv5TE to ARMv7-A. */
import { type Cpu, type CpuEnvironment, type Disassembly, type Target, type Translate, translateBlock } from "@tsemu/target";
import { ArmCpu, type RegisterTables } from "./arm-cpu.ts";
import { T } from "./block-flags.ts";
import { type ArmModel, type Features, findModel, models } from "./cpu-models.ts";
import { debug } from "./debug.ts";
import { decodeA32, decodeT32, disassembleA32, disassembleT32, TableCache } from "./decode.ts";
import * as state from "./state.ts";
import { control, wideControl } from "./system/cp15-control.ts";
import { identification } from "./system/cp15-identification.ts";
import { maintenance } from "./system/cp15-maintenance.ts";
import { timers, wideTimers } from "./system/cp15-timers.ts";
import { systemHelpers } from "./system/helpers.ts";
import { ArmTranslator } from "./translator.ts";
import { vfpHelpers } from "./vfp/helpers.ts";
import { vfpHostHelpers } from "./vfp/host-helpers.ts";

const byKey = <R extends { key: number }>(rows: readonly R[]): ReadonlyMap<number, R> => new Map(rows.map((row) => [row.key, row]));

const registersFor = (f: Features): RegisterTables => ({
  narrow: byKey([identification, control, maintenance, timers].flatMap((rows) => rows(f))),
  wide: byKey([wideControl, wideTimers].flatMap((rows) => rows(f))),
});

const modelCalled = (name: string): ArmModel => {
  const model = findModel(name);
  if (model === undefined) throw new Error(`internal error: no CPU model ${name}`);
  return model;
};

/** Log2 of the smallest page's size. */
const PAGE_BITS = 12;

/** The ARM target. Each caller gets its own, with its own decode tables. */
export function armTarget(): Target {
  const tables = new TableCache();
  // What -d in_asm shows has no CPU model: the newest tables know every instruction.
  const newest = models.at(-1)!.features;
  return {
    name: "arm",
    wordSize: 32,
    addressBits: 32,
    pageBits: PAGE_BITS,
    cpuModels: models,
    layout: state.layout,
    pc: state.pc,
    flags: state.flags,
    mmuIdxCount: 2,
    helpers: [...systemHelpers, ...vfpHelpers, ...vfpHostHelpers],
    create(name: string, env: CpuEnvironment): Cpu {
      const model = modelCalled(name);
      return new ArmCpu(model, env, registersFor(model.features));
    },
    translator(name: string, stateBase: number): Translate {
      const { features } = modelCalled(name);
      const sets = tables.tablesFor(features);
      const a32 = decodeA32(sets);
      const t32 = decodeT32(sets);
      return (reader, pc, flags, maxInsns) =>
        translateBlock(new ArmTranslator(features, reader, (flags & T) !== 0 ? t32 : a32, pc, flags, stateBase), PAGE_BITS, maxInsns);
    },
    debug,
    disassemble(reader, pc, flags): Disassembly {
      const sets = tables.tablesFor(newest);
      return (flags & T) !== 0 ? disassembleT32(sets, reader, pc, flags) : disassembleA32(sets, reader, pc);
    },
  };
}
