/** Calls of host helpers from tier-0 records, and the table slots of wasm helpers. */
import type { HelperSignature, Type } from "@tsemu/ir";
import { type EmulatorMemory, FIRST_REGION } from "@tsemu/memory";
import type { Cpu, HostHelper, Target } from "@tsemu/target";

type Marshal = (cpu: Cpu, record: number) => void;

/** Word index of a callHost record's first operand. */
const FIRST_OPERAND = 4;

export class HelperCalls {
  readonly #hostIndex = new Map<string, number>();
  readonly #wasmIndex = new Map<string, number>();
  readonly #calls: Marshal[] = [];
  readonly #memory: EmulatorMemory;
  readonly #f32: Float32Array;
  readonly #f64: Float64Array;
  /** First table index that regions may use. */
  readonly firstRegion: number;

  /** `wasmExports`: the exports of the linked wasm modules by module name. Their functions go into the table. */
  constructor(
    target: Target,
    memory: EmulatorMemory,
    table: WebAssembly.Table,
    wasmExports: Readonly<Record<string, Record<string, unknown>>>,
  ) {
    this.#memory = memory;
    this.#f32 = new Float32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    let slot = FIRST_REGION;
    for (const helper of target.helpers) {
      const { name } = helper.signature;
      if ("run" in helper) {
        this.#hostIndex.set(name, this.#calls.length);
        this.#calls.push(this.#marshal(helper));
      } else {
        const fn = wasmExports[helper.module]?.[helper.export];
        if (fn === undefined) throw new Error(`internal error: no wasm helper ${helper.module}.${helper.export}`);
        table.set(slot, fn);
        this.#wasmIndex.set(name, slot++);
      }
    }
    this.firstRegion = slot;
  }

  /** The number by which records call the helper: host helper number, or table index. */
  index(signature: HelperSignature): number {
    const index = (signature.kind === "host" ? this.#hostIndex : this.#wasmIndex).get(signature.name);
    if (index === undefined) throw new Error(`internal error: no helper ${signature.name}`);
    return index;
  }

  /** Runs a callHost record. */
  call(cpu: Cpu, index: number, record: number): void {
    this.#calls[index]!(cpu, record);
  }

  #read(type: Type): (address: number) => number {
    const { i32 } = this.#memory;
    if (type === "i32") return (address) => i32[address >> 2]!;
    if (type === "f32") return (address) => this.#f32[address >> 2]!;
    if (type === "f64") return (address) => this.#f64[address >> 3]!;
    throw new Error(`internal error: host helpers take no ${type}`);
  }

  #marshal({ signature, run }: HostHelper): Marshal {
    const { u32, i32 } = this.#memory;
    const readers = signature.params.map((t) => this.#read(t));
    const { result } = signature;
    if (result !== undefined && result !== "i32" && result !== "f64") throw new Error(`internal error: host helpers return no ${result}`);
    const { length } = readers;
    const argument = (record: number, i: number): number => readers[i]!(u32[(record >> 2) + FIRST_OPERAND + i]!);
    const invoke = (cpu: Cpu, record: number): number | void => {
      if (length === 0) return run(cpu);
      const first = argument(record, 0);
      if (length === 1) return run(cpu, first);
      if (length === 2) return run(cpu, first, argument(record, 1));
      return run(cpu, first, ...readers.slice(1).map((_, i) => argument(record, i + 1)));
    };
    return (cpu, record) => {
      const value = invoke(cpu, record);
      if (result === undefined) return;
      const dst = u32[(record >> 2) + 2]!;
      if (result === "i32") i32[dst >> 2] = value as number;
      else this.#f64[dst >> 3] = value as number;
    };
  }
}
