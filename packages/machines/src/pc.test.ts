import type { FwCfg } from "@tsemu/devices";
import { describe, expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, pc } from "./index.ts";

const MiB = 2 ** 20;
const APIC = 0xfee0_0000;
const IOAPIC = 0xfec0_0000;
const machine = pc({ bits: 32, cpus: ["qemu32"] });

const setUp = (ramBytes = 128 * MiB) => {
  const host = fakeHost(0);
  const firmware = new Uint8Array(256 * 1024).fill(0xf1);
  const built = build(machine, { ramBytes, cpu: "qemu32", cpuCount: 1, firmware }, host);
  built.reset();
  const config = (devfn: number, register: number): number => {
    host.out(0xcf8, 0x8000_0000 + (devfn << 8) + (register & 0xfc), 4);
    return host.in(0xcfc, 4);
  };
  const setConfig = (devfn: number, register: number, value: number, size = 4): void => {
    host.out(0xcf8, 0x8000_0000 + (devfn << 8) + (register & 0xfc), 4);
    host.out(0xcfc + (register & 3), value, size);
  };
  const initialisePic = (): void => {
    for (const chip of [0x20, 0xa0])
      for (const [at, value] of [
        [0, 0x11],
        [1, chip === 0x20 ? 8 : 0x70],
        [1, chip === 0x20 ? 4 : 2],
        [1, 1],
      ] as const)
        host.out(chip + at, value);
  };
  const redirect = (pin: number, low: number): void => {
    host.write(IOAPIC, 0x11 + 2 * pin);
    host.write(IOAPIC + 0x10, 0);
    host.write(IOAPIC, 0x10 + 2 * pin);
    host.write(IOAPIC + 0x10, low);
  };
  const { wires } = host;
  return { host, built, config, setConfig, initialisePic, redirect, intr: wires["intr"]!, wires };
};

