/** Random blocks of guest code, executed by the IR evaluator (from the IR as translated) and by tier 0 (optimized and encoded): same state. */
import { Logger } from "@tsemu/base";
import { Prng, randomWord } from "@tsemu/decode";
import { Vcpu } from "@tsemu/engine";
import { FakeClock, unconnected } from "@tsemu/hw";
import { evaluate, type MemOp } from "@tsemu/ir";
import { AddressSpace, EmulatorMemory, FLAGS, PC, STATE_BASE } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { armTarget } from "@tsemu/target-arm";
import { buildTables, findModel, type ArmTable } from "@tsemu/target-arm/testing";
import { describe, expect, it } from "vitest";

const RAM = 0x10_0000;
const RAM_SIZE = 0x40_0000;
const CODE = RAM + 0x1000;

class Outside extends Error {}

function fixture() {
  const memory = new EmulatorMemory(RAM_SIZE);
  const space = new AddressSpace(memory);
  const ram = space.addRam({ kind: "ram", name: "ram", pa: RAM, size: RAM_SIZE });
  const vcpu = new Vcpu({
    target: armTarget(),
    model: "cortex-a15",
    space,
    clock: new FakeClock(),
    log: new Logger(),
    wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
    output: () => unconnected,
    firmwareCall: () => false,
  });
  vcpu.reset();
  return { vcpu, bytes: memory.u8.subarray(ram.host, ram.host + RAM_SIZE) };
}

/** Runs `count` random blocks of `length` instructions from a table; returns how many were compared. */
function compare(table: ArmTable, thumb: boolean, seed: number, count: number, length: number): number {
  const prng = new Prng(seed);
  const { vcpu, bytes } = fixture();
  const { state } = vcpu;
  const translate = vcpu.target.translator(vcpu.model, STATE_BASE);
  const slot = (name: string): number => state.layout.slot(name).offset >> 2;
  let compared = 0;
  for (let n = 0; n < count; n++) {
    const code: string[] = [];
    let at = CODE - RAM;
    for (let i = 0; i < length; i++) {
      const { word } = randomWord(table, prng, { choose: { cond: [14, 14, prng.below(15)], cond_: [14] } });
      const wide = !thumb || table.width === 32;
      const halves = !wide ? [word] : thumb ? [word >>> 16, word & 0xffff] : [word & 0xffff, word >>> 16];
      for (const half of halves) {
        bytes[at++] = half & 0xff;
        bytes[at++] = half >>> 8;
      }
      code.push(word.toString(16));
    }
    vcpu.memoryWritten(CODE, at);
    for (let r = 0; r < 15; r++)
      state.u32[slot(`r${r}`)] =
        prng.below(4) === 0
          ? prng.pick([0, 1, 31, 32, 0x80000000, 0x7fffffff, 0xffffffff])
          : prng.below(3) === 0
            ? prng.u32()
            : RAM + 0x10_0000 + (prng.u32() & 0xffffc);
    state.u32[slot("nf")] = prng.u32();
    state.u32[slot("zf")] = prng.below(2);
    state.u32[slot("cf")] = prng.below(2);
    state.u32[slot("vf")] = prng.u32();
    state.u32[slot("ge")] = prng.below(16);
    state.u32[slot("flags")] = (state.u32[slot("flags")]! & ~0x1ff) | (thumb ? 1 : 0);
    vcpu.cpu.start(CODE, []);
    vcpu.state.u32[slot("flags")] = (state.u32[slot("flags")]! & ~1) | (thumb ? 1 : 0);
    const { ir, insnCount } = translate(vcpu.reader.begin(1, 0), CODE, state.u32[slot("flags")]!, length, 0);
    if (ir.insts.some((i) => i.kind === "call" || i.kind === "raise" || i.kind === "stop")) continue;

    const before = state.bytes.slice();
    const expected = state.bytes.slice();
    const stores = new Map<number, number>();
    const byteAt = (a: number): number => {
      if (a < RAM || a >= RAM + RAM_SIZE) throw new Outside();
      return stores.get(a) ?? bytes[a - RAM]!;
    };
    try {
      const exit = evaluate(ir, {
        state: expected,
        load: (mem: MemOp, address) => {
          if (Number(address) % mem.align !== 0) throw new Outside();
          let value = 0n;
          for (let i = mem.size - 1; i >= 0; i--) value = (value << 8n) | BigInt(byteAt(Number(address) + i));
          return value;
        },
        store: (mem: MemOp, address, value) => {
          if (Number(address) % mem.align !== 0) throw new Outside();
          byteAt(Number(address));
          byteAt(Number(address) + mem.size - 1);
          for (let i = 0; i < mem.size; i++) stores.set(Number(address) + i, Number((value >> BigInt(8 * i)) & 0xffn));
        },
        call: () => undefined,
      });
      if (exit.kind === "goto") new DataView(expected.buffer).setUint32(0, exit.pc, true);
      if (exit.kind === "goto") new DataView(expected.buffer).setUint32(8, exit.flags, true);
    } catch (error) {
      if (error instanceof Outside) continue;
      throw error;
    }
    // A branch back into the block would execute more than it in the real thing.
    vcpu.runSlice(insnCount, true);
    const difference = state.layout.slots.find((s) => {
      const a = expected.subarray(s.offset, s.offset + s.size);
      return !a.every((byte, i) => byte === state.bytes[s.offset + i]);
    });
    if (difference !== undefined) {
      const hex = (b: Uint8Array): string =>
        [...b.subarray(difference.offset, difference.offset + difference.size)]
          .reverse()
          .map((x) => x.toString(16).padStart(2, "0"))
          .join("");
      const registers = Array.from({ length: 15 }, (_, r) =>
        new DataView(before.buffer).getUint32(4 * slot(`r${r}`), true).toString(16),
      ).join(" ");
      expect.fail(
        `seed ${seed} case ${n}: ${code.join(" ")}: with ${registers}: ${difference.name} before ${hex(before)}, evaluator ${hex(expected)}, tier 0 ${hex(state.bytes)}`,
      );
    }
    for (const [a, byte] of stores)
      if (bytes[a - RAM] !== byte) expect.fail(`seed ${seed} case ${n}: ${code.join(" ")}: memory at ${a.toString(16)}`);
    compared++;
  }
  void [PC, FLAGS];
  return compared;
}

describe("tier 0 against the IR evaluator", () => {
  const tables = buildTables(findModel("cortex-a15")!.features);
  for (const length of [1, 2, 5]) {
    it(`A32, blocks of ${length}`, () => {
      expect(compare(tables.conditionalA32, false, 1 + length, 3000, length)).toBeGreaterThan(500);
    });
  }
});
