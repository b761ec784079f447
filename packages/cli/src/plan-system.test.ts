import { UserError } from "@tsemu/base";
import { describe, expect, it } from "vitest";
import { Answer } from "./answer.ts";
import { planSystem } from "./plan-system.ts";
import { systemArm } from "./system-arm.ts";
import { systemMips } from "./system-mips.ts";
import { systemX86_64 } from "./system-x86.ts";

const MiB = 2 ** 20;
const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const program = systemArm("tsemu-system-arm");
const plan = (...args: string[]) => planSystem(["-M", "virt", ...args], program, now);

/** The message that a command line ends with. */
const message = (...args: string[]): string => {
  try {
    planSystem(args, program, now);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "none";
};
const virt = (...args: string[]): string => message("-M", "virt", ...args);
const answer = (...args: string[]): string => {
  try {
    planSystem(args, program, now);
  } catch (error) {
    if (error instanceof Answer) return error.text;
    throw error;
  }
  return "none";
};

describe("messages", () => {
  // Recorded from qemu-system-arm 7.2.
  it.each<[string[], string]>([
    [["-bogus"], "-bogus: invalid option"],
    [["--bogus"], "--bogus: invalid option"],
    [["-snapshot=on"], "-snapshot=on: invalid option"],
    [["-kernel"], "-kernel: requires an argument"],
    [["-M", "foo"], "unsupported machine type\nUse -machine help to list supported machines"],
    [[], "No machine specified, and there is no default\nUse -machine help to list supported machines"],
    [["-M", "versatilepb", "-m", "1G"], "versatilepb: memory size must not exceed 256MB"],
    [["-M", "versatilepb", "-smp", "2"], "Invalid SMP CPUs 2. The max CPUs supported by machine 'versatilepb' is 1"],
  ])("%j", (args, expected) => expect(message(...args)).toBe(expected));

  it.each<[string[], string]>([
    [["-cpu", "x"], "unable to find CPU model 'x'"],
    [["-device", "x"], "-device x: 'x' is not a valid device model name"],
    [["-device", "virtio-blk-device"], "-device virtio-blk-device: drive property not set"],
    [
      ["-device", "virtio-blk-device,drive=x"],
      "-device virtio-blk-device,drive=x: Property 'virtio-blk-device.drive' can't find value 'x'",
    ],
    [
      ["-device", "virtio-net-device,netdev=q"],
      "-device virtio-net-device,netdev=q: Property 'virtio-net-device.netdev' can't find value 'q'",
    ],
    [
      ["-device", "virtio-net-device,mac=foo"],
      "-device virtio-net-device,mac=foo: Property 'virtio-net-device.mac' doesn't take value 'foo'",
    ],
    [["-device", "virtio-rng-device,bogus=1"], "-device virtio-rng-device,bogus=1: Property 'virtio-rng-device.bogus' not found"],
    [["-device", "virtconsole,chardev=x"], "-device virtconsole,chardev=x: No 'virtio-serial-bus' bus found for device 'virtconsole'"],
    [["-netdev", "x"], "-netdev x: Parameter 'id' is missing"],
    [["-netdev", "foo,id=x"], "-netdev foo,id=x: Parameter 'type' does not accept value 'foo'"],
    [["-nic", "foo"], "-nic foo: Parameter 'type' does not accept value 'foo'"],
    [["-netdev", "loopback,id=a", "-netdev", "loopback,id=a"], "-netdev loopback,id=a: Duplicate ID 'a' for netdev"],
    [["-m", "abc"], "-m abc: Parameter 'size' expects a non-negative number below 2^64"],
    [["-m", "-5"], "-m -5: Parameter 'size' expects a non-negative number below 2^64"],
    [["-smp", "abc"], "Parameter 'smp.cpus' expects integer"],
    [["-accel", "foo"], "-accel foo: invalid accelerator foo"],
    [["-accel", "tcg,thread=foo"], "-accel tcg,thread=foo: Invalid 'thread' setting foo"],
    [["-accel", "tcg,foo=bar"], "-accel tcg,foo=bar: Property 'tcg-accel.foo' not found"],
    [["-drive", "file=f,if=foo"], "-drive file=f,if=foo: unsupported bus type 'foo'"],
    [["-drive", "file=f,if=sd"], "-drive file=f,if=sd: machine type does not support if=sd,bus=0,unit=0"],
    [["-drive", "file=f,format=foo"], "-drive file=f,format=foo: Unknown driver 'foo'"],
    [["-drive", "file=f,bogus=1"], "-drive file=f,bogus=1: Block format 'raw' does not support the option 'bogus'"],
    [["-drive", "file=f,cache=foo"], "-drive file=f,cache=foo: invalid cache option"],
    [["-drive", "file=f,id=a", "-drive", "file=g,id=a"], "-drive file=g,id=a: Duplicate ID 'a' for drive"],
    [["-chardev", "stdio"], "-chardev stdio: chardev: no id specified"],
    [["-chardev", "foo,id=x"], "-chardev foo,id=x: 'foo' is not a valid char driver name"],
    [["-chardev", "file,id=x"], "-chardev file,id=x: chardev: file: no filename given"],
    [["-chardev", "null,id=a", "-chardev", "null,id=a"], "-chardev null,id=a: Duplicate ID 'a' for chardev"],
    [["-serial", "foo"], "-serial foo: 'foo' is not a valid char driver"],
    [["-seed", "x"], "-seed x: Invalid seed number: x"],
    [["-append", "x"], "-append only allowed with -kernel option"],
    [["-initrd", "x"], "-initrd only allowed with -kernel option"],
    [["-dfilter", "foo"], "-dfilter foo: Bad range specifier"],
    [["-dfilter", "0x8000..0x7000"], "-dfilter 0x8000..0x7000: Invalid range"],
    [["-icount", "shift=99"], "-icount shift=99: icount: Invalid shift value"],
    [["-icount", "shift=1,sleep=foo"], "-icount shift=1,sleep=foo: Parameter 'sleep' expects 'on' or 'off'"],
    [["-rtc", "base=foo"], "invalid datetime format\nvalid formats: '2006-06-17T16:01:21' or '2006-06-17'"],
    [["-rtc", "foo=bar"], "-rtc foo=bar: Invalid parameter 'foo'"],
    [["-rtc", "clock=foo"], "invalid option value 'foo'"],
    [["-display", "foo"], "-display foo: Parameter 'type' does not accept value 'foo'"],
  ])("of QEMU: %j", (args, expected) => expect(virt(...args)).toBe(expected));

  it("say what is ours to say", () => {
    expect(virt("-smp", "2")).toBe("Invalid SMP CPUs 2. The max CPUs supported by machine 'virt' is 1");
    expect(virt("-m", "1T")).toBe("virt: memory size must not exceed 3072MB");
    expect(message("-M", "virt,bogus=1")).toBe("Property 'virt-machine.bogus' not found");
    expect(virt("-cpu", "host")).toContain("requires KVM");
    expect(virt("-cpu", "cortex-a8")).toBe("virt: CPU type cortex-a8 not supported");
    expect(virt("-accel", "kvm")).toBe("-accel kvm: invalid accelerator kvm (code is always translated: -accel tcg)");
    expect(virt("-enable-kvm")).toContain("invalid accelerator kvm");
    expect(virt("-netdev", "user,id=n")).toBe("-netdev user,id=n: network backend 'user' is not compiled into this binary");
    expect(virt("-nic", "user")).toBe("-nic user: network backend 'user' is not compiled into this binary");
    expect(virt("-serial", "pty")).toContain("-serial pty: char driver 'pty' is not supported");
    expect(virt("-d", "int,foo")).toContain("there is no log item 'foo'");
    expect(virt("-device", "virtio-blk-pci,drive=x")).toContain("use virtio-blk-device");
    expect(virt("-nographic", "-serial", "stdio")).toBe("-monitor stdio: cannot use stdio by multiple character devices");
    expect(virt("-tier", "7")).toBe("-tier 7: Invalid 'tier' setting 7");
  });
});

describe("plans", () => {
  it("has QEMU's defaults", () => {
    const p = plan("-nographic");
    expect([p.machine.name, p.cpu, p.cpuCount, p.ramBytes, p.tier, p.compileThread]).toEqual([
      "virt",
      "cortex-a15",
      1,
      128 * MiB,
      "mixed",
      true,
    ]);
    expect([p.serial, p.monitor, p.chars]).toEqual([
      ["serial0"],
      "serial0",
      [{ id: "serial0", mux: true, text: "-serial mon:stdio", backend: { kind: "stdio", signals: false } }],
    ]);
    expect([p.time.icount, p.time.wallClockStart, p.escape, p.modernVirtio]).toEqual([undefined, now / 1000, 1, false]);
  });

  it("takes values as they are", () => {
    const values = ["-v root=/dev/vda", '"quoted"', "it's", "a=b", "--", "-", "", "x,y", "two\nlines", '""', "''", "\\", "$HOME", "ключ"];
    for (const value of values) expect(plan("-kernel", "k", "-append", value).append).toBe(value);
    for (const value of values.filter(Boolean)) expect(plan("-name", value).name).toBe(value);
  });

  it("knows both spellings of options, and lets the last value win", () => {
    expect(plan("--kernel", "a", "-kernel", "b").kernel).toBe("b");
    expect(plan("-no-reboot", "--no-shutdown", "-S")).toMatchObject({ noReboot: true, noShutdown: true, paused: true });
    expect(plan("-M", "dumpdtb=x")).toMatchObject({ dumpDtb: "x" });
    expect(plan("-m", "64").ramBytes).toBe(64 * MiB);
    expect(plan("-m", "1.5G").ramBytes).toBe(1536 * MiB);
    expect(plan("-m", "size=65536k").ramBytes).toBe(64 * MiB);
    expect(plan("-m", "0").ramBytes).toBe(128 * MiB);
  });

  it("finds CPUs under all their names", () => {
    const versatile = (cpu: string) => planSystem(["-M", "versatilepb", "-cpu", cpu], program, now).cpu;
    expect([versatile("arm926"), versatile("arm926ej-s"), versatile("arm1176")]).toEqual(["arm926", "arm926", "arm1176"]);
    expect(planSystem(["-M", "versatilepb"], program, now).cpu).toBe("arm926");
  });

  it("attaches drives", () => {
    const p = plan(
      "-drive",
      "file=a,,b.img,format=raw,if=none,id=d0,readonly=on",
      "-device",
      "virtio-blk-device,drive=d0,serial=xyz",
      "disk.img",
    );
    expect(p.drives.map((d) => [d.id, d.file, d.readOnly, d.snapshot, d.guessed])).toEqual([
      ["d0", "a,b.img", true, false, false],
      ["virtio0", "disk.img", false, false, true],
    ]);
    expect(p.disks).toEqual([
      { drive: "virtio0", serialNumber: undefined },
      { drive: "d0", serialNumber: "xyz" },
    ]);
    expect(plan("-snapshot", "-hda", "x").drives[0]).toMatchObject({ snapshot: true });
    expect(plan("-drive", "file=x,format=raw,snapshot=on,if=virtio").drives[0]).toMatchObject({ snapshot: true, interface: "virtio" });
  });

  const malta = (...args: string[]) => planSystem(args, systemMips("tsemu-system-mipsel"), now);
  const maltaMessage = (...args: string[]): string => {
    try {
      malta(...args);
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
    return "none";
  };
  const units = (...args: string[]) =>
    malta(...args).ide.map((unit) => (unit === undefined ? "-" : `${unit.kind} ${unit.drive ?? "empty"}`));

  it("puts drives on IDE where the machine has it", () => {
    expect(units()).toEqual(["-", "-", "cdrom empty", "-"]);
    expect(units("-nodefaults", "disk.img")).toEqual(["disk ide0-hd0", "-", "-", "-"]);
    expect(units("-hdb", "b", "-cdrom", "c.iso", "-hdd", "d", "a")).toEqual([
      "disk ide0-hd0",
      "disk ide0-hd1",
      "cdrom ide1-cd0",
      "disk ide1-hd1",
    ]);
    expect(units("-drive", "file=a,if=ide,bus=1,unit=1,media=cdrom", "-drive", "file=b,id=b", "-drive", "file=c,index=2")).toEqual([
      "disk b",
      "-",
      "disk ide1-hd0",
      "cdrom ide1-cd1",
    ]);
    const on = ["-drive", "file=a,if=none,id=x", "-drive", "file=b,if=none,id=y,media=cdrom"];
    expect(units(...on, "-device", "ide-hd,drive=x,bus=ide.1", "-device", "ide-cd,drive=y,bus=ide.1,unit=1")).toEqual([
      "-",
      "-",
      "disk x",
      "cdrom y",
    ]);
    expect(malta("-cdrom", "c.iso").drives[0]).toMatchObject({ readOnly: true, media: "cdrom" });
  });

  it.each<[readonly string[], string]>([
    [["-drive", "file=a,index=0", "b"], "b: drive with bus=0, unit=0 (index=0) exists"],
    [["-drive", "file=a,if=ide,bus=1,unit=2"], "-drive file=a,if=ide,bus=1,unit=2: unit 2 too big (max is 1)"],
    [["-drive", "file=a,bus=1,index=2"], "-drive file=a,bus=1,index=2: index cannot be used with bus and unit"],
    [["-drive", "file=a,index=5"], "-drive file=a,index=5: machine type does not support if=ide,bus=2,unit=1"],
    [["-drive", "file=a,index=x"], "-drive file=a,index=x: Parameter 'index' expects a number"],
    [["-drive", "file=a,readonly=on"], "Block node is read-only"],
    [["-drive", "file=a,if=virtio"], "-drive file=a,if=virtio: machine type does not support if=virtio,bus=0,unit=0"],
    [["-device", "ide-hd"], "-device ide-hd: No drive specified"],
    [["-device", "ide-hd,bus=ide.4"], "-device ide-hd,bus=ide.4: Bus 'ide.4' not found"],
    [["-device", "ide-cd,unit=5"], "-device ide-cd,unit=5: Can't create IDE unit 5, bus supports only 2 units"],
    [["-hda", "a", "-device", "ide-cd,bus=ide.0,unit=0"], "-device ide-cd,bus=ide.0,unit=0: IDE unit 0 is in use"],
  ])("%j: %s", (args, text) => expect(maltaMessage(...args)).toBe(text));

  it("has the board's network card, unless there is to be another or none", () => {
    const cards = (...args: string[]) => malta(...args).nics.map((nic) => `${nic.backend} ${nic.mac[5]!.toString(16)}`);
    expect(cards()).toEqual(["null 56"]);
    for (const none of [["-nic", "none"], ["-net", "none"], ["-nodefaults"]]) expect(cards(...none)).toEqual([]);
    expect(cards("-nic", "loopback,model=pcnet,mac=52:54:00:00:00:99")).toEqual(["loopback 99"]);
    expect(cards("-netdev", "loopback,id=n", "-device", "pcnet,netdev=n")).toEqual(["loopback 56"]);
    expect(maltaMessage("-nic", "loopback,model=foo")).toBe("Unsupported NIC model: foo");
    expect(maltaMessage("-nic", "loopback", "-device", "pcnet")).toBe("-device pcnet: PCI: no slot/function available");
    expect(virt("-device", "pcnet")).toBe("-device pcnet: No 'PCI' bus found for device 'pcnet'");
    expect(plan().nics).toEqual([]);
  });

  it("has no IDE where there is none", () => {
    expect(virt("-device", "ide-cd")).toBe("-device ide-cd: No 'IDE' bus found for device 'ide-cd'");
    expect(virt("-drive", "file=a,if=ide")).toBe("-drive file=a,if=ide: machine type does not support if=ide,bus=0,unit=0");
    expect(plan("-cdrom", "c.iso", "-hdb", "b").drives.map((d) => [d.id, d.readOnly])).toEqual([
      ["virtio1", false],
      ["virtio2", true],
    ]);
    expect(message("-M", "versatilepb", "a")).toBe("a: machine type does not support if=scsi,bus=0,unit=0");
  });

  it("connects character devices", () => {
    const p = plan(
      "-display",
      "none",
      "-chardev",
      "stdio,id=c,mux=on",
      "-serial",
      "chardev:c",
      "-device",
      "virtio-serial-device",
      "-device",
      "virtconsole,chardev=c",
    );
    expect([p.serial, p.consoles, p.monitor]).toEqual([["c"], ["c"], undefined]);
    const files = plan("-serial", "none", "-serial", "file:/tmp/log", "-monitor", "none");
    expect([files.serial, files.chars[0]?.backend]).toEqual([[undefined, "serial1"], { kind: "file", path: "/tmp/log", append: false }]);
    expect(plan("-nographic", "-nodefaults").chars).toEqual([]);
    expect(plan("-serial", "stdio", "-monitor", "none").chars[0]).toMatchObject({ mux: false, backend: { signals: true } });
  });

  it("makes network cards", () => {
    const p = plan(
      "-netdev",
      "loopback,id=n",
      "-device",
      "virtio-net-device,netdev=n",
      "-nic",
      "loopback,mac=02:00:00:00:00:01",
      "-nic",
      "none",
    );
    expect(p.nics.map(({ backend, mac }) => [backend, [...mac].map((b) => b.toString(16)).join(":")])).toEqual([
      ["loopback", "2:0:0:0:0:1"],
      ["loopback", "52:54:0:12:34:56"],
    ]);
  });

  it("reads the clocks", () => {
    expect(plan("-icount", "5").time.icount).toEqual({ shift: 5, sleep: true });
    expect(plan("-icount", "shift=0,sleep=off,align=off").time.icount).toEqual({ shift: 0, sleep: false });
    expect(plan("-icount", "off").time.icount).toBeUndefined();
    expect(plan("-icount", "auto").warnings).toHaveLength(1);
    expect(plan("-rtc", "base=2006-06-17T16:01:21,clock=vm").time.wallClockStart).toBe(Date.UTC(2006, 5, 17, 16, 1, 21) / 1000);
    expect(plan("-rtc", "base=2006-06-17").time.wallClockStart).toBe(Date.UTC(2006, 5, 17) / 1000);
  });

  it("reads the log's options", () => {
    const p = plan("-d", "in_asm,out_asm,int", "-D", "f", "-dfilter", "0x100..0x1ff,0x1000+0x10,0x2000-16").log;
    expect(p).toEqual({
      items: ["in_asm", "out_wat", "int"],
      file: "f",
      ranges: [
        { first: 0x100, last: 0x1ff },
        { first: 0x1000, last: 0x100f },
        { first: 0x1ff1, last: 0x2000 },
      ],
    });
  });

  it("reads what concerns translation", () => {
    expect(plan("-accel", "tcg,thread=single,tier=0")).toMatchObject({ tier: "0", compileThread: false });
    expect(plan("-accel", "kvm", "-accel", "tcg")).toMatchObject({ tier: "mixed" });
    expect(plan("--tier", "1").tier).toBe("1");
    expect(message("-M", "virt,accel=kvm:tcg")).toBe("none");
    expect(plan("-global", "virtio-mmio.force-legacy=false").modernVirtio).toBe(true);
    expect(plan("-global", "x.y=1").warnings).toEqual(["global x.y has invalid class name"]);
  });
});

describe("help", () => {
  it.each<[string[], string]>([
    [["-h"], "usage: tsemu-system-arm [options] [disk_image]"],
    [["-version"], "tsemu emulator version"],
    [["-M", "help"], "virt                 QEMU 7.2 ARM Virtual Machine"],
    [["-M", "virt", "-cpu", "help"], "  cortex-a15 "],
    [["-d", "help"], "guest_errors    log when the guest does something invalid"],
    [["-device", "help"], 'name "virtio-blk-device", bus virtio-bus'],
    [["-device", "virtio-net-device,help"], "  netdev=<str>"],
    [["-netdev", "help"], "loopback"],
    [["-chardev", "help"], "stdio"],
    [["-accel", "help"], "tcg"],
    [["-smp", "help", "-M", "virt"], "cpus=<num>"],
    [["-M", "virt,help"], "dumpdtb=<string>"],
  ])("%j", (args, expected) => expect(answer(...args)).toContain(expected));
});

describe("a PC", () => {
  const x86 = systemX86_64("tsemu-system-x86_64");
  const pcPlan = (...args: string[]) => planSystem(args, x86, now);
  const refusal = (...args: string[]): string => {
    try {
      pcPlan(...args);
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
    return "";
  };

  it("is the machine that is meant, with a graphics card unless told", () => {
    expect(pcPlan()).toMatchObject({ machine: { name: "pc" }, cpu: "qemu64", graphics: "std", noGraphic: true, nics: [] });
    expect([pcPlan("-vga", "none").graphics, pcPlan("-nodefaults").graphics]).toEqual(["none", "none"]);
    expect(refusal("-vga", "cirrus")).toBe("unknown vga type: cirrus");
    // Machines without a display take the option, as they always have.
    expect(plan("-vga", "std").graphics).toBeUndefined();
  });

  it("has floppy drives, and disks on IDE unless told", () => {
    const { drives } = pcPlan("-fda", "a.img", "-hda", "b.img", "-drive", "file=c.img,if=virtio", "-drive", "file=d.img,if=floppy");
    expect(drives.map((d) => [d.interface, d.index])).toEqual([
      ["ide", 0],
      ["floppy", 0],
      ["virtio", 0],
      ["floppy", 1],
    ]);
    expect(refusal("-drive", "file=x,if=floppy,index=2")).toContain("machine type does not support if=floppy");
    expect(message("-M", "virt", "-fda", "a.img")).toContain("machine type does not support if=floppy");
  });

  it("has virtio devices on PCI", () => {
    const plan = pcPlan("-device", "virtio-rng-pci", "-netdev", "loopback,id=n", "-device", "virtio-net-pci,netdev=n");
    expect([plan.rngs, plan.nics.length]).toEqual([1, 1]);
    expect(pcPlan("-nic", "loopback,model=virtio-net-pci").nics).toHaveLength(1);
    expect(refusal("-device", "virtio-rng-device")).toContain("No 'virtio-bus' bus found for device 'virtio-rng-device'");
    expect(message("-M", "virt", "-device", "virtio-rng-pci")).toContain("there is no PCI bus: use virtio-rng-device");
  });

  it("has a port for messages of firmware, and one that ends the emulator", () => {
    const plan = pcPlan("-debugcon", "file:log", "-device", "isa-debug-exit,iobase=0xf4,iosize=4");
    expect([plan.debugConsole, plan.debugExit]).toEqual(["debugcon", { port: 0xf4, size: 4 }]);
    expect(message("-M", "virt", "-device", "isa-debug-exit")).toContain("No 'ISA' bus found");
  });
});

describe("-boot", () => {
  const pc = systemX86_64("tsemu-system-x86_64");
  const boot = (...args: string[]) => planSystem(args, pc, now).bootOptions;
  const said = (value: string): string => {
    try {
      boot("-boot", value);
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
    return "none";
  };

  // Recorded from qemu-system-i386 7.2.
  it.each([
    ["x", "Invalid boot device 'x'"],
    ["cc", "Boot device 'c' was given twice"],
    ["once=z", "Invalid boot device 'z'"],
    ["e", "Invalid boot device for PC: 'e'"],
    ["abcd", "Too many boot devices for PC"],
    ["foo=1", "Parameter 'boot.foo' is unexpected"],
    ["menu=maybe", "Parameter 'boot.menu' expects 'on' or 'off'"],
    ["splash-time=-1", "splash-time is invalid,it should be a value between 0 and 65535"],
    ["reboot-timeout=99999", "reboot timeout is invalid,it should be a value between -1 and 65535"],
    ["reboot-timeout=x", "Parameter 'boot.reboot-timeout' expects integer"],
  ])("%s", (value, message) => expect(said(value)).toBe(message));

  it("is put together of all that are given", () => {
    expect(boot("-boot", "dc", "-boot", "once=a,menu=on", "-boot", "strict=off")).toMatchObject({
      order: "dc",
      once: "a",
      menu: true,
      strict: false,
    });
  });

  it("takes boot indexes of devices, each once", () => {
    const drive = "-drive if=none,id=a,file=a,format=raw -drive if=none,id=b,file=b,format=raw".split(" ");
    const plan = planSystem([...drive, "-device", "ide-hd,drive=a,bootindex=2", "-device", "virtio-blk-pci,drive=b,bootindex=1"], pc, now);
    expect([plan.ide[0]?.bootIndex, plan.disks[0]?.bootIndex]).toEqual([2, 1]);
    expect(() => planSystem([...drive, "-device", "ide-hd,drive=a,bootindex=1", "-device", "ide-hd,drive=b,bootindex=1"], pc, now)).toThrow(
      "The bootindex 1 has already been used",
    );
  });
});
