import { type Clock, FakeClock, type Timer } from "@tsemu/hw";
import { expect, it } from "vitest";
import { ApicTimer } from "./apic-timer.ts";

it("fires once for a count that has run out while it was being set", () => {
  const inner = new FakeClock();
  // Every look at the clock takes a microsecond, as on a host that is busy.
  const clock: Clock = {
    now() {
      inner.step(1000);
      return inner.now();
    },
    timer: (fire): Timer => inner.timer(fire),
  };
  let fired = 0;
  const timer = new ApicTimer(clock, () => fired++);
  timer.divide = 3;
  timer.initial = 10;
  inner.step(1000);
  expect(fired).toBe(1);
  inner.step(1_000_000);
  timer.divide = 0;
  inner.step(1_000_000);
  expect(fired).toBe(1);
});
