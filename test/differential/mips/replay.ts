/** Runs vectors on a virtual CPU of the engine, in either tier, under a flat user mode: exceptions come back instead of being delivered. */
import { Logger } from "@tsemu/base";
import { defaultLimits, type RegionCompiler, RegionTier, Vcpu } from "@tsemu/engine";
import { FakeClock, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { GuestFault, type PageWalker } from "@tsemu/target";
import { mipsTarget } from "../../../targets/mips/src/index.ts";
import { enterUserMode } from "../../../targets/mips/src/linux/user-mode.ts";
import type { MipsCpu } from "../../../targets/mips/src/mips-cpu.ts";
import type { Variant } from "./variants.ts";
import {
  changedMemory,
  changedRegisters,
  codeAddress,
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
const SYSCALL = 0x0000_000c;

const UNMAPPED = -1;
const UNALIGNED = -2;
/** Signals by exception. */
const signals: Readonly<Record<number, number>> = { [UNMAPPED]: 11, [UNALIGNED]: 10, 9: 5, 10: 4, 11: 4, 12: 8, 13: 5, 15: 8, 26: 4 };

export class Replayer {
  readonly #variant: Variant;
  readonly #vcpu: Vcpu;
  readonly #ram: Uint8Array;
  readonly #view: DataView;
  readonly #tier: RegionTier | undefined;

  constructor(variant: Variant, compiler?: RegionCompiler) {
    this.#variant = variant;
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
      alignmentFault: (va) => new GuestFault(UNALIGNED, 0, va),
      busFault: (va) => new GuestFault(UNMAPPED, 0, va),
    };
    this.#vcpu = new Vcpu({
      target: mipsTarget({ bits: variant.bits, bigEndian: variant.bigEndian }),
      model: variant.cpu,
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
    this.#ram = memory.u8.subarray(ram.host, ram.host + RAM_SIZE);
    this.#view = new DataView(memory.buffer, ram.host, RAM_SIZE);
  }

  /** Regions compiled so far. */
  get compiled(): number {
    return this.#tier?.compiled ?? 0;
  }

  get #cpu(): MipsCpu {
    return this.#vcpu.cpu as MipsCpu;
  }

  /** `at`: where the code lies. Jumps to known addresses need it to be where it was recorded. */
  run(vector: Vector, sets: readonly Registers[], at = codeAddress): Result {
    const before = registersOf(vector, sets);
    const little = !this.#variant.bigEndian;
    [...vector.code, SYSCALL].forEach((word, i) => this.#view.setUint32(at - RAM + 4 * i, word, little));
    this.#ram.set(initialWindow, windowAddress - RAM);
    this.#vcpu.memoryWritten(at, 0x40);
    const cpu = this.#cpu;
    enterUserMode(cpu, { fr: this.#variant.fr });
    this.#setRegisters(before);
    cpu.clearLink();
    cpu.setPc(at);
    const end = this.#vcpu.runSlice(1000, false);
    if (end.kind !== "fault") throw new Error(`ended with ${end.kind}`);
    const { exception } = end.fault;
    const { pc, registers } = { pc: cpu.resumePc()[0] - at, registers: this.#registers(before) };
    const window = this.#ram.subarray(windowAddress - RAM, windowAddress - RAM + windowSize);
    const done = exception === 8 && pc === 4 * vector.code.length;
    return {
      signal: done ? 0 : (signals[exception] ?? 1000 + exception),
      pc,
      registers: changedRegisters(before, registers),
      memory: changedMemory(window),
    };
  }

  /** Writes or reads a register through its slot, in the order of registerNames. */
  #setRegisters(values: Registers): void {
    const { s, state } = this.#cpu;
    const put = (slot: { offset: number; size: number }, value: bigint): void => {
      state.u32[slot.offset >> 2] = Number(value & 0xffff_ffffn);
      if (slot.size === 8) state.u32[(slot.offset >> 2) + 1] = Number(value >> 32n);
    };
    for (let n = 1; n < 32; n++) put(s.r[n]!, values[n]!);
    for (let n = 0; n < 4; n++) {
      put(s.hi[n]!, values[32 + n]!);
      put(s.lo[n]!, values[36 + n]!);
    }
    const file = this.#variant.fr === 1 ? s.fr1 : s.fr0;
    for (let n = 0; n < 32; n += this.#variant.fr === 1 ? 1 : 2) put(file.dInt[n]!, values[40 + n]!);
    this.#cpu.setFcsr(Number(values[72]!));
    this.#cpu.setDspControl(Number(values[73]!));
  }

  #registers(before: Registers): bigint[] {
    const { s, state } = this.#cpu;
    const get = (slot: { offset: number; size: number }): bigint =>
      BigInt(state.u32[slot.offset >> 2]!) | (slot.size === 8 ? BigInt(state.u32[(slot.offset >> 2) + 1]!) << 32n : 0n);
    const file = this.#variant.fr === 1 ? s.fr1 : s.fr0;
    return [
      0n,
      ...s.r.slice(1).map(get),
      ...s.hi.map(get),
      ...s.lo.map(get),
      ...file.dInt.map((slot, n) => (this.#variant.fr === 0 && n % 2 === 1 ? before[40 + n]! : get(slot))),
      BigInt(this.#cpu.fcsr()),
      BigInt(this.#cpu.dspControl()),
    ];
  }
}

/** Differences between two results as text; empty if there are none. */
export function difference(expected: Result, actual: Result): string {
  const lines: string[] = [];
  const compare = (what: string, e: string | number | undefined, a: string | number | undefined): void => {
    if (e !== a) lines.push(`${what}: expected ${e ?? "as before"}, got ${a ?? "as before"}`);
  };
  compare("signal", expected.signal, actual.signal);
  compare("pc", expected.pc, actual.pc);
  for (const name of new Set([...Object.keys(expected.registers), ...Object.keys(actual.registers)]))
    compare(name, expected.registers[name], actual.registers[name]);
  for (const at of new Set([...Object.keys(expected.memory), ...Object.keys(actual.memory)]))
    compare(`byte ${at}`, expected.memory[at], actual.memory[at]);
  return lines.join("; ");
}
