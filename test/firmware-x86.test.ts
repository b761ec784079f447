/** Firmware images of ours that say "right" or "wrong": what x86 CPUs do in code that starts out cold and becomes hot. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const bare = join(import.meta.dirname, "guests/bare");
const program = join(import.meta.dirname, "../packages/cli/bin/tsemu-system-i386.js");
const options =
  "-M pc -cpu qemu32 -display none -serial stdio -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -accel tcg,code-cache=off";

describe.each([
  ["shadow-x86.rom", "STI holds an interrupt off for one instruction"],
  ["crossing-x86.rom", "code goes on in the page that is mapped there now"],
])("%s", (image, what) => {
  it.each(["0", "1", "mixed"])(`${what}, -tier %s`, { timeout: 120_000 }, (tier) => {
    const args = [program, ...options.split(" "), "-tier", tier, "-bios", join(bare, image)];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["right\n", ""]);
  });
});
