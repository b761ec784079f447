/** The registers under the names that gdb has for them. */
import type { Slot } from "@tsemu/ir";
import type { DebugRegister, TargetDebug } from "@tsemu/target";
import * as state from "./state.ts";

const register = (name: string, { offset }: Slot, more: Partial<DebugRegister> = {}): DebugRegister => ({
  name,
  bits: 32,
  get: (cpu) => BigInt(cpu.state.u32[offset >> 2]!),
  set: (cpu, value) => {
    cpu.state.u32[offset >> 2] = Number(BigInt.asUintN(32, value));
  },
  ...more,
});

const core = {
  name: "org.gnu.gdb.template.core",
  registers: [...state.r.map((slot, n) => register(`r${n}`, slot)), register("pc", state.pc, { type: "code_ptr" })],
};

export const debug: TargetDebug = { architecture: "template", littleEndian: true, features: () => [core] };
