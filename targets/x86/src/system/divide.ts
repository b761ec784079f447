/** DIV and IDIV of 128 bits by 64. Rare: BigInt does it. */
import { GuestFault } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";
import type { X86Cpu } from "../x86-cpu.ts";

export function divide128(cpu: X86Cpu, signed: boolean): void {
  const { i64 } = cpu.state;
  const [rax, rdx, divisorAt] = [cpu.s.r[0]!.offset >> 3, cpu.s.r[2]!.offset >> 3, cpu.s.scratch64[0]!.offset >> 3];
  const low = BigInt.asUintN(64, i64[rax]!);
  const high = signed ? i64[rdx]! : BigInt.asUintN(64, i64[rdx]!);
  const divisor = signed ? i64[divisorAt]! : BigInt.asUintN(64, i64[divisorAt]!);
  if (divisor === 0n) throw new GuestFault(exceptions.divideError);
  const dividend = (high << 64n) | low;
  const quotient = dividend / divisor;
  const fits = signed ? BigInt.asIntN(64, quotient) === quotient : BigInt.asUintN(64, quotient) === quotient;
  if (!fits) throw new GuestFault(exceptions.divideError);
  i64[rax] = BigInt.asIntN(64, quotient);
  i64[rdx] = BigInt.asIntN(64, dividend % divisor);
}
