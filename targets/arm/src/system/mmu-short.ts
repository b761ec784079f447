/**
 * Translation with short descriptors (ARM DDI 0406C, B3.5), and their older formats: ARMv5 and ARMv6 with SCTLR.XP = 0 (DDI 0100I, B4.7)
 * have access permissions for quarters of a page, and fine tables with 1 KB pages.
 */
import { GuestFault, type Access, type WalkMemory } from "@tsemu/target";
import { abort, type WalkResult } from "./mmu-faults.ts";

/** The registers that steer a walk. */
export interface ShortRegisters {
  readonly sctlr: number;
  readonly ttbr0: number;
  readonly ttbr1: number;
  readonly ttbcr: number;
  readonly dacr: number;
  readonly prrr: number;
  /** v7, or v6 with SCTLR.XP: the new formats. */
  readonly extended: boolean;
  /** PXN bits are implemented (LPAE cores). */
  readonly pxn: boolean;
}

const AFE = 1 << 29;
const TRE = 1 << 28;

/** Read and write permission of AP[2:0] (B3.7.1); with SCTLR.AFE, AP[0] is the access flag and counts as set. */
function permissions(ap: number, privileged: boolean, r: ShortRegisters): { read: boolean; write: boolean } {
  if ((r.sctlr & AFE) !== 0 && r.extended) ap |= 1;
  switch (ap) {
    case 0:
      // Before v7: the S and R bits of SCTLR give read access.
      return { read: !r.extended && ((r.sctlr & 0x200) !== 0 || ((r.sctlr & 0x100) !== 0 && privileged)), write: false };
    case 1:
      return { read: privileged, write: privileged };
    case 2:
      return { read: true, write: privileged };
    case 3:
      return { read: true, write: true };
    case 5:
      return { read: privileged, write: false };
    case 6:
    case 7:
      return { read: true, write: false };
    default:
      return { read: false, write: false };
  }
}

/** Is memory with these TEX, C, B bits Device or Strongly-ordered (B3.8)? */
function isDevice(tex: number, cb: number, r: ShortRegisters): boolean {
  if (!r.extended) return false;
  if ((r.sctlr & TRE) !== 0) return ((r.prrr >>> (2 * (((tex & 1) << 2) | cb))) & 3) < 2;
  return (tex === 0 && cb < 2) || (tex === 2 && cb === 0);
}

