/**
 * What real mode makes of the segments that protected mode leaves (test/guests/bare/real-mode-x86.asm): no access rights, but limits. QEMU
 * prints the same but for the last line: it checks no limits.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const rom = join(import.meta.dirname, "guests/bare/real-mode-x86.rom");
const program = join(import.meta.dirname, "../packages/cli/bin/tsemu-system-i386.js");
const options = "-M pc -display none -serial stdio -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -bios";

test.each(["0", "1"])("real mode after protected mode, tier %s", (tier) => {
  const { stdout, status } = spawnSync(process.execPath, [program, "-tier", tier, ...options.split(" "), rom], {
    encoding: "utf8",
    timeout: 50_000,
  });
  expect(stdout).toBe("\nvalue 1\nvalue 2\nvalue 3\nvalue 4\nvalue 5\noutside of the segment\n");
  expect(status).toBe(1);
});
