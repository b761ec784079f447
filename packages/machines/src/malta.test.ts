import { describe, expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, malta } from "./index.ts";

const MiB = 2 ** 20;
const setUp = (bigEndian = false) => {
  const host = fakeHost();
  const machine = build(malta({ bigEndian }), { ramBytes: 128 * MiB, cpu: "24Kf", cpuCount: 1 }, host);
  return { host, machine };
};
const IO = 0x1800_0000;
const GT = 0x1be0_0000;

describe("malta", () => {
  it("routes ISA interrupts through the 8259s, which the GT-64120 acknowledges", () => {
    const { host } = setUp();
    for (const chip of [0x20, 0xa0])
      for (const [at, value] of [
        [0, 0x11],
        [1, chip === 0x20 ? 0 : 8],
        [1, chip === 0x20 ? 4 : 2],
        [1, 1],
      ] as const)
        host.write(IO + chip + at, value, 1);
    host.write(IO + 0x3f9, 1, 1);
    host.serial[0]!.type("a");
    expect(host.lines.irq.level).toBe(true);
    expect(host.read(GT + 0xc34)).toBe(4);
    expect(host.read(IO + 0x3f8, 1)).toBe(0x61);
    expect(host.lines.irq.level).toBe(false);
  });

  it("has its RAM in up to three places", () => {
    const ram = (size: number): string[] => {
      const host = fakeHost();
      build(malta({ bigEndian: false }), { ramBytes: size * MiB, cpu: "24Kf", cpuCount: 1 }, host);
      return host.events;
    };
    expect(ram(128)).toEqual(["ram 0 128", "alias 80000000 128 0"]);
    expect(ram(512)).toEqual(["ram 0 256", "ram 90000000 256", "alias 80000000 256 0"]);
    expect(ram(2048)).toEqual(["ram 0 256", "ram 90000000 1792", "alias 80000000 256 0", "alias 20000000 1536 a0000000"]);
    expect(() => ram(2049)).toThrow("Too much memory for this machine: 2049MB, maximum 2048MB");
  });

  it("has a third UART on an input of the CPU, its registers eight bytes apart", () => {
    const { host } = setUp();
    host.write(0x1f00_0908, 1, 1);
    host.serial[2]!.type("c");
    expect([host.lines.irq.level, host.lines.irq2.level]).toEqual([false, true]);
    expect(host.read(0x1f00_0900, 1)).toBe(0x63);
    host.write(0x1f00_0900, 0x64, 1);
    host.write(0x1f00_0900, 0x65, 4);
    expect(host.serial[2]!.text).toBe("de");
    host.write(0x1f00_0908, 0xf, 4);
    expect(host.read(0x1f00_0908, 4)).toBe(0xf);
  });

  it("says what it is, resets and switches off", () => {
    const { host } = setUp();
    expect(host.read(0x1fc0_0010)).toBe(0x420);
    host.write(0x1f00_0500, 0x42);
    host.write(GT + 0xcf8, 0x8000_5340);
    host.write(GT + 0xcfc, 0x1000);
    host.write(GT + 0xcf8, 0x8000_5380);
    host.write(GT + 0xcfc, 1, 1);
    host.write(IO + 0x1004, 0x2000, 2);
    expect(host.events).toEqual(["ram 0 128", "alias 80000000 128 0", "reset", "shutdown guest-shutdown"]);
  });

  it("reads as ones where nobody answers on the PCI bus", () => {
    const { host } = setUp();
    expect([host.read(IO + 0x66, 1), host.read(IO + 0x1f0, 2), host.read(0x1000_0000)]).toEqual([0xff, 0xffff, 0xffff_ffff]);
  });

  it("has words in the processor's order where they are not PCI's", () => {
    const { host } = setUp(true);
    // What the bus carries is little-endian.
    expect(host.read(0x1fc0_0010)).toBe(0x2004_0000);
    expect(host.read(0x1f00_0208)).toBe(0x0200_0000);
    expect(host.read(0x1f00_020b, 1)).toBe(2);
    host.write(0x1f00_0500, 0x4200_0000);
    expect(host.events).toContain("reset");
    host.write(0x1f00_0900, 0x6500_0000);
    host.write(0x1f00_0900, 0x66, 1);
    expect(host.serial[2]!.text).toBe("ef");
    host.write(GT + 0xcf8, 0x8000_0000);
    expect(host.read(GT + 0xcfc)).toBe(0x4620_11ab);
  });

  it("boots nothing but a kernel", () => {
    const { machine } = setUp();
    expect(() => machine.description.boot(machine, {})).toThrow("Could not load MIPS bios 'mipsel_bios.bin'");
    expect(() => machine.description.boot(machine, { kernel: { name: "k", bytes: new Uint8Array(100) } })).toThrow("not an ELF file");
  });
});