describe("pc", () => {
  it("has the PCI functions of the original", () => {
    const { config } = setUp();
    expect([0x00, 0x08, 0x09, 0x0a, 0x0b].map((devfn) => config(devfn, 0))).toEqual([
      0x1237_8086, 0x7000_8086, 0x7010_8086, 0xffff_ffff, 0x7113_8086,
    ]);
    expect([config(0x00, 8), config(0x08, 8), config(0x09, 8), config(0x0b, 8)]).toEqual([
      0x0600_0002, 0x0601_0000, 0x0101_8000, 0x0680_0003,
    ]);
  });

  it("boots from what -boot says, from what once= says until the first reset", () => {
    const host = fakeHost(0);
    const firmware = new Uint8Array(128 * 1024);
    const built = build(machine, { ramBytes: 64 * MiB, cpu: "qemu32", cpuCount: 1, firmware, boot: { order: "dc", once: "a" } }, host);
    const order = (): number[] =>
      [0x3d, 0x38].map((at) => {
        host.out(0x70, at);
        return host.in(0x71);
      });
    built.reset();
    expect(order()).toEqual([0x01, 0x00]);
    built.reset();
    expect(order()).toEqual([0x23, 0x00]);
  });

  it("has the devices' boot indexes for the firmware, before them the kernel", () => {
    const host = fakeHost(0);
    const port = { size: 0, readOnly: false } as never;
    const disks = { ide: [undefined, { kind: "disk", port, bootIndex: 7 }] as const, drives: [{ port }, { port, bootIndex: 3 }] };
    const built = build(
      machine,
      { ramBytes: 64 * MiB, cpu: "qemu32", cpuCount: 1, firmware: new Uint8Array(128 * 1024) },
      { ...host, ...disks },
    );
    const fwCfg = built.device("fwcfg").device as FwCfg;
    const order = (): string => new TextDecoder().decode(fwCfg.file("bootorder"));
    const indexed = "/pci@i0cf8/scsi@4/disk@0,0\n/pci@i0cf8/ide@1,1/drive@0/disk@1\0";
    expect(order()).toBe(indexed);
    const kernel = new Uint8Array(4096);
    kernel.set(new TextEncoder().encode("HdrS"), 0x202);
    kernel.set([2, 2], 0x206);
    kernel[0x211] = 1;
    for (let n = 0; n < 2; n++) machine.boot(built, { kernel: { name: "bzImage", bytes: kernel } });
    expect(order()).toBe(`/rom@genroms/linuxboot.bin\n${indexed}`);
  });

  it("has RAM below and above 4 GiB, and the firmware at both ends", () => {
    const ram = (size: number): string[] => {
      const host = fakeHost(0);
      build(machine, { ramBytes: size * MiB, cpu: "qemu32", cpuCount: 1, firmware: new Uint8Array(128 * 1024) }, host);
      return host.events;
    };
    expect(ram(128)).toEqual(["ram 0 128", "rom fffe0000 0.125"]);
    expect(ram(3583)).toEqual(["ram 0 3583", "rom fffe0000 0.125"]);
    expect(ram(3584)).toEqual(["ram 0 3072", "ram 100000000 512", "rom fffe0000 0.125"]);
  });

  it("has in the clock's memory what the firmware asks for", () => {
    const { host } = setUp(128 * MiB);
    const cmos = (at: number): number => {
      host.out(0x70, at);
      return host.in(0x71);
    };
    // Read from QEMU, with 128 MiB and no disks.
    expect([0x15, 0x16, 0x17, 0x18, 0x30, 0x31, 0x34, 0x35, 0x38, 0x3d, 0x14, 0x5b, 0x5f].map(cmos)).toEqual([
      0x80, 0x02, 0xff, 0xff, 0xff, 0xff, 0x00, 0x07, 0x30, 0x12, 0x06, 0, 0,
    ]);
  });

  it("shows ROM or RAM by segments, and RAM under the display to system management mode", () => {
    const { host, setConfig, built } = setUp();
    const seen = (): unknown => host.variables.get("pam 0");
    // All ROM at first: the last segment but first is the firmware's.
    expect(seen()).toMatchObject([{ pa: 0xf_0000, size: 0x1_0000, reads: { offset: 0x3_0000 }, writes: undefined }]);
    setConfig(0, 0x59, 0x20, 1);
    expect(seen()).toMatchObject([{ reads: { offset: 0x3_0000 }, writes: { offset: 0xf_0000 } }]);
    setConfig(0, 0x59, 0x10, 1);
    expect(seen()).toMatchObject([{ reads: { offset: 0xf_0000 }, writes: undefined }]);
    setConfig(0, 0x59, 0x30, 1);
    expect(seen()).toEqual([]);
    // 0x5a: 0xc0000 in the lower half, 0xc4000 in the upper one.
    setConfig(0, 0x5a, 0x30, 1);
    expect(host.variables.get("pam 1")).toMatchObject([{ pa: 0xc_0000 }]);
    expect(host.variables.get("pam 2")).toEqual([]);
    const display = (): unknown => host.variables.get("pam 13");
    setConfig(0, 0x72, 0x4a, 1);
    expect(display()).toMatchObject([{ pa: 0xa_0000, size: 0x2_0000 }]);
    setConfig(0, 0x72, 0x0a, 1);
    expect(display()).toEqual([]);
    built.cpuOutput("smiact").set(true);
    expect(display()).toMatchObject([{ pa: 0xa_0000 }]);
    built.cpuOutput("smiact").set(false);
    // Locked and closed for good.
    setConfig(0, 0x72, 0x1a, 1);
    setConfig(0, 0x72, 0x4a, 1);
    expect(display()).toEqual([]);
    built.reset();
    expect(seen()).toMatchObject([{ reads: { offset: 0x3_0000 } }]);
  });

  it("takes the 8259s' interrupts through LINT0", () => {
    const { host, intr, initialisePic, built } = setUp();
    initialisePic();
    host.out(0x3f9, 1);
    host.serial[0]!.type("a");
    // LINT0 is masked after a reset.
    expect(intr.level).toBe(false);
    host.write(APIC + 0xf0, 0x1ff);
    host.write(APIC + 0x350, 0x700);
    expect(intr.level).toBe(true);
    expect(built.acknowledgeInterrupt()).toBe(8 + 4);
    expect(host.in(0x3f8)).toBe(0x61);
    // With the local APIC switched off altogether its pins are the CPU's.
    host.write(APIC + 0x350, 0x1_0700);
    host.out(0x20, 0x20);
    host.serial[0]!.type("b");
    expect(intr.level).toBe(false);
    built.systemRegisters!.set("apic_base", 0xfee0_0100);
    expect(intr.level).toBe(true);
    expect(built.acknowledgeInterrupt()).toBe(12);
  });

  it("sends interrupts through the I/O APIC, level-triggered ones until they are served", () => {
    const { host, intr, redirect, built } = setUp();
    host.write(APIC + 0xf0, 0x1ff);
    redirect(4, 0x8041);
    host.out(0x3f9, 1);
    host.serial[0]!.type("a");
    expect(intr.level).toBe(true);
    expect(built.acknowledgeInterrupt()).toBe(0x41);
    expect(intr.level).toBe(false);
    expect(host.read(APIC + 0x120)).toBe(2);
    // Remote IRR is set; the end of the interrupt starts it again, since nobody has read the byte.
    host.write(IOAPIC, 0x18);
    expect(host.read(IOAPIC + 0x10)).toBe(0xc041);
    host.write(APIC + 0xb0, 0);
    expect(intr.level).toBe(true);
    expect(built.acknowledgeInterrupt()).toBe(0x41);
    host.in(0x3f8);
    host.write(APIC + 0xb0, 0);
    expect(intr.level).toBe(false);
    expect(host.read(IOAPIC + 0x10)).toBe(0x8041);
  });

  it("has the interval timer on pin 2 of the I/O APIC, and the event timer in its place", () => {
    const { host, intr, redirect, built } = setUp();
    host.write(APIC + 0xf0, 0x1ff);
    redirect(2, 0x30);
    host.out(0x43, 0x34);
    host.out(0x40, 0xa9);
    host.out(0x40, 0x04);
    host.clock.step(1.1e6);
    expect([intr.level, built.acknowledgeInterrupt()]).toEqual([true, 0x30]);
    host.write(APIC + 0xb0, 0);
    host.out(0x43, 0x30);
    const hpet = 0xfed0_0000;
    expect([host.read(hpet), host.read(hpet + 4), host.read(hpet + 0x100)]).toEqual([0x8086_a201, 10_000_000, 0x30]);
    host.write(hpet + 0x10, 3);
    // Periodic, from 1 ms on, every 2 ms.
    host.write(hpet + 0x100, 0x4c);
    const now = host.read(hpet + 0xf0);
    host.write(hpet + 0x108, now + 100_000);
    host.write(hpet + 0x108, 200_000);
    const times: boolean[] = [];
    for (let ms = 0; ms < 6; ms++) {
      host.clock.step(1.001e6);
      times.push(intr.level);
      if (intr.level) {
        expect(built.acknowledgeInterrupt()).toBe(0x30);
        host.write(APIC + 0xb0, 0);
      }
    }
    expect(times).toEqual([true, false, true, false, true, false]);
  });

  it("takes messages of devices in the order of their priority", () => {
    const { host, intr, built } = setUp();
    host.write(APIC + 0xf0, 0x1ff);
    const { message } = built.device("lapic");
    message!(APIC, 0x41);
    message!(APIC, 0x52);
    message!(APIC + (7 << 12), 0x99);
    expect(built.acknowledgeInterrupt()).toBe(0x52);
    expect(intr.level).toBe(false);
    expect(host.read(APIC + 0xa0)).toBe(0x50);
    host.write(APIC + 0xb0, 0);
    built.systemRegisters!.set("task_priority", 4);
    expect([intr.level, host.read(APIC + 0x80)]).toEqual([false, 0x40]);
    built.systemRegisters!.set("task_priority", 3);
    expect(built.acknowledgeInterrupt()).toBe(0x41);
    // To itself; then nothing is left but the spurious vector.
    host.write(APIC + 0xb0, 0);
    host.write(APIC + 0x300, 0x4_0050);
    expect(built.acknowledgeInterrupt()).toBe(0x50);
    expect(built.acknowledgeInterrupt()).toBe(0xff);
  });

  it("has a timer in the local APIC: once, again and again, at a time", () => {
    const { host, intr, built } = setUp();
    host.write(APIC + 0xf0, 0x1ff);
    const fired = (): boolean => {
      const { level } = intr;
      if (level) {
        expect(built.acknowledgeInterrupt()).toBe(0x60);
        host.write(APIC + 0xb0, 0);
      }
      return level;
    };
    host.write(APIC + 0x3e0, 0x3); // divided by 16
    host.write(APIC + 0x320, 0x60);
    host.write(APIC + 0x380, 100_000);
    host.clock.step(0.8e6);
    expect([fired(), host.read(APIC + 0x390)]).toEqual([false, 50_000]);
    host.clock.step(0.8e6);
    expect([fired(), host.read(APIC + 0x390)]).toEqual([true, 0]);
    host.write(APIC + 0x320, 0x2_0060);
    host.write(APIC + 0x380, 100_000);
    for (let i = 0; i < 3; i++) {
      host.clock.step(1.6e6);
      expect(fired()).toBe(true);
    }
    host.write(APIC + 0x320, 0x4_0060);
    host.clock.step(1e9);
    expect(fired()).toBe(false);
    built.systemRegisters!.set("deadline_ns", host.clock.now() + 5000);
    host.clock.step(4999);
    expect(fired()).toBe(false);
    host.clock.step(1);
    expect([fired(), built.systemRegisters!.get("deadline_ns")]).toEqual([true, 0]);
  });

  it("switches off, wakes for the power button, and resets in three ways", () => {
    const { host, setConfig, built, wires, initialisePic } = setUp();
    initialisePic();
    host.write(APIC + 0xf0, 0x1ff);
    host.write(APIC + 0x350, 0x700);
    setConfig(0x0b, 0x40, 0x600);
    setConfig(0x0b, 0x80, 1, 1);
    host.out(0xb2, 0xf1);
    expect(host.in(0x604, 2)).toBe(1);
    host.out(0x602, 0x100, 2);
    built.pressPowerButton();
    expect([host.in(0x600, 2), wires["intr"]!.level]).toEqual([0x100, true]);
    expect(built.acknowledgeInterrupt()).toBe(0x71);
    host.out(0x600, 0x100, 2);
    expect(host.in(0x600, 2)).toBe(0);
    host.clock.step(1e9);
    expect(Math.abs(host.in(0x608, 4) - 3_579_545)).toBeLessThan(10);
    host.out(0xcf9, 6);
    host.out(0x92, 1);
    host.out(0x64, 0xfe);
    host.out(0x604, 0x2000, 2);
    expect(host.events.slice(2)).toEqual(["reset", "reset", "reset", "shutdown guest-shutdown"]);
  });

  it("opens and closes address line 20 in two ways", () => {
    const { host, wires } = setUp();
    const a20 = wires["a20"]!;
    expect(a20.level).toBe(true);
    host.out(0x92, 0);
    expect(a20.level).toBe(false);
    host.out(0x64, 0xd1);
    host.out(0x60, 0xdf);
    expect(a20.level).toBe(true);
  });

  it("measures time with counter 2 of the interval timer", () => {
    const { host } = setUp();
    host.out(0x61, 1);
    host.out(0x43, 0xb0);
    host.out(0x42, 0x9c);
    host.out(0x42, 0x2e);
    host.clock.step(9.9e6);
    expect(host.in(0x61) & 0x21).toBe(1);
    host.clock.step(0.2e6);
    expect(host.in(0x61) & 0x21).toBe(0x21);
  });

  it("routes PCI interrupts to where the bridge says", () => {
    const { built, setConfig, redirect, host } = setUp();
    host.write(APIC + 0xf0, 0x1ff);
    setConfig(0x08, 0x61, 11, 1);
    redirect(11, 0x8050);
    const { input } = built.device("piix3");
    const [one, other] = [input!(1), input!(1)];
    one.set(true);
    other.set(true);
    expect(built.acknowledgeInterrupt()).toBe(0x50);
    one.set(false);
    host.write(APIC + 0xb0, 0);
    expect(built.acknowledgeInterrupt()).toBe(0x50);
    other.set(false);
    host.write(APIC + 0xb0, 0);
    expect(built.acknowledgeInterrupt()).toBe(0xff);
  });

  it("gives the kernel to the firmware, with a ROM that boots it", () => {
    const { built, host } = setUp();
    const kernel = new Uint8Array(8192);
    const view = new DataView(kernel.buffer);
    kernel[0x1f1] = 1;
    view.setUint32(0x202, 0x5372_6448, true);
    view.setUint16(0x206, 0x20f, true);
    kernel[0x211] = 1;
    view.setUint32(0x22c, 0x7fff_ffff, true);
    kernel.fill(0x90, 1024);
    const boot = machine.boot(built, {
      kernel: { name: "k", bytes: kernel },
      initrd: { name: "i", bytes: new Uint8Array(5000).fill(7) },
      commandLine: "quiet",
    });
    expect(boot.fromReset).toBe(true);
    const item = (key: number, length: number): number[] => {
      host.out(0x510, key, 2);
      return Array.from({ length }, () => host.in(0x511));
    };
    const number = (key: number): number => item(key, 4).reduceRight((sum, byte) => sum * 256 + byte, 0);
    expect([number(0x07), number(0x08), number(0x0b), number(0x14), number(0x17)]).toEqual([0x10_0000, 7168, 5000, 6, 1024]);
    expect(item(0x15, 6)).toEqual([...new TextEncoder().encode("quiet\0")]);
    const initrd = number(0x0a);
    expect(initrd % 4096).toBe(0);
    const setup = item(0x18, 1024);
    const at = (offset: number): number => new DataView(Uint8Array.from(setup).buffer).getUint32(offset, true);
    expect([at(0x218), at(0x21c), at(0x228)]).toEqual([initrd, 5000, 0x2_0000]);
    const directory = new TextDecoder().decode(Uint8Array.from(item(0x19, 4 + 64 * 16)));
    expect(directory).toContain("genroms/linuxboot.bin");
    expect(directory).toContain("etc/table-loader");
    expect(() => machine.boot(built, { kernel: { name: "k", bytes: new Uint8Array(4096) } })).toThrow("could not load kernel 'k'");
  });

  it("has ports for firmware's messages and for the end, where somebody wants them", () => {
    const host = fakeHost(0);
    const statuses: number[] = [];
    const debugExit = { port: 0xf4, size: 4, exit: (status: number) => void statuses.push(status) };
    const options = { ramBytes: 16 * MiB, cpu: "qemu32", cpuCount: 1 };
    build(machine, options, { ...host, debugConsole: host.serial[3]!, debugExit });
    host.out(0x402, 0x41);
    host.out(0xf4, 0x10, 4);
    expect([host.in(0x402), host.serial[3]!.text, statuses]).toEqual([0xe9, "A", [0x21]]);
    const other = setUp();
    expect(other.host.in(0x402)).toBe(0xff);
  });

  it("has a floppy controller if there is a disk, and says so in the clock's memory", () => {
    const host = fakeHost(0);
    const nothing = async (): Promise<void> => {};
    const port = { size: 1440 * 1024, readOnly: false, read: nothing, write: nothing, flush: nothing, close: nothing };
    build(machine, { ramBytes: 16 * MiB, cpu: "qemu32", cpuCount: 1 }, { ...host, floppies: [port] }).reset();
    host.out(0x3f2, 0x0c);
    expect(host.in(0x3f4)).toBe(0x80);
    host.out(0x70, 0x10);
    expect(host.in(0x71)).toBe(0x40);
    host.out(0x70, 0x14);
    expect(host.in(0x71)).toBe(0x07);
  });
});
