/** One vCPU: the Cpu of the target contract. Addresses are physical ones, and nothing interrupts it. */
import { hex32 } from "@tsemu/base";
import { type Access, type Cpu, type CpuEnvironment, type CpuState, GuestFault, type Mapping } from "@tsemu/target";
import { exceptions } from "./exceptions.ts";
import * as state from "./state.ts";

const PC = state.pc.offset >> 2;
const RESET_VECTOR = 0;

export class TemplateCpu implements Cpu {
  readonly state: CpuState;
  readonly env: CpuEnvironment;

  constructor(env: CpuEnvironment) {
    this.env = env;
    this.state = env.state;
  }

  reset(): void {
    this.state.bytes.fill(0);
    this.state.u32[PC] = RESET_VECTOR;
  }

  start(entry: number, registers: readonly number[]): void {
    registers.forEach((value, n) => {
      this.state.u32[state.r[n]!.offset >> 2] = value;
    });
    this.state.u32[PC] = entry;
  }

  blockFlags(): number {
    return 0;
  }

  fetchMmuIdx(): number {
    return 0;
  }

  walk(va: number): Mapping {
    const pa = (va & ~0xfff) >>> 0;
    return { pa, readable: true, writable: true, executable: true, device: false, wholePage: true, global: true };
  }

  alignmentFault(va: number): GuestFault {
    return new GuestFault(exceptions.alignment, 0, va);
  }

  busFault(va: number, _access: Access): GuestFault {
    return new GuestFault(exceptions.bus, 0, va);
  }

  setInput(name: string): void {
    throw new Error(`internal error: no CPU input ${name}`);
  }

  hasWork(): boolean {
    return false;
  }

  deliverInterrupt(): boolean {
    return false;
  }

  /** Goes on at the same instruction, which raises it again. */
  deliver(fault: GuestFault): void {
    this.env.log.log("unimp", `exception ${fault.exception} has no handler`);
  }

  restore(pc: number): void {
    this.state.u32[PC] = pc;
  }

  dump(): string {
    const { u32 } = this.state;
    const registers = state.r.map((slot) => `${slot.name}=${hex32(u32[slot.offset >> 2]!)}`);
    return `pc=${hex32(u32[PC]!)} ${registers.join(" ")}\n`;
  }
}
