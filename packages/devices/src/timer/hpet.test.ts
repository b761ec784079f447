import { Logger } from "@tsemu/base";
import { TimerQueue } from "@tsemu/hw";
import { expect, it } from "vitest";
import { Hpet } from "./hpet.ts";

const ms = 1e6;
const PERIODIC_INTERRUPT = 0x4c;
const ON_32_BITS = 0x100;

/** In legacy mode, with timer 0 at one interrupt in 4 ms; each look at the clock takes `step`. */
const setUp = () => {
  const state = { now: 0, edges: 0, step: 0 };
  const clock = new TimerQueue(() => (state.now += state.step));
  const line = { set: (level: boolean) => void (state.edges += level ? 1 : 0) };
  const none = { set: () => {} };
  const hpet = new Hpet({ name: "hpet", clock, log: new Logger(), irqs: (n) => (n === 0 ? line : none) });
  hpet.reset();
  hpet.write(0x10, 3, 4);
  hpet.write(0x100, PERIODIC_INTERRUPT | ON_32_BITS, 4);
  hpet.write(0x108, 400_000, 4);
  hpet.write(0x108, 400_000, 4);
  state.edges = 0;
  const run = (until: number): void => {
    for (; state.now < until; state.now += 0.1 * ms) clock.runDue();
  };
  return { state, clock, run };
};

it("interrupts once a period, also when the lower half of the counter has come round", () => {
  const { state, run } = setUp();
  run(41 * ms);
  expect(state.edges).toBe(10);
  run(60_000 * ms);
  expect(Math.abs(state.edges - 15_000)).toBeLessThanOrEqual(1);
});

it("goes on when time passes while the next period is worked out", () => {
  const { state, clock, run } = setUp();
  run(3 * ms);
  state.step = 1.5 * ms;
  for (let i = 0; i < 100; i++) clock.runDue();
  state.step = 0;
  const before = state.edges;
  const until = state.now + 40 * ms;
  run(until);
  expect(state.edges - before).toBeGreaterThanOrEqual(9);
});
