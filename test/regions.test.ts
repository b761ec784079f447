/** Hot code whose mapping, bytes or callees change, and faults in the middle of it. The expected output is native QEMU 7.2's. */
import { readFileSync } from "node:fs";
import { codeChecksum, InlineCompiler } from "@tsemu/host-node";
import { bootArm } from "@tsemu/machines";
import { describe, expect, it } from "vitest";
import { type BareOptions, bareSystem, loadCompiler, MiB } from "./support/bare-system.ts";

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`guests/bare/${name}`, import.meta.url)));
const expected = new TextDecoder().decode(file("regions-arm.expected"));

/** Runs the guest until it switches off; with the code that an earlier run kept. */
const run = async (options: BareOptions, kept?: Uint8Array) => {
  const { system, serial } = bareSystem({ ramBytes: 2 * MiB, ...options });
  if (kept !== undefined) expect(system.vcpu.restoreCode(kept, codeChecksum)).toBe(true);
  const boot = bootArm(system.machine, { kernel: { name: "regions-arm.elf", bytes: file("regions-arm.elf") } });
  system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
  for (let turn = 0; turn < 2000; turn++) {
    if (system.advance(50_000).kind === "shutdown") break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    text: serial.text,
    tier1: system.vcpu.hotCode as unknown as { compiled: number; takenOver: number; failures: number } | undefined,
    kept: () => system.vcpu.keepCode(codeChecksum, 0)!,
  };
};

describe("a guest that takes the ground from under hot code", () => {
  it("is right without the compiler", async () => {
    expect((await run({})).text).toBe(expected);
  });

  it.each([1, 2, 40])("is right where blocks are compiled at their execution %i", { timeout: 120_000 }, async (threshold) => {
    const { text, tier1 } = await run({ compiler: await loadCompiler(), threshold });
    expect(text).toBe(expected);
    expect(tier1).toMatchObject({ failures: 0 });
    expect(tier1!.compiled).toBeGreaterThan(10);
  });

  it("is right with the code of earlier runs", { timeout: 120_000 }, async () => {
    const compiler = await loadCompiler();
    let { kept } = await run({ compiler, threshold: 2 });
    for (const threshold of [2, 1, 40, 2]) {
      const again = await run({ compiler, threshold }, kept());
      expect(again.text).toBe(expected);
      expect(again.tier1!.takenOver).toBeGreaterThan(10);
      kept = again.kept;
    }
    expect((await run({}, kept())).text).toBe(expected);
  });

  it("is right where the compiler takes its time", async () => {
    const { text, tier1 } = await run({ compiler: new InlineCompiler(), threshold: 100 });
    expect(text).toBe(expected);
    expect(tier1!.compiled).toBeGreaterThan(5);
  });
});
