/** Runs programs of IR in the evaluator, in tier 0 and in tier 1, and says how each ended; the three must agree. */
import type { Batch, IrOf } from "@tsemu/backend-wasm";
import { compileBatch } from "@tsemu/backend-wasm/compile";
import { Logger } from "@tsemu/base";
import { RegionTier, Vcpu } from "@tsemu/engine";
import { FakeClock, unconnected } from "@tsemu/hw";
import { evaluate, type MemOp, readBits, type StateLayout, writeBits } from "@tsemu/ir";
import { AddressSpace, EmulatorMemory, type RamRegion } from "@tsemu/memory";
import { GuestFault } from "@tsemu/target";
import { END, faults, IrCpu, type IrProgram, irTarget, type Programs, RAM, RAM_SIZE, type TestHelper, walk } from "./ir-target.ts";

/** How a program ended, what it left in the state area and in RAM. */
export interface Outcome {
  /** "stop 3", "raise 5, 0x1", "fault 100, 0x0 at 0x14000" with the instruction's extra. */
  readonly end: string;
  readonly state: Uint8Array;
  readonly ram: Uint8Array;
}

export interface Start {
  readonly pc: number;
  /** Where addresses have 64 bits. */
  readonly pcHigh?: number;
  readonly state: Uint8Array;
  readonly ram: Uint8Array;
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const describeFault = (fault: GuestFault, extra: number): string =>
  fault.exception < faults.walk
    ? `raise ${fault.exception}, ${hex(fault.argument)} in ${extra}`
    : `fault ${fault.exception}, ${hex(fault.argument)} at ${hex(fault.addressHigh)}:${hex(fault.address)} in ${extra}`;

/** Most blocks that a program executes. */
const maxBlocks = 10_000;

/** Runs the program in the evaluator, as translated, without passes. */
export function evaluateProgram(layout: StateLayout, helpers: readonly TestHelper[], program: IrProgram, start: Start): Outcome {
  const state = start.state.slice();
  const ram = start.ram.slice();
  const pcSlot = layout.slot("pc");
  const flagsSlot = layout.slot("flags");
  let insn = { pc: start.pc, extra: 0 };
  // Where addresses have 32 bits another slot may be there.
  const highSlot = layout.find("pc_high");
  const pcHigh = (): number => (highSlot === undefined ? 0 : Number(readBits(state, highSlot.offset, 4)));
  writeBits(state, pcSlot.offset, 4, BigInt(start.pc));
  if (highSlot !== undefined) writeBits(state, highSlot.offset, 4, BigInt(start.pcHigh ?? 0));
  /** Where in RAM each of the bytes is. */
  const bytesOf = (mem: MemOp, address: bigint, access: "read" | "write"): number[] => {
    const [va, high] = [Number(address & 0xffff_ffffn), Number(address >> 32n)];
    if (va % mem.align !== 0) throw new GuestFault(faults.alignment, 0, va, high);
    const pageOf = (at: bigint): number => {
      const mapping = walk(Number(at & 0xffff_ffffn), access, Number(at >> 32n));
      if (mapping instanceof GuestFault) throw mapping;
      return mapping.pa;
    };
    const last = BigInt.asUintN(highSlot === undefined ? 32 : 64, address + BigInt(mem.size - 1));
    const first = pageOf(address);
    const second = last >> 12n === address >> 12n ? first : pageOf(last - (last % 0x1000n));
    const inFirst = 0x1000 - (va % 0x1000);
    const places = Array.from({ length: mem.size }, (_, i) => (i < inFirst ? first + (va % 0x1000) + i : second + i - inFirst));
    for (let i = 0; i < mem.size; i += mem.size > 8 ? 4 : 1)
      if (places[i]! < RAM || places[i]! >= RAM + RAM_SIZE) throw new GuestFault(faults.bus, 0, va, high);
    return places.map((pa) => pa - RAM);
  };
  const readBytes = (places: readonly number[]): bigint => places.reduceRight((bits, at) => (bits << 8n) | BigInt(ram[at]!), 0n);
  const writeBytes = (places: readonly number[], value: bigint): void =>
    places.forEach((at, i) => {
      ram[at] = Number((value >> BigInt(8 * i)) & 0xffn);
    });
  const finish = (end: string): Outcome => ({ end, state, ram });
  for (let n = 0; n < maxBlocks; n++) {
    const pc = Number(readBits(state, pcSlot.offset, 4));
    const high = pcHigh();
    const block = program.block(pc, high);
    if (block === undefined) return finish(`stop ${END}`);
    const flags = readBits(state, flagsSlot.offset, 4);
    try {
      const exit = evaluate(block, {
        state,
        load: (mem, address) => readBytes(bytesOf(mem, address, "read")),
        store: (mem, address, value) => writeBytes(bytesOf(mem, address, "write"), value),
        call: (signature, args) => helpers.find((h) => h.signature === signature)!.evaluate(args, state),
        insn: (at, extra) => (insn = { pc: at, extra }),
      });
      if (exit.kind === "stop") return finish(`stop ${exit.reason}`);
      if (exit.kind === "raise") throw new GuestFault(exit.exception, exit.argument);
      if (exit.kind === "goto") {
        writeBits(state, pcSlot.offset, 4, BigInt(exit.pc));
        writeBits(state, flagsSlot.offset, 4, BigInt(exit.flags >>> 0));
      }
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      writeBits(state, pcSlot.offset, 4, BigInt(insn.pc));
      if (highSlot !== undefined) writeBits(state, highSlot.offset, 4, BigInt(high));
      writeBits(state, flagsSlot.offset, 4, flags);
      return finish(describeFault(error, insn.extra));
    }
  }
  throw new Error("the program does not end");
}

/** The engine with one tier: blocks go to tier 1 at their `hot`th execution; never if it is 0. */
export class IrMachine {
  readonly vcpu: Vcpu;
  readonly #cpu: IrCpu;
  readonly #memory: EmulatorMemory;
  readonly #ram: RamRegion;
  readonly #programs: Programs = { current: undefined };
  readonly regions: RegionTier | undefined;
  /** Text of the modules compiled, if asked for. */
  readonly log: string[] = [];

