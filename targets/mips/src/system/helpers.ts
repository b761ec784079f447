/** The host helpers of host-calls.ts. */
import { hex32 } from "@tsemu/base";
import { GuestFault, type Helper, type HostHelper } from "@tsemu/target";
import { accumulate } from "../dsp/accumulator.ts";
import { DspControl } from "../dsp/control.ts";
import { registerOperations } from "../dsp/operations.ts";
import { checkOperation, readControl, writeControl } from "../fpu/fcsr.ts";
import { calls, exceptions } from "../host-calls.ts";
import type { MipsCpu } from "../mips-cpu.ts";
import { readCp0, writeCp0 } from "./cp0.ts";
import { STATUS } from "./cp0-bits.ts";

const host = (signature: HostHelper["signature"], run: (cpu: MipsCpu, ...args: number[]) => number | void): HostHelper => ({
  signature,
  run,
});

/** ERET: to ErrorEPC and out of Status.ERL, or to EPC and out of EXL. */
function eret(cpu: MipsCpu): void {
  const { u32 } = cpu.state;
  const status = u32[cpu.STATUS]!;
  const error = (status & STATUS.ERL) !== 0;
  cpu.setPc(...cpu.words(error ? "errorepc" : "epc"));
  u32[cpu.STATUS] = status & ~(error ? STATUS.ERL : STATUS.EXL);
  cpu.clearLink();
  cpu.refreshFlags();
  cpu.interruptsChanged();
}

/** RDHWR of what the translation does not read by itself; it has asked Status and HWREna. */
function rdhwr(cpu: MipsCpu, register: number): number {
  const low = readHardware(cpu, register);
  cpu.state.u32[cpu.RESULT_HIGH] = low >> 31;
  return low;
}

function readHardware(cpu: MipsCpu, register: number): number {
  switch (register) {
    case 0:
      return cpu.word("ebase") & 0x3ff;
    case 1:
      // SYNCI_Step: the line size.
      return 32;
    case 2:
      return cpu.timer.count() | 0;
    case 3:
      // CCRes: Count goes up with every second cycle.
      return 2;
    default:
      throw cpu.reserved();
  }
}

export const systemHelpers: readonly Helper[] = [
  host(calls.mfc0, (cpu, key) => readCp0(cpu, key!)),
  host(calls.mtc0, (cpu, key, value) => writeCp0(cpu, key!, value!, value! >> 31)),
  host(calls.dmtc0, (cpu, key, low, high) => writeCp0(cpu, key!, low!, high!)),
  host(calls.tlbr, (cpu) => cpu.tlb.read()),
  host(calls.tlbwi, (cpu) => cpu.tlb.writeIndexed()),
  host(calls.tlbwr, (cpu) => cpu.tlb.writeRandom()),
  host(calls.tlbp, (cpu) => cpu.tlb.probe()),
  host(calls.eret, eret),
  host(calls.deret, (cpu) => {
    // There is no debug mode to return from.
    throw cpu.reserved();
  }),
  host(calls.interrupts, (cpu, enable) => {
    const old = cpu.word("status");
    cpu.writeStatus(enable === 1 ? old | STATUS.IE : old & ~STATUS.IE);
    return old | 0;
  }),
  host(calls.cfc1, (cpu, register) => readControl(cpu, register!)),
  host(calls.ctc1, (cpu, register, value) => {
    if (writeControl(cpu, register!, value!)) throw new GuestFault(exceptions.floatingPoint);
  }),
  host(calls.fpCheck, (cpu) => {
    if (checkOperation(cpu)) throw new GuestFault(exceptions.floatingPoint);
  }),
  host(calls.rdhwr, (cpu, register) => rdhwr(cpu, register!)),
  host(calls.dsp, (cpu, operation, rs, rt) => registerOperations[operation!]!.run(new DspControl(cpu), rs!, rt!) | 0),
  host(calls.dspAccumulate, (cpu, operation, ac, rs, rt) => accumulate(cpu, operation!, ac!, rs!, rt!)),
  host(calls.unimplemented, (cpu, word) =>
    cpu.env.log.log("unimp", () => `instruction ${hex32(word! >>> 0)} is reserved on the ${cpu.model.name}, or not implemented`),
  ),
];
