/** ARM, 32 bits: ARMv5TE to ARMv7-A. */
import type { Cpu, CpuEnvironment, Disassembly, Target } from "@tsemu/target";
import { ArmCpu, type RegisterTables } from "./arm-cpu.ts";
import { T } from "./block-flags.ts";
import { type Features, findModel, models } from "./cpu-models.ts";
import { decodeA32, decodeT32, disassembleA32, disassembleT32, TableCache } from "./decode.ts";
import * as state from "./state.ts";
import { control, wideControl } from "./system/cp15-control.ts";
import { identification } from "./system/cp15-identification.ts";
import { maintenance } from "./system/cp15-maintenance.ts";
import { timers, wideTimers } from "./system/cp15-timers.ts";
import { systemHelpers } from "./system/helpers.ts";
import { vfpHelpers } from "./vfp/helpers.ts";
import { vfpHostHelpers } from "./vfp/host-helpers.ts";

const byKey = <R extends { key: number }>(rows: readonly R[]): ReadonlyMap<number, R> => new Map(rows.map((row) => [row.key, row]));

const registersFor = (f: Features): RegisterTables => ({
  narrow: byKey([identification, control, maintenance, timers].flatMap((rows) => rows(f))),
  wide: byKey([wideControl, wideTimers].flatMap((rows) => rows(f))),
});

/** The ARM target. Each caller gets its own, with its own decode tables. */
export function armTarget(): Target {
  const tables = new TableCache();
  // What -d in_asm shows has no CPU model: the newest tables know every instruction.
  const newest = models.at(-1)!.features;
  return {
    name: "arm",
    wordSize: 32,
    pageBits: 12,
    cpuModels: models,
    layout: state.layout,
    pc: state.pc,
    flags: state.flags,
    mmuIdxCount: 2,
    helpers: [...systemHelpers, ...vfpHelpers, ...vfpHostHelpers],
    create(model: string, env: CpuEnvironment): Cpu {
      const row = findModel(model);
      if (row === undefined) throw new Error(`internal error: no CPU model ${model}`);
      const sets = tables.tablesFor(row.features);
      return new ArmCpu(row, env, { decodeA32: decodeA32(sets), decodeT32: decodeT32(sets) }, registersFor(row.features));
    },
    disassemble(reader, pc, flags): Disassembly {
      const sets = tables.tablesFor(newest);
      return (flags & T) !== 0 ? disassembleT32(sets, reader, pc, flags) : disassembleA32(sets, reader, pc);
    },
  };
}
