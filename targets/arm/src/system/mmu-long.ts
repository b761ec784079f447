/** Translation with long descriptors, stage 1 of PL1 and PL0 (ARM DDI 0406C, B3.6). */
import { GuestFault, type Access, type WalkMemory } from "@tsemu/target";
import { abort, type WalkResult } from "./mmu-faults.ts";

export interface LongRegisters {
  readonly sctlr: number;
  readonly ttbcr: number;
  /** Low and high words. */
  readonly ttbr0: readonly [number, number];
  readonly ttbr1: readonly [number, number];
  readonly mair0: number;
  readonly mair1: number;
}

const low40 = (low: number, high: number, mask: number): number => ((low & mask) >>> 0) + (high & 0xff) * 2 ** 32;

/** Which table translates va: its base, and the size of its input address in bits; undefined: none. */
function tableFor(r: LongRegisters, va: number): { base: readonly [number, number]; bits: number } | undefined {
  const t0sz = r.ttbcr & 7;
  const t1sz = (r.ttbcr >>> 16) & 7;
  const inLow = t0sz === 0 ? t1sz === 0 || va >>> (32 - t1sz) !== (1 << t1sz) - 1 : va >>> (32 - t0sz) === 0;
  if (inLow) return (r.ttbcr & (1 << 7)) !== 0 ? undefined : { base: r.ttbr0, bits: 32 - t0sz };
  const inHigh = t1sz === 0 || va >>> (32 - t1sz) === (1 << t1sz) - 1;
  if (!inHigh || (r.ttbcr & (1 << 23)) !== 0) return undefined;
  return { base: r.ttbr1, bits: 32 - t1sz };
}

/** MAIR's attribute byte: 0000xxxx is Device or Strongly-ordered. */
const isDevice = (r: LongRegisters, index: number): boolean => (((index < 4 ? r.mair0 : r.mair1) >>> (8 * (index & 3))) & 0xf0) === 0;

export function walkLong(r: LongRegisters, memory: WalkMemory, va: number, access: Access, privileged: boolean): WalkResult | GuestFault {
  const table = tableFor(r, va);
  if (table === undefined) return abort("translation", 1, va, access, true);
  let level = table.bits > 30 ? 1 : 2;
  // Index bits of the first level: what is left above the 12 + 9 * (3 - level) bits below it.
  const firstBits = table.bits - (12 + 9 * (3 - level));
  let base = low40(table.base[0], table.base[1], -(8 << firstBits) | 0);
  let noUser = false;
  let readOnly = false;
  let xnTable = false;
  let pxnTable = false;
  for (; ; level++) {
    const shift = 12 + 9 * (3 - level);
    const bits = level === (table.bits > 30 ? 1 : 2) ? firstBits : 9;
    const index = (va >>> shift) & ((1 << bits) - 1);
    const at = base + 8 * index;
    if (!memory.isRam(at)) return abort("externalOnWalk", level, va, access, true);
    const low = memory.read32(at);
    const high = memory.read32(at + 4);
    const type = low & 3;
    if ((type & 1) === 0 || (level === 3 && type === 1)) return abort("translation", level, va, access, true);
    if (type === 3 && level < 3) {
      base = low40(low, high, -0x1000);
      noUser ||= (high & (1 << 29)) !== 0;
      readOnly ||= (high & (1 << 30)) !== 0;
      xnTable ||= (high & (1 << 28)) !== 0;
      pxnTable ||= (high & (1 << 27)) !== 0;
      continue;
    }
    if ((low & (1 << 10)) === 0) return abort("accessFlag", level, va, access, true);
    const pageMask = level === 3 ? -0x1000 : level === 2 ? -0x20_0000 : -0x4000_0000;
    const pa = low40(low, high, pageMask) + (va & ~pageMask & 0xfffff000);
    const user = (low & 0x40) !== 0 && !noUser;
    const writable = (low & 0x80) === 0 && !readOnly;
    const read = privileged || user;
    const write = read && writable;
    const xn = (high & (1 << 22)) !== 0 || xnTable || (write && (r.sctlr & (1 << 19)) !== 0);
    const pxn = privileged && ((high & (1 << 21)) !== 0 || pxnTable || (user && writable && (r.sctlr & (1 << 20)) !== 0));
    return {
      pa,
      level,
      domain: 0,
      readable: read,
      writable: write,
      executable: read && !xn && !pxn,
      device: isDevice(r, (low >>> 2) & 7),
      wholePage: true,
      global: (low & (1 << 11)) === 0,
      sizeBits: 12 + 9 * (3 - level),
    };
  }
}