export function walkShort(r: ShortRegisters, memory: WalkMemory, va: number, access: Access, privileged: boolean): WalkResult | GuestFault {
  const n = r.extended ? r.ttbcr & 7 : 0;
  const useTtbr1 = n !== 0 && va >>> (32 - n) !== 0;
  if ((r.ttbcr & (useTtbr1 ? 0x20 : 0x10)) !== 0 && r.extended) return abort("translation", 1, va, access, false);
  const base = useTtbr1 ? (r.ttbr1 & ~0x3fff) >>> 0 : (r.ttbr0 & ~((1 << (14 - n)) - 1)) >>> 0;
  const index = useTtbr1 ? va >>> 20 : ((va << n) >>> n) >>> 20;
  const l1 = base + 4 * index;
  if (!memory.isRam(l1)) return abort("externalOnWalk", 1, va, access, false);
  const first = memory.read32(l1);
  const type = first & 3;
  const domain = (first >>> 5) & 15;
  const isSection = type === 2 || (type === 3 && r.extended && r.pxn);
  if (type === 0 || (type === 3 && !isSection && r.extended)) return abort("translation", 1, va, access, false, 0);
  const supersection = isSection && r.extended && (first & (1 << 18)) !== 0;
  const access2 = (r.dacr >>> (2 * (supersection ? 0 : domain))) & 3;
  const level = isSection ? 1 : 2;

  let leaf: {
    pa: number;
    ap: number;
    xn: boolean;
    pxn: boolean;
    tex: number;
    cb: number;
    wholePage: boolean;
    global: boolean;
    sizeBits: number;
  };
  if (isSection) {
    const pa = supersection
      ? (first & 0xff000000) + (va & 0x00fff000) + ((first >>> 20) & 15) * 2 ** 32 + ((first >>> 5) & 15) * 2 ** 36
      : (first & 0xfff00000) + (va & 0x000ff000);
    leaf = {
      pa: pa < 0 ? pa + 2 ** 32 : pa,
      ap: r.extended ? ((first >>> 10) & 3) | ((first >>> 13) & 4) : (first >>> 10) & 3,
      xn: r.extended && (first & 16) !== 0,
      pxn: r.pxn && (first & 1) !== 0,
      tex: (first >>> 12) & 7,
      cb: (first >>> 2) & 3,
      wholePage: true,
      global: !r.extended || (first & (1 << 17)) === 0,
      sizeBits: supersection ? 24 : 20,
    };
  } else {
    const fine = type === 3;
    const l2 = fine ? (first & 0xfffff000) + 4 * ((va >>> 10) & 0x3ff) : (first & 0xfffffc00) + 4 * ((va >>> 12) & 0xff);
    const at = l2 >>> 0;
    if (!memory.isRam(at)) return abort("externalOnWalk", 2, va, access, false, domain);
    const second = memory.read32(at);
    const small = second & 3;
    if (small === 0) return abort("translation", 2, va, access, false, domain);
    const tablePxn = r.pxn && (first & 4) !== 0;
    if (r.extended) {
      const large = small === 1;
      leaf = {
        pa: (large ? (second & 0xffff0000) + (va & 0xf000) : second & 0xfffff000) >>> 0,
        ap: ((second >>> 4) & 3) | ((second >>> 7) & 4),
        xn: large ? (second & 0x8000) !== 0 : (second & 1) !== 0,
        pxn: tablePxn,
        tex: large ? (second >>> 12) & 7 : (second >>> 6) & 7,
        cb: (second >>> 2) & 3,
        wholePage: true,
        global: (second & (1 << 11)) === 0,
        sizeBits: large ? 16 : 12,
      };
    } else {
      // Quarters of the page have their own AP: of 16 KB in a large page, of 1 KB in a small one; a tiny page is 1 KB and has one.
      const quarter = small === 1 ? (va >>> 14) & 3 : small === 2 ? (va >>> 10) & 3 : 0;
      const aps = (second >>> 4) & 0xff;
      const extendedSmall = small === 3 && !fine;
      leaf = {
        pa:
          (small === 1
            ? (second & 0xffff0000) + (va & 0xf000)
            : small === 3 && fine
              ? (second & 0xfffffc00) - (va & 0xc00)
              : second & 0xfffff000) >>> 0,
        ap: extendedSmall || small === 3 ? aps & 3 : (aps >>> (2 * quarter)) & 3,
        xn: false,
        pxn: false,
        tex: 0,
        cb: (second >>> 2) & 3,
        wholePage: extendedSmall || small === 1 || (small === 2 && aps === (aps & 3) * 0x55),
        global: true,
        sizeBits: small === 1 ? 16 : 12,
      };
    }
  }

  if ((access2 & 1) === 0) return abort("domain", level, va, access, false, domain);
  if (access2 === 3)
    return { ...leaf, level, domain, readable: true, writable: true, executable: true, device: isDevice(leaf.tex, leaf.cb, r) };
  if (r.extended && (r.sctlr & AFE) !== 0 && (leaf.ap & 1) === 0) return abort("accessFlag", level, va, access, false, domain);
  const { read, write } = permissions(leaf.ap, privileged, r);
  const userWritable = write && permissions(leaf.ap, false, r).write;
  const neverExecute =
    leaf.xn ||
    (privileged && leaf.pxn) ||
    (write && (r.sctlr & (1 << 19)) !== 0 && r.pxn) ||
    (privileged && userWritable && (r.sctlr & (1 << 20)) !== 0 && r.pxn);
  return {
    pa: leaf.pa,
    wholePage: leaf.wholePage,
    global: leaf.global,
    sizeBits: leaf.sizeBits,
    level,
    domain,
    readable: read,
    writable: write,
    executable: read && !neverExecute,
    device: isDevice(leaf.tex, leaf.cb, r),
  };
}
