/**
 * Tier-0 code kept from an earlier run: an image of the code arena, put back at the same addresses so that nothing in it has to be relocated,
 * and a list of its blocks. A block is taken into use when the guest comes to its pc with its flags and the same bytes of code lie there.
 * What the bytes may be trusted for is the caller's to know: they must come from the same build for the same target and CPU model.
 *
 *     header   8 words: magic, format, CRC-32 of all that follows, blocks, end of the arena, end of its constants, bytes of guest code, words
 *              of compiled regions
 *     blocks   RECORD words each
 *     guest code of the blocks, padded to words
 *     constants, then the arena behind them
 *     compiled regions (kept-regions.ts)
 */
import { ARENA, type EmulatorMemory, linkCell } from "@tsemu/memory";
import type { Place, TranslatedBlock } from "./block-cache.ts";
import { CONSTANTS_SIZE } from "./code-arena.ts";

const MAGIC = 0x756d_6573;
const FORMAT = 4;
const HEADER = 8;
const RECORD = 11;
/** Words of a record. */
const field = { descriptor: 0, pc: 1, flags: 2, bytes: 3, insns: 4, base: 5, entry: 6, sites: 7, gotos: 8, code: 9, pcHigh: 10 } as const;
/** In the `bytes` word: a region began with the block. */
const WAS_HOT = 0x1_0000;

/** A block that is to be kept. */
export interface KeptBlock {
  readonly block: TranslatedBlock;
  readonly hot: boolean;
  readonly code: Uint8Array;
}

/** Does a block's place say what code it was made of? Not where it crosses pages, or code is rewritten. */
export const isKeepable = ({ pa2, rewrites }: TranslatedBlock): boolean => pa2 < 0 && rewrites === 0;

export class KeptCode {
  /** Where the arena, and its constants, end. */
  readonly arenaEnd: number;
  readonly constantsEnd: number;
  /** Blocks in the file. */
  readonly count: number;
  readonly #memory: EmulatorMemory;
  readonly #records: Int32Array;
  readonly #code: Uint8Array;
  /** Heads of chains by a hash of the pc, and what follows in them: numbers of records plus 1. */
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  /** What the compiled regions are written in. */
  readonly regions: Int32Array;
  /** Numbers by descriptor; made when one is first asked for. */
  #numbers: Map<number, number> | undefined;
  /** By number: 1 once taken into use. */
  readonly #taken: Uint8Array;

  private constructor(words: Int32Array, memory: EmulatorMemory) {
    this.count = words[3]!;
    this.arenaEnd = words[4]!;
    this.constantsEnd = words[5]!;
    this.#memory = memory;
    this.#records = words.slice(HEADER, HEADER + RECORD * this.count);
    const codeAt = HEADER + RECORD * this.count;
    this.#code = new Uint8Array(words.buffer, words.byteOffset + 4 * codeAt, words[6]!).slice();
    const constantsAt = codeAt + ((words[6]! + 3) >> 2);
    const constants = (this.constantsEnd - ARENA) >> 2;
    const arenaStart = (ARENA + CONSTANTS_SIZE) >> 2;
    memory.i32.set(words.subarray(constantsAt, constantsAt + constants), ARENA >> 2);
    memory.i32.set(words.subarray(constantsAt + constants, constantsAt + constants + (this.arenaEnd >> 2) - arenaStart), arenaStart);
    this.regions = words.slice(words.length - words[7]!);
    let buckets = 1024;
    while (buckets < this.count) buckets *= 2;
    this.#heads = new Int32Array(buckets);
    this.#next = new Int32Array(this.count);
    this.#taken = new Uint8Array(this.count);
    for (let i = 0; i < this.count; i++) {
      const bucket = this.#bucket(this.#records[RECORD * i + field.pc]!);
      this.#next[i] = this.#heads[bucket]!;
      this.#heads[bucket] = i + 1;
    }
  }

  /** Puts a kept arena back; undefined if the bytes are not one, or were damaged. `crc32` as in zlib. The arena must be empty. */
  static restore(bytes: Uint8Array, memory: EmulatorMemory, crc32: (bytes: Uint8Array) => number): KeptCode | undefined {
    if (bytes.length < 4 * HEADER || bytes.length % 4 !== 0) return undefined;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    if (words[0] !== MAGIC || words[1] !== FORMAT || (words[2]! ^ crc32(bytes.subarray(12))) !== 0) return undefined;
    return new KeptCode(words, memory);
  }

  #bucket(pc: number): number {
    return (Math.imul(pc, 0x9e37_79b1) >>> 8) & (this.#heads.length - 1);
  }

