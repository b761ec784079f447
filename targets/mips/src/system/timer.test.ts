import { Logger } from "@tsemu/base";
import { FakeClock, TimerQueue, unconnected } from "@tsemu/hw";
import { type CpuEnvironment, CpuState } from "@tsemu/target";
import { expect, it } from "vitest";
import { findModel } from "../cpu-models.ts";
import { MipsCpu } from "../mips-cpu.ts";
import { mipsState } from "../state.ts";
import { readCp0, writeCp0 } from "./cp0.ts";

const COUNT = 9 << 3;
const COMPARE = 11 << 3;
const CAUSE = 13 << 3;
const IP7 = 0x8000;

const cpuWith = (clock: TimerQueue): MipsCpu => {
  const { layout } = mipsState(32);
  const env: CpuEnvironment = {
    state: new CpuState(layout, new ArrayBuffer(layout.size), 0),
    memory: { isRam: () => false, read32: () => 0, write32: () => {} },
    virtual: { load: () => 0, store: () => {} },
    io: { read: () => 0xff, write: () => {} },
    acknowledgeInterrupt: () => 0,
    clock,
    log: new Logger(),
    wasm: {},
    instructionCount: () => 0,
    output: () => unconnected,
    flushTlb: () => {},
    switchAddressSpace: () => {},
    kick: () => {},
    firmwareCall: () => false,
  };
  const cpu = new MipsCpu(findModel("24Kf")!, false, 32, env);
  cpu.reset();
  return cpu;
};

it("raises line 7 when Count meets Compare, until Compare is written", () => {
  const clock = new FakeClock();
  const cpu = cpuWith(clock);
  writeCp0(cpu, COMPARE, 1600, 0);
  clock.step(9_000);
  expect(readCp0(cpu, COUNT)).toBe(1440);
  expect(readCp0(cpu, CAUSE) & IP7).toBe(0);
  clock.step(1_000);
  expect(readCp0(cpu, CAUSE) & IP7).toBe(IP7);
  writeCp0(cpu, COMPARE, 5000, 0);
  expect(readCp0(cpu, CAUSE) & IP7).toBe(0);
});

it("shows the interrupt to a program that watches Count before timers are looked at again", () => {
  let now = 0;
  const cpu = cpuWith(new TimerQueue(() => now));
  writeCp0(cpu, COMPARE, 1600, 0);
  now = 10_000;
  expect(readCp0(cpu, COUNT)).toBe(1600);
  expect(readCp0(cpu, CAUSE) & IP7).toBe(IP7);
});
