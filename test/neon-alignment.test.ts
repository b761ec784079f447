/** Alignment faults of Advanced SIMD loads and stores, status, address and untouched state, as native QEMU has them, in every tier. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { consoleOutput, tiers } from "./support/console-output.ts";

const bare = (name: string): string => fileURLToPath(new URL(`guests/bare/${name}`, import.meta.url));

/**
 * What is to be printed. QEMU 7.2 takes `:256` for `:128`; the architecture demands 32 bytes, so that an address which is a multiple of 16
 * only has to fault just as the multiple of 8 before it does, whether there is memory or not.
 */
const expected = (): string[] => {
  const lines = readFileSync(bare("neon-align-arm.txt"), "latin1").trimEnd().split("\n");
  let name = "";
  let faulting = "";
  return lines.map((line) => {
    if (!line.startsWith(" ")) name = line;
    const address = line.slice(1, 9);
    if (address === "40000008") faulting = line;
    return name.includes(":256") && address.endsWith("10") ? faulting.replaceAll("40000008", address) : line;
  });
};

it("faults where the address is not aligned as the instruction says", { timeout: 300_000 }, async () => {
  const lines = expected();
  expect(lines.filter((line) => line.includes(" dfsr 00000001 ")).length).toBeGreaterThan(25);
  expect(lines.filter((line) => line.includes(" dfsr 00000805 ")).length).toBeGreaterThan(3);
  for (const tier of tiers) {
    const output = await consoleOutput(tier, ["-M", "virt", "-m", "16", "-nographic", "-kernel", bare("neon-align-arm.elf")], 90);
    expect(output.toString("latin1").trimEnd().split("\n"), `tier ${tier}`).toEqual(lines);
  }
});
