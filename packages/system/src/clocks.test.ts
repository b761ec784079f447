import { expect, it } from "vitest";
import { HostClock } from "./clocks.ts";

const ms = 1e6;

/** A clock, with the host's time (ms) and the executed instructions in the test's hand; the CPU executes 100,000 instructions a ms. */
function hosted() {
  const host = { now: 1000, insns: 0 };
  let dues = 0;
  const clock = new HostClock(
    () => host.now,
    () => host.insns,
    () => dues++,
  );
  const run = (time: number): void => {
    host.now += time;
    host.insns += 100_000 * time;
  };
  return { host, clock, run, now: () => clock.timers.now(), due: () => dues };
}

it("is the host's time while the CPU runs", () => {
  const { run, now } = hosted();
  run(3);
  expect(now()).toBe(3 * ms);
  run(0.5);
  expect(now()).toBe(3.5 * ms);
});

it("does not jump where the CPU was held up, and catches up in some tens of ms", () => {
  const { host, run, now } = hosted();
  run(1);
  now();
  host.now += 40;
  const after = now();
  expect(after).toBeLessThan(1.5 * ms);
  let last = after;
  for (let i = 0; i < 100; i++) {
    run(1);
    const step = now() - last;
    expect(step).toBeGreaterThan(0.99 * ms);
    expect(step).toBeLessThan(4 * ms);
    last += step;
  }
  expect(last).toBeGreaterThan(140 * ms);
  expect(last).toBeLessThanOrEqual(141 * ms);
});

it("fires a timer for each of its periods that passed while the CPU was held up, with instructions between them", () => {
  const { host, clock, run } = hosted();
  const fired: number[] = [];
  const timer = clock.timers.timer(() => {
    fired.push(host.insns);
    timer.arm(4 * ms * (Math.floor(clock.timers.now() / (4 * ms)) + 1));
  });
  timer.arm(4 * ms);
  host.now += 40;
  while (clock.timers.now() < 80 * ms) {
    run(clock.slice(100_000) / 100_000);
    clock.timers.runDue();
  }
  expect(fired.length).toBeGreaterThanOrEqual(19);
  expect(new Set(fired).size).toBe(fired.length);
});

it("goes from deadline to deadline while the guest is idle, until nothing is owed", () => {
  const { host, clock, now } = hosted();
  const start = now();
  host.now += 10;
  const first = clock.timers.timer(() => {});
  first.arm(start + 4 * ms);
  expect(clock.idle()).toBe(0);
  expect(now()).toBe(start + 4 * ms);
  clock.timers.runDue();
  first.arm(start + 12 * ms);
  expect(clock.idle()).toBeCloseTo(2, 0);
  host.now += 5;
  clock.slept();
  expect(now()).toBeLessThan(start + 12.2 * ms);
  expect(now()).toBeGreaterThanOrEqual(start + 12 * ms);
});

it("tells who reads it of a deadline that has passed", () => {
  const { host, clock, run, due } = hosted();
  clock.timers.timer(() => {}).arm(4 * ms);
  run(3);
  expect([clock.timers.now(), due()]).toEqual([3 * ms, 0]);
  run(1.5);
  expect([clock.timers.now(), due()]).toEqual([4.5 * ms, 1]);
  clock.timers.runDue();
  host.now += 0.01;
  clock.timers.now();
  expect(due()).toBe(2);
});

it("stands still while the machine does, and lets pass at once what is too much to catch up with", () => {
  const { host, clock, now } = hosted();
  host.now += 60_000;
  clock.stood();
  expect(now()).toBe(0);
  host.now += 60_000;
  now();
  expect(now()).toBeGreaterThanOrEqual(59_000 * ms);
});
