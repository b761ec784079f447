import { Logger } from "@tsemu/base";
import { TimerQueue } from "@tsemu/hw";
import { expect, it } from "vitest";
import { Hpet } from "./hpet.ts";

const ms = 1e6;
const PERIODIC_INTERRUPT = 0x4c;

/** In legacy mode, with timer 0 at one interrupt in 4 ms; a host that looks after timers only when told. */
const setUp = () => {
  const state = { now: 0, edges: 0 };
  const clock = new TimerQueue(() => state.now);
  const line = { set: (level: boolean) => void (state.edges += level ? 1 : 0) };
  const none = { set: () => {} };
  const hpet = new Hpet({ name: "hpet", clock, log: new Logger(), irqs: (n) => (n === 0 ? line : none) });
  hpet.reset();
  hpet.write(0x10, 3, 4);
  hpet.write(0x100, PERIODIC_INTERRUPT, 4);
  hpet.write(0x108, 400_000, 4);
  hpet.write(0x108, 400_000, 4);
  state.edges = 0;
  const run = (until: number): void => {
    for (; state.now < until; state.now += 0.1 * ms) clock.runDue();
  };
  return { state, clock, hpet, run };
};

it("a host that was late for some periods gives their interrupts one after the other", () => {
  const { state, clock, run } = setUp();
  run(41 * ms);
  expect(state.edges).toBe(10);
  state.now = 121 * ms;
  clock.runDue();
  expect(state.edges).toBe(11);
  run(141.5 * ms);
  expect(state.edges).toBe(35);
});

it("but not those of a long sleep, nor after the timer is set anew", () => {
  const { state, clock, hpet, run } = setUp();
  state.now = 100_000 * ms;
  clock.runDue();
  run(100_100 * ms);
  expect(state.edges).toBeLessThan(100);
  state.now = 100_200 * ms;
  clock.runDue();
  hpet.write(0x100, 0, 4);
  const before = state.edges;
  run(100_300 * ms);
  expect(state.edges).toBe(before);
});
