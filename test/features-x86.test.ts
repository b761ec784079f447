/** Instructions of x86 whose results depend on the system's state, or on chance: what the recorded vectors (test/differential/x86) leave out. */
import { Logger } from "@tsemu/base";
import { Vcpu } from "@tsemu/engine";
import { FakeClock, type RandomPort, SeededRandom, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { GuestFault, type SignalDelivery, type UserMemory } from "@tsemu/target";
import { describe, expect, test } from "vitest";
import { x86Target } from "../targets/x86/src/index.ts";
import { linuxAbi } from "../targets/x86/src/linux/index.ts";
import { CR4 } from "../targets/x86/src/system/bits.ts";
import type { X86Cpu } from "../targets/x86/src/x86-cpu.ts";
import { floats32, floats64 } from "./differential/floats.ts";

const CODE = 0x1000;
const DATA = 0x4000;
const SIZE = 0x8000;
const BREAKPOINT = 0x103;
const [UD, NM, GP, PF] = [6, 7, 13, 14];
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
  /** Words of a YMM register, the lowest first. */
  ymm(n: number): Uint32Array {
    const at = this.cpu.s.xmm[n]!.offset >> 2;
    return this.cpu.state.u32.subarray(at, at + 8);
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

describe("XSAVE", () => {
  const AREA = 0x5000;
  const put = (m: Machine, value: number, eax = 7): void => {
    m.cpu.setRegister(0, eax);
    m.cpu.setRegister(2, 0);
    m.cpu.setRegister(7, value);
  };
  const word = (m: Machine, at: number): number => new DataView(m.memory.buffer, m.memory.byteOffset).getUint32(AREA + at, true);
  const setWord = (m: Machine, at: number, value: number): void =>
    new DataView(m.memory.buffer, m.memory.byteOffset).setUint32(AREA + at, value, true);
  const XMM3 = 160 + 48;

  test("saves and restores the components of the mask alone", () => {
    const m = new Machine(64);
    const { cpu } = m;
    const xmm3 = cpu.s.xmm[3]!.offset >> 2;
    cpu.state.u32[xmm3] = 0x1234_5678;
    cpu.setMxcsr(0x1fa0);
    put(m, AREA);
    // fld1; xsave [rdi]
    expect(m.run("d9 e8 0f ae 27")).toBeUndefined();
    expect(word(m, 512) & 3).toBe(3);
    expect([word(m, 24), word(m, 28), word(m, XMM3), word(m, 36)]).toEqual([0x1fa0, 0xffff, 0x1234_5678, 0x8000_0000]);
    // Of SSE alone: the x87 stays.
    cpu.state.u32[xmm3] = 0;
    cpu.setMxcsr(0x1f80);
    put(m, AREA, 2);
    expect(m.run("db e3 0f ae 2f")).toBeUndefined();
    expect([cpu.state.u32[xmm3], cpu.mxcsr(), cpu.get(cpu.s.empty)]).toEqual([0x1234_5678, 0x1fa0, 0xff]);
    // What the area has not becomes as at a reset; MXCSR is loaded all the same.
    setWord(m, 512, 1);
    put(m, AREA);
    expect(m.run("0f ae 2f")).toBeUndefined();
    expect([cpu.state.u32[xmm3], cpu.mxcsr(), cpu.get(cpu.s.empty)]).toEqual([0, 0x1fa0, 0x7f]);
  });

  test("has a compact format", () => {
    const m = new Machine(64);
    m.cpu.state.u32[m.cpu.s.xmm[3]!.offset >> 2] = 7;
    put(m, AREA, 2);
    expect(m.run("0f c7 27")).toBeUndefined();
    expect([word(m, 512), word(m, 520), word(m, 524), word(m, XMM3)]).toEqual([2, 2, 0x8000_0000, 7]);
    setWord(m, XMM3, 9);
    put(m, AREA);
    expect(m.run("0f ae 2f")).toBeUndefined();
    expect(m.cpu.state.u32[m.cpu.s.xmm[3]!.offset >> 2]).toBe(9);
  });

  test("refuses areas that are none", () => {
    const m = new Machine(32);
    put(m, AREA + 32);
    expect(m.run("0f ae 27")).toBe(GP);
    put(m, AREA);
    expect(m.run("0f ae 2f")).toBeUndefined();
    // A component that there is not, reserved words, bits of MXCSR.
    for (const [at, value] of [
      [512, 0x100],
      [516, 1],
      [520, 1],
      [528, 1],
      [24, 0x1_0000],
    ] as const) {
      setWord(m, at, value);
      put(m, AREA);
      expect(m.run("0f ae 2f"), `${at}`).toBe(GP);
      setWord(m, at, 0);
    }
    m.cpu.setWord("cr4", m.cpu.word("cr4") & ~CR4.OSXSAVE);
    expect(m.run("0f ae 27")).toBe(UD);
    expect(m.run("0f 01 d0")).toBe(UD);
  });

  test("XGETBV says what is on, XSETBV is for the system", () => {
    const m = new Machine(64);
    m.cpu.setRegister(1, 0);
    expect(m.run("0f 01 d0")).toBeUndefined();
    expect(m.cpu.register(0)).toBe(m.cpu.word("xcr0"));
    expect(m.run("0f 01 d1")).toBe(GP);
    m.cpu.setRegister(1, 2);
    expect(m.run("0f 01 d0")).toBe(GP);
  });
});

describe("AVX", () => {
  const vaddps = "c5 ec 58 c8";
  const andn = "c4 e2 68 f2 c8";

  test("is undefined where the system has not switched it on, which BMI does not need", () => {
    const m = new Machine(64);
    expect(m.run(vaddps)).toBeUndefined();
    m.cpu.setWord("xcr0", 3);
    expect(m.run(vaddps)).toBe(UD);
    expect(m.run(andn)).toBeUndefined();
    m.cpu.setWord("xcr0", 7);
    m.cpu.setWord("cr4", m.cpu.word("cr4") & ~CR4.OSXSAVE);
    expect(m.run(vaddps)).toBe(UD);
    expect(m.run(andn)).toBeUndefined();
    m.cpu.setWord("cr4", m.cpu.word("cr4") | CR4.OSXSAVE);
    m.cpu.setWord("cr0", m.cpu.word("cr0") | 8);
    expect(m.run(vaddps)).toBe(NM);
  });

  test("has no other prefixes before its own, and no register where none is named", () => {
    const m = new Machine(64);
    for (const prefix of ["66", "f2", "f3", "48", "f0"]) expect(m.run(`${prefix} ${vaddps}`), prefix).toBe(UD);
    // vmovaps xmm1, xmm0, with another vvvv than 1111.
    expect(m.run("c5 f8 28 c8")).toBeUndefined();
    expect(m.run("c5 e8 28 c8")).toBe(UD);
  });

  test("clears what lies above 16 bytes; SSE does not", () => {
    const m = new Machine(64);
    m.ymm(1).fill(7);
    // addps xmm1, xmm0
    expect(m.run("0f 58 c8")).toBeUndefined();
    expect([...m.ymm(1).subarray(4)]).toEqual([7, 7, 7, 7]);
    // vmovaps xmm1, xmm1
    expect(m.run("c5 f8 28 c9")).toBeUndefined();
    expect([...m.ymm(1)]).toEqual([...m.ymm(1).subarray(0, 4), 0, 0, 0, 0]);
    for (let n = 0; n < 16; n++) m.ymm(n).fill(9);
    // vzeroupper
    expect(m.run("c5 f8 77")).toBeUndefined();
    for (let n = 0; n < 16; n++) expect([...m.ymm(n)]).toEqual([9, 9, 9, 9, 0, 0, 0, 0]);
  });

  test("is saved in a component of its own", () => {
    const m = new Machine(64);
    m.ymm(5).set([1, 2, 3, 4, 5, 6, 7, 8]);
    const at = 0x5000;
    const save = (mask: number, code: string): number | undefined => {
      m.cpu.setRegister(0, mask);
      m.cpu.setRegister(2, 0);
      m.cpu.setRegister(7, at);
      return m.run(code);
    };
    expect(save(6, "0f ae 27")).toBeUndefined();
    m.ymm(5).fill(0);
    expect(save(4, "0f ae 2f")).toBeUndefined();
    expect([...m.ymm(5)]).toEqual([0, 0, 0, 0, 5, 6, 7, 8]);
    expect(save(2, "0f ae 2f")).toBeUndefined();
    expect([...m.ymm(5)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // XSAVEOPT leaves alone what is not in use.
    m.ymm(5).set([0, 0, 0, 0], 4);
    m.memory[at + 576 + 16 * 5] = 0x5a;
    expect(save(4, "0f ae 37")).toBeUndefined();
    expect([m.memory[at + 512]! & 4, m.memory[at + 576 + 16 * 5]]).toEqual([0, 0x5a]);
    // With nothing in the upper halves there is nothing to save, and restoring makes them 0.
    m.ymm(5).set([0, 0, 0, 0], 4);
    expect(save(4, "0f c7 27")).toBeUndefined();
    expect(m.memory[at + 512]).toBe(0);
    m.ymm(5).fill(3);
    expect(save(4, "0f ae 2f")).toBeUndefined();
    expect([...m.ymm(5)]).toEqual([3, 3, 3, 3, 0, 0, 0, 0]);
  });

  test("does not access what a mask leaves out, and changes nothing where an access faults", () => {
    const m = new Machine(64);
    const words = new Uint32Array(m.memory.buffer, m.memory.byteOffset, SIZE / 4);
    words.set([11, 12, 13, 14], SIZE / 4 - 4);
    const mask = [-1, 0, -1, -1, 0, 0, 0, 0];
    const load = (): number | undefined => {
      m.cpu.setRegister(7, SIZE - 16);
      // vmaskmovps ymm1, ymm1, [rdi]
      return m.run("c4 e2 75 2c 0f");
    };
    m.ymm(1).set(mask);
    expect(load()).toBeUndefined();
    expect([...m.ymm(1)]).toEqual([11, 0, 13, 14, 0, 0, 0, 0]);
    mask[4] = -1;
    m.ymm(1).set(mask);
    expect(load()).toBe(PF);
    expect([...m.ymm(1)]).toEqual([...Uint32Array.from(mask)]);
  });

  test("gathers what it can before a fault, and then the rest", () => {
    const m = new Machine(64);
    const words = new Uint32Array(m.memory.buffer, m.memory.byteOffset, SIZE / 4);
    words[DATA / 4 + 5] = 55;
    words[DATA / 4 + 6] = 66;
    m.ymm(1).fill(1);
    m.ymm(2).set([5, 6, SIZE / 4, 5, 0, 0, 0, 0]);
    m.ymm(3).set([-1, 0, -1, -1, 0, 0, 0, 0]);
    m.cpu.setRegister(7, DATA);
    // vpgatherdd xmm1, [rdi + xmm2 * 4], xmm3
    const gather = "c4 e2 61 90 0c 97";
    expect(m.run(gather)).toBe(PF);
    expect([...m.ymm(1)].slice(0, 4)).toEqual([55, 1, 1, 1]);
    expect([...m.ymm(3)].slice(0, 4)).toEqual([0, 0, 0xffff_ffff, 0xffff_ffff]);
    m.ymm(2)[2] = 6;
    expect(m.run(gather)).toBeUndefined();
    expect([...m.ymm(1)]).toEqual([55, 1, 66, 55, 0, 0, 0, 0]);
    expect([...m.ymm(3)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    // Of the three registers two are the same.
    expect(m.run("c4 e2 71 90 0c 97")).toBe(UD);
  });
});

describe("signal frames of Linux with XSAVE", () => {
  const delivery: SignalDelivery = {
    signal: 10,
    info: new Uint8Array(128),
    handler: CODE,
    wantsInfo: true,
    restorer: CODE,
    stackPointer: SIZE - 64,
    mask: [0, 0, 0, 0],
    altStack: { sp: 0, flags: 2, size: 0 },
    fault: { trapNo: 0, errorCode: 0, address: 0 },
  };
  const upper = [5, 6, 7, 8];

  /** A machine of so many bits that has entered a handler, with what it takes to look at its frame. */
  const inHandler = (bits: 32 | 64) => {
    const m = new Machine(bits);
    const memory: UserMemory = {
      read: (va, into) => into.set(m.memory.subarray(va, va + into.length)),
      write: (va, bytes) => m.memory.set(bytes, va),
    };
    const abi = linuxAbi(bits);
    m.ymm(3).set([1, 2, 3, 4, ...upper]);
    m.cpu.setMxcsr(0x1fa0);
    abi.pushSignalFrame(m.cpu, memory, delivery);
    const view = new DataView(m.memory.buffer, m.memory.byteOffset);
    // The ucontext is in RDX, or ECX; the pointer to floating point is in its sigcontext. FSAVE's image comes first on i386.
    const context = m.cpu.register(bits === 64 ? 2 : 1);
    const float = bits === 64 ? view.getUint32(context + 40 + 184, true) : view.getUint32(context + 20 + 76, true) + 112;
    const leave = (): unknown => {
      // Behind the return address.
      m.cpu.setRegister(4, m.cpu.register(4) + bits / 8);
      return abi.popSignalFrame(m.cpu, memory, true);
    };
    return { m, view, context, float, leave };
  };

  describe.each([32, 64] as const)("of %i bits", (bits) => {
    test("say that they have XSAVE's area, and give back what a handler put there", () => {
      const { m, view, context, float, leave } = inHandler(bits);
      expect(view.getUint32(context, true) & 1).toBe(1);
      expect(float % 64).toBe(0);
      expect([464, 472, 480, 832].map((at) => view.getUint32(float + at, true))).toEqual([0x4650_5853, 7, 832, 0x4650_5845]);
      expect([0, 4, 8, 12].map((at) => view.getUint32(float + 576 + 48 + at, true))).toEqual(upper);
      // A handler begins with everything as in a new program.
      expect([...m.ymm(3)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      expect(m.cpu.mxcsr()).toBe(0x1f80);
      view.setUint32(float + 576 + 48, 99, true);
      expect(leave()).toBeDefined();
      expect([...m.ymm(3)]).toEqual([1, 2, 3, 4, 99, 6, 7, 8]);
      expect(m.cpu.mxcsr()).toBe(0x1fa0);
    });

    test("without the second magic word are FXSAVE's images", () => {
      const { m, view, float, leave } = inHandler(bits);
      view.setUint32(float + 832, 0, true);
      expect(leave()).toBeDefined();
      expect([...m.ymm(3)]).toEqual([1, 2, 3, 4, 0, 0, 0, 0]);
    });

    test("with a header that is none are no frames", () => {
      const { view, float, leave } = inHandler(bits);
      view.setUint32(float + 520, 1, true);
      expect(leave()).toBeUndefined();
    });
  });
});

/**
 * Where inexact results have been noted already, packed arithmetic is one vector operation as long as nothing is out of the ordinary
 * (insns/vector-quick.ts); the recorded vectors have few of these cases. It has to give what it gives element by element, where they have not.
 */
describe("packed arithmetic of ordinary and other numbers", () => {
  const PRECISION = 0x20;
  const MASKED = 0x1f80;
  const singles = [...floats32, 0x00ff_ffff, 0x0100_0000, 0x0100_0001, 0x1f80_0001, 0x2000_0000, 0x6000_0000, 0x9f80_0001];
  const doubles = [...floats64, 0x001f_ffff_ffff_ffffn, 0x0020_0000_0000_0000n, 0x1ff0_0000_0000_0001n, 0x2000_0000_0000_0000n];

  test.each([
    ["addps", "0f 58 c1"],
    ["mulps", "0f 59 c1"],
    ["subps", "0f 5c c1"],
    ["divps", "0f 5e c1"],
    ["sqrtps", "0f 51 c1"],
    ["addpd", "66 0f 58 c1"],
    ["mulpd", "66 0f 59 c1"],
    ["subpd", "66 0f 5c c1"],
    ["divpd", "66 0f 5e c1"],
    ["sqrtpd", "66 0f 51 c1"],
  ])("%s", (name, code) => {
    const m = new Machine(64);
    const view = (n: number): DataView => new DataView(m.ymm(n).buffer, m.ymm(n).byteOffset, 16);
    const isDouble = name.endsWith("d");
    const numbers: readonly (number | bigint)[] = isDouble ? doubles : singles;
    const put = (n: number, lane: number, value: number | bigint): void =>
      typeof value === "bigint" ? view(n).setBigUint64(8 * lane, value, true) : view(n).setUint32(4 * lane, value, true);
    const run = (x: number | bigint, y: number | bigint, mxcsr: number): readonly number[] => {
      // Ordinary numbers beside the two.
      for (let lane = 0; lane < (isDouble ? 2 : 4); lane++) {
        put(0, lane, lane === 1 ? x : isDouble ? 0x3ff8_0000_0000_0000n : 0x3fc0_0000);
        put(1, lane, lane === 1 ? y : isDouble ? 0x4000_0000_0000_0000n : 0x4000_0000);
      }
      m.cpu.setMxcsr(mxcsr);
      if (m.run(code) !== undefined) throw new Error("no result");
      return [...m.ymm(0).subarray(0, 4), m.cpu.mxcsr() | PRECISION];
    };
    for (const x of numbers)
      for (const y of numbers) expect(run(x, y, MASKED | PRECISION), `${x.toString(16)} ${y.toString(16)}`).toEqual(run(x, y, MASKED));
  });
});
