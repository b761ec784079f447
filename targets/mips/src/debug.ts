/** The registers that gdb knows of a MIPS CPU, under gdb's names and numbers. */
import type { Cpu, DebugFeature, DebugRegister, TargetDebug } from "@tsemu/target";
import { DELAY_SLOT } from "./block-flags.ts";
import type { MipsCpu } from "./mips-cpu.ts";
import type { MipsState } from "./state.ts";

const mips = (cpu: Cpu): MipsCpu => cpu as MipsCpu;

/** A slot of the state, or as much of one as a 32-bit CPU has. */
const slot = (name: string, bits: 32 | 64, { offset }: { readonly offset: number }, more: Partial<DebugRegister> = {}): DebugRegister => ({
  name,
  bits,
  get: ({ state }) => (bits === 64 ? BigInt.asUintN(64, state.i64[offset >> 3]!) : BigInt(state.u32[offset >> 2]!)),
  set: ({ state }, value) => {
    if (bits === 64) state.i64[offset >> 3] = BigInt.asIntN(64, value);
    else state.u32[offset >> 2] = Number(BigInt.asUintN(32, value));
  },
  ...more,
});

const PC_NUMBER = 37;
const FLOAT_NUMBER = 38;
const FCSR_NUMBER = 70;

function features(state: MipsState): readonly DebugFeature[] {
  const { bits } = state;
  const pc: DebugRegister = {
    ...slot("pc", bits, state.pc, { number: PC_NUMBER, type: "code_ptr" }),
    set: (cpu, value) => {
      mips(cpu).setPc(Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)));
      cpu.state.u32[state.flags.offset >> 2]! &= ~DELAY_SLOT;
    },
  };
  const system: Partial<DebugRegister> = { group: "system" };
  const floats = Array.from({ length: 32 }, (_, n): DebugRegister => {
    const doubles = bits === 64;
    return {
      name: `f${n}`,
      bits,
      type: doubles ? "ieee_double" : "ieee_single",
      ...(n === 0 ? { number: FLOAT_NUMBER } : {}),
      get: (cpu) => {
        const at = (state.file >> 2) + (doubles ? 2 * n : n);
        const { u32 } = cpu.state;
        return doubles ? (BigInt(u32[at + 1]!) << 32n) | BigInt(u32[at]!) : BigInt(u32[at]!);
      },
      set: (cpu, value) => {
        const at = (state.file >> 2) + (doubles ? 2 * n : n);
        const { u32 } = cpu.state;
        u32[at] = Number(BigInt.asUintN(32, value));
        if (doubles) u32[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
      },
    };
  });
  return [
    {
      name: "org.gnu.gdb.mips.cpu",
      registers: [
        ...Array.from({ length: 32 }, (_, n) =>
          n === 0 ? { ...slot("r0", bits, state.r[0]!, { number: 0 }), get: () => 0n, set: () => {} } : slot(`r${n}`, bits, state.r[n]!),
        ),
        slot("lo", bits, state.lo[0]!, { number: 33 }),
        slot("hi", bits, state.hi[0]!, { number: 34 }),
        pc,
      ],
    },
    {
      name: "org.gnu.gdb.mips.cp0",
      registers: [
        {
          ...slot("status", 32, state.cp0.status, { number: 32, ...system }),
          set: (cpu, value) => mips(cpu).writeStatus(Number(BigInt.asUintN(32, value))),
        },
        slot("badvaddr", bits, state.cp0.badvaddr, { number: 35, ...system }),
        slot("cause", 32, state.cp0.cause, { number: 36, ...system }),
      ],
    },
    {
      name: "org.gnu.gdb.mips.fpu",
      registers: [
        ...floats,
        {
          name: "fcsr",
          bits: 32,
          number: FCSR_NUMBER,
          group: "float",
          get: (cpu) => BigInt(mips(cpu).fcsr() >>> 0),
          set: (cpu, value) => mips(cpu).setFcsr(Number(BigInt.asUintN(32, value))),
        },
        { name: "fir", bits: 32, group: "float", get: (cpu) => BigInt(mips(cpu).model.fir >>> 0) },
      ],
    },
  ];
}

export function debug(state: MipsState, bigEndian: boolean): TargetDebug {
  const own = features(state);
  return { architecture: state.bits === 64 ? "mips:isa64r2" : "mips:isa32r2", littleEndian: !bigEndian, features: () => own };
}
