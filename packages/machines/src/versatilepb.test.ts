import { expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, versatilepb } from "./index.ts";

const MiB = 2 ** 20;
const options = { ramBytes: 128 * MiB, cpu: "arm926", cpuCount: 1 };

it("versatilepb routes interrupts through the VIC, and the fourth UART's through the SIC", () => {
  const host = fakeHost();
  const machine = build(versatilepb, options, host);
  expect(host.events).toEqual(["ram 0 128"]);
  expect(machine.deviceTree()).toBeUndefined();
  host.write(0x1014_0010, 0xffff_ffff);
  host.write(0x101f_1038, 0x10);
  host.serial[0]!.type("a");
  expect([host.lines.irq.level, host.read(0x1014_0000)]).toEqual([true, 1 << 12]);
  expect(host.read(0x101f_1000)).toBe(0x61);
  expect(host.lines.irq.level).toBe(false);
  host.write(0x1000_9038, 0x10);
  host.write(0x1000_3008, 1 << 6);
  host.serial[3]!.type("b");
  expect([host.read(0x1014_0000), host.read(0x1000_3000)]).toEqual([0x8000_0000, 1 << 6]);
});

it("versatilepb ticks at 1 MHz, counts at 24 MHz and resets itself", () => {
  const host = fakeHost();
  build(versatilepb, options, host);
  host.write(0x1014_0010, 1 << 4);
  host.write(0x101e_2000, 10_000);
  host.write(0x101e_2008, 0xe2);
  host.clock.step(10e6);
  expect([host.lines.irq.level, host.read(0x1000_005c)]).toEqual([true, 240_000]);
  host.write(0x1000_0020, 0xa05f);
  host.write(0x1000_0040, 0x105);
  expect(host.events).toContain("reset");
});
