import { expect, it } from "vitest";
import { AddressSpace, EmulatorMemory } from "./address-space.ts";

it("finds the region added last, whatever was found before", () => {
  const space = new AddressSpace(new EmulatorMemory(0x1_0000));
  const device = { read: () => 0, write: () => {} };
  space.addMmio("window", 0x1000, 0x1000, device);
  space.addMmio("port", 0x1070, 2, device);
  space.addRam({ kind: "ram", name: "ram", pa: 0x1800, size: 0x1000 });
  const names = [0x1000, 0x1070, 0x1072, 0x1071, 0x1072, 0x17ff, 0x1800, 0x17ff].map((pa) => space.find(pa)?.name);
  expect(names).toEqual(["window", "port", "window", "port", "window", "window", "ram", "window"]);
  expect(space.find(0x2800)).toBeUndefined();
});

it("shows RAM in a second place", () => {
  const space = new AddressSpace(new EmulatorMemory(0x1_0000));
  space.addRam({ kind: "ram", name: "ram", pa: 0, size: 0x4000 });
  space.addAlias("high", 0x8000_0000, 0x2000, 0x1000);
  space.writeBytes(0x8000_0010, Uint8Array.of(7));
  const byte = new Uint8Array(1);
  space.readBytes(0x1010, byte);
  expect([byte[0], space.real(0x8000_0010), space.real(0x1010), space.hostAddress(0x8000_0010)]).toEqual([
    7,
    0x1010,
    0x1010,
    space.hostAddress(0x1010),
  ]);
  expect(space.find(0x8000_2000)).toBeUndefined();
});
