/** Runs vectors on a virtual CPU of the engine, in either tier, as a program of Linux: exceptions come back instead of being delivered. */
import { Logger } from "@tsemu/base";
import { defaultLimits, type RegionCompiler, RegionTier, Vcpu } from "@tsemu/engine";
import { FakeClock, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { GuestFault, type PageWalker } from "@tsemu/target";
import { x86Target } from "../../../targets/x86/src/index.ts";
import { linuxAbi } from "../../../targets/x86/src/linux/index.ts";
import type { X86Cpu } from "../../../targets/x86/src/x86-cpu.ts";
import { shiftOf, undefinedFlags } from "./undefined-flags.ts";
import { testedCpu, type Variant } from "./variants.ts";
import {
  changedMemory,
  changedRegisters,
  codeAddress,
  codeOf,
  indexOf,
  initialWindow,
  registersOf,
  type Registers,
  type Result,
  type Vector,
  windowAddress,
  windowSize,
} from "./vector-file.ts";

const RAM = 0x80_0000;
const RAM_SIZE = 0x20_0000;
/** Room for as many vectors of CODE_STEP bytes. */
const CODE_SIZE = 0x8_0000;
export const CODE_STEP = 0x40;
const INT3 = 0xcc;

const UNMAPPED = -1;
const software = 0x100;
/** Signals by exception, as Linux has them. */
const signals: Readonly<Record<number, number>> = {
  [UNMAPPED]: 11,
  0: 8,
  1: 5,
  4: 11,
  5: 11,
  6: 4,
  11: 7,
  12: 7,
  13: 11,
  16: 8,
  17: 7,
  19: 8,
  [software + 4]: 11,
};

export class Replayer {
  readonly #vcpu: Vcpu;
  readonly #ram: Uint8Array;
  readonly #tier: RegionTier | undefined;

  constructor(variant: Variant, compiler?: RegionCompiler) {
    const memory = new EmulatorMemory(RAM_SIZE);
    const space = new AddressSpace(memory);
    const ram = space.addRam({ kind: "ram", name: "ram", pa: RAM, size: RAM_SIZE });
    const mapped = (va: number): boolean =>
      (va >= codeAddress && va < codeAddress + CODE_SIZE) || (va >= windowAddress && va < windowAddress + 0x1000);
    const userMmu: PageWalker = {
      walk: (va, _access, _mmuIdx, high) =>
        high === 0 && mapped(va)
          ? { pa: (va & ~0xfff) >>> 0, readable: true, writable: true, executable: true, device: false, wholePage: true, global: true }
          : new GuestFault(UNMAPPED, 0, va),
      alignmentFault: (va) => new GuestFault(17, 0, va),
      busFault: (va) => new GuestFault(UNMAPPED, 0, va),
    };
    this.#vcpu = new Vcpu({
      target: x86Target(variant.bits),
      model: testedCpu,
      space,
      clock: new FakeClock(),
      log: new Logger(),
      wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
      output: () => unconnected,
      firmwareCall: () => false,
      userMmu,
    });
    this.#tier = compiler === undefined ? undefined : new RegionTier(this.#vcpu, compiler, { ...defaultLimits, threshold: 1, least: 1 });
    this.#vcpu.hotCode = this.#tier;
    this.#vcpu.reset();
    linuxAbi(variant.bits).init(this.#vcpu.cpu);
    this.#ram = memory.u8.subarray(ram.host, ram.host + RAM_SIZE);
  }

  /** Regions compiled so far. */
  get compiled(): number {
    return this.#tier?.compiled ?? 0;
  }

  get #cpu(): X86Cpu {
    return this.#vcpu.cpu as X86Cpu;
  }

  /** `at`: where the code lies. Jumps to known addresses need it to be where it was recorded. */
  run(vector: Vector, sets: readonly Registers[], at = codeAddress): Result {
    const before = registersOf(vector, sets);
    const code = codeOf(vector);
    this.#ram.fill(INT3, at - RAM, at - RAM + CODE_STEP);
    this.#ram.set(code, at - RAM);
    this.#ram.fill(0, windowAddress - RAM, windowAddress - RAM + 0x1000);
    this.#ram.set(initialWindow, windowAddress - RAM);
    this.#vcpu.memoryWritten(at, CODE_STEP);
    const cpu = this.#cpu;
    this.#setRegisters(before);
    cpu.setPc(at);
    const end = this.#vcpu.runSlice(1000, false);
    if (end.kind !== "fault") throw new Error(`ended with ${end.kind}`);
    const { exception, argument } = end.fault;
    const done = exception === software + 3;
    // Software exceptions are traps: what Linux sees is the next instruction.
    const pc = cpu.pc - at + (exception >= software && !done ? argument : 0);
    return {
      signal: done ? 0 : (signals[exception] ?? 1000 + exception),
      pc,
      registers: changedRegisters(before, this.#registers(before)),
      memory: changedMemory(this.#ram.subarray(windowAddress - RAM, windowAddress - RAM + windowSize)),
    };
  }

  /** Writes registers through their slots, in the order of registerNames. */
  #setRegisters(values: Registers): void {
    const cpu = this.#cpu;
    const { s } = cpu;
    const value = (name: string): bigint => values[indexOf(name)]!;
    const word = (name: string): number => Number(value(name) & 0xffff_ffffn);
    const put = (slot: { offset: number; size: number }, v: bigint): void => {
      cpu.state.u32[slot.offset >> 2] = Number(v & 0xffff_ffffn);
      if (slot.size === 8) cpu.state.u32[(slot.offset >> 2) + 1] = Number((v >> 32n) & 0xffff_ffffn);
    };
    s.r.forEach((slot, n) => put(slot, value(`r${n}`)));
    cpu.setEflags(word("flags"));
    const top = (word("fsw") >>> 11) & 7;
    for (let n = 0; n < 8; n++) {
      const physical = (top + n) & 7;
      put(s.significand[physical]!, value(`st${n}`));
      put(s.exponent[physical]!, value(`se${n}`));
    }
    cpu.setX87(word("fcw"), word("fsw"), ~word("ftw") & 0xff);
    for (const name of ["fop", "fcs", "fds"] as const) cpu.setWord(name, 0);
    cpu.setWideNamed("fip", 0);
    cpu.setWideNamed("fdp", 0);
    cpu.setMxcsr(word("mxcsr"));
    s.xmmLow64.forEach((slot, n) => put(slot, value(`x${n}`)));
    s.xmmUpper64.forEach((slot, n) => put(slot, value(`y${n}`)));
    s.xmmHigh.forEach(({ offset }, n) => {
      put({ offset, size: 8 }, value(`z${n}`));
      put({ offset: offset + 8, size: 8 }, value(`v${n}`));
    });
  }

  #registers(before: Registers): bigint[] {
    const cpu = this.#cpu;
    const { s } = cpu;
    const get = (slot: { offset: number; size: number }): bigint =>
      BigInt(cpu.state.u32[slot.offset >> 2]!) | (slot.size === 8 ? BigInt(cpu.state.u32[(slot.offset >> 2) + 1]!) << 32n : 0n);
    const beyond = (name: string, count: number): bigint[] => before.slice(indexOf(`${name}0`) + count, indexOf(`${name}0`) + 16);
    const count = s.r.length;
    const top = cpu.top;
    const physical = Array.from({ length: 8 }, (_, n) => (top + n) & 7);
    return [
      ...s.r.map(get),
      ...beyond("r", count),
      BigInt(cpu.eflags() & ~0x21_4000),
      ...physical.map((n) => get(s.significand[n]!)),
      ...physical.map((n) => get(s.exponent[n]!) & 0xffffn),
      BigInt(cpu.word("fcw")),
      BigInt(cpu.fsw()),
      BigInt(~cpu.get(s.empty) & 0xff),
      BigInt(cpu.mxcsr()),
      ...s.xmmLow64.map(get),
      ...beyond("x", count),
      ...s.xmmUpper64.map(get),
      ...beyond("y", count),
      ...s.xmmHigh.map(({ offset }) => get({ offset, size: 8 })),
      ...beyond("z", count),
      ...s.xmmHigh.map(({ offset }) => get({ offset: offset + 8, size: 8 })),
      ...beyond("v", count),
    ];
  }
}

