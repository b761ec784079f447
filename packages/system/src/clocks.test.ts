import { expect, it } from "vitest";
import { RealTimeClock } from "./clocks.ts";

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
