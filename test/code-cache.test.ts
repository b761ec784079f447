/** Translated code kept from one run to the next. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RegionTier } from "@tsemu/engine";
import { codeCacheFile, codeChecksum } from "@tsemu/host-node";
import { bootArm } from "@tsemu/machines";
import { afterAll, describe, expect, it } from "vitest";
import { type BareOptions, bareSystem, hashMachine, loadCompiler, MiB } from "./support/bare-system.ts";

const elf = new Uint8Array(readFileSync(new URL("guests/bare/determinism-arm.elf", import.meta.url)));

/** Runs five million instructions, with what was kept by an earlier run. `change`: to the guest's memory before it starts. */
const run = (kept?: Uint8Array, options: BareOptions = {}, change?: (memory: Uint8Array) => void) => {
  const { system, serial } = bareSystem({ ramBytes: 2 * MiB, ...options });
  const restored = kept !== undefined && system.vcpu.restoreCode(kept, codeChecksum);
  const boot = bootArm(system.machine, { kernel: { name: "determinism-arm.elf", bytes: elf } });
  system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
  const ram = system.space.regions.find((region) => region.kind === "ram" && region.size === 2 * MiB) as { host: number };
  change?.(system.vcpu.memory.u8.subarray(ram.host, ram.host + 2 * MiB));
  expect(system.advance(5e6).kind).toBe("done");
  return { system, restored, translated: system.vcpu.translated, hash: hashMachine(system), text: serial.text };
};

/** What a run keeps, however little it is. */
const kept = (system: ReturnType<typeof run>["system"]): Uint8Array<ArrayBuffer> => system.vcpu.keepCode(codeChecksum, 0)!;

/** Blocks of this guest at least that are neither rewritten nor cut to the end of a slice, so that they can be kept. */
const NORMAL = 100;

const first = run();
const file = kept(first.system);

/** Another constant in the additions of the program would be seen in the outcome, if the old code were used or not. */
const patch = (memory: Uint8Array): void => {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length >> 2);
  for (let i = 0x4000; i < 0x4800; i++) if (words[i]! >>> 20 === 0xe28) words[i] = (words[i]! & ~0xff) | 1;
};

describe("translated code that was kept", () => {
  it("is used instead of translating again, with the same outcome", () => {
    const second = run(file);
    expect(second.restored).toBe(true);
    expect(second.translated).toBeLessThan(first.translated - NORMAL);
    expect([second.hash, second.text]).toEqual([first.hash, first.text]);
  });

  it("goes with the compiler", async () => {
    const compiler = await loadCompiler();
    const compiled = run(undefined, { compiler, threshold: 30 });
    const again = run(kept(compiled.system), { compiler, threshold: 30 });
    expect([again.restored, again.hash]).toEqual([true, first.hash]);
  });

  it("comes with its compiled regions", async () => {
    const compiler = await loadCompiler();
    const tierOf = ({ system }: ReturnType<typeof run>): RegionTier => system.vcpu.hotCode as RegionTier;
    // Their sites are needed for the faults and interrupts of this guest, the exits of their blocks for its loops.
    const compiled = run(undefined, { compiler, threshold: 30 });
    let file = kept(compiled.system);
    expect(tierOf(compiled).takenOver).toBe(0);
    for (let generation = 2; generation <= 4; generation++) {
      const again = run(file, { compiler, threshold: 30 });
      expect([again.restored, again.hash, again.text]).toEqual([true, first.hash, first.text]);
      expect(tierOf(again).takenOver).toBeGreaterThan(tierOf(compiled).compiled / 2);
      expect(tierOf(again).compiled).toBeLessThan(tierOf(compiled).compiled / 2);
      file = kept(again.system);
    }
    // Nothing of another program at the same addresses.
    const other = run(file, { compiler, threshold: 30 }, patch);
    expect(other.hash).toBe(run(undefined, {}, patch).hash);
  });

  it("is kept again by a run that used it", () => {
    const third = run(kept(run(file).system));
    expect([third.restored, third.hash]).toEqual([true, first.hash]);
    expect(third.translated).toBeLessThan(first.translated - NORMAL);
  });

  it("is not used where other code lies at the same address", () => {
    const plain = run(undefined, {}, patch);
    const with_ = run(file, {}, patch);
    expect(plain.hash).not.toBe(first.hash);
    expect(with_.hash).toBe(plain.hash);
  });

  it("is refused if it is damaged", () => {
    for (const at of [0, 5, 9, 40, file.length >> 1, file.length - 1]) {
      const damaged = file.slice();
      damaged[at]! ^= 0x10;
      expect(run(damaged)).toMatchObject({ restored: false, hash: first.hash });
    }
    for (const length of [0, 3, 16, file.length - 4]) expect(run(file.slice(0, length)).restored).toBe(false);
  });
});

describe("the folder of kept code", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsemu-code-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const open = (model: string, image = elf) => codeCacheFile(folder, ["arm", model], [image])!;

  it("has a file for each model and guest", () => {
    expect(open("a").read()).toBeUndefined();
    open("a").write(Uint8Array.of(1, 2, 3, 4));
    expect([...open("a").read()!]).toEqual([1, 2, 3, 4]);
    expect(open("b").read()).toBeUndefined();
    expect(open("a", elf.slice(1)).read()).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("is left alone where it cannot be written", () => {
    const blocked = join(folder, "file");
    writeFileSync(blocked, "");
    const file = codeCacheFile(join(blocked, "inside"), ["arm"], [elf])!;
    file.write(Uint8Array.of(1));
    expect(file.read()).toBeUndefined();
  });
});
