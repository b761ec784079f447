/** A guest without an operating system, with timer interrupts, floats and self-modifying code, prints the same in every tier, to its end. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { consoleOutput, tiers } from "./support/console-output.ts";

const elf = fileURLToPath(new URL("guests/bare/console-arm.elf", import.meta.url));

it("the console's output is the same in every tier, byte by byte", { timeout: 300_000 }, async () => {
  const outputs: Buffer[] = [];
  for (const tier of tiers) outputs.push(await consoleOutput(tier, ["-M", "virt", "-m", "2", "-nographic", "-kernel", elf], 100));
  const [reference, ...others] = outputs.map((bytes) => bytes.toString("latin1"));
  // A number every sixteenth of 200 rounds, each another.
  const lines = reference!.split("\n").slice(0, -1);
  expect(new Set(lines).size).toBe(13);
  for (const line of lines) expect(line).toMatch(/^[0-9a-f]{8}$/);
  for (const other of others) expect(other).toBe(reference);
});
