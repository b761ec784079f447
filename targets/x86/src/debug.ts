/** What gdb is told of the CPU: the features org.gnu.gdb.i386.core and .linux as gdb's own files have them. */
import type { Cpu, DebugFeature, DebugRegister, TargetDebug } from "@tsemu/target";
import type { Slot } from "@tsemu/ir";
import { seg, type X86State } from "./state.ts";
import type { X86Cpu } from "./x86-cpu.ts";

const x86 = (cpu: Cpu): X86Cpu => cpu as X86Cpu;

const slotRegister = (name: string, slot: Slot, type?: DebugRegister["type"]): DebugRegister => ({
  name,
  bits: slot.size === 8 ? 64 : 32,
  ...(type === undefined ? {} : { type }),
  get: (cpu) => (BigInt(x86(cpu).high(slot)) << 32n) | BigInt(x86(cpu).get(slot)),
  set: (cpu, value) => x86(cpu).setWide(slot, Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn)),
});

export function debug(state: X86State): TargetDebug {
  const wide = state.bits === 64;
  const bits = wide ? 64 : 32;
  const names32 = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];
  // gdb's order for 64 bits is that of the ABI's document.
  const order64: [string, number][] = [
    ["rax", 0],
    ["rbx", 3],
    ["rcx", 1],
    ["rdx", 2],
    ["rsi", 6],
    ["rdi", 7],
    ["rbp", 5],
    ["rsp", 4],
    ...Array.from({ length: 8 }, (_, n): [string, number] => [`r${n + 8}`, n + 8]),
  ];
  const general = wide ? order64 : names32.map((name, n): [string, number] => [name, n]);
  const pc: DebugRegister = {
    name: wide ? "rip" : "eip",
    bits,
    type: "code_ptr",
    get: (cpu) => (x86(cpu).code64 ? (BigInt(x86(cpu).pcHigh) << 32n) | BigInt(x86(cpu).pc) : BigInt(x86(cpu).ip)),
    set(cpu, value) {
      const c = x86(cpu);
      if (c.code64) c.setPc(Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
      else c.setPc((Number(value & 0xffff_ffffn) + c.baseOf(seg.CS)) >>> 0);
    },
  };
  const eflags: DebugRegister = {
    name: "eflags",
    bits: 32,
    get: (cpu) => BigInt(x86(cpu).eflags()),
    set: (cpu, value) => x86(cpu).setEflags(Number(value & 0xffff_ffffn)),
  };
  const segments = [seg.CS, seg.SS, seg.DS, seg.ES, seg.FS, seg.GS].map(
    (n): DebugRegister => ({ name: ["es", "cs", "ss", "ds", "fs", "gs"][n]!, bits: 32, get: (cpu) => BigInt(x86(cpu).selector(n)) }),
  );
  const pointers = new Set(["esp", "ebp", "rsp", "rbp"]);
  const core: DebugFeature = {
    name: "org.gnu.gdb.i386.core",
    registers: [
      ...general.map(([name, n]) => slotRegister(name, state.r[n]!, pointers.has(name) ? "data_ptr" : undefined)),
      pc,
      eflags,
      ...segments,
    ],
  };
  return { architecture: wide ? "i386:x86-64" : "i386", littleEndian: true, features: () => [core] };
}
