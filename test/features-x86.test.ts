/** Instructions of x86 whose results depend on the system's state, or on chance: what the recorded vectors (test/differential/x86) leave out. */
import { Logger } from "@tsemu/base";
import { Vcpu } from "@tsemu/engine";
import { FakeClock, type RandomPort, SeededRandom, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { GuestFault } from "@tsemu/target";
import { describe, expect, test } from "vitest";
import { x86Target } from "../targets/x86/src/index.ts";
import { linuxAbi } from "../targets/x86/src/linux/index.ts";
import { CR4 } from "../targets/x86/src/system/bits.ts";
import type { X86Cpu } from "../targets/x86/src/x86-cpu.ts";

const CODE = 0x1000;
const DATA = 0x4000;
const SIZE = 0x8000;
const BREAKPOINT = 0x103;
const [UD, GP] = [6, 13];
const CARRY = 1;

/** A program of Linux on the model that has everything. */
class Machine {
  readonly #vcpu: Vcpu;
  readonly memory: Uint8Array;
  constructor(bits: 32 | 64, random?: RandomPort) {
    const memory = new EmulatorMemory(SIZE);
    const space = new AddressSpace(memory);
    const ram = space.addRam({ kind: "ram", name: "ram", pa: 0, size: SIZE });
    this.memory = memory.u8.subarray(ram.host, ram.host + SIZE);
    this.#vcpu = new Vcpu({
      target: x86Target(bits),
      model: "max",
      space,
      clock: new FakeClock(),
      log: new Logger(),
      random,
      wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
      output: () => unconnected,
      firmwareCall: () => false,
      userMmu: {
        walk: (va, _access, _mmuIdx, high) =>
          high === 0 && va < SIZE
            ? { pa: (va & ~0xfff) >>> 0, readable: true, writable: true, executable: true, device: false, wholePage: true, global: true }
            : new GuestFault(14, 0, va),
        alignmentFault: (va) => new GuestFault(17, 0, va),
        busFault: (va) => new GuestFault(14, 0, va),
      },
    });
    this.#vcpu.reset();
    linuxAbi(bits).start(this.cpu, CODE, SIZE);
  }
  get cpu(): X86Cpu {
    return this.#vcpu.cpu as X86Cpu;
  }
  wide(n: number): bigint {
    return (BigInt(this.cpu.high(this.cpu.s.r[n]!)) << 32n) | BigInt(this.cpu.register(n));
  }
  setWide(n: number, value: bigint): void {
    this.cpu.setWide(this.cpu.s.r[n]!, Number(value & 0xffff_ffffn), Number(value >> 32n));
  }
  /** Executes bytes in hexadecimal; the exception that ends them, undefined if they come to their end. */
  run(code: string): number | undefined {
    const bytes = code.split(" ").map((byte) => Number.parseInt(byte, 16));
    this.memory.fill(0xcc, CODE, CODE + 64);
    this.memory.set(bytes, CODE);
    this.#vcpu.memoryWritten(CODE, 64);
    this.cpu.setPc(CODE);
    this.cpu.refreshFlags();
    const end = this.#vcpu.runSlice(1000, false);
    if (end.kind !== "fault") throw new Error(`ended with ${end.kind}`);
    const { exception } = end.fault;
    return exception === BREAKPOINT && this.cpu.pc === CODE + bytes.length ? undefined : exception;
  }
}

describe("RDRAND and RDSEED", () => {
  test("give what the host's source has, in the operand's width, with CF alone set", () => {
    const source = new SeededRandom(7);
    const bytes = new Uint8Array(24);
    source.fill(bytes);
    const view = new DataView(bytes.buffer);
    const m = new Machine(64, new SeededRandom(7));
    m.setWide(0, 0x1111_2222_3333_4444n);
    expect(m.run("48 0f c7 f0")).toBeUndefined();
    expect(m.wide(0)).toBe(view.getBigUint64(0, true));
    expect(m.cpu.eflags() & 0x8d5).toBe(CARRY);
    expect(m.run("0f c7 f8")).toBeUndefined();
    expect(m.wide(0)).toBe(BigInt(view.getUint32(8, true)));
    m.setWide(0, 0x1111_2222_3333_4444n);
    expect(m.run("66 0f c7 f0")).toBeUndefined();
    expect(m.wide(0)).toBe(0x1111_2222_3333_0000n | BigInt(view.getUint16(16, true)));
  });

  test("clear CF and the operand where there is no source", () => {
    const m = new Machine(32);
    m.setWide(3, 5n);
    expect(m.run("f9 0f c7 f3")).toBeUndefined();
    expect(m.cpu.register(3)).toBe(0);
    expect(m.cpu.eflags() & 0x8d5).toBe(0);
  });
});

describe("FSGSBASE", () => {
  test("reads and writes the bases", () => {
    const m = new Machine(64);
    m.setWide(0, 0x7fff_0000_4000n);
    // wrfsbase rax; rdfsbase rcx; wrgsbase eax; rdgsbase rdx; rdfsbase ebx
    expect(m.run("f3 48 0f ae d0 f3 48 0f ae c1 f3 0f ae d8 f3 48 0f ae ca f3 0f ae c3")).toBeUndefined();
    expect(m.wide(1)).toBe(0x7fff_0000_4000n);
    expect(m.wide(2)).toBe(0x0000_4000n);
    expect(m.wide(3)).toBe(0x0000_4000n);
    m.memory[DATA + 8] = 0x5a;
    // mov al, gs:[8]
    expect(m.run("65 8a 04 25 08 00 00 00")).toBeUndefined();
    expect(m.wide(0) & 0xffn).toBe(0x5an);
  });

  test("refuses bases that are not canonical, and is undefined without CR4.FSGSBASE", () => {
    const m = new Machine(64);
    m.setWide(0, 0x8000_0000_0000n);
    expect(m.run("f3 48 0f ae d0")).toBe(GP);
    m.setWide(0, 0xffff_8000_0000_0000n);
    expect(m.run("f3 48 0f ae d0")).toBeUndefined();
    m.cpu.setWord("cr4", m.cpu.word("cr4") & ~CR4.FSGSBASE);
    expect(m.run("f3 48 0f ae c0")).toBe(UD);
  });
});
