import { expect, it } from "vitest";
import { RealTimeClock } from "./clocks.ts";

const setUp = () => {
  const state = { ms: 100 };
  const clock = new RealTimeClock(
    () => state.ms,
    () => {},
  );
  const at = (ms: number): number => {
    state.ms = 100 + ms;
    return clock.timers.now() / 1e6;
  };
  return { state, clock, at };
};

it("time in which the host did not let the guest run is seen little by little", () => {
  const { at } = setUp();
  expect([at(5), at(300), at(308), at(316)]).toEqual([5, 15, 24, 33]);
  let last = 33;
  for (let ms = 317; ms < 3000; ms++) {
    const now = at(ms);
    expect(now - last).toBeGreaterThan(0.99);
    expect(now - last).toBeLessThan(1.2);
    last = now;
  }
  expect(last).toBe(2999);
});

it("or all at once when the guest waits", () => {
  const { state, clock, at } = setUp();
  clock.timers.timer(() => {}).arm(400e6);
  expect(at(300)).toBe(10);
  expect(clock.idle()).toBeCloseTo(100);
  state.ms = 100 + 401;
  clock.slept();
  expect(at(401)).toBe(401);
});

it("whoever reads the host's time learns of a deadline that has passed", () => {
  let ms = 100;
  let due = 0;
  const clock = new RealTimeClock(
    () => ms,
    () => due++,
  );
  clock.timers.timer(() => {}).arm(4e6);
  ms = 103;
  expect([clock.timers.now(), due]).toEqual([3e6, 0]);
  ms = 104.5;
  expect([clock.timers.now(), due]).toEqual([4.5e6, 1]);
  clock.timers.runDue();
  due = 0;
  expect([clock.timers.now(), due]).toEqual([4.5e6, 0]);
});
