/** Debian's installer: a large initrd, dozens of processes, a screen drawn with escape sequences, keys that move through it. */
import { GuestProcess, installerArm, Screen } from "@tsemu/guests";
import { expect, it } from "vitest";

/** Seconds; the boot takes native QEMU half a minute. */
const bootLimit = 500;
const stepLimit = 120;

it("draws its main menu, and goes on from there by keys", { timeout: 800_000 }, async () => {
  const guest = await installerArm(() => {});
  const screen = new Screen();
  const vm = new GuestProcess(
    [
      ["-M", "virt", "-m", "512", "-nographic", "-no-reboot"],
      ["-kernel", guest.kernel, "-initrd", guest.initrd],
      ["-append", "priority=low console=ttyAMA0"],
    ].flat(),
    { onOutput: (text) => screen.write(text) },
  );
  /** Waits until all of these are on the screen. */
  const shows = async (seconds: number, ...texts: string[]): Promise<void> => {
    const deadline = performance.now() + 1000 * seconds;
    while (!texts.every((text) => screen.text.includes(text))) {
      if (performance.now() > deadline) throw new Error(`${texts.join(", ")}: not on the screen within ${seconds} s:\n${screen.text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  try {
    await vm.waitFor("Linux version", bootLimit);
    await shows(bootLimit, "┤ [?] Debian installer main menu ├", "Choose the next step in the install process:", "Execute a shell");
    expect(screen.text).toMatch(/│ +Choose language +│/);
    vm.type("\r");
    await shows(stepLimit, "Select a language", "English");
    vm.type("\x01x");
    expect(await vm.end(30)).toBe(0);
  } finally {
    vm.kill();
  }
});
