import { Logger } from "@tsemu/base";
import { TimerQueue } from "@tsemu/hw";
import { expect, it } from "vitest";
import { Ged } from "./ged.ts";

const setUp = () => {
  const events: string[] = [];
  const ged = new Ged({
    name: "ged",
    clock: new TimerQueue(() => 0),
    log: new Logger(),
    irq: { set: (level) => void (level && events.push("irq")) },
    onPowerOff: () => void events.push("off"),
    onReset: () => void events.push("reset"),
  });
  return { ged, events };
};

it("tells of the power button once", () => {
  const { ged, events } = setUp();
  ged.powerButton.set(true);
  ged.powerButton.set(false);
  expect([events, ged.events.read(0, 4), ged.events.read(0, 4)]).toEqual([["irq"], 2, 0]);
  ged.powerButton.set(true);
  ged.reset();
  expect(ged.events.read(0, 4)).toBe(0);
});

it("switches off and resets by the right values alone", () => {
  const { ged, events } = setUp();
  for (const value of [0x05, 0x14, 0x20, 0x2c, 0xff]) ged.system.write(0, value, 1);
  for (const value of [0, 0x41, 0xff]) ged.system.write(2, value, 1);
  ged.system.write(1, 0x34, 1);
  expect(events).toEqual([]);
  ged.system.write(0, 0x34, 1);
  ged.system.write(2, 0x42, 1);
  expect(events).toEqual(["off", "reset"]);
});
