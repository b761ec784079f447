/** Runs guests that mean harm: for a number of instructions in either tier, and then for a while as a user would, until quit(). */
import { expect } from "vitest";
import type { System, SystemEnd } from "@tsemu/system";
import { type BareOptions, bareSystem, hashMachine, loadCompiler, MiB, RAM, words } from "../support/bare-system.ts";

export interface HostileGuest {
  /** A32 code, which starts at its first word. */
  readonly code: readonly number[];
  /** Where it is put; the start of RAM. */
  readonly at?: number;
  /** More of it at other places. */
  readonly more?: readonly { readonly at: number; readonly code: readonly number[] }[];
  readonly registers?: readonly number[];
  /** Instructions to execute, 40,000. */
  readonly insns?: number;
  readonly options?: BareOptions;
  /** Does more before it starts. */
  prepare?(system: System): void;
  /** Random registers of devices may end the machine, as a reset does. */
  readonly mayEnd?: boolean;
  /** The machine ends up waiting. */
  readonly idles?: boolean;
}

/** The longest that one slice may keep the host waiting, in ms; generous, since hosts are busy. */
const LONGEST = 3000;
/** How long a machine runs before it is asked to stop, in ms. */
const FREELY = 20;
export const RAM_BYTES = 2 * MiB;
const immediate = await loadCompiler();

const start = (guest: HostileGuest, options: BareOptions) => {
  const made = bareSystem({ ramBytes: RAM_BYTES, ...guest.options, ...options });
  guest.prepare?.(made.system);
  const at = guest.at ?? RAM;
  const parts = [{ at, code: guest.code }, ...(guest.more ?? [])].map((p) => ({ what: "code", pa: p.at, bytes: words(...p.code) }));
  made.system.boot({ parts, start: { entry: at, registers: guest.registers ?? [] } });
  return made;
};

/** By exact slices; the state at the end. */
const runSlices = (guest: HostileGuest, options: BareOptions): { hash: string; end: string } => {
  const { system } = start(guest, options);
  const total = guest.insns ?? 40_000;
  for (;;) {
    const left = total - system.vcpu.instructionCount;
    if (left <= 0) return { hash: hashMachine(system), end: "done" };
    const before = performance.now();
    const { kind } = system.advance(Math.min(left, 20_000));
    expect(performance.now() - before, "a slice took too long").toBeLessThan(LONGEST);
    const tier1 = system.vcpu.hotCode as { failures: number } | undefined;
    expect(tier1?.failures ?? 0, "compiling failed").toBe(0);
    if (kind !== "done") return { hash: hashMachine(system), end: kind };
  }
};

/** As a process would, until asked to stop. */
const runFreely = async (guest: HostileGuest, options: BareOptions): Promise<void> => {
  const { system } = start(guest, options);
  let asked = 0;
  const timer = setTimeout(() => {
    asked = performance.now();
    system.quit();
  }, FREELY);
  let end: SystemEnd;
  do {
    end = await system.run();
    if (end.kind === "reset") system.reset();
  } while (end.kind === "reset");
  clearTimeout(timer);
  if (asked > 0) expect(performance.now() - asked, "quit() was not heeded").toBeLessThan(LONGEST);
  else expect(guest.mayEnd, `ended by itself: ${JSON.stringify(end)}`).toBe(true);
};

/** Both tiers do the same, nothing throws, no slice hangs, memory stays within bounds, quit() is heeded. */
export const survives = async (guest: HostileGuest): Promise<void> => {
  const heap = process.memoryUsage().heapUsed;
  const tier0 = runSlices(guest, {});
  const tier1 = runSlices(guest, { compiler: immediate, threshold: 3 });
  expect(tier1).toEqual(tier0);
  if (guest.mayEnd !== true) expect(tier0.end).toBe(guest.idles === true ? "idle" : "done");
  await runFreely(guest, {});
  await runFreely(guest, { compiler: immediate, threshold: 3 });
  await runFreely(guest, { realTime: true });
  await runFreely(guest, { realTime: true, compiler: immediate, threshold: 3 });
  expect((process.memoryUsage().heapUsed - heap) / MiB, "MiB of heap more than before").toBeLessThan(400);
};

/** A32 instructions that the guests share. */
export const a32 = {
  /** movw rd, #x; movt rd, #x >> 16 */
  load: (rd: number, x: number): [number, number] => [movw(rd, x & 0xffff), movw(rd, x >>> 16) | 0x0040_0000],
  /** ldr rd, [rn, #offset] */
  ldr: (rd: number, rn: number, offset = 0): number => (0xe590_0000 | (rn << 16) | (rd << 12) | offset) >>> 0,
  str: (rd: number, rn: number, offset = 0): number => (0xe580_0000 | (rn << 16) | (rd << 12) | offset) >>> 0,
  /** b from the word at index `from` to that at index `to`. */
  b: (from: number, to: number): number => (0xea00_0000 | ((to - from - 2) & 0xff_ffff)) >>> 0,
  /** mcr p15, op1, rt, crn, crm, op2 */
  mcr: (op1: number, rt: number, crn: number, crm: number, op2: number): number =>
    (0xee00_0f10 | (op1 << 21) | (crn << 16) | (rt << 12) | (op2 << 5) | crm) >>> 0,
  mov: (rd: number, imm8: number): number => (0xe3a0_0000 | (rd << 12) | imm8) >>> 0,
  bx: (rm: number): number => (0xe12f_ff10 | rm) >>> 0,
  udf: 0xe7f0_00f0,
  isb: 0xf57f_f06f,
  dsb: 0xf57f_f04f,
  wfi: 0xe320_f003,
  /** cpsid aif, cpsie aif */
  mask: 0xf10c_01c0,
  unmask: 0xf108_01c0,
  nop: 0xe320_f000,
} as const;

const movw = (rd: number, x: number): number => (0xe300_0000 | ((x >>> 12) << 16) | (rd << 12) | (x & 0xfff)) >>> 0;
