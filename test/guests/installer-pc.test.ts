/** Debian's installer on the PC's screen: its first question, as a picture, compared with one that was looked at; a key changes it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emulatorCalled, GuestProcess, installerPc } from "@tsemu/guests";
import { expect, it } from "vitest";
import { difference, readPng } from "../support/png.ts";

/** Seconds; the boot takes native QEMU half a minute on an idle host. */
const bootLimit = 900;
const keyLimit = 120;
/** The cursor blinks. */
const alike = 0.001;

const expected = readPng(readFileSync(join(import.meta.dirname, "screens/installer-language.png")))!;

/** i386's draws the same; it is one of the slow tests. */
const architectures = process.env.TSEMU_SLOW_TESTS === undefined ? (["amd64"] as const) : (["amd64", "i386"] as const);

it.each(architectures)("%s draws its first screen", { timeout: 2_000_000 }, async (architecture) => {
  const guest = await installerPc(architecture, () => {});
  const folder = mkdtempSync(join(tmpdir(), "tsemu-installer-"));
  const vm = new GuestProcess(
    "-m 1024 -cpu max -display none -monitor stdio -L".split(" ").concat(guest.firmware, "-kernel", guest.kernel, "-initrd", guest.initrd),
    { program: [process.execPath, emulatorCalled(architecture === "i386" ? "tsemu-system-i386" : "tsemu-system-x86_64")] },
  );
  let dumps = 0;
  const monitor = async (line: string): Promise<void> => {
    vm.type(`${line}\n`);
    await vm.waitFor(/\n\(qemu\) /, keyLimit);
  };
  /** How much of the screen is not as expected. */
  const look = async (): Promise<number> => {
    const path = join(folder, `${dumps++}.png`);
    await monitor(`screendump ${path}`);
    const picture = existsSync(path) ? readPng(readFileSync(path)) : undefined;
    return picture === undefined ? 1 : difference(picture, expected);
  };
  const until = async (isReached: (part: number) => boolean, seconds: number): Promise<boolean> => {
    const deadline = performance.now() + 1000 * seconds;
    while (performance.now() < deadline) {
      if (isReached(await look())) return true;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
    return false;
  };
  try {
    await vm.waitFor("(qemu) ", keyLimit);
    expect(await until((part) => part < alike, bootLimit)).toBe(true);
    // The next language has the bar then.
    await monitor("sendkey down");
    expect(await until((part) => part > alike && part < 0.1, keyLimit)).toBe(true);
    vm.type("quit\n");
    expect(await vm.end(keyLimit)).toBe(0);
  } finally {
    vm.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
