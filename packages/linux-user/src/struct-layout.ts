/** C structures as an architecture lays them out: offsets from declarations, fields read and written by name. */
import type { CScalar, CStruct, LinuxAbi } from "@tsemu/target";

interface Placed {
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  readonly count: number;
}

export type StructValues = Readonly<Record<string, number | bigint | Uint8Array | readonly number[]>>;

const sizes: Readonly<Record<CScalar, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  long: 0,
  ulong: 0,
  ptr: 0,
};

export class StructLayout {
  readonly size: number;
  readonly #fields = new Map<string, Placed>();
  readonly #little: boolean;

  constructor(declaration: CStruct, abi: Pick<LinuxAbi, "wordBytes" | "alignOf64" | "littleEndian">) {
    this.#little = abi.littleEndian;
    let at = 0;
    let largest = 1;
    for (const [name, type, count = 1] of declaration) {
      const size = sizes[type] === 0 ? abi.wordBytes : sizes[type];
      const align = size === 8 ? abi.alignOf64 : size;
      at = Math.ceil(at / align) * align;
      largest = Math.max(largest, align);
      this.#fields.set(name, { offset: at, size, signed: type.startsWith("i") || type === "long", count });
      at += size * count;
    }
    this.size = Math.ceil(at / largest) * largest;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  offset(name: string): number {
    return this.#field(name).offset;
  }

  #field(name: string): Placed {
    const field = this.#fields.get(name);
    if (field === undefined) throw new Error(`internal error: no field ${name}`);
    return field;
  }

  /** The structure with these values; what is not named is zero, and what the structure does not have is left out. */
  build(values: StructValues): Uint8Array {
    const bytes = new Uint8Array(this.size);
    this.write(bytes, values);
    return bytes;
  }

  write(bytes: Uint8Array, values: StructValues): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [name, value] of Object.entries(values)) {
      const field = this.#fields.get(name);
      if (field === undefined) continue;
      if (value instanceof Uint8Array) bytes.set(value.subarray(0, field.size * field.count), field.offset);
      else if (typeof value === "number" || typeof value === "bigint") this.#put(view, field, 0, value);
      else for (let i = 0; i < Math.min(field.count, value.length); i++) this.#put(view, field, i, value[i]!);
    }
  }

  #put(view: DataView, { offset, size }: Placed, index: number, value: number | bigint): void {
    const at = offset + index * size;
    if (size === 8) view.setBigInt64(at, BigInt.asIntN(64, typeof value === "bigint" ? value : BigInt(Math.trunc(value))), this.#little);
    else {
      // Conversion modulo 2^32 of whatever the value is: what a C assignment does.
      const low = typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : (Math.trunc(value) % 2 ** 32) | 0;
      if (size === 4) view.setInt32(at, low, this.#little);
      else if (size === 2) view.setInt16(at, low, this.#little);
      else view.setInt8(at, low);
    }
  }

  /** A field's value; 64-bit ones beyond 2^53 lose their low bits. */
  get(bytes: Uint8Array, name: string, index = 0): number {
    const { offset, size, signed } = this.#field(name);
    const at = offset + index * size;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const little = this.#little;
    if (size === 8) return Number(signed ? view.getBigInt64(at, little) : view.getBigUint64(at, little));
    if (size === 4) return signed ? view.getInt32(at, little) : view.getUint32(at, little);
    if (size === 2) return signed ? view.getInt16(at, little) : view.getUint16(at, little);
    return signed ? view.getInt8(at) : view.getUint8(at);
  }
}
