/**
 * Guest state: named slots at fixed offsets of one area of the emulator's memory. Interpreter, compiled code, `-d cpu`, gdb,
 * snapshots and differential tests all read this list. Slots may overlap (views of a vector register file).
 */
import { type Type, typeSize } from "./types.ts";

export interface Slot {
  readonly name: string;
  /** Position in its layout. */
  readonly index: number;
  readonly type: Type;
  /** Bytes from the start of the state area. */
  readonly offset: number;
  readonly size: number;
  /** The other slots of the layout that share bytes with it; complete once the layout is built. */
  readonly aliases: readonly Slot[];
  /** Those of them that hold all of its bytes. */
  readonly containers: readonly Slot[];
}

/** Do the two slots share bytes? */
export const overlaps = (a: Slot, b: Slot): boolean => a.offset < b.offset + b.size && b.offset < a.offset + a.size;

const contains = (outer: Slot, inner: Slot): boolean =>
  outer.offset <= inner.offset && inner.offset + inner.size <= outer.offset + outer.size;

export class StateLayout {
  readonly slots: readonly Slot[];
  readonly size: number;
  readonly #byName: Map<string, Slot>;

  constructor(slots: readonly Slot[], size: number) {
    this.slots = slots;
    this.size = size;
    this.#byName = new Map(slots.map((s) => [s.name, s]));
  }

  find(name: string): Slot | undefined {
    return this.#byName.get(name);
  }

  /** The slot of that name; throws where there is none. */
  slot(name: string): Slot {
    const slot = this.#byName.get(name);
    if (slot === undefined) throw new Error(`internal error: no state slot ${name}`);
    return slot;
  }
}

/** Declares a layout slot by slot; each is aligned to its size. */
export class StateLayoutBuilder {
  readonly #slots: Slot[] = [];
  #end = 0;

  /** A new slot after those declared before. */
  slot(name: string, type: Type): Slot {
    const size = typeSize[type];
    this.#end = Math.ceil(this.#end / size) * size;
    const slot = this.view(name, type, this.#end);
    this.#end += size;
    return slot;
  }

  /** `count` slots name0, name1 ... in order. */
  array(name: string, type: Type, count: number): Slot[] {
    return Array.from({ length: count }, (_, i) => this.slot(`${name}${i}`, type));
  }

  /** Another name for bytes already declared (or about to be). */
  view(name: string, type: Type, offset: number): Slot {
    const slot: Slot = { name, index: this.#slots.length, type, offset, size: typeSize[type], aliases: [], containers: [] };
    this.#slots.push(slot);
    return slot;
  }

  /** Leaves room for `bytes` bytes aligned to 16, and returns their offset; for views. */
  reserve(bytes: number): number {
    const offset = Math.ceil(this.#end / 16) * 16;
    this.#end = offset + bytes;
    return offset;
  }

  build(): StateLayout {
    for (const slot of this.#slots) {
      (slot.aliases as Slot[]).push(...this.#slots.filter((other) => other !== slot && overlaps(slot, other)));
      (slot.containers as Slot[]).push(...slot.aliases.filter((other) => contains(other, slot)));
    }
    return new StateLayout(this.#slots, Math.ceil(this.#end / 16) * 16);
  }
}
