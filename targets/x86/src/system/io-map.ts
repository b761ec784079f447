/** The I/O permission bitmap of a 32-bit TSS: Intel SDM vol. 1, 18.5.2. */
import { GuestFault } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import { TR } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { typeOf } from "./bits.ts";
import { at, readSystem } from "./memory.ts";

/** #GP(0) unless the bits of all bytes' ports are 0. */
export function checkPortMap(cpu: X86Cpu, port: number, size: number): void {
  const tss = cpu.s.segments[TR]!;
  const limit = cpu.get(tss.limit);
  const forbidden = new GuestFault(exceptions.generalProtection);
  if ((typeOf(cpu.get(tss.attributes)) & 8) === 0 || limit < 0x67) throw forbidden;
  const base = { low: cpu.get(tss.base), high: cpu.high(tss.base) };
  const first = readSystem(cpu, at(base, 0x66), 2) + (port >>> 3);
  // Two bytes are always read.
  if (first + 1 > limit) throw forbidden;
  const bits = readSystem(cpu, at(base, first), 2) >>> (port & 7);
  if ((bits & ((1 << size) - 1)) !== 0) throw forbidden;
}
