import { Logger } from "@tsemu/base";
import { FakeClock, unconnected } from "@tsemu/hw";
import { CpuState, GuestFault } from "@tsemu/target";
import { expect, test } from "vitest";
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
