/** Runs a vector through decoder, translator and the IR evaluator. */
import { type Environment, evaluate, readBits, type Slot, writeBits } from "@tsemu/ir";
import { type CodeReader, translateBlock } from "@tsemu/target";
import type { Features } from "../../../targets/arm/src/cpu-models.ts";
import { decodeA32, decodeT32, type Tables } from "../../../targets/arm/src/decode.ts";
import * as state from "../../../targets/arm/src/state.ts";
import { ArmTranslator } from "../../../targets/arm/src/translator.ts";
import { initialWindow, windowAddress, windowSize } from "./memory-window.ts";
import { type Result, packFlags, unpackFlags, type Vector } from "./vector-file.ts";

const userMode = 0x10;

export class ReplayError extends Error {}

const readerOf = (code: Uint8Array, base: number): CodeReader => {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  return {
    u8: (va) => view.getUint8(va - base),
    u16: (va) => view.getUint16(va - base, true),
    u32: (va) => view.getUint32(va - base, true),
  };
};

/** Number of instructions in a sequence. */
function countInsns(code: Uint8Array, thumb: boolean): number {
  if (!thumb) return code.length / 4;
  let n = 0;
  for (let at = 0; at < code.length; n++) at += (code[at + 1]! << 8) >>> 11 >= 0b11101 ? 4 : 2;
  return n;
}

/** The state after the vector's code; undefined if it raises an Undefined Instruction exception. Throws ReplayError for other ways out. */
export function replay(vector: Vector, pool: readonly number[], features: Features, tables: Tables, thumb: boolean): Result | undefined {
  const bytes = new Uint8Array(state.layout.size);
  const set = (slot: Slot, value: number | bigint): void => writeBits(bytes, slot.offset, slot.size, BigInt.asUintN(64, BigInt(value)));
  const get = (slot: Slot): number => Number(readBits(bytes, slot.offset, slot.size));
  vector.registers.forEach((index, n) => set(state.r[n]!, pool[index]!));
  const cpsr = unpackFlags(vector.flags);
  set(state.nf, cpsr & 0x8000_0000);
  set(state.zf, cpsr & 0x4000_0000 ? 0 : 1);
  set(state.cf, (cpsr >>> 29) & 1);
  set(state.vf, cpsr & 0x1000_0000 ? 0x8000_0000 : 0);
  set(state.qf, (cpsr >>> 27) & 1);
  set(state.ge, (cpsr >>> 16) & 15);
  set(state.cpsr, userMode);
  set(state.exclusiveAddress, 0xffff_ffff);
  // What the slots hold beforehand must not matter.
  set(state.pc, 0xdead_beef);

  const window = Uint8Array.from(initialWindow);
  const offsetOf = (address: bigint, size: number, align: number): number => {
    const offset = Number(address) - windowAddress;
    if (offset < 0 || offset + size > windowSize) throw new ReplayError(`access outside the window: 0x${address.toString(16)}`);
    if (Number(address) % align !== 0) throw new ReplayError(`alignment fault: 0x${address.toString(16)}`);
    return offset;
  };
  const env: Environment = {
    state: bytes,
    load: (mem, address) => readBits(window, offsetOf(address, mem.size, mem.align), mem.size),
    store: (mem, address, value) => writeBits(window, offsetOf(address, mem.size, mem.align), mem.size, value),
    call(helper) {
      throw new ReplayError(`helper ${helper.name}`);
    },
  };
  const decode = thumb ? decodeT32(tables) : decodeA32(tables);
  const flags = thumb ? 1 : 0;
  const translator = new ArmTranslator(features, readerOf(vector.code, vector.pc), decode, vector.pc, flags, 0);
  const block = translateBlock(translator, 12, countInsns(vector.code, thumb));
  const exit = evaluate(block.ir, env);
  if (exit.kind === "raise" && exit.exception === 1) return undefined;
  const next = exit.kind === "goto" ? exit.pc : get(state.pc);
  const nextFlags = exit.kind === "goto" ? exit.flags : get(state.flags);
  if (exit.kind === "raise" || next !== vector.pc + vector.code.length || nextFlags !== flags) {
    throw new ReplayError(`left by ${exit.kind} to 0x${next.toString(16)} with flags 0x${nextFlags.toString(16)}`);
  }
  const memory = new Map<number, number>();
  window.forEach((byte, offset) => {
    if (byte !== initialWindow[offset]) memory.set(offset, byte);
  });
  const cpsrAfter =
    (get(state.nf) & 0x8000_0000) |
    (get(state.zf) === 0 ? 0x4000_0000 : 0) |
    (get(state.cf) << 29) |
    (get(state.vf) & 0x8000_0000 ? 0x1000_0000 : 0) |
    (get(state.qf) << 27) |
    (get(state.ge) << 16);
  return { registers: state.r.map(get), flags: packFlags(cpsrAfter), memory };
}

/** Differences between two results as text; empty if there are none. */
export function difference(expected: Result | undefined, actual: Result | undefined): string {
  if (expected === undefined || actual === undefined) {
    const name = (result: Result | undefined): string => (result === undefined ? "undefined instruction" : "an effect");
    return expected === actual ? "" : `expected ${name(expected)}, got ${name(actual)}`;
  }
  const lines: string[] = [];
  const compare = (what: string, e: number | undefined, a: number | undefined): void => {
    if (e !== a) lines.push(`${what}: expected ${e?.toString(16)}, got ${a?.toString(16)}`);
  };
  expected.registers.forEach((value, n) => compare(`r${n}`, value, actual.registers[n]));
  compare("flags (NZCVQ GE)", expected.flags, actual.flags);
  for (const offset of new Set([...expected.memory.keys(), ...actual.memory.keys()])) {
    compare(`byte ${offset}`, expected.memory.get(offset) ?? initialWindow[offset], actual.memory.get(offset) ?? initialWindow[offset]);
  }
  return lines.join("; ");
}
