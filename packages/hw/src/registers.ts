/**
 * Register banks: the registers of a device declared as rows, from which come reads, writes, reset, snapshots and the logs of
 * what the guest did wrong (`guest_errors`) or what is not modelled (`unimp`).
 *
 * Registers are 32 bits wide and lie at multiples of 4. A narrower read gives its byte lanes of the register; a narrower write
 * in lane 0 is a write of the zero-extended value (what a byte store to a data register means on the APB), in another lane it
 * changes only those lanes.
 */
import { hex32, type Logger } from "@tsemu/base";

export interface RegisterRow {
  /** Offset from the start of the bank, a multiple of 4. */
  readonly at: number;
  /** The bits that a write stores; the others keep their reset value. Default: all, or none if there is only a read hook. */
  readonly bits?: number;
  readonly reset?: number;
  /** Bits that exist in the hardware and that a guest may set, to no effect here: setting one is logged as `unimp`. */
  readonly unimplemented?: number;
  /** What a read gives; `stored` is the value kept by the bank. */
  readonly read?: (stored: number) => number;
  /** Called after a write has been stored; `value` is what the guest wrote, unmasked, `old` the stored value before it. */
  readonly write?: (value: number, old: number) => void;
}

export type RegisterRows<Name extends string> = Readonly<Record<Name, RegisterRow>>;

interface Register {
  readonly name: string;
  readonly row: RegisterRow;
  readonly bits: number;
  readonly reset: number;
}

export class RegisterBank<Name extends string = string> {
  readonly #device: string;
  readonly #log: Logger;
  readonly #byIndex: (number | undefined)[] = [];
  readonly #registers: Register[] = [];
  readonly #numbers: Record<string, number> = {};
  readonly #values: Uint32Array;

  constructor(device: { readonly name: string; readonly log: Logger }, rows: RegisterRows<Name>) {
    this.#device = device.name;
    this.#log = device.log;
    for (const [name, row] of Object.entries<RegisterRow>(rows)) {
      if (row.at % 4 !== 0) throw new Error(`internal error: ${this.#device}.${name} is not at a multiple of 4`);
      if (this.#byIndex[row.at >>> 2] !== undefined) throw new Error(`internal error: ${this.#device}.${name} overlaps`);
      this.#byIndex[row.at >>> 2] = this.#registers.length;
      this.#numbers[name] = this.#registers.length;
      const bits = row.bits ?? (row.read !== undefined && row.write === undefined ? 0 : 0xffff_ffff);
      this.#registers.push({ name, row, bits, reset: row.reset ?? 0 });
    }
    this.#values = new Uint32Array(this.#registers.length);
    this.reset();
  }

  /** The stored value of a register, as u32. */
  get(name: Name): number {
    return this.#values[this.#numbers[name]!]!;
  }

  /** Stores a value as the hardware would: no hooks, no mask. */
  set(name: Name, value: number): void {
    this.#values[this.#numbers[name]!] = value;
  }

  read(offset: number, size: number): number {
    const number = this.#byIndex[offset >>> 2];
    if (number === undefined) {
      this.#log.log("guest_errors", () => `${this.#device}: read of unknown register at offset ${hex32(offset)}`);
      return 0;
    }
    const stored = this.#values[number]!;
    const value = this.#registers[number]!.row.read?.(stored) ?? stored;
    return lanes(value, offset, size);
  }

  write(offset: number, value: number, size: number): void {
    const number = this.#byIndex[offset >>> 2];
    if (number === undefined) {
      this.#log.log("guest_errors", () => `${this.#device}: write of ${hex32(value)} to unknown register at offset ${hex32(offset)}`);
      return;
    }
    const { name, row, bits } = this.#registers[number]!;
    const old = this.#values[number]!;
    const written = merge(old, offset, value, size);
    const unimplemented = written & (row.unimplemented ?? 0) & ~old;
    if (unimplemented !== 0) this.#log.log("unimp", () => `${this.#device}: ${name} bits ${hex32(unimplemented)} are not implemented`);
    if (bits === 0 && row.write === undefined) {
      this.#log.log("guest_errors", () => `${this.#device}: write of ${hex32(written)} to read-only register ${name}`);
      return;
    }
    this.#values[number] = (old & ~bits) | (written & bits);
    row.write?.(written, old);
  }

  /** Every register back to its reset value; hooks are not called. */
  reset(): void {
    for (let i = 0; i < this.#registers.length; i++) this.#values[i] = this.#registers[i]!.reset;
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#registers.map(({ name }, i) => [name, this.#values[i]!]));
  }

  /** Takes back what `snapshot` gave; names it does not know are left alone. */
  restore(snapshot: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(snapshot)) {
      const number = this.#numbers[name];
      if (number !== undefined) this.#values[number] = value;
    }
  }
}

/** The `size` bytes at `offset` of a 32-bit register with the given value, as u32. */
export const lanes = (value: number, offset: number, size: number): number => {
  const shifted = value >>> (8 * (offset & 3));
  return size === 4 ? shifted : (shifted & ((1 << (8 * size)) - 1)) >>> 0;
};

/** A 32-bit register after a write of `size` bytes at `offset`, by the rule in this file's opener. */
export const merge = (old: number, offset: number, value: number, size: number): number => {
  if (size === 4) return value >>> 0;
  const mask = (1 << (8 * size)) - 1;
  const shift = 8 * (offset & 3);
  if (shift === 0) return (value & mask) >>> 0;
  return ((old & ~(mask << shift)) | ((value & mask) << shift)) >>> 0;
};

/** The identification registers that end every PrimeCell: eight bytes, one per word, from 0xfe0 (periphid 0-3, pcellid 0-3). */
export const primeCellIds = (ids: readonly number[]): Record<string, RegisterRow> =>
  Object.fromEntries(ids.map((id, i) => [i < 4 ? `PeriphID${i}` : `PCellID${i - 4}`, { at: 0xfe0 + 4 * i, bits: 0, reset: id }] as const));
