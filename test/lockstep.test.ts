/** Running both tiers in step: nothing is found where nothing is wrong, and a planted fault is found where it was planted. */
import { readFileSync } from "node:fs";
import type { RegionCompiler } from "@tsemu/engine";
import { type ImmediateCompiler, nodeHostLoop } from "@tsemu/host-node";
import type { Inst } from "@tsemu/ir";
import { bootArm } from "@tsemu/machines";
import { Lockstep, type LockstepInput, type LockstepMachine } from "@tsemu/system";
import { beforeAll, describe, expect, it } from "vitest";
import { bareSystem, loadCompiler, MiB } from "./support/bare-system.ts";

const guest = (name: string) => ({ name, bytes: new Uint8Array(readFileSync(new URL(`guests/bare/${name}.elf`, import.meta.url))) });
let immediate: ImmediateCompiler;
beforeAll(async () => {
  immediate = await loadCompiler();
});

const machines =
  (name: string, compiler: RegionCompiler) =>
  async (side: "reference" | "compiled"): Promise<LockstepMachine> => {
    const { system, serial } = bareSystem({ ramBytes: 2 * MiB, compiler: side === "compiled" ? compiler : undefined, threshold: 2 });
    const restart = (): void => {
      const boot = bootArm(system.machine, { kernel: guest(name) });
      system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
    };
    restart();
    return {
      system,
      restart,
      takeOutput: () => String.fromCharCode(...serial.written.splice(0)),
      input: ({ bytes }) => {
        serial.type(String.fromCharCode(...(bytes as Uint8Array)));
        return bytes.length;
      },
      settle: async () => {},
      close: async () => {},
    };
  };

/** Changes the block at `pc` on its way to the compiler, as a wrong optimization might. */
const corrupting = (pc: number, change: (inst: Inst) => Inst): RegionCompiler => ({
  compile: (batch, irOf) => immediate.compile(batch, irOf),
  compileNow: (batch, irOf) =>
    immediate.compileNow(batch, (block) => {
      const ir = irOf(block);
      if (block.pc === pc) for (const inst of ir.insts) Object.assign(inst, change(inst));
      return ir;
    }),
});

describe("lockstep", () => {
  it("runs a program with interrupts to its limit", async () => {
    const lockstep = new Lockstep({ make: machines("determinism-arm", immediate), host: nodeHostLoop, step: 10_000, memoryEvery: 50 });
    const end = await lockstep.run(3e6);
    expect(end.kind === "difference" ? end.report.text : end.kind).toBe("limit");
  });

  it("gives both the same input, and ends with them", async () => {
    const input: LockstepInput[] = [{ port: 0, bytes: new TextEncoder().encode("xyq") }];
    const lockstep = new Lockstep({
      make: machines("hello-arm", immediate),
      host: nodeHostLoop,
      step: 1000,
      memoryEvery: 3,
      takeInput: () => input.splice(0),
    });
    expect(await lockstep.run(1e6)).toMatchObject({ kind: "end", reason: "guest-shutdown" });
  });

  it("finds the block whose compiled code is wrong", { timeout: 120_000 }, async () => {
    // The loop of vectors_add, by its first instruction.
    const { system } = bareSystem({ ramBytes: 2 * MiB });
    const boot = bootArm(system.machine, { kernel: guest("determinism-arm") });
    system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
    const { u32 } = system.vcpu.memory;
    const code = system.space.hostAddress(0x4001_0000) >> 2;
    const at = u32.subarray(code, code + 0x1000).indexOf(0xf423_0a8f); // vld1.32 {d0-d1}, [r3]
    expect(at).toBeGreaterThan(0);
    const pc = 0x4001_0000 + 4 * at;
    const wrong = corrupting(pc, (inst) => (inst.kind === "const" && inst.value === 16 ? { ...inst, value: 20 } : inst));
    const said: string[] = [];
    const lockstep = new Lockstep({
      make: machines("determinism-arm", wrong),
      host: nodeHostLoop,
      step: 5000,
      memoryEvery: 10,
      say: (text) => said.push(text),
    });
    const end = await lockstep.run(3e6);
    if (end.kind !== "difference") throw new Error(`ended with ${end.kind}`);
    expect(said).toHaveLength(1);
    expect(end.report.block?.pc).toBe(pc);
    expect(end.report.differences.map((d) => d.what)).toContain("r3");
    expect(end.report.text).toContain("vld1");
  });
});
