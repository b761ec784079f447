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

it("shows what a variable map shows, over the rest or beneath it", () => {
  const space = new AddressSpace(new EmulatorMemory(0x4_0000));
  const changes: number[][] = [];
  const ram = space.addRam({ kind: "ram", name: "ram", pa: 0, size: 0x8000 });
  const rom = space.addBlock(0x2000);
  rom.bytes.fill(0x55);
  space.onChange = (...change) => void changes.push(change);
  const device = { read: (offset: number) => offset, write: () => {} };
  space.addMmio("hole", 0, 0x10_0000, device, "ground");
  const shadow = space.addVariable("shadow", "over");
  const beneath = space.addVariable("bar", "beneath");
  const byte = (pa: number): number => {
    const bytes = new Uint8Array(1);
    space.readBytes(pa, bytes);
    return bytes[0]!;
  };
  // ROM over RAM: what is stored goes to the RAM, or nowhere.
  shadow.set([
    { pa: 0x4000, size: 0x1000, reads: { block: rom, offset: 0 }, writes: { block: ram, offset: 0x4000 } },
    { pa: 0x5000, size: 0x1000, reads: { block: rom, offset: 0x1000 } },
  ]);
  space.writeBytes(0x4ffe, Uint8Array.of(1, 2, 3, 4));
  expect([byte(0x4fff), byte(0x5000), byte(0x3fff), byte(0x6000)]).toEqual([0x55, 0x55, 0, 0]);
  shadow.set([]);
  expect([byte(0x4ffe), byte(0x4fff), byte(0x5000)]).toEqual([1, 2, 0]);
  expect(changes).toEqual([
    [0x4000, 0x1000],
    [0x5000, 0x1000],
    [0x4000, 0x1000],
    [0x5000, 0x1000],
  ]);
  // Beneath RAM, but over the ground; a device's offsets count from where it would begin.
  beneath.set([{ pa: 0x7000, size: 0x2000, reads: { block: rom, offset: 0 } }]);
  expect([byte(0x7fff), byte(0x8000), space.find(0x7fff)?.name, space.find(0x8000)?.name]).toEqual([0, 0x55, "ram", "bar"]);
  const hole = space.find(0x9000);
  expect(hole).toMatchObject({ name: "hole", pa: 0x9000, base: 0 });
  expect(space.find(0x10_0000)).toBeUndefined();
});
