/** The host helpers of VFP and Advanced SIMD: VMRS and VMSR of what translated code does not do itself, and a fault. */
import type { Helper } from "@tsemu/target";
import type { ArmCpu } from "../arm-cpu.ts";
import { calls } from "../host-calls.ts";
import { readSpecialRegister, writeSpecialRegister } from "./fpscr.ts";

export const vfpHostHelpers: readonly Helper[] = [
  { signature: calls.vmrs, run: (cpu: ArmCpu, register: number) => readSpecialRegister(cpu.state, cpu.model, register) | 0 },
  {
    signature: calls.vmsr,
    run: (cpu: ArmCpu, register: number, value: number) =>
      writeSpecialRegister(cpu.state, cpu.features, register, value, () => cpu.refreshFlags()),
  },
  {
    signature: calls.alignmentFault,
    run: (cpu: ArmCpu, va: number, isStore: number) => {
      throw cpu.alignmentFault(va >>> 0, isStore !== 0 ? "write" : "read");
    },
  },
];
