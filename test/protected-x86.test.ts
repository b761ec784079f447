/**
 * Protected mode of an x86 CPU without an operating system. The program prints what its exceptions and results were
 * (test/guests/bare/protected-x86.c); what is expected was compared with QEMU's, which checks no segment limits and no alignment, and
 * where the two differ with the manual.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const bare = join(import.meta.dirname, "guests/bare");
const program = join(import.meta.dirname, "../packages/cli/bin/tsemu-system-i386.js");
const options = "-M pc -cpu qemu32 -display none -serial stdio -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -bios";

test.each(["0", "1", "mixed"])("does what the manual says in protected mode, -tier %s", { timeout: 120_000 }, (tier) => {
  const args = [program, "-tier", tier, ...options.split(" "), join(bare, "protected-x86.rom")];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stdout.split("\n")).toEqual(readFileSync(join(bare, "protected-x86.txt"), "utf8").split("\n"));
});
