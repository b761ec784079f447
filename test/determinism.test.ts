/** With the instruction clock a run is a run, whatever executes it. */
import { readFileSync } from "node:fs";
import { bootArm } from "@tsemu/machines";
import { beforeAll, describe, expect, it } from "vitest";
import type { ImmediateCompiler } from "@tsemu/host-node";
import { InlineCompiler } from "@tsemu/host-node";
import { type BareOptions, bareSystem, hashMachine, loadCompiler, MiB } from "./support/bare-system.ts";

const elf = new URL("guests/bare/determinism-arm.elf", import.meta.url);
const INSNS = 30e6;
/** Points where the machines are compared. */
const STEPS = 10;

let immediate: ImmediateCompiler;
beforeAll(async () => {
  immediate = await loadCompiler();
});

/** Hashes on the way, and what was printed. `turns`: lets a compiler that is not immediate do its work. */
const run = async (options: BareOptions, turns = false) => {
  const { system, serial } = bareSystem({ ramBytes: 2 * MiB, ...options });
  const boot = bootArm(system.machine, { kernel: { name: "determinism-arm.elf", bytes: new Uint8Array(readFileSync(elf)) } });
  system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
  const hashes: string[] = [];
  for (let i = 1; i <= STEPS; i++) {
    const step = INSNS / STEPS / 50;
    for (let n = 0; n < 50; n++) {
      expect(system.advance(step).kind).toBe("done");
      if (turns) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(system.vcpu.instructionCount).toBe((INSNS / STEPS) * i);
    hashes.push(hashMachine(system));
  }
  return { hashes, text: serial.text, compiled: system.vcpu.hotCode as { compiled: number; failures: number } | undefined };
};

describe("30 million instructions with interrupts, floats and self-modifying code", () => {
  it("are the same in every tier", { timeout: 300_000 }, async () => {
    const reference = await run({});
    expect(reference.text.split("\n").length).toBeGreaterThan(3);
    expect(new Set(reference.hashes).size).toBe(STEPS);
    const tier1 = await run({ compiler: immediate, threshold: 2 });
    expect(tier1.compiled!.compiled).toBeGreaterThan(20);
    expect(tier1.compiled!.failures).toBe(0);
    expect(tier1.text).toBe(reference.text);
    expect(tier1.hashes).toEqual(reference.hashes);
    const mixed = await run({ compiler: new InlineCompiler(), threshold: 200 }, true);
    expect(mixed.compiled!.compiled).toBeGreaterThan(5);
    expect(mixed.text).toBe(reference.text);
    expect(mixed.hashes).toEqual(reference.hashes);
  });
});
