/** The program of exceptions-mips.test.ts on the whole board, as a user starts it: its UART is Malta's, and its end is Malta's reset register. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const run = (...args: string[]) =>
  spawnSync(process.execPath, ["packages/cli/bin/tsemu-system-mipsel.js", ...args], { cwd: root, encoding: "utf8", timeout: 50_000 });

describe("tsemu-system-mipsel", () => {
  it("is a Malta where no machine is named", () => {
    const { stdout, status } = run(
      "-nographic",
      "-no-reboot",
      "-icount",
      "shift=3,sleep=off",
      "-kernel",
      "test/guests/bare/exceptions-mipsel.elf",
    );
    const expected = readFileSync(join(root, "test/guests/bare/exceptions-mips.txt"), "utf8").replace(
      "config1 9e190c8f",
      "config1 9e190c83",
    );
    // The timer may interrupt the loop that waits for it in its delay slot: Cause.BD.
    const printed = stdout.replaceAll("\r", "").replace(/^(timer: .* cause )c/m, (_, start: string) => `${start}4`);
    expect(printed).toBe(expected);
    expect(status).toBe(0);
  });

  it.each<[readonly string[], string]>([
    [["-nographic"], "Could not load MIPS bios 'mipsel_bios.bin', and no -kernel argument was specified"],
    [["-nographic", "-kernel", "test/guests/bare/hello-arm.elf"], "not a little-endian 32-bit MIPS ELF file"],
    [["-m", "3G"], "Too much memory for this machine: 3072MB, maximum 2048MB"],
    [["-bios", "test/guests/bare/hello-arm.elf"], "could not load the firmware image"],
  ])("%s: %s", (args, message) => {
    const { stderr, status } = run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(1);
  });
});
