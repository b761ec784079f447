/** The part of the emulator's memory where block descriptors, constants and tier-0 code lie. Filled upward; emptied as a whole. */
import type { Type } from "@tsemu/ir";
import { ARENA, type EmulatorMemory, RAM_BASE } from "@tsemu/memory";

/** Bytes at the arena's beginning that are for constants. */
export const CONSTANTS_SIZE = 0x10_0000;

/** Bytes that one block may need at the most; with less left the arena counts as full. */
const RESERVE = 0x2_0000;

export class CodeArena {
  readonly #memory: EmulatorMemory;
  readonly #view: DataView;
  /** Addresses by type and value. */
  readonly #constants: Readonly<Record<Type, Map<string | number | bigint, number>>> = {
    i32: new Map(),
    i64: new Map(),
    f32: new Map(),
    f64: new Map(),
    v128: new Map(),
  };
  #nextConstant = ARENA;
  #next = ARENA + CONSTANTS_SIZE;

  constructor(memory: EmulatorMemory) {
    this.#memory = memory;
    this.#view = new DataView(memory.buffer, 0, RAM_BASE);
  }

  /** Is there too little room for another block? */
  get full(): boolean {
    return this.#next + RESERVE > RAM_BASE || this.#nextConstant + 0x4000 > ARENA + CONSTANTS_SIZE;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#next - ARENA - CONSTANTS_SIZE;
  }

  clear(): void {
    for (const addresses of Object.values(this.#constants)) addresses.clear();
    this.#nextConstant = ARENA;
    this.#next = ARENA + CONSTANTS_SIZE;
  }

  /** Where the constants end. */
  get constantsEnd(): number {
    return this.#nextConstant;
  }

  /** What was put back up to these addresses is in use. */
  restored(end: number, constantsEnd: number): void {
    this.#next = end;
    this.#nextConstant = (constantsEnd + 15) & ~15;
  }

  /** Address that the next allocation will have. */
  get next(): number {
    return this.#next;
  }

  allocate(bytes: number): number {
    const at = this.#next;
    this.#next += (bytes + 3) & ~3;
    if (this.#next > RAM_BASE) throw new Error("internal error: code arena overflow");
    return at;
  }

  write(at: number, words: ArrayLike<number>): void {
    this.#memory.u32.set(words, at >> 2);
  }

  /** Address of a constant; equal constants share one. */
  constant(type: Type, value: number | bigint): number {
    const addresses = this.#constants[type];
    // For a Map -0 is 0.
    const key = Object.is(value, -0) ? "-0" : value;
    let at = addresses.get(key);
    if (at !== undefined) return at;
    const size = type === "i32" ? 4 : 16;
    at = (this.#nextConstant + size - 1) & -size;
    this.#nextConstant = at + size;
    switch (type) {
      case "i32":
        this.#view.setInt32(at, value as number, true);
        break;
      case "i64":
        this.#view.setBigInt64(at, value as bigint, true);
        break;
      case "f32":
        this.#view.setFloat32(at, value as number, true);
        break;
      case "f64":
        this.#view.setFloat64(at, value as number, true);
        break;
      case "v128":
        this.#view.setBigUint64(at, (value as bigint) & 0xffff_ffff_ffff_ffffn, true);
        this.#view.setBigUint64(at + 8, (value as bigint) >> 64n, true);
        break;
    }
    addresses.set(key, at);
    return at;
  }
}
