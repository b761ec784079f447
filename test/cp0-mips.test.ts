/** Coprocessor 0 and RDHWR of a 64-bit MIPS CPU in translated code, in both tiers: registers of two words, and what kernels answer for the CPU. */
import { Logger } from "@tsemu/base";
import { defaultLimits, RegionTier, Vcpu } from "@tsemu/engine";
import { ImmediateCompiler } from "@tsemu/host-node";
import { FakeClock, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { describe, expect, it } from "vitest";
import { mipsTarget } from "../targets/mips/src/index.ts";
import type { MipsCpu } from "../targets/mips/src/mips-cpu.ts";

const RAM_SIZE = 0x10_0000;
const INSNS = 2000;
const VECTOR = 0x180;
const dmfc0 = (rt: number, rd: number): number => 0x4020_0000 | (rt << 16) | (rd << 11);
const dmtc0 = (rt: number, rd: number): number => 0x40a0_0000 | (rt << 16) | (rd << 11);
const rdhwr = (rt: number, rd: number): number => 0x7c00_003b | (rt << 16) | (rd << 11);
const addiu = (rt: number, rs: number, imm: number): number => 0x2400_0000 | (rs << 21) | (rt << 16) | imm;
const ERET = 0x4200_0018;
/** A branch to the first of `words` and its delay slot. */
const loop = (words: readonly number[]): number[] => [...words, 0x1000_0000 | (-(words.length + 1) & 0xffff), 0];
const [STATUS, EPC, XCONTEXT, USER_LOCAL] = [12, 14, 20, 29];

function machine(compiled: boolean): { vcpu: Vcpu; cpu: MipsCpu; put(pa: number, words: readonly number[]): void } {
  const memory = new EmulatorMemory(RAM_SIZE);
  const space = new AddressSpace(memory);
  space.addRam({ kind: "ram", name: "ram", pa: 0, size: RAM_SIZE });
  const vcpu = new Vcpu({
    target: mipsTarget({ bits: 64, bigEndian: false }),
    model: "MIPS64R2-generic",
    space,
    clock: new FakeClock(),
    log: new Logger(),
    wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
    output: () => unconnected,
    firmwareCall: () => false,
  });
  if (compiled) vcpu.hotCode = new RegionTier(vcpu, new ImmediateCompiler(), { ...defaultLimits, threshold: 1, least: 1 });
  vcpu.reset();
  const cpu = vcpu.cpu as unknown as MipsCpu;
  return { vcpu, cpu, put: (pa, words) => space.writeBytes(pa, new Uint8Array(Uint32Array.from(words).buffer)) };
}

const register = ({ state: { u32 }, s }: MipsCpu, n: number): bigint => {
  const at = s.r[n]!.offset >> 2;
  return (BigInt(u32[at + 1]!) << 32n) | BigInt(u32[at]!);
};

describe.each([
  ["tier 0", false],
  ["tier 1", true],
])("%s", (_name, compiled) => {
  it("moves registers of two words, and those of one sign-extended", () => {
    const { vcpu, cpu, put } = machine(compiled);
    put(0x1000, loop([dmtc0(4, EPC), dmfc0(5, EPC), dmfc0(6, XCONTEXT), dmfc0(7, STATUS), rdhwr(8, USER_LOCAL)]));
    cpu.state.u32.set([0x9abc_def0, 0x1234_5678], cpu.s.r[4]!.offset >> 2);
    cpu.setWords("xcontext", 0x8765_4320, 0xfedc_ba98);
    cpu.setWords("userlocal", 0xf000_0001, 0x0000_00ff);
    cpu.setWord("status", 0x9000_0000);
    cpu.refreshFlags();
    cpu.setPc(0x8000_1000);
    vcpu.runSlice(INSNS, true);
    expect([5, 6, 7, 8].map((n) => register(cpu, n))).toEqual([
      0x1234_5678_9abc_def0n,
      0xfedc_ba98_8765_4320n,
      0xffff_ffff_9000_0000n,
      0x0000_00ff_f000_0001n,
    ]);
  });

  it.each([
    ["has the kernel answer RDHWR", 0, 0n],
    ["answers RDHWR itself where HWREna says so", 0x2000_0000, 0x0000_00ff_f000_0001n],
  ])("%s", (_what, enabled, answer) => {
    const { vcpu, cpu, put } = machine(compiled);
    put(0x1000, loop([rdhwr(8, USER_LOCAL), addiu(9, 9, 1)]));
    // The kernel counts and goes on behind it.
    put(VECTOR, [dmfc0(26, EPC), addiu(26, 26, 4), addiu(16, 16, 1), dmtc0(26, EPC), ERET]);
    // One pair of pages for everybody: the second is memory's.
    cpu.setWords("entryhi", 0, 0);
    cpu.setWords("entrylo0", 1, 0);
    cpu.setWords("entrylo1", (1 << 6) | 0x1f, 0);
    cpu.setWord("index", 0);
    cpu.tlb.writeIndexed();
    cpu.setWords("userlocal", 0xf000_0001, 0x0000_00ff);
    cpu.setWord("hwrena", enabled);
    // User mode, with 64-bit operations.
    cpu.setWord("status", 0x10 | (1 << 5) | (1 << 23));
    cpu.refreshFlags();
    cpu.setPc(0x1000);
    vcpu.runSlice(INSNS, true);
    const [rounds, traps] = [Number(register(cpu, 9)), Number(register(cpu, 16))];
    expect(register(cpu, 8)).toBe(answer);
    if (enabled !== 0) expect([rounds, traps]).toEqual([INSNS / 4, 0]);
    else {
      expect((cpu.word("cause") >>> 2) & 31).toBe(10);
      // Nine instructions a round: RDHWR is one of them.
      expect([rounds, traps]).toEqual([Math.floor(INSNS / 9), Math.floor(INSNS / 9)]);
    }
  });
});
