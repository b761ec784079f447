import { TimerQueue } from "@tsemu/hw";
import { expect, it } from "vitest";
import { KeyPresses } from "./key-presses.ts";
import { isKeyName, keyBytes, type KeyName } from "./ps2-keys.ts";

const setUp = () => {
  const state = { now: 0 };
  const clock = new TimerQueue(() => state.now);
  const pressed: string[] = [];
  const keys = new KeyPresses(clock, {
    key(name: KeyName, down: boolean) {
      pressed.push(`${state.now / 1e6} ${name} ${down ? "down" : "up"}`);
      return true;
    },
  });
  const run = (ms: number): void => {
    for (; state.now < ms * 1e6; state.now += 1e6) clock.runDue();
  };
  return { keys, pressed, run };
};

it("presses keys of a combination together, and one combination after the other", () => {
  const { keys, pressed, run } = setUp();
  keys.press(["ctrl", "alt", "delete"], 100e6);
  keys.press(["a"], 10e6);
  run(500);
  expect(pressed).toEqual([
    "0 ctrl down",
    "0 alt down",
    "0 delete down",
    "100 delete up",
    "100 alt up",
    "100 ctrl up",
    "120 a down",
    "130 a up",
  ]);
});

it("forgets what is to be pressed at a reset, and when it is too much", () => {
  const { keys, pressed, run } = setUp();
  keys.press(["a"], 10e6);
  keys.reset();
  run(100);
  expect(pressed).toEqual([]);
  for (let n = 0; n < 10_000; n++) keys.press(["a"], 1e6);
  run(200_000);
  expect(pressed.length).toBe(4096);
});

it("knows the bytes of keys", () => {
  expect([keyBytes("a", true), keyBytes("a", false)]).toEqual([[0x1c], [0xf0, 0x1c]]);
  expect([keyBytes("up", true), keyBytes("up", false)]).toEqual([
    [0xe0, 0x75],
    [0xe0, 0xf0, 0x75],
  ]);
  expect(keyBytes("pause", true)).toEqual([0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77]);
  expect([isKeyName("ret"), isKeyName("toString"), isKeyName("")]).toEqual([true, false, false]);
});
