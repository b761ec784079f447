/** The descriptors that Linux has for programs, without tables in memory: of a 64-bit kernel, as 32-bit programs see it too. */
import { DESC } from "../system/bits.ts";
import type { Descriptor } from "../system/descriptors.ts";
import type { X86Cpu } from "../x86-cpu.ts";

export const USER32_CS = 0x23;
export const USER_DS = 0x2b;
export const USER64_CS = 0x33;
/** The first of the three entries for thread-local storage. */
export const TLS_FIRST = 12;

const flat = 0x00cf_f300;
const fixed: Readonly<Record<number, readonly [low: number, high: number]>> = {
  [USER32_CS >>> 3]: [0xffff, flat | DESC.CODE],
  [USER_DS >>> 3]: [0xffff, flat],
  [USER64_CS >>> 3]: [0xffff, 0x00af_fb00],
};

const nowhere = { low: 0, high: 0 };

export function userDescriptor(cpu: X86Cpu, selector: number): Descriptor | undefined {
  const index = (selector & 0xffff) >>> 3;
  if ((selector & 4) !== 0) return undefined;
  const words = fixed[index] ?? tlsWords(cpu, index);
  return words === undefined ? undefined : { selector, low: words[0], high: words[1], address: nowhere, baseHigh: 0 };
}

function tlsWords(cpu: X86Cpu, index: number): readonly [low: number, high: number] | undefined {
  const n = index - TLS_FIRST;
  if (n < 0 || n > 2) return undefined;
  return [cpu.get(cpu.s.userDescriptors[2 * n]!), cpu.get(cpu.s.userDescriptors[2 * n + 1]!)];
}

/** struct user_desc (asm/ldt.h) as its four words. */
export interface UserDesc {
  readonly entry: number;
  readonly base: number;
  readonly limit: number;
  readonly flags: number;
}

/** The descriptor that a user_desc stands for; its accessed bit is set. Empty ones become 0. */
function wordsOf({ base, limit, flags }: UserDesc): [low: number, high: number] {
  // seg_not_present with read_exec_only and nothing else: the entry is cleared.
  if (base === 0 && limit === 0 && (flags & 0x7f) === 0x28) return [0, 0];
  const contents = (flags >>> 1) & 3;
  const writable = (flags & 8) === 0 ? 1 : 0;
  const high =
    ((base >>> 16) & 0xff) |
    DESC.ACCESSED |
    (writable << 9) |
    (contents << 10) |
    DESC.S |
    (3 << DESC.DPL_SHIFT) |
    ((flags & 0x20) === 0 ? DESC.P : 0) |
    (limit & 0xf_0000) |
    ((flags & 0x40) !== 0 ? 1 << 20 : 0) |
    ((flags & 1) !== 0 ? DESC.DB : 0) |
    ((flags & 0x10) !== 0 ? DESC.G : 0) |
    (base & 0xff00_0000);
  return [((base << 16) | (limit & 0xffff)) >>> 0, high >>> 0];
}

/** set_thread_area: the entry that was set, or -1 (EINVAL), -3 (ESRCH: none is free) negated as Linux numbers them. */
export function setThreadArea(cpu: X86Cpu, desc: UserDesc): number {
  let n = desc.entry - TLS_FIRST;
  if (desc.entry === 0xffff_ffff) {
    n = [0, 1, 2].findIndex((i) => cpu.get(cpu.s.userDescriptors[2 * i + 1]!) === 0);
    if (n < 0) return -3;
  }
  if (n < 0 || n > 2) return -22;
  const [low, high] = wordsOf(desc);
  cpu.set(cpu.s.userDescriptors[2 * n]!, low);
  cpu.set(cpu.s.userDescriptors[2 * n + 1]!, high);
  return n + TLS_FIRST;
}

/** get_thread_area: what was set, as far as the descriptor tells; undefined if there is no such entry. */
export function getThreadArea(cpu: X86Cpu, entry: number): UserDesc | undefined {
  const words = tlsWords(cpu, entry);
  if (words === undefined) return undefined;
  const [low, high] = words;
  const bit = (n: number, to: number): number => ((high >>> n) & 1) << to;
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff00_0000)) >>> 0;
  const limit = (low & 0xffff) | (high & 0xf_0000);
  // seg_32bit, contents, read_exec_only, limit_in_pages, seg_not_present, useable, lm.
  const flags = bit(22, 0) | (((high >>> 10) & 3) << 1) | (bit(9, 3) ^ 8) | bit(23, 4) | (bit(15, 5) ^ 0x20) | bit(20, 6) | bit(21, 7);
  return { entry, base, limit, flags };
}
