/** The registers that gdb knows of an ARM CPU, under gdb's names. */
import type { Cpu, DebugFeature, DebugRegister, TargetDebug } from "@tsemu/target";
import type { ArmCpu } from "./arm-cpu.ts";
import { T } from "./block-flags.ts";
import * as s from "./state.ts";
import { readCpsr } from "./system/psr.ts";
import { readFpscr, writeFpscr } from "./vfp/fpscr.ts";

const arm = (cpu: Cpu): ArmCpu => cpu as ArmCpu;
const at = (slot: { readonly offset: number }): number => slot.offset >> 2;

const word = (name: string, slot: { readonly offset: number }, more: Partial<DebugRegister> = {}): DebugRegister => ({
  name,
  bits: 32,
  get: ({ state }) => BigInt(state.u32[at(slot)]!),
  set: ({ state }, value) => void (state.u32[at(slot)] = Number(BigInt.asUintN(32, value))),
  ...more,
});

const pc: DebugRegister = {
  ...word("pc", s.pc, { type: "code_ptr" }),
  // Bit 0 says T32, as in a branch's address; an even one leaves the state as it is.
  set: ({ state: { u32 } }, value) => {
    u32[at(s.pc)] = Number(BigInt.asUintN(32, value & ~1n));
    if ((value & 1n) !== 0n) u32[at(s.flags)]! |= T;
  },
};

const cpsr: DebugRegister = {
  name: "cpsr",
  bits: 32,
  // gdb keeps the numbers before it for a floating-point unit of long ago.
  number: 25,
  get: ({ state }) => BigInt(readCpsr(state)),
  set: (cpu, value) => arm(cpu).writeCpsr(Number(BigInt.asUintN(32, value)), 0xf, true),
};

const core: DebugFeature = {
  name: "org.gnu.gdb.arm.core",
  registers: [
    ...Array.from({ length: 13 }, (_, n) => word(`r${n}`, s.r[n]!)),
    word("sp", s.r[13]!, { type: "data_ptr" }),
    word("lr", s.r[14]!),
    pc,
    cpsr,
  ],
};

const double = (n: number): DebugRegister => ({
  name: `d${n}`,
  bits: 64,
  type: "ieee_double",
  get: ({ state }) => BigInt.asUintN(64, state.i64[s.dInt[n]!.offset >> 3]!),
  set: ({ state }, value) => void (state.i64[s.dInt[n]!.offset >> 3] = BigInt.asIntN(64, value)),
});

const fpscr: DebugRegister = {
  name: "fpscr",
  bits: 32,
  type: "int",
  group: "float",
  get: ({ state }) => BigInt(readFpscr(state) >>> 0),
  set: (cpu, value) => {
    writeFpscr(cpu.state, arm(cpu).features, Number(BigInt.asUintN(32, value)));
    arm(cpu).refreshFlags();
  },
};

export const debug: TargetDebug = {
  architecture: "arm",
  littleEndian: true,
  features(cpu): readonly DebugFeature[] {
    const { features } = arm(cpu);
    const vector: DebugFeature[] =
      features.vfp === 0
        ? []
        : [
            {
              name: "org.gnu.gdb.arm.vfp",
              registers: [...Array.from({ length: features.vfpRegisters }, (_, n) => double(n)), fpscr],
            },
          ];
    const simd: DebugFeature[] = features.neon ? [{ name: "org.gnu.gdb.arm.neon", registers: [] }] : [];
    return [core, ...vector, ...simd];
  },
};
