import { decodeBase64 } from "@tsemu/base";
import {
  type AddressBits,
  BUDGET,
  descriptor,
  exits,
  FIRST_HANDLER,
  INVALID_TAG,
  PC,
  RAM_BASE,
  SCRATCH,
  STATE_BASE,
  TABLE_ENTER,
  TEMPS,
  TLB,
  tlbShapes,
} from "@tsemu/memory";
import { IrBuilder, StateLayoutBuilder } from "@tsemu/ir";
import { describe, expect, it } from "vitest";
import { Encoder } from "./encode.ts";
import { type Handler, handlerNamed, handlers } from "./handlers.ts";
import { interpreterWasm } from "./interpreter.generated.ts";
import { fuseSequences } from "./sequences.ts";

/** Where the test's records, descriptors and link cells lie, and a page of guest memory. */
const CODE = 0x3a_0000;
const BLOCKS = 0x3b_0000;
const CELLS = 0x3c_0000;
const GUEST_PAGE = 0x1234_5000;
const SLOTS = 8;
/** What the interpreter and the records use of the memory. */
const used = [
  [BUDGET, BUDGET + 0x40],
  [STATE_BASE, STATE_BASE + 0x40],
  [TEMPS, TEMPS + 16 * SLOTS],
  [CODE, CODE + 0x400],
  [BLOCKS, BLOCKS + 0x500],
  [CELLS, CELLS + 0x20],
  [RAM_BASE, RAM_BASE + 0x1000],
] as const;

/** One for all machines: each reserves gigabytes of addresses. */
const memory = new WebAssembly.Memory({ initial: RAM_BASE / 0x1_0000 + 1, maximum: 0x1_0000 });
const module = new WebAssembly.Module(decodeBase64(interpreterWasm));
const sequences = handlers.filter(({ what }) => what.kind === "sequence");

/** Numbers that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) yield (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
}

/** An interpreter, and what its slow paths were asked for. */
function machine(seed: number, mapped: boolean, addressBits: AddressBits = 32) {
  const u32 = new Uint32Array(memory.buffer);
  for (const [from, to] of used) u32.fill(0, from >> 2, to >> 2);
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 4096 });
  const calls: string[] = [];
  const load = (va: number, record: number): void => {
    calls.push(`load ${va} ${record}`);
    u32[SCRATCH >> 2] = va * 3;
  };
  const store = (va: number, record: number): void => void calls.push(`store ${va} ${u32[SCRATCH >> 2]} ${record}`);
  const none = (): void => {
    throw new Error("not called in this test");
  };
  const env = {
    memory,
    table,
    slow_load: load,
    slow_store: store,
    slow_load_wide: (va: number, high: number, record: number) => load(va + 2 ** 32 * high, record),
    slow_store_wide: (va: number, high: number, record: number) => store(va + 2 ** 32 * high, record),
    call_host: none,
  };
  const instance = new WebAssembly.Instance(module, { env });
  const next = numbers(seed);
  for (let i = 0; i < SLOTS; i++) u32[(TEMPS >> 2) + 4 * i] = GUEST_PAGE + 4 * (next.next().value % 512);
  const { entries, size, read, write, addend } = tlbShapes[addressBits];
  const entry = (TLB + ((GUEST_PAGE >>> 12) % entries) * size) >> 2;
  const tag = mapped ? GUEST_PAGE : INVALID_TAG;
  u32.fill(0, entry, entry + (size >> 2));
  u32[entry + (read >> 2)] = tag;
  u32[entry + (write >> 2)] = tag;
  u32[entry + (addend >> 2)] = (RAM_BASE - GUEST_PAGE) >>> 0;
  if (mapped) {
    for (let i = 0; i < 1024; i++) u32[(RAM_BASE >> 2) + i] = next.next().value;
  }
  return { u32, calls, run: instance.exports["run"] as (block: number) => number };
}

