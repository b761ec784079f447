/** The headers of an ELF program, as execve reads them: from the file, a little at a time. */
import type { LinuxAbi } from "@tsemu/target";
import { fail } from "../errno.ts";

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly va: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

export const PT = { LOAD: 1, INTERP: 3, GNU_STACK: 0x6474_e551 } as const;

export interface ElfImage {
  /** ET_EXEC 2, ET_DYN 3. */
  readonly type: 2 | 3;
  readonly entry: number;
  readonly headers: readonly ProgramHeader[];
  readonly headersOffset: number;
  readonly headerSize: number;
}

/** Reads bytes of the file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

const isElf = (head: Uint8Array): boolean =>
  head.length >= 52 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;

/** Fails with ENOEXEC where it is no program for this architecture. */
export async function readElf(head: Uint8Array, readAt: ReadAt, abi: LinuxAbi): Promise<ElfImage> {
  const wide = abi.wordBytes === 8;
  if (!isElf(head) || head[4] !== (wide ? 2 : 1) || head[5] !== (abi.littleEndian ? 1 : 2)) return fail("ENOEXEC");
  const at = fields(head, abi);
  const type = at.u16(16);
  const flags = at.u32(wide ? 48 : 36);
  if ((type !== 2 && type !== 3) || at.u16(18) !== abi.elfMachine || !abi.acceptsElf(flags)) return fail("ENOEXEC");
  const headersOffset = at.word(wide ? 32 : 28);
  const headerSize = at.u16(wide ? 54 : 42);
  const count = at.u16(wide ? 56 : 44);
  if (headerSize !== (wide ? 56 : 32) || count === 0 || count > 65_536 / headerSize) return fail("ENOEXEC");
  const bytes = await readAt(headersOffset, count * headerSize);
  if (bytes.length < count * headerSize) return fail("ENOEXEC");
  const headers = Array.from({ length: count }, (_, i) => programHeader(bytes.subarray(i * headerSize), abi));
  return { type, entry: at.word(24), headers, headersOffset, headerSize };
}

function programHeader(bytes: Uint8Array, abi: LinuxAbi): ProgramHeader {
  const f = fields(bytes, abi);
  return abi.wordBytes === 8
    ? {
        type: f.u32(0),
        flags: f.u32(4),
        offset: f.word(8),
        va: f.word(16),
        fileSize: f.word(32),
        memorySize: f.word(40),
        align: f.word(48),
      }
    : {
        type: f.u32(0),
        flags: f.u32(24),
        offset: f.word(4),
        va: f.word(8),
        fileSize: f.word(16),
        memorySize: f.word(20),
        align: f.word(28),
      };
}

function fields(bytes: Uint8Array, { littleEndian, wordBytes }: LinuxAbi) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    u16: (at: number): number => view.getUint16(at, littleEndian),
    u32: (at: number): number => view.getUint32(at, littleEndian),
    word: (at: number): number => (wordBytes === 8 ? Number(view.getBigUint64(at, littleEndian)) : view.getUint32(at, littleEndian)),
  };
}

/** Permissions of a segment as PROT bits. */
export const protOf = (flags: number): number => ((flags & 4) !== 0 ? 1 : 0) | ((flags & 2) !== 0 ? 2 : 0) | (flags & 1 ? 4 : 0);
