/** What a PC boots from: a disk, a CD and a floppy, chosen by -boot and in SeaBIOS's menu; GRUB with its menu, by the serial port. */
import { copyFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianI386, emulatorCalled, GuestProcess, grubCd, grubDisk, type PcGuest, prompt, ready } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const menuLimit = 60;
const bootLimit = 300;
const down = "\x1b[B";

let folder: string;
let guest: PcGuest;
let floppy: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsemu-boot-"));
  guest = await debianI386(() => {});
  floppy = join(folder, "floppy.img");
  await copyFile(join(import.meta.dirname, "bare/real-mode-x86.img"), floppy);
  await truncate(floppy, 1440 * 1024);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (...args: string[]): GuestProcess =>
  new GuestProcess(["-M", "pc", "-cpu", "max", "-m", "256", "-L", guest.firmware, ...args.flatMap((arg) => arg.split(" "))], {
    program: [process.execPath, emulatorCalled("tsemu-system-i386")],
  });

/** From GRUB's menu by keys to a shell. */
const throughGrub = async (vm: GuestProcess): Promise<void> => {
  await vm.waitFor("Nothing", menuLimit);
  vm.type(down);
  await vm.waitFor("*Linux", menuLimit);
  vm.type("\r");
  await vm.waitFor(ready, bootLimit);
  await vm.waitFor(prompt, bootLimit);
  expect(await vm.command("cat /proc/cmdline", prompt, menuLimit)).toContain("BOOT_IMAGE=/boot/vmlinuz console=ttyS0");
};

describe("Debian's GRUB", () => {
  it("starts Linux from a disk, and again after a reboot", async () => {
    const disk = join(folder, "disk.img");
    await grubDisk(guest, disk);
    const vm = start("-nographic -no-shutdown", `-drive file=${disk},format=raw`);
    try {
      await throughGrub(vm);
      expect(await vm.command("dmesg -n 1; mkdir /m; mount -t ext4 /dev/sda1 /m && ls -1 /m/boot", prompt, menuLimit)).toMatch(
        /^grub\ninitrd.gz\nvmlinuz\n/m,
      );
      vm.type("umount /m; reboot -f\n");
      await vm.waitFor("Nothing", bootLimit);
    } finally {
      vm.kill();
    }
  });

  it("starts Linux from a CD", async () => {
    const cd = join(folder, "cd.iso");
    await grubCd(guest, cd);
    const vm = start("-nographic -boot d", `-cdrom ${cd}`);
    try {
      await throughGrub(vm);
      vm.type("poweroff -f\n");
      expect(await vm.end(menuLimit)).toBe(0);
    } finally {
      vm.kill();
    }
  });
});

describe("a boot sector on a floppy", () => {
  const debugExit = "-device isa-debug-exit,iobase=0xf4,iosize=4";

  it("is started", async () => {
    const vm = start(`-nographic -boot a ${debugExit}`, `-drive file=${floppy},format=raw,if=floppy`);
    await vm.waitFor("from drive 0\nvalue 1\nvalue 2\n", menuLimit);
    expect(await vm.end(menuLimit)).toBe(1);
  });

  it("is chosen in SeaBIOS's menu", async () => {
    const vm = start(`-nographic -boot order=c,menu=on ${debugExit}`, `-drive file=${floppy},format=raw,if=floppy`);
    await vm.waitFor("Press ESC for boot menu", menuLimit);
    vm.type("\x1b");
    await vm.waitFor("Select boot device", menuLimit);
    const choices = await vm.waitFor(/\d\. Floppy/, menuLimit);
    vm.type(String(choices.split("\n").filter((line) => /^\d\. /.test(line)).length + 1));
    await vm.waitFor("from drive 0\n", menuLimit);
    expect(await vm.end(menuLimit)).toBe(1);
  });

  it("is there once, before what the order says", async () => {
    const vm = start(`-nographic -boot order=d,once=a -no-shutdown`, `-drive file=${floppy},format=raw,if=floppy`);
    try {
      await vm.waitFor("Booting from Floppy", menuLimit);
      await vm.waitFor("from drive 0\n", menuLimit);
      vm.type("\x01csystem_reset\n");
      await vm.waitFor(/Booting from (DVD|CD)/, menuLimit);
    } finally {
      vm.kill();
    }
  });
});

describe("-kernel with an ELF file", () => {
  const boot = async (kernel: string, initrd: string): Promise<string> => {
    for (const [name, text] of [
      ["first", "first module\0"],
      ["second", "second\0"],
    ] as const)
      await writeFile(join(folder, name), text);
    const vm = new GuestProcess(
      "-M pc -m 64 -display none -serial stdio -device isa-debug-exit,iobase=0xf4,iosize=1 -L"
        .split(" ")
        .concat(guest.firmware, "-kernel", join(import.meta.dirname, "bare", kernel), "-append", "one two", "-initrd", initrd),
      { program: [process.execPath, emulatorCalled("tsemu-system-i386")], cwd: folder },
    );
    expect(await vm.end(menuLimit)).toBe(1);
    return vm.output;
  };

  // As qemu-system-i386 7.2 starts them.
  it("and a multiboot header", async () => {
    expect(await boot("multiboot-x86.elf", "first a=b,second")).toBe(
      "\nmultiboot 0000024f 0000027f 0000fb80\nline one two\nmodules 00000002\n 0000000d 00000000 a=b\nfirst module\n" +
        " 00000007 00000000\nsecond\nmemory 00000001\n",
    );
  });

  it("and an entry for PVH", async () => {
    expect(await boot("pvh-x86.elf", "first")).toBe(
      "\npvh 336ec578 00000001\nlineone two\nmodules 00000001\n 0000000d\nfirst module\nmemory 00000001\n",
    );
  });
});

it("an image that no BIOS can start is said to be so, and does no harm", async () => {
  const empty = join(folder, "empty.img");
  await copyFile(floppy, empty);
  await truncate(empty, 0);
  await truncate(empty, 1024 * 1024);
  const vm = start("-nographic -boot c", `-drive file=${empty},format=raw`);
  try {
    await vm.waitFor("Boot failed: not a bootable disk", menuLimit);
    await vm.waitFor("No bootable device.", menuLimit);
  } finally {
    vm.kill();
  }
});
