/**
 * Recorded instruction tests. A vector is one instruction (or a short sequence) with the registers, flags and memory
 * before and after it. Register values before are indexes into a pool that the file holds once; of what comes after,
 * only the differences are stored. All numbers are little-endian.
 *
 *     file:   "TSV1"  u16 pool size  u32 pool values  u32 number of vectors  vectors
 *     vector: u8 code length  code  u32 pc  u8[15] pool indexes of r0-r14  u16 flags before (NZCVQ, GE)
 *             u16 changed registers  u32 values  u16 flags after  u8 changed bytes of the window  {u16 offset, u8 value}
 *
 * Flags are CPSR bits 31:27 in bits 8:4, and GE in bits 3:0. 0xffff as flags after: Undefined Instruction.
 */

export interface Vector {
  /** Instruction bytes in memory order. */
  readonly code: Uint8Array;
  readonly pc: number;
  /** Pool indexes. */
  readonly registers: readonly number[];
  readonly flags: number;
}

export interface Result {
  /** r0-r14. */
  readonly registers: readonly number[];
  readonly flags: number;
  /** Changed bytes of the window. */
  readonly memory: ReadonlyMap<number, number>;
}

export interface RecordedVector extends Vector {
  /** undefined: Undefined Instruction exception. */
  readonly result: Result | undefined;
}

export interface VectorFile {
  readonly pool: readonly number[];
  readonly vectors: readonly RecordedVector[];
}

const magic = 0x3156_5354;
const undefinedFlags = 0xffff;

/** CPSR bits as the file has them. */
export const packFlags = (cpsr: number): number => ((cpsr >>> 27) << 4) | ((cpsr >>> 16) & 15);
export const unpackFlags = (flags: number): number => (((flags >>> 4) << 27) | ((flags & 15) << 16)) >>> 0;

export function encodeVectors({ pool, vectors }: VectorFile): Uint8Array {
  const bytes: number[] = [];
  const put = (size: number, value: number): void => {
    for (let i = 0; i < size; i++) bytes.push((value >>> (8 * i)) & 0xff);
  };
  put(4, magic);
  put(2, pool.length);
  for (const value of pool) put(4, value);
  put(4, vectors.length);
  for (const { code, pc, registers, flags, result } of vectors) {
    put(1, code.length);
    bytes.push(...code);
    put(4, pc);
    bytes.push(...registers);
    put(2, flags);
    if (result === undefined) {
      put(2, 0);
      put(2, undefinedFlags);
      put(1, 0);
      continue;
    }
    const changed = result.registers.map((value, n) => ({ n, value })).filter(({ n, value }) => value >>> 0 !== pool[registers[n]!]! >>> 0);
    put(
      2,
      changed.reduce((mask, { n }) => mask | (1 << n), 0),
    );
    for (const { value } of changed) put(4, value);
    put(2, result.flags);
    put(1, result.memory.size);
    for (const [offset, value] of result.memory) {
      put(2, offset);
      put(1, value);
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeVectors(file: Uint8Array): VectorFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  const take = (size: 1 | 2 | 4): number => {
    at += size;
    return size === 1 ? view.getUint8(at - 1) : size === 2 ? view.getUint16(at - 2, true) : view.getUint32(at - 4, true);
  };
  const times = <T>(n: number, read: () => T): T[] => Array.from({ length: n }, read);
  if (take(4) !== magic) throw new Error("not a file of vectors");
  const pool = times(take(2), () => take(4));
  const vectors = times(take(4), (): RecordedVector => {
    const code = Uint8Array.from(times(take(1), () => take(1)));
    const pc = take(4);
    const registers = times(15, () => take(1));
    const flags = take(2);
    const mask = take(2);
    const after = registers.map((index, n) => ((mask >>> n) & 1 ? take(4) : pool[index]!));
    const flagsAfter = take(2);
    const memory = new Map(times(take(1), () => [take(2), take(1)] as const));
    return {
      code,
      pc,
      registers,
      flags,
      result: flagsAfter === undefinedFlags ? undefined : { registers: after, flags: flagsAfter, memory },
    };
  });
  return { pool, vectors };
}
