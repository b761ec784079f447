import { Logger } from "@tsemu/base";
import { FakeClock, unconnected } from "@tsemu/hw";
import { CpuState, GuestFault } from "@tsemu/target";
import { expect, test } from "vitest";
import { models } from "./cpu-models.ts";
import { x86Target } from "./index.ts";
import { cpuid } from "./system/cpuid.ts";
import { writeMsr } from "./system/msr.ts";
import type { X86Cpu } from "./x86-cpu.ts";

const EFER = 0xc000_0080;
const LME = 0x100;

const cpuWith = (bits: 32 | 64, model: string): X86Cpu => {
  const target = x86Target(bits);
  const cpu = target.create(model, {
    state: new CpuState(target.layout, new ArrayBuffer(target.layout.size), 0),
    memory: { isRam: () => false, read32: () => 0, write32: () => {} },
    virtual: { load: () => 0, store: () => {} },
    io: { read: () => 0xff, write: () => {} },
    acknowledgeInterrupt: () => 0,
    clock: new FakeClock(),
    log: new Logger(),
    wasm: {},
    instructionCount: () => 0,
    output: () => unconnected,
    flushTlb: () => {},
    switchAddressSpace: () => {},
    kick: () => {},
    firmwareCall: () => false,
  }) as X86Cpu;
  cpu.reset();
  return cpu;
};

const hasLongMode = (cpu: X86Cpu): boolean => ((cpuid(cpu, 0x8000_0001, 0)[3] >>> 29) & 1) === 1;

test("a model has long mode only where registers have 64 bits", () => {
  expect(hasLongMode(cpuWith(64, "max"))).toBe(true);
  const narrow = cpuWith(32, "max");
  expect(hasLongMode(narrow)).toBe(false);
  expect(() => writeMsr(narrow, EFER, LME, 0)).toThrow(GuestFault);
});

test("CPUID claims AVX and what builds on it with XSAVE's component, and XSAVE's area as XCR0 has it", () => {
  // As programs ask: not beyond the highest leaf.
  const ask = (cpu: X86Cpu, leaf: number, subleaf: number): readonly number[] =>
    leaf > cpuid(cpu, 0, 0)[0] ? [0, 0, 0, 0] : cpuid(cpu, leaf, subleaf);
  const has = (cpu: X86Cpu, leaf: number, register: 1 | 2, bit: number): boolean => ((ask(cpu, leaf, 0)[register]! >>> bit) & 1) === 1;
  for (const { name } of models) {
    const cpu = cpuWith(64, name);
    const xsave = has(cpu, 1, 2, 26);
    const avx = has(cpu, 1, 2, 28);
    expect(ask(cpu, 0xd, 0), name).toEqual(xsave ? [avx ? 7 : 3, 576, avx ? 832 : 576, 0] : [0, 0, 0, 0]);
    expect(ask(cpu, 0xd, 2), name).toEqual(avx ? [256, 576, 0, 0] : [0, 0, 0, 0]);
    // FMA, F16C, AVX2.
    if (has(cpu, 1, 2, 12) || has(cpu, 1, 2, 29) || has(cpu, 7, 1, 5)) expect(avx, name).toBe(true);
    if (!xsave) continue;
    cpu.setWord("xcr0", avx ? 7 : 3);
    expect(ask(cpu, 0xd, 0)[1], name).toBe(avx ? 832 : 576);
  }
  const haswell = cpuWith(64, "Haswell");
  for (const bit of [0, 1, 9, 12, 19, 20, 22, 23, 25, 26, 28, 29, 30]) expect(has(haswell, 1, 2, bit), `ECX ${bit}`).toBe(true);
  for (const bit of [0, 3, 5, 8]) expect(has(haswell, 7, 1, bit), `EBX ${bit}`).toBe(true);
});