  /** The kept block for the code there, whose bytes are at `host` in the emulator's memory and go on for `room` bytes; in use from now on. */
  take(
    pa: number,
    { pc, pcHigh, flags }: Place,
    host: number,
    room: number,
  ): { readonly block: TranslatedBlock; readonly hot: boolean } | undefined {
    const records = this.#records;
    for (let i = this.#heads[this.#bucket(pc | 0)]! - 1; i >= 0; i = this.#next[i]! - 1) {
      const at = RECORD * i;
      if (records[at + field.pc] !== (pc | 0) || records[at + field.pcHigh] !== (pcHigh | 0)) continue;
      if (records[at + field.flags] !== flags || this.#taken[i] === 1) continue;
      const bytes = records[at + field.bytes]! & 0xffff;
      if (bytes > room || !this.#sameCode(records[at + field.code]!, host, bytes)) continue;
      return this.#use(i, pa);
    }
    return undefined;
  }

  #use(number: number, pa: number): { readonly block: TranslatedBlock; readonly hot: boolean } {
    const records = this.#records;
    const at = RECORD * number;
    this.#taken[number] = 1;
    const base = records[at + field.base]!;
    const entry = records[at + field.entry]!;
    const gotos = records[at + field.gotos]!;
    this.#unlink(base, entry, gotos);
    return {
      hot: (records[at + field.bytes]! & WAS_HOT) !== 0,
      block: {
        descriptor: records[at + field.descriptor]!,
        pc: records[at + field.pc]! >>> 0,
        pcHigh: records[at + field.pcHigh]! >>> 0,
        flags: records[at + field.flags]!,
        pa,
        pa2: -1,
        bytes: records[at + field.bytes]! & 0xffff,
        insnCount: records[at + field.insns]!,
        base,
        entry,
        sites: records[at + field.sites]!,
        gotos,
        stale: false,
        rewrites: 0,
        next: undefined,
      },
    };
  }

  #numberOf(descriptor: number): number | undefined {
    if (this.#numbers === undefined) {
      this.#numbers = new Map();
      for (let i = 0; i < this.count; i++) this.#numbers.set(this.#records[RECORD * i + field.descriptor]!, i);
    }
    return this.#numbers.get(descriptor);
  }

  /** Where the block with the descriptor begins, and under which flags. */
  placeOf(descriptor: number): Place | undefined {
    const number = this.#numberOf(descriptor);
    if (number === undefined) return undefined;
    const at = RECORD * number;
    const records = this.#records;
    return { pc: records[at + field.pc]! >>> 0, pcHigh: records[at + field.pcHigh]! >>> 0, flags: records[at + field.flags]! };
  }

  /** The same as take() for the block with the descriptor. */
  takeDescriptor(descriptor: number, pa: number, host: number): ReturnType<KeptCode["take"]> {
    const number = this.#numberOf(descriptor);
    if (number === undefined || this.#taken[number] === 1) return undefined;
    const at = RECORD * number;
    if (!this.#sameCode(this.#records[at + field.code]!, host, this.#records[at + field.bytes]! & 0xffff)) return undefined;
    return this.#use(number, pa);
  }

  #sameCode(code: number, host: number, bytes: number): boolean {
    const { u8 } = this.#memory;
    for (let i = 0; i < bytes; i++) if (this.#code[code + i] !== u8[host + i]) return false;
    return true;
  }

  /** Links and lookups know nothing yet. */
  #unlink(base: number, entry: number, gotos: number): void {
    const { u32 } = this.#memory;
    const rings = base + gotos * linkCell.size;
    for (let cell = base; cell < rings; cell += linkCell.size) u32[cell >> 2] = 0;
    u32.fill(0, rings >> 2, entry >> 2);
  }

  /** The blocks that were not taken into use, for the next run: as records and code. */
  left(): { readonly record: Int32Array; readonly code: Uint8Array }[] {
    const left: { record: Int32Array; code: Uint8Array }[] = [];
    for (let i = 0; i < this.count; i++) {
      if (this.#taken[i] === 1) continue;
      const record = this.#records.subarray(RECORD * i, RECORD * (i + 1));
      const code = record[field.code]!;
      left.push({ record, code: this.#code.subarray(code, code + (record[field.bytes]! & 0xffff)) });
    }
    return left;
  }
}

/** The file for blocks in the arena, with those that an earlier run left. */
export function keepCode(
  blocks: readonly KeptBlock[],
  earlier: KeptCode | undefined,
  memory: EmulatorMemory,
  arenaEnd: number,
  constantsEnd: number,
  regions: (isKept: (descriptor: number) => boolean) => Int32Array,
  crc32: (bytes: Uint8Array) => number,
): Uint8Array<ArrayBuffer> {
  const left = earlier?.left() ?? [];
  const kept = new Set([...blocks.map(({ block }) => block.descriptor), ...left.map(({ record }) => record[field.descriptor]!)]);
  const regionWords = regions((descriptor) => kept.has(descriptor));
  const count = blocks.length + left.length;
  const codeBytes = blocks.reduce((sum, { block }) => sum + block.bytes, 0) + left.reduce((sum, { code }) => sum + code.length, 0);
  const codeAt = HEADER + RECORD * count;
  const constantsAt = codeAt + ((codeBytes + 3) >> 2);
  const constants = (constantsEnd - ARENA) >> 2;
  const arenaStart = (ARENA + CONSTANTS_SIZE) >> 2;
  const regionsAt = constantsAt + constants + (arenaEnd >> 2) - arenaStart;
  const words = new Int32Array(regionsAt + regionWords.length);
  const bytes = new Uint8Array(words.buffer);
  words.set([MAGIC, FORMAT, 0, count, arenaEnd, constantsEnd, codeBytes, regionWords.length]);
  let record = HEADER;
  let code = 0;
  for (const { block, hot, code: guestCode } of blocks) {
    const { descriptor, pc, pcHigh, flags, insnCount, base, entry, sites, gotos } = block;
    words.set([descriptor, pc, flags, block.bytes | (hot ? WAS_HOT : 0), insnCount, base, entry, sites, gotos, code, pcHigh], record);
    bytes.set(guestCode, 4 * codeAt + code);
    code += block.bytes;
    record += RECORD;
  }
  for (const { record: old, code: oldCode } of left) {
    words.set(old, record);
    words[record + field.code] = code;
    bytes.set(oldCode, 4 * codeAt + code);
    code += oldCode.length;
    record += RECORD;
  }
  words.set(memory.i32.subarray(ARENA >> 2, constantsEnd >> 2), constantsAt);
  words.set(memory.i32.subarray(arenaStart, arenaEnd >> 2), constantsAt + constants);
  words.set(regionWords, regionsAt);
  words[2] = crc32(bytes.subarray(12));
  return bytes;
}
