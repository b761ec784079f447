/** What the engine is told to forget when entries are overwritten. */
import { Logger } from "@tsemu/base";
import { FakeClock, unconnected } from "@tsemu/hw";
import { type CpuEnvironment, CpuState } from "@tsemu/target";
import { describe, expect, it } from "vitest";
import { findModel } from "../cpu-models.ts";
import { MipsCpu } from "../mips-cpu.ts";
import { mipsState } from "../state.ts";

const VALID = 2;

/** A CPU whose TLBWR always takes the last entry, and what its TLB told the engine to forget. */
function setUp(model: string, bits: 32 | 64) {
  const { layout } = mipsState(bits);
  const forgotten: string[] = [];
  const env: CpuEnvironment = {
    state: new CpuState(layout, new ArrayBuffer(layout.size), 0),
    memory: { isRam: () => false, read32: () => 0, write32: () => {} },
    virtual: { load: () => 0, store: () => {} },
    io: { read: () => 0xff, write: () => {} },
    acknowledgeInterrupt: () => 0,
    clock: new FakeClock(),
    log: new Logger(),
    wasm: {},
    instructionCount: () => 0,
    output: () => unconnected,
    flushTlb: (what, high = 0) => forgotten.push(typeof what === "string" ? what : `${high.toString(16)} ${what.toString(16)}`),
    switchAddressSpace: () => {},
    kick: () => {},
    firmwareCall: () => false,
  };
  const cpu = new MipsCpu(findModel(model)!, false, bits, env);
  cpu.reset();
  cpu.setWord("wired", cpu.tlb.size - 1);
  const fill = (va: number, high = 0, mask = 0): void => {
    cpu.setWords("entryhi", va, high);
    cpu.setWords("entrylo0", VALID, 0);
    cpu.setWord("pagemask", mask);
    cpu.tlb.writeRandom();
  };
  /** What is forgotten when software finds that there is no entry for an address. */
  const probe = (): string[] => {
    forgotten.length = 0;
    cpu.setWords("entryhi", 0x7fff_0000, 0);
    cpu.tlb.probe();
    return [...forgotten];
  };
  return { cpu, fill, probe, forgotten };
}

describe("what TLBWR overwrote", () => {
  it("is forgotten by its pages, when TLBP does not find what it looks for", () => {
    const { fill, probe, forgotten } = setUp("24Kf", 32);
    for (const va of [0x40_0000, 0x8_2000, 0x40_0000, 0xc000_4000, 0x10_0000]) fill(va);
    expect(forgotten).toEqual([]);
    // The last one is still there.
    expect(probe()).toEqual(["0 400000", "0 401000", "0 82000", "0 83000", "0 c0004000", "0 c0005000"]);
    expect(probe()).toEqual([]);
  });

  it("is forgotten before TLBWI writes", () => {
    const { cpu, fill, forgotten } = setUp("24Kf", 32);
    fill(0x40_0000);
    fill(0x50_0000);
    cpu.setWord("index", 0);
    cpu.tlb.writeIndexed();
    expect(forgotten).toEqual(["0 400000", "0 401000"]);
  });

  it("has addresses of 64 bits", () => {
    const { fill, probe } = setUp("MIPS64R2-generic", 64);
    for (const [va, high] of [
      [0xfff2_4000, 0xff],
      [0x2000, 0xc000_00ff],
      [0xc000_0000, 0xffff_ffff],
      [0, 0],
    ] as const)
      fill(va, high);
    expect(probe()).toEqual(["ff fff24000", "ff fff25000", "c00000ff 2000", "c00000ff 3000", "ffffffff c0000000", "ffffffff c0001000"]);
  });

  it("is forgotten with all else where it is much, or of large pages", () => {
    const { fill, probe } = setUp("24Kf", 32);
    for (let n = 0; n < 1000; n++) fill(0x2000 * n);
    expect(probe()).toEqual(["all"]);
    fill(0x40_0000, 0, 0x6000);
    expect(probe()).not.toEqual(["all"]);
    fill(0x50_0000);
    expect(probe()).toEqual(["all"]);
  });
});
