/**
 * A guest that reads and writes registers of every device at random, with every kind of instruction, aligned or not: both tiers do the same, nothing
 * throws or hangs, and the board boots and prints afterwards.
 */
import { type BlockPort, FakeCharPort, SeededRandom } from "@tsemu/hw";
import { versatilepb, virtArm } from "@tsemu/machines";
import type { System } from "@tsemu/system";
import { describe, expect, it } from "vitest";
import { type BareOptions, bareSystem, loadCompiler, MiB, words } from "../support/bare-system.ts";
import { a32, RAM_BYTES, survives } from "./hostile.ts";

const { b, mcr, isb, str } = a32;
/** ldr rd, [pc]; b over the word; the word: ARMv5 has no MOVW. */
const load = (rd: number, x: number): number[] => [(0xe59f_0000 | (rd << 12)) >>> 0, 0xea00_0000, x >>> 0];
const immediate = await loadCompiler();

const disk: BlockPort = {
  size: MiB,
  readOnly: false,
  read: async (_, into) => void into.fill(1),
  write: async () => {},
  flush: async () => {},
  close: async () => {},
};
/** Everything that can be plugged into virt, new for each machine. */
const plugged = (): BareOptions["ports"] => ({
  drives: [{ port: disk }],
  nets: [{ port: { send: () => {}, attach: () => {} }, mac: new Uint8Array(6) }],
  consoles: [new FakeCharPort()],
  rngs: 1,
});

/** What the guest does with r1 = address, r2 = value: one instruction each. */
const accesses = [
  0xe5c1_2000, // strb r2, [r1]
  0xe1c1_20b0, // strh r2, [r1]
  0xe581_2000, // str r2, [r1]
  0xe5d1_5000, // ldrb r5, [r1]
  0xe1d1_50b0, // ldrh r5, [r1]
  0xe591_5000, // ldr r5, [r1]
  0xe1c1_20f0, // strd r2, r3, [r1]
  0xe1c1_60d0, // ldrd r6, r7, [r1]
  0xe881_003c, // stm r1, {r2-r5}
  0xe891_01e0, // ldm r1, {r5-r8}
  0xe191_5f9f, // ldrex r5, [r1]
  0xe181_5f92, // strex r5, r2, [r1]
];

/** Takes rows of address, value and number of the access from a table in memory, over and over. Aborts and undefined instructions are skipped. */
const program = (table: number, setUp: readonly number[]): number[] => {
  const code = [...setUp, ...load(10, table), 0xe1a0_400a /* mov r4, r10 */];
  const next = code.length;
  const end = next + 3 + 2 * (accesses.length + 1);
  code.push(0xe8b4_000e /* ldm r4!, {r1-r3} */, 0xe08f_f183 /* add pc, pc, r3, lsl #3 */, a32.nop);
  for (const access of accesses) {
    code.push(access);
    code.push(b(code.length, end));
  }
  code.push(0xe1a0_400a, b(code.length + 1, end)); // the table's last row
  code.push(b(code.length, next));
  return code;
};

const rows = 4000;
const skipUndefined = 0xe1b0_f00e; // movs pc, lr
const skipAbort = 0xe25e_f004; // subs pc, lr, #4
const vectors = [0, skipUndefined, 0, skipAbort, skipAbort, 0, 0, 0];

interface Board {
  readonly name: "virt" | "versatilepb";
  readonly ram: number;
  readonly uart: number;
  readonly setUp: (vectors: number) => readonly number[];
}
const boards: readonly Board[] = [
  { name: "virt", ram: 0x4000_0000, uart: 0x0900_0000, setUp: (at) => [...load(0, at), mcr(0, 0, 12, 0, 0), isb] },
  // The vectors of an ARM926 are where its RAM begins.
  { name: "versatilepb", ram: 0, uart: 0x101f_1000, setUp: () => [] },
];

/** Rows for the program: mostly among the first registers of a device, sometimes at the edges of its range. */
const tableOf = ({ name, ram }: Board, seed: number): number[] => {
  const random = new SeededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random.next() % list.length]!;
  const { devices } = name === "virt" ? virtArm : versatilepb;
  const ranges = devices.flatMap((row) => row.at);
  const value = (): number =>
    pick([
      random.next(),
      random.next() % 16,
      (1 << (random.next() % 32)) >>> 0,
      ram + (random.next() % RAM_BYTES),
      (ram >>> 12) + (random.next() % 512),
    ]);
  const table: number[] = [];
  for (let i = 0; i < rows; i++) {
    const { base, size } = pick(ranges);
    const offset = pick([
      random.next() % Math.min(size, 0x200),
      random.next() % Math.min(size, 0x200),
      random.next() % size,
      size - (random.next() % 16),
    ]);
    const aligned = random.next() % 4 === 0 ? offset : offset & ~3;
    table.push((base + aligned) >>> 0, value(), random.next() % accesses.length);
  }
  return [...table, 0, 0, accesses.length];
};

/** How many different registers the log says the guest got wrong: that the accesses reach the devices. */
const mistakes = (lines: readonly string[]): number => new Set(lines).size;

const answers = (system: System, serial: FakeCharPort, { uart, ram }: Board): void => {
  serial.written.length = 0;
  const code = [...load(0, 0x4b), ...load(1, uart), str(0, 1), b(7, 7)];
  system.boot({ parts: [{ what: "code", pa: ram + 0x4000, bytes: words(...code) }], start: { entry: ram + 0x4000, registers: [] } });
  expect(system.advance(100).kind).toBe("done");
  expect(serial.text).toBe("K");
};

describe.each(boards)("devices of $name", (board) => {
  const { name, ram, setUp } = board;
  const vectorsAt = ram;
  const codeAt = ram + 0x400;
  const tableAt = ram + 0x1_0000;
  const code = program(tableAt, setUp(vectorsAt));
  const more = (seed: number) => [
    { at: vectorsAt, code: vectors },
    { at: tableAt, code: tableOf(board, seed) },
  ];

  it.each([1, 2, 3])("random accesses (%i) are the same in both tiers, and end when asked to", (seed) => {
    const options: BareOptions = name === "virt" ? { board: name, ports: plugged()! } : { board: name };
    return survives({ code, at: codeAt, more: more(seed), insns: 150_000, options, mayEnd: true });
  });

  it.each([4, 5, 6])("the board answers after them (%i)", async (seed) => {
    for (const compiler of [undefined, immediate]) {
      const logged: string[] = [];
      const { system, serial } = bareSystem({
        board: name,
        ramBytes: RAM_BYTES,
        compiler,
        log: { items: ["guest_errors"], write: (text) => void logged.push(text) },
        ...(name === "virt" ? { ports: plugged()! } : {}),
      });
      const parts = [{ at: codeAt, code }, ...more(seed)].map((p) => ({ what: "code", pa: p.at, bytes: words(...p.code) }));
      for (let boot = 0; boot < 3; boot++) {
        system.boot({ parts, start: { entry: codeAt, registers: [] } });
        for (let i = 0; i < 20; i++) {
          const { kind } = system.advance(5000);
          // Requests of the disk are answered in between.
          await new Promise((resolve) => setTimeout(resolve, 0));
          if (kind !== "done") break;
        }
        answers(system, serial, board);
      }
      expect(mistakes(logged)).toBeGreaterThan(300);
    }
  });
});
