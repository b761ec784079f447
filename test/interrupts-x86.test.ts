/** Interrupts of an x86 CPU where it counts between which instructions they come, in programs that start out cold and become hot. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const bare = join(import.meta.dirname, "guests/bare");
const program = join(import.meta.dirname, "../packages/cli/bin/tsemu-system-i386.js");
const options =
  "-M pc -cpu qemu32 -display none -serial stdio -monitor none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -accel tcg,code-cache=off";

test.each(["0", "1", "mixed"])("STI holds an interrupt off for one instruction, -tier %s", { timeout: 120_000 }, (tier) => {
  const args = [program, ...options.split(" "), "-tier", tier, "-bios", join(bare, "shadow-x86.rom")];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect([stdout, stderr]).toEqual(["right\n", ""]);
});
