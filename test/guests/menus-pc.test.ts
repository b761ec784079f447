/** Boot menus on a PC's screen, as -display curses draws it; keys of the terminal are the keyboard's. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianI386, emulatorCalled, GuestProcess, grubDisk, isolinuxCd, type PcGuest, Screen } from "@tsemu/guests";
import { afterAll, beforeAll, expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const limit = 300;
const down = "\x1b[B";

let folder: string;
let guest: PcGuest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsemu-menus-"));
  guest = await debianI386(() => {});
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A PC with its screen. */
const start = (...args: string[]): { vm: GuestProcess; shows(text: string): Promise<void> } => {
  const screen = new Screen(80, 25);
  const vm = new GuestProcess("-m 256 -cpu max -nic none -display curses -serial none -L".split(" ").concat(guest.firmware, args), {
    program: [process.execPath, emulatorCalled("tsemu-system-i386")],
    onOutput: (text) => screen.write(Buffer.from(text, "latin1").toString()),
  });
  const shows = async (text: string): Promise<void> => {
    const deadline = performance.now() + 1000 * limit;
    while (!screen.text.includes(text)) {
      if (performance.now() > deadline) throw new Error(`'${text}' is not on the screen:\n${screen.text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  return { vm, shows };
};

it("Syslinux's takes keys and starts Linux, whose shell takes them too", { timeout: 2_000_000 }, async () => {
  const cd = join(folder, "isolinux.iso");
  await isolinuxCd(guest, cd);
  const { vm, shows } = start("-cdrom", cd);
  try {
    await shows("A menu of Syslinux");
    vm.type(`${down}\r`);
    await shows("tsemu#");
    vm.type("cat /proc/cmdline | tr a-z A-Z\r");
    await shows("BOOT_IMAGE=/BOOT/VMLINUZ CONSOLE=TTY0 QUIET INITRD=/BOOT/INITRD.GZ");
    vm.type("poweroff -f\r");
    expect(await vm.end(limit)).toBe(0);
  } finally {
    vm.kill();
  }
});

it("GRUB's takes keys", { timeout: 2_000_000 }, async () => {
  const disk = join(folder, "grub.img");
  await grubDisk(guest, disk);
  const { vm, shows } = start("-drive", `file=${disk},format=raw`);
  try {
    await shows("*Nothing");
    vm.type(down);
    await shows("*Linux");
    vm.type("\x1b[A\r");
    await shows("nothing is started");
  } finally {
    vm.kill();
  }
});