/** Differences between two results as text; empty if there are none. `before`: the registers of the vector. */
export function difference(vector: Vector, before: Registers, expected: Result, actual: Result): string {
  const lines: string[] = [];
  const compare = (what: string, e: string | number | undefined, a: string | number | undefined): void => {
    if (e !== a) lines.push(`${what}: expected ${e ?? "as before"}, got ${a ?? "as before"}`);
  };
  compare("signal", expected.signal, actual.signal);
  compare("pc", expected.pc, actual.pc);
  const { count, bits } = shiftOf(vector, before);
  const mask = ~undefinedFlags(vector, count, bits);
  const old = before[indexOf("flags")]!;
  const flags = (result: Result): string =>
    ((result.registers["flags"] === undefined ? Number(old) : Number.parseInt(result.registers["flags"], 16)) & mask).toString(16);
  for (const name of new Set([...Object.keys(expected.registers), ...Object.keys(actual.registers)]))
    if (name === "flags") compare("flags", flags(expected), flags(actual));
    else compare(name, expected.registers[name], actual.registers[name]);
  for (const at of new Set([...Object.keys(expected.memory), ...Object.keys(actual.memory)]))
    compare(`byte ${at}`, expected.memory[at], actual.memory[at]);
  return lines.filter((line) => !isTolerated(vector, line)).join("; ");
}

/** Whether C1 says that a transcendental result was rounded up depends on how it is computed, and so does its last bit; MXCSR_MASK is the CPU's. */
function isTolerated(vector: Vector, line: string): boolean {
  if (vector.row.endsWith("FXSAVE")) return /^byte \d+: expected 2, got 0$/.test(line);
  if (!/ (FSIN|FCOS|FSINCOS|FPTAN|FPATAN|F2XM1|FYL2X|FYL2XP1)$/.test(vector.row)) return false;
  const match = /^(st\d|fsw): expected ([0-9a-f]+), got ([0-9a-f]+)$/.exec(line);
  if (match === null) return false;
  const [expected, actual] = [BigInt(`0x${match[2]}`), BigInt(`0x${match[3]}`)];
  if (match[1] === "fsw") return (expected ^ actual) === 0x200n;
  return expected - actual === 1n || actual - expected === 1n;
}