  /** Addresses have 64 bits if the layout has the upper word of pc. */
  constructor(layout: StateLayout, helpers: readonly TestHelper[], hot: number, wasm: Record<string, unknown> = {}, text = false) {
    this.#memory = new EmulatorMemory(RAM_SIZE);
    const space = new AddressSpace(this.#memory);
    this.#ram = space.addRam({ kind: "ram", name: "ram", pa: RAM, size: RAM_SIZE });
    this.vcpu = new Vcpu({
      target: irTarget(
        layout,
        helpers.map((h) => h.helper),
        this.#programs,
        layout.find("pc_high") === undefined ? 32 : 64,
      ),
      model: "ir",
      space,
      clock: new FakeClock(),
      log: new Logger(text ? ["out_wat", "tier"] : ["tier"], (line) => this.log.push(line)),
      wasmModules: { softfloat: wasm },
      output: () => unconnected,
      firmwareCall: () => false,
    });
    this.#cpu = this.vcpu.cpu as IrCpu;
    if (hot > 0) {
      const compiler = {
        compile: (batch: Batch, irOf: IrOf) => Promise.resolve(compileBatch(batch, irOf)),
        compileNow: (batch: Batch, irOf: IrOf) => compileBatch(batch, irOf),
      };
      this.regions = new RegionTier(this.vcpu, compiler, { threshold: hot, blocks: 40, insns: 800, least: 0, batch: 1 });
      this.vcpu.hotCode = this.regions;
    }
  }

  /** Another program; `run` may then be called many times. */
  load(program: IrProgram): void {
    this.#programs.current = program;
    this.vcpu.dropCode();
    this.log.length = 0;
  }

  run(start: Start): Outcome {
    const { vcpu } = this;
    const { bytes } = vcpu.state;
    bytes.set(start.state);
    const { host } = this.#ram;
    this.#memory.u8.set(start.ram, host);
    vcpu.mmu.flush();
    const pc = vcpu.target.pc.offset >> 2;
    vcpu.state.u32[pc] = start.pc;
    if (vcpu.target.addressBits === 64) vcpu.state.u32[pc + 1] = start.pcHigh ?? 0;
    this.#cpu.delivered = undefined;
    this.#cpu.onDeliver = () => vcpu.requestStop();
    const end = vcpu.runSlice(1_000_000, true);
    const delivered = this.#cpu.delivered as IrCpu["delivered"];
    if (delivered === undefined && end.kind !== "stop") throw new Error("the program does not end");
    if (this.regions !== undefined && this.regions.failures > 0) throw new Error(this.log.join("\n"));
    return {
      end: delivered === undefined ? `stop ${(end as { reason: number }).reason}` : describeFault(delivered.fault, delivered.extra),
      state: bytes.slice(),
      ram: this.#memory.u8.slice(host, host + RAM_SIZE),
    };
  }
}

/** What differs between two outcomes, or undefined. */
export function difference(layout: StateLayout, expected: Outcome, got: Outcome): string | undefined {
  if (expected.end !== got.end) return `ended with ${got.end} instead of ${expected.end}`;
  for (const { name, offset, size } of layout.slots) {
    const [a, b] = [readBits(expected.state, offset, size), readBits(got.state, offset, size)];
    if (a !== b) return `${name} is 0x${b.toString(16)} instead of 0x${a.toString(16)}`;
  }
  const at = expected.ram.findIndex((byte, i) => byte !== got.ram[i]);
  if (at >= 0)
    return `memory at 0x${(RAM + at).toString(16)} is 0x${got.ram[at]!.toString(16)} instead of 0x${expected.ram[at]!.toString(16)}`;
  return undefined;
}
