/** Runs ARM instructions, one or a block, through the IR passes and the interpreter, without an engine: for tests of the instruction tables. */
import { decodeBase64 } from "@tsemu/base";
import type { DecodeTable } from "@tsemu/decode";
import { type HelperSignature, optimize, printBlock, type Type } from "@tsemu/ir";
import { type CodeSpace, Encoder, interpreterWasm } from "@tsemu/interpreter";
import {
  ARENA,
  BUDGET,
  descriptor,
  EmulatorMemory,
  EXIT_ARG,
  exits,
  FIRST_REGION,
  INVALID_TAG,
  STATE_BASE,
  TLB,
  TLB_MMU_SIZE,
  tlbShapes,
} from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { CpuState, type WasmHelper } from "@tsemu/target";
import type { Features } from "../cpu-models.ts";
import * as state from "../state.ts";
import { ArmTranslator } from "../translator.ts";

/** Guest address of the instruction, and of the one page of data that it can reach. */
export const CODE_ADDRESS = 0x4000_2000;
export const DATA_ADDRESS = 0x4000_0000;
export const DATA_SIZE = 0x1000;

/** What became of an instruction: done, or the exception it raised; an access outside the page, or against an alignment rule, is "fault". */
export type Outcome = "done" | "fault" | number;

class Fault extends Error {}

const constantSizes: Record<Type, number> = { i32: 4, f32: 4, i64: 8, f64: 8, v128: 16 };

export class OneInsn {
  readonly state: CpuState;
  /** The page of data. */
  readonly data: Uint8Array;
  readonly #features: Features;
  readonly #table: DecodeTable<ArmTranslator>;
  readonly #memory: EmulatorMemory;
  readonly #view: DataView;
  readonly #run: (descriptor: number) => number;
  readonly #helperIndex = new Map<string, number>();
  readonly #constants = new Map<string, number>();
  readonly #hostCalls: HelperSignature[] = [];
  /** For code of another tier that runs on the same memory: what it is linked to. */
  readonly linkage: {
    readonly memory: EmulatorMemory;
    readonly table: WebAssembly.Table;
    readonly softFloat: Readonly<Record<string, unknown>>;
    readonly lookup: unknown;
  };
  #nextConstant = 0;

