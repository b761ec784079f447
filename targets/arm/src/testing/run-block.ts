/** Translates a block of ARM code and runs its IR with the evaluator: for tests of what instructions do to state, memory and control flow. */
import { evaluate, type Exit, readBits, type Slot, writeBits } from "@tsemu/ir";
import { type CodeReader, translateBlock } from "@tsemu/target";
import { findModel } from "../cpu-models.ts";
import { decodeA32, decodeT32, TableCache } from "../decode.ts";
import * as state from "../state.ts";
import { ArmTranslator } from "../translator.ts";

export const codeAddress = 0x8000;

export interface BlockSetup {
  /** A CPU model; cortex-a15 unless told. */
  readonly model?: string;
  /** Block flags other than T. */
  readonly flags?: number;
  /** Address of the code; codeAddress unless told. */
  readonly pc?: number;
  /** r0-r14 that are not 0. */
  readonly registers?: Readonly<Record<number, number>>;
  /** Other slots by name; the monitor is open unless told. */
  readonly slots?: Readonly<Record<string, number>>;
  /** Words of memory that are not 0, at multiples of 4. */
  readonly memory?: Readonly<Record<number, number>>;
  /** An access that touches this address faults. */
  readonly faultAt?: number;
  readonly maxInsns?: number;
  /** Results of helpers by name. */
  readonly helpers?: Readonly<Record<string, number>>;
}

export interface BlockResult {
  /** undefined: an access faulted. */
  readonly exit: Exit | undefined;
  /** Where it goes on, or the address of the instruction that raised or faulted. */
  readonly pc: number;
  /** Block flags at the exit; for exceptions ITSTATE is that of the instruction. */
  readonly flags: number;
  readonly registers: readonly number[];
  slot(name: string): number;
  /** The word at an address. */
  word(address: number): number;
  /** Helpers called: name, arguments. */
  readonly calls: readonly (readonly (string | number)[])[];
  /** Accesses to memory, in order: "load4 1000 align=4 mmu=0". */
  readonly accesses: readonly string[];
}

export interface BlockRunner {
  a32(code: readonly number[], setup?: BlockSetup): BlockResult;
  t32(code: readonly number[], setup?: BlockSetup): BlockResult;
}

class Fault extends Error {}

/** A runner with tables of its own. A32 code is words; T32 code halfwords. */
export function blockRunner(): BlockRunner {
  const cache = new TableCache();
  const run = (thumb: boolean, code: readonly number[], setup: BlockSetup = {}): BlockResult => {
    const { features } = findModel(setup.model ?? "cortex-a15")!;
    const tables = cache.tablesFor(features);
    const start = setup.pc ?? codeAddress;
    const reader: CodeReader = {
      u8: () => 0,
      u16: (va) => code[(va - start) >> 1]!,
      u32: (va) => code[(va - start) >> 2]!,
    };
    const bytes = new Uint8Array(state.layout.size);
    const set = (slot: Slot, value: number): void => writeBits(bytes, slot.offset, slot.size, BigInt.asUintN(64, BigInt(value)));
    const get = (slot: Slot): number => Number(readBits(bytes, slot.offset, slot.size));
    const named = (name: string): Slot => {
      const slot = state.layout.find(name);
      if (slot === undefined) throw new Error(`no slot ${name}`);
      return slot;
    };
    const flags = (setup.flags ?? 0) | (thumb ? 1 : 0);
    set(state.exclusiveAddress, -1);
    set(state.zf, 1);
    set(state.flags, flags);
    for (const [n, value] of Object.entries(setup.registers ?? {})) set(state.r[Number(n)]!, value);
    for (const [name, value] of Object.entries(setup.slots ?? {})) set(named(name), value);
    const memory = new Map<number, number>();
    for (const [address, word] of Object.entries(setup.memory ?? {})) {
      for (let i = 0; i < 4; i++) memory.set(Number(address) + i, (word >>> (8 * i)) & 0xff);
    }
    const calls: (string | number)[][] = [];
    const accesses: string[] = [];
    let insnPc = start;
    let insnExtra = 0;
    const access = (what: string, mem: { size: number; align: number; mmuIdx: number }, address: number): void => {
      accesses.push(`${what}${mem.size} ${address.toString(16)} align=${mem.align} mmu=${mem.mmuIdx}`);
      const { faultAt = -1 } = setup;
      if (address % mem.align !== 0 || (faultAt >= address && faultAt < address + mem.size)) throw new Fault();
    };
    const translator = new ArmTranslator(features, reader, thumb ? decodeT32(tables) : decodeA32(tables), start, flags, 0);
    const { ir } = translateBlock(translator, 12, setup.maxInsns ?? (thumb ? thumbLength(code, features.thumb2) : code.length));
    let exit: Exit | undefined;
    try {
      exit = evaluate(ir, {
        state: bytes,
        insn: (pc, extra) => ([insnPc, insnExtra] = [pc, extra]),
        load(mem, address) {
          access("load", mem, Number(address));
          return Array.from({ length: mem.size }, (_, i) => BigInt(memory.get(Number(address) + i) ?? 0) << BigInt(8 * i)).reduce(
            (a, b) => a | b,
          );
        },
        store(mem, address, value) {
          access("store", mem, Number(address));
          for (let i = 0; i < mem.size; i++) memory.set(Number(address) + i, Number((value >> BigInt(8 * i)) & 0xffn));
        },
        call(helper, args) {
          calls.push([helper.name, ...args.map(Number)]);
          return BigInt(setup.helpers?.[helper.name] ?? 0);
        },
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
    const known = exit?.kind === "goto" ? exit : undefined;
    const atInsn = exit === undefined || exit.kind === "raise";
    const itFlags = (flags & ~(0xff << 1)) | (insnExtra << 1);
    return {
      exit,
      pc: known?.pc ?? (atInsn ? insnPc : get(state.pc)),
      flags: known?.flags ?? (atInsn ? itFlags : get(state.flags)),
      registers: state.r.map(get),
      slot: (name) => get(named(name)),
      word: (address) => [3, 2, 1, 0].reduce((word, i) => ((word << 8) | (memory.get(address + i) ?? 0)) >>> 0, 0),
      calls,
      accesses,
    };
  };
  return { a32: (code, setup) => run(false, code, setup), t32: (code, setup) => run(true, code, setup) };
}

/** Number of instructions in halfwords. */
function thumbLength(code: readonly number[], thumb2: boolean): number {
  let n = 0;
  for (let i = 0; i < code.length; n++) i += thumb2 && code[i]! >>> 11 >= 0b11101 ? 2 : 1;
  return n;
}
