/**
 * Guest state in wasm locals. Slots that overlap share one local, of the widest among them; a narrower view is a part of it.
 * Locals are loaded at the region's entry and written back on its ways out and around helpers that see them.
 */
import { type Inst, overlaps, type Slot, type Type } from "@tsemu/ir";
import { STATE_BASE } from "@tsemu/memory";
import { loadHost, storeHost } from "./lower.ts";
import { type Expr, type WasmModule, wasmTypes } from "./wasm-module.ts";

interface Container {
  readonly slot: Slot;
  readonly local: number;
  written: boolean;
}

export class SlotLocals {
  readonly #m: WasmModule;
  readonly #containers: Container[] = [];
  readonly #byName = new Map<string, Container>();

  /** `newLocal` allocates a local of a type. */
  constructor(m: WasmModule, insts: Iterable<Inst>, newLocal: (type: Type) => number) {
    this.#m = m;
    const used = new Map<string, Slot>();
    const written = new Set<string>();
    for (const inst of insts)
      if (inst.kind === "get" || inst.kind === "set") {
        used.set(inst.slot.name, inst.slot);
        if (inst.kind === "set") written.add(inst.slot.name);
      }
    // Widest first: what is narrower and overlaps lies inside, since slots are aligned to their power-of-two size.
    for (const slot of [...used.values()].sort((a, b) => b.size - a.size)) {
      let container = this.#containers.find((c) => overlaps(c.slot, slot));
      if (container === undefined) {
        container = { slot, local: newLocal(slot.type), written: false };
        this.#containers.push(container);
      }
      container.written ||= written.has(slot.name);
      this.#byName.set(slot.name, container);
    }
  }

  get(slot: Slot): Expr {
    const { slot: whole, local } = this.#byName.get(slot.name)!;
    const m = this.#m;
    return part(m, whole, m.local.get(local, wasmTypes[whole.type]), slot);
  }

  set(slot: Slot, value: Expr): Expr {
    const { slot: whole, local } = this.#byName.get(slot.name)!;
    const m = this.#m;
    return m.local.set(
      local,
      replacePart(m, whole, () => m.local.get(local, wasmTypes[whole.type]), slot, value),
    );
  }

  /** Do reads of this slot come from a local of its own, so that they need no copy while it is not written? */
  isWhole(slot: Slot): boolean {
    return this.#byName.get(slot.name)!.slot.name === slot.name;
  }

  /** The word of state at an offset, whether it is in a local or not. */
  word(offset: number): Expr {
    const m = this.#m;
    const container = this.#containerAt(offset);
    if (container !== undefined)
      return part(m, container.slot, m.local.get(container.local, wasmTypes[container.slot.type]), wordAt(offset));
    return m.i32.load(STATE_BASE + offset, 4, m.i32.const(0));
  }

  setWord(offset: number, value: Expr): Expr {
    const m = this.#m;
    const container = this.#containerAt(offset);
    if (container === undefined) return m.i32.store(STATE_BASE + offset, 4, m.i32.const(0), value);
    container.written = true;
    const { slot: whole, local } = container;
    return m.local.set(
      local,
      replacePart(m, whole, () => m.local.get(local, wasmTypes[whole.type]), wordAt(offset), value),
    );
  }

  /** The local that has the word at an offset. */
  #containerAt(offset: number): Container | undefined {
    return this.#containers.find(({ slot }) => offset >= slot.offset && offset < slot.offset + slot.size);
  }

  #store(c: Container): Expr {
    const m = this.#m;
    return storeHost(m, c.slot.type, STATE_BASE + c.slot.offset, m.i32.const(0), m.local.get(c.local, wasmTypes[c.slot.type]));
  }

  #load(c: Container): Expr {
    const m = this.#m;
    return m.local.set(c.local, loadHost(m, c.slot.type, STATE_BASE + c.slot.offset, m.i32.const(0)));
  }

  loadAll(): Expr[] {
    return this.#containers.map((c) => this.#load(c));
  }

  /** Writes back what is written anywhere in the region, or only what overlaps the slots given. */
  writeBack(only: readonly Slot[] | "all" = "all"): Expr[] {
    return this.#containers
      .filter((c) => c.written && (only === "all" || only.some((s) => overlaps(s, c.slot))))
      .map((c) => this.#store(c));
  }

  /** Reads again what a helper may have written. */
  reload(only: readonly Slot[] | "all"): Expr[] {
    return this.#containers.filter((c) => only === "all" || only.some((s) => overlaps(s, c.slot))).map((c) => this.#load(c));
  }
}

/** The bytes of a slot and what they are. */
type Place = Pick<Slot, "offset" | "size" | "type">;

const wordAt = (offset: number): Place => ({ offset, size: 4, type: "i32" });

/** The part `slot` of the value of `whole`. */
function part(m: WasmModule, whole: Place, value: Expr, slot: Place): Expr {
  if (slot.size === whole.size) return convert(m, whole.type, slot.type, value);
  const offset = slot.offset - whole.offset;
  if (whole.size === 8) {
    const bits = convert(m, whole.type, "i64", value);
    const word = m.i32.wrap(offset === 0 ? bits : m.i64.shr_u(bits, m.i64.const(BigInt(8 * offset))));
    return convert(m, "i32", slot.type, word);
  }
  switch (slot.type) {
    case "i32":
      return m.i32x4.extract_lane(value, offset / 4);
    case "f32":
      return m.f32x4.extract_lane(value, offset / 4);
    case "i64":
      return m.i64x2.extract_lane(value, offset / 8);
    default:
      return m.f64x2.extract_lane(value, offset / 8);
  }
}

/** The value of `whole` with the part `slot` replaced. */
function replacePart(m: WasmModule, whole: Place, old: () => Expr, slot: Place, value: Expr): Expr {
  if (slot.size === whole.size) return convert(m, slot.type, whole.type, value);
  const offset = slot.offset - whole.offset;
  if (whole.size === 8) {
    const keep = m.i64.and(convert(m, whole.type, "i64", old()), m.i64.const(offset === 0 ? -0x1_0000_0000n : 0xffff_ffffn));
    const word = m.i64.extend_u(convert(m, slot.type, "i32", value));
    return convert(m, "i64", whole.type, m.i64.or(keep, offset === 0 ? word : m.i64.shl(word, m.i64.const(32n))));
  }
  switch (slot.type) {
    case "i32":
      return m.i32x4.replace_lane(old(), offset / 4, value);
    case "f32":
      return m.f32x4.replace_lane(old(), offset / 4, value);
    case "i64":
      return m.i64x2.replace_lane(old(), offset / 8, value);
    default:
      return m.f64x2.replace_lane(old(), offset / 8, value);
  }
}

function convert(m: WasmModule, from: Type, to: Type, value: Expr): Expr {
  if (from === to) return value;
  switch (to) {
    case "i32":
      return m.i32.reinterpret(value);
    case "f32":
      return m.f32.reinterpret(value);
    case "i64":
      return m.i64.reinterpret(value);
    case "f64":
      return m.f64.reinterpret(value);
    default:
      throw new Error(`internal error: no conversion from ${from} to ${to}`);
  }
}