/** Writes the sequence's records with operands of their own, and what they lead to. Returns where they end, in words. */
function writeRecords(u32: Uint32Array, parts: readonly Handler[], seed: number): number {
  const next = numbers(seed);
  const slot = (): number => TEMPS + 16 * (next.next().value % SLOTS);
  const exit = (at: number, argument: number): number => {
    u32.set([handlerNamed("exit").index, exits.stop, argument, 0], at);
    return at + 4;
  };
  let blocks = 0;
  /** A link cell that leads to a block that ends at once. */
  const cell = (): number => {
    const block = BLOCKS + 0x100 * ++blocks;
    u32[(CELLS >> 2) + blocks] = block;
    u32[(block + descriptor.fn) >> 2] = TABLE_ENTER;
    u32[(block + descriptor.insns) >> 2] = 1;
    u32[(block + descriptor.heat) >> 2] = 100;
    u32[(block + descriptor.code) >> 2] = block + 0x40;
    exit((block + 0x40) >> 2, 1000 + blocks);
    return CELLS + 4 * blocks;
  };
  let at = CODE >> 2;
  for (const [i, { index, words, what }] of parts.entries()) {
    u32[at] = index;
    const operands = u32.subarray(at + 1, at + words);
    if (what.kind === "load" || what.kind === "store") operands.set([slot(), slot(), 4 * (next.next().value % 8), TLB, 0]);
    else if (what.kind === "goto" || what.kind === "lookup") operands.set([cell()]);
    else if (what.kind === "if" || what.kind === "ifCompare") {
      for (let i = 0; i < operands.length; i++) operands[i] = slot();
      if (what.kind === "ifCompare" && what.imm) operands[1] = next.next().value;
      // Where a false one leads: to the second goto, or past the end.
      operands[operands.length - 1] = 4 * (at + words + (parts[i + 1]?.what.kind === "goto" ? parts[i + 1]!.words : 0));
    } else {
      for (let i = 0; i < operands.length; i++) operands[i] = slot();
      if (what.kind === "const32") operands[1] = next.next().value;
      if (what.kind === "computeImm") operands[2] = next.next().value % 2 === 0 ? next.next().value : next.next().value % 32;
    }
    at += words;
  }
  return exit(at, 7);
}

describe("sequences", () => {
  it.each(sequences.map((sequence) => [sequence.name, sequence] as const))("%s: does what its records do one by one", (_, sequence) => {
    const { what } = sequence;
    if (what.kind !== "sequence") throw new Error("no sequence");
    const parts = what.parts.map(handlerNamed);
    const addressBits = what.parts.some((part) => part.endsWith(".wide")) ? 64 : 32;
    for (let seed = 1; seed <= 9; seed++) {
      const results = [false, true].map((fused) => {
        const { u32, calls, run } = machine(seed, seed % 3 !== 0, addressBits);
        const end = writeRecords(u32, parts, seed);
        const block = BLOCKS >> 2;
        u32.set([TABLE_ENTER, CODE, 0x8000, 0, parts.length, 100], block);
        u32[BUDGET >> 2] = 1000;
        u32[PC >> 2] = 0x4000;
        if (fused) {
          fuseSequences(u32, CODE >> 2, end);
          expect(u32[CODE >> 2]).toBe(sequence.index);
        }
        const reason = run(BLOCKS);
        u32[CODE >> 2] = parts[0]!.index;
        const words = used.flatMap(([from, to]) => [...u32.subarray(from >> 2, to >> 2)]).join(" ");
        return { reason, calls, words };
      });
      expect(results[1]).toEqual(results[0]);
    }
  });

  it("are found where both ways of a condition end in a goto, with or without an else", () => {
    const layout = new StateLayoutBuilder();
    const slot = layout.slot("x", "i32");
    layout.build();
    for (const otherwise of [true, false]) {
      const u32 = new Uint32Array(0x100);
      const ir = new IrBuilder();
      ir.insn(0x1000);
      const leave = (): void => ir.goto(0x2000, 0);
      ir.if(ir.get(slot), () => ir.goto(0x1008, 0), otherwise ? leave : undefined);
      if (!otherwise) leave();
      const encoder = new Encoder({ addressBits: 32, u32, constant: () => 0, helper: () => 0 });
      const { entry, length } = encoder.encode({ insts: ir.insts }, 0);
      const { index, words } = handlerNamed("if");
      expect(u32[entry]).toBe(handlerNamed("if goto goto").index);
      expect(u32[entry]).not.toBe(index);
      expect(length - entry).toBe(words + 2 * handlerNamed("goto").words);
    }
  });

  it("leave a condition alone whose ways are not both behind it", () => {
    const { u32 } = machine(1, true);
    const parts = ["if", "goto", "goto"].map(handlerNamed);
    const end = writeRecords(u32, parts, 1);
    u32[(CODE >> 2) + 2]! -= 4;
    fuseSequences(u32, CODE >> 2, end);
    expect(u32[CODE >> 2]).toBe(parts[0]!.index);
  });

  it("have handlers of their own", () => {
    expect(new Set(handlers.map(({ index }) => index)).size).toBe(handlers.length);
    expect(handlers[0]!.index).toBe(FIRST_HANDLER);
  });
});