  constructor(features: Features, rows: DecodeTable<ArmTranslator>, helpers: readonly WasmHelper[]) {
    this.#features = features;
    this.#table = rows;
    this.#memory = new EmulatorMemory(DATA_SIZE);
    const { memory, buffer, u32 } = this.#memory;
    this.#view = new DataView(buffer);
    this.state = new CpuState(state.layout, buffer, STATE_BASE);
    const host = this.#memory.allocate(DATA_SIZE);
    this.data = this.#memory.u8.subarray(host, host + DATA_SIZE);
    u32.fill(INVALID_TAG, TLB >> 2, (TLB + 2 * TLB_MMU_SIZE) >> 2);
    for (const mmuIdx of [0, 1]) {
      const { entries, size } = tlbShapes[32];
      const entry = (TLB + mmuIdx * TLB_MMU_SIZE + ((DATA_ADDRESS >>> 12) % entries) * size) >> 2;
      u32.set([DATA_ADDRESS, DATA_ADDRESS, (host - DATA_ADDRESS) >>> 0], entry);
    }
    const table = new WebAssembly.Table({ element: "anyfunc", initial: 0x4000 });
    const softFloat: Readonly<Record<string, unknown>> = instantiateSoftFloat(memory);
    helpers.forEach((helper, i) => {
      table.set(FIRST_REGION + i, softFloat[helper.export]);
      this.#helperIndex.set(helper.signature.name, FIRST_REGION + i);
    });
    const missed = (): never => {
      throw new Fault();
    };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(interpreterWasm)), {
      env: {
        memory,
        table: table,
        slow_load: missed,
        slow_store: missed,
        slow_load_wide: missed,
        slow_store_wide: missed,
        call_host: missed,
      },
    });
    this.#run = instance.exports["run"] as (descriptor: number) => number;
    this.linkage = { memory: this.#memory, table: table, softFloat, lookup: instance.exports["lookup"] };
  }

  /** Translates `words` as a block at CODE_ADDRESS. Undefined if one of them is in no row, or ends the block before the last. */
  translate(words: readonly number[], flags: number): ArmTranslator | undefined {
    const noCode = (): never => {
      throw new Error("instructions are given, not fetched");
    };
    const reader = { u8: noCode, u16: noCode, u32: noCode };
    let next = 0;
    const decode = (cpu: ArmTranslator): void => {
      const decoded = this.#table.decode(words[next++]!);
      cpu.pc = (cpu.pc + 4) >>> 0;
      if (decoded === undefined) return cpu.undefined();
      const { row, fields } = decoded;
      const condition = fields["cond"];
      if (condition === undefined) row.execute(cpu, fields);
      else cpu.conditionally(condition, () => row.execute(cpu, fields));
    };
    const cpu = new ArmTranslator(this.#features, reader, decode, CODE_ADDRESS, flags, STATE_BASE);
    while (next < words.length && !cpu.ended) {
      cpu.ir.insn(cpu.pc);
      cpu.insn();
    }
    if (next < words.length) return undefined;
    if (!cpu.ended) cpu.fallThrough();
    return cpu;
  }

  /** The IR of an instruction, printed. */
  print(word: number, flags: number, optimized = true): string {
    const cpu = this.translate([word], flags);
    if (cpu === undefined) return "no row\n";
    const block = { insts: cpu.ir.insts };
    return printBlock(optimized ? optimize(block) : block);
  }

  /** Executes the instructions as one block on the present state. */
  run(word: number | readonly number[], flags: number): Outcome {
    const words = typeof word === "number" ? [word] : word;
    const cpu = this.translate(words, flags);
    if (cpu === undefined) throw new Error("not a block");
    const { u32, i32 } = this.#memory;
    this.#constants.clear();
    this.#nextConstant = ARENA;
    const at = ARENA + 0x2_0000;
    const base = at + 0x100;
    const encoded = new Encoder(this.#codeSpace()).encode(optimize({ insts: cpu.ir.insts }), base);
    u32.set([0, base + 4 * encoded.entry, CODE_ADDRESS, flags, words.length, 0, 0, 0], at >> 2);
    if (descriptor.size !== 32) throw new Error("the block descriptor has changed");
    i32[BUDGET >> 2] = 1000;
    try {
      const reason = this.#run(at);
      return reason === exits.raise ? u32[EXIT_ARG >> 2]! : "done";
    } catch (error) {
      if (error instanceof Fault) return "fault";
      throw error;
    }
  }

  readonly #codeSpace = (): CodeSpace => ({
    addressBits: 32,
    u32: this.#memory.u32,
    constant: (type, value) => this.#constant(type!, value),
    helper: (signature) => {
      if (signature.kind === "host") return this.#hostCalls.push(signature) - 1;
      const index = this.#helperIndex.get(signature.name);
      if (index === undefined) throw new Error(`no helper ${signature.name}`);
      return index;
    },
  });

  #constant(type: Type, value: number | bigint): number {
    const key = `${type} ${Object.is(value, -0) ? "-0" : value}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const size = constantSizes[type];
    const at = Math.ceil(this.#nextConstant / size) * size;
    this.#nextConstant = at + size;
    this.#constants.set(key, at);
    if (type === "i32") this.#view.setInt32(at, value as number, true);
    else if (type === "f32") this.#view.setFloat32(at, value as number, true);
    else if (type === "f64") this.#view.setFloat64(at, value as number, true);
    else {
      this.#view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
      if (type === "v128") this.#view.setBigUint64(at + 8, (value as bigint) >> 64n, true);
    }
    return at;
  }
}
