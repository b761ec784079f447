/**
 * The page at 0xffffffffff600000 that old programs of x86-64 call for the time: nothing is there, and a call of one of its three entries is a
 * system call that returns to the caller, as Linux emulates it (arch/x86/entry/vsyscall).
 */
import type { UserMemory } from "@tsemu/target";
import type { X86Cpu } from "../x86-cpu.ts";

const PAGE = 0xffff_ffff_ff60_0000n;
/** gettimeofday, time, getcpu, 1024 bytes apart, as the numbers of the system calls. */
const calls = [96, 201, 309];
const RAX = 0;
const RSP = 4;
/** Length of the instruction that the caller seems to have made the call with: it goes on behind it. */
const SYSCALL_BYTES = 2;

export const isInVsyscall = (address: number | bigint): boolean => address >= PAGE && address < PAGE + 0x1000n;

/** Makes the registers those of the call; false if the address is no entry. */
export function enterVsyscall(cpu: X86Cpu, memory: UserMemory, address: number | bigint): boolean {
  const at = typeof address === "bigint" ? Number(address - PAGE) : -1;
  const number = at % 0x400 === 0 ? calls[at / 0x400] : undefined;
  if (number === undefined) return false;
  const stack = cpu.s.r[RSP]!;
  const sp = cpu.high(stack) * 2 ** 32 + cpu.register(RSP);
  const bytes = new Uint8Array(8);
  memory.read(sp, bytes);
  const view = new DataView(bytes.buffer);
  const caller = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true) - SYSCALL_BYTES;
  cpu.setWide(stack, (sp + 8) >>> 0, Math.floor((sp + 8) / 2 ** 32));
  cpu.setWide(cpu.s.r[RAX]!, number, 0);
  cpu.setPc(caller >>> 0, Math.floor(caller / 2 ** 32));
  return true;
}
