/**
 * ELF executables (System V ABI, chapters 4 and 5): 32 and 64 bits, either byte order. Reads what a loader needs: the entry point, the
 * segments, the symbols. Numbers of 64-bit files are given as JavaScript numbers where they are file offsets and sizes, as
 * bigint where they are addresses.
 */
import { UserError } from "@tsemu/base";

export interface ElfSegment {
  /** PT_LOAD is 1. */
  readonly type: number;
  readonly va: bigint;
  readonly pa: bigint;
  /** The bytes in the file; memory beyond them up to `memorySize` is zero. */
  readonly bytes: Uint8Array;
  readonly fileOffset: number;
  readonly memorySize: number;
  /** 1 execute, 2 write, 4 read. */
  readonly flags: number;
  readonly align: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly value: bigint;
  readonly size: number;
  /** 0 none, 1 object, 2 function ... */
  readonly type: number;
}

export interface ElfFile {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** ET_EXEC 2, ET_DYN 3. */
  readonly type: number;
  /** EM_ARM 40 ... */
  readonly machine: number;
  readonly flags: number;
  readonly entry: bigint;
  readonly programHeaders: { readonly offset: number; readonly entrySize: number; readonly count: number };
  readonly segments: readonly ElfSegment[];
  /** Reads the symbol table, if there is one. */
  symbols(): ElfSymbol[];
}

export const isElf = (file: Uint8Array): boolean =>
  file.length >= 16 && file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46;

/** Throws a UserError, naming `what`, if the headers are not those of an ELF file or point outside of it. */
export const parseElf = (file: Uint8Array, what: string): ElfFile => {
  const bad = (why: string): never => {
    throw new UserError(`${what}: ${why}`);
  };
  if (!isElf(file)) bad("not an ELF file");
  if (file[4] !== 1 && file[4] !== 2) bad(`unknown ELF class ${file[4]}`);
  if (file[5] !== 1 && file[5] !== 2) bad(`unknown ELF data encoding ${file[5]}`);
  const bits = file[4] === 1 ? 32 : 64;
  const littleEndian = file[5] === 1;
  const fields = new Fields(file, bits, littleEndian, bad);
  const wide = bits === 64;
  const programHeaders = {
    offset: fields.size(wide ? 32 : 28),
    entrySize: fields.u16(wide ? 54 : 42),
    count: fields.u16(wide ? 56 : 44),
  };
  if (programHeaders.count > 0 && programHeaders.entrySize < (wide ? 56 : 32)) bad("program header entries are too short");
  const segments: ElfSegment[] = [];
  for (let i = 0; i < programHeaders.count; i++) {
    segments.push(readSegment(fields, programHeaders.offset + i * programHeaders.entrySize, wide));
  }
  return {
    bits,
    littleEndian,
    type: fields.u16(16),
    machine: fields.u16(18),
    flags: fields.u32(wide ? 48 : 36),
    entry: fields.address(24),
    programHeaders,
    segments,
    symbols: () => readSymbols(fields, wide),
  };
};

const readSegment = (f: Fields, at: number, wide: boolean): ElfSegment => {
  const fileOffset = f.size(at + (wide ? 8 : 4));
  const fileSize = f.size(at + (wide ? 32 : 16));
  return {
    type: f.u32(at),
    va: f.address(at + (wide ? 16 : 8)),
    pa: f.address(at + (wide ? 24 : 12)),
    bytes: f.slice(fileOffset, fileSize),
    fileOffset,
    memorySize: f.size(at + (wide ? 40 : 20)),
    flags: f.u32(at + (wide ? 4 : 24)),
    align: f.size(at + (wide ? 48 : 28)),
  };
};

const SHT_SYMTAB = 2;

const readSymbols = (f: Fields, wide: boolean): ElfSymbol[] => {
  const sectionsAt = f.size(wide ? 40 : 32);
  const entrySize = f.u16(wide ? 58 : 46);
  const section = (i: number) => {
    const at = sectionsAt + i * entrySize;
    return {
      type: f.u32(at + 4),
      offset: f.size(at + (wide ? 24 : 16)),
      size: f.size(at + (wide ? 32 : 20)),
      link: f.u32(at + (wide ? 40 : 24)),
    };
  };
  const symbols: ElfSymbol[] = [];
  for (let i = 0; sectionsAt !== 0 && i < f.u16(wide ? 60 : 48); i++) {
    const table = section(i);
    if (table.type !== SHT_SYMTAB) continue;
    const names = section(table.link);
    const strings = f.slice(names.offset, names.size);
    const size = wide ? 24 : 16;
    f.slice(table.offset, table.size);
    for (let at = table.offset; at + size <= table.offset + table.size; at += size) {
      const from = f.u32(at);
      const end = strings.indexOf(0, from);
      symbols.push({
        name: new TextDecoder().decode(strings.subarray(from, end < 0 ? strings.length : end)),
        value: f.address(at + (wide ? 8 : 4)),
        size: f.size(at + (wide ? 16 : 8)),
        type: f.u8(at + (wide ? 4 : 12)) & 15,
      });
    }
  }
  return symbols;
};

/** Bounds-checked fields in the file's own width and byte order. */
class Fields {
  readonly #file: Uint8Array;
  readonly #view: DataView;
  readonly #wide: boolean;
  readonly #little: boolean;
  readonly #bad: (why: string) => never;

  constructor(file: Uint8Array, bits: 32 | 64, littleEndian: boolean, bad: (why: string) => never) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    this.#wide = bits === 64;
    this.#little = littleEndian;
    this.#bad = bad;
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#within(at, 1));
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#within(at, 2), this.#little);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#within(at, 4), this.#little);
  }

  address(at: number): bigint {
    return this.#wide ? this.#view.getBigUint64(this.#within(at, 8), this.#little) : BigInt(this.u32(at));
  }

  size(at: number): number {
    return Number(this.address(at));
  }

  slice(at: number, length: number): Uint8Array {
    this.#within(at, length);
    return this.#file.subarray(at, at + length);
  }

  #within(at: number, length: number): number {
    if (at + length > this.#file.length) this.#bad("the ELF file is truncated");
    return at;
  }
}
