/**
 * Tier-0 code kept from an earlier run: an image of the code arena, put back at the same addresses so that nothing in it has to be relocated,
 * and a list of its blocks. A block is taken into use when the guest comes to its pc with its flags and the same bytes of code lie there.
 * What the bytes may be trusted for is the caller's to know: they must come from the same build for the same target and CPU model.
 *
 *     header   8 words: magic, format, CRC-32 of all that follows, blocks, end of the arena, end of its constants, bytes of guest code, 0
 *     blocks   RECORD words each
 *     guest code of the blocks, padded to words
 *     constants, then the arena behind them
 */
import { ARENA, type EmulatorMemory, linkCell } from "@tsemu/memory";
import type { TranslatedBlock } from "./block-cache.ts";
import { CONSTANTS_SIZE } from "./code-arena.ts";

const MAGIC = 0x756d_6573;
const FORMAT = 2;
const HEADER = 8;
const RECORD = 10;
/** Words of a record. */
const field = { descriptor: 0, pc: 1, flags: 2, bytes: 3, insns: 4, base: 5, entry: 6, sites: 7, gotos: 8, code: 9 } as const;
/** In the `bytes` word: a region began with the block. */
const WAS_HOT = 0x1_0000;

/** A block that is to be kept. */
export interface KeptBlock {
  readonly block: TranslatedBlock;
  readonly hot: boolean;
  /** Address in the emulator's memory of its guest code. */
  readonly host: number;
}

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
  /** By number: 1 once taken into use. */
  readonly #taken: Uint8Array;
  taken = 0;

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

  /** The kept block for the code at pc, whose bytes are at `host` in the emulator's memory and go on for `room` bytes; in use from now on. */
  take(
    pa: number,
    pc: number,
    flags: number,
    host: number,
    room: number,
  ): { readonly block: TranslatedBlock; readonly hot: boolean } | undefined {
    const records = this.#records;
    for (let i = this.#heads[this.#bucket(pc | 0)]! - 1; i >= 0; i = this.#next[i]! - 1) {
      const at = RECORD * i;
      if (records[at + field.pc] !== (pc | 0) || records[at + field.flags] !== flags || this.#taken[i] === 1) continue;
      const bytes = records[at + field.bytes]! & 0xffff;
      if (bytes > room || !this.#sameCode(records[at + field.code]!, host, bytes)) continue;
      this.#taken[i] = 1;
      this.taken++;
      const base = records[at + field.base]!;
      const entry = records[at + field.entry]!;
      const gotos = records[at + field.gotos]!;
      this.#unlink(base, entry, gotos);
      return {
        hot: (records[at + field.bytes]! & WAS_HOT) !== 0,
        block: {
          descriptor: records[at + field.descriptor]!,
          pc,
          flags,
          pa,
          pa2: -1,
          bytes,
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
    return undefined;
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
  crc32: (bytes: Uint8Array) => number,
): Uint8Array<ArrayBuffer> {
  const left = earlier?.left() ?? [];
  const count = blocks.length + left.length;
  const codeBytes = blocks.reduce((sum, { block }) => sum + block.bytes, 0) + left.reduce((sum, { code }) => sum + code.length, 0);
  const codeAt = HEADER + RECORD * count;
  const constantsAt = codeAt + ((codeBytes + 3) >> 2);
  const constants = (constantsEnd - ARENA) >> 2;
  const arenaStart = (ARENA + CONSTANTS_SIZE) >> 2;
  const words = new Int32Array(constantsAt + constants + (arenaEnd >> 2) - arenaStart);
  const bytes = new Uint8Array(words.buffer);
  words.set([MAGIC, FORMAT, 0, count, arenaEnd, constantsEnd, codeBytes, 0]);
  let record = HEADER;
  let code = 0;
  for (const { block, hot, host } of blocks) {
    const { descriptor, pc, flags, insnCount, base, entry, sites, gotos } = block;
    words.set([descriptor, pc, flags, block.bytes | (hot ? WAS_HOT : 0), insnCount, base, entry, sites, gotos, code], record);
    bytes.set(memory.u8.subarray(host, host + block.bytes), 4 * codeAt + code);
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
  words[2] = crc32(bytes.subarray(12));
  return bytes;
}
