/**
 * The TLB of the R4000 kind (MIPS64 PRA, chapter 4): entries of two pages each, that software fills.
 *
 * What TLBWR overwrites may stay in the engine's own TLB for a while: software cannot know which entry TLBWR takes. Once it looks (TLBP
 * finds nothing) or replaces entries itself (TLBWI), what was overwritten has to be gone. Kernels overwrite entries far more often.
 */
import { GuestFault, type Access, type Mapping } from "@tsemu/target";
import * as bf from "../block-flags.ts";
import { exceptions } from "../host-calls.ts";
import type { MipsCpu } from "../mips-cpu.ts";
import { tlbEntry as e } from "../state.ts";

const GLOBAL = 0x100;
/** Pages that are forgotten one by one; an entry of more has everything forgotten. */
const MAX_PAGES = 16;
const LO_V = 2;
const LO_D = 4;

const CACHE_UNIT = 2 ** 12;
/** Bytes of an entry with the smallest pages. */
const PAIR = 2 * CACHE_UNIT;
/** So many entries that were overwritten are forgotten one by one: everything is about as long to forget, and much longer to find again. */
const MAX_OVERWRITTEN = 128;

export class Tlb {
  readonly #cpu: MipsCpu;
  readonly #base: number;
  readonly size: number;
  /** What was overwritten and may still be in use, as numbers of pairs of pages; undefined: more than is worth remembering. */
  #overwritten: Set<number> | undefined = new Set();

  constructor(cpu: MipsCpu) {
    this.#cpu = cpu;
    this.#base = cpu.s.tlb >> 2;
    this.size = cpu.model.tlbEntries;
  }

  #at(index: number): number {
    return this.#base + index * e.words;
  }

  get #asid(): number {
    return this.#cpu.low("entryhi") & 0xff;
  }

  /** Does the entry stand for this address? `high`: its upper word. */
  #matches(at: number, low: number, high: number, asid: number): boolean {
    const { u32 } = this.#cpu.state;
    // Bits 12:0 of the mask are ones: a page is 4 KiB at least, and an entry has two.
    const mask = ~(u32[at + e.mask]! | 0x1fff);
    if (((u32[at + e.vpn]! ^ low) & mask) !== 0 || u32[at + e.vpnHigh] !== high) return false;
    const tag = u32[at + e.asid]!;
    return (tag & GLOBAL) !== 0 || (tag & 0xff) === asid;
  }

  #find(low: number, high: number): number {
    const asid = this.#asid;
    for (let i = 0; i < this.size; i++) {
      const at = this.#at(i);
      if (this.#matches(at, low, high, asid)) return i;
    }
    return -1;
  }

  /** The mapping of a page of a mapped segment, or the exception. `high`: upper word of the address. */
  translate(va: number, high: number, access: Access): Mapping | GuestFault {
    const { u32 } = this.#cpu.state;
    const index = this.#find(va, this.vpnHigh(high));
    const store = access === "write";
    if (index < 0) return new GuestFault(store ? exceptions.tlbStore : exceptions.tlbLoad, 1, va, high);
    const at = this.#at(index);
    const mask = u32[at + e.mask]! | 0x1fff;
    const half = (mask + 1) >>> 1;
    const lo = at + ((va & half) !== 0 ? e.lo1 : e.lo0);
    const bits = u32[lo]!;
    if ((bits & LO_V) === 0) return new GuestFault(store ? exceptions.tlbStore : exceptions.tlbLoad, 0, va, high);
    if (store && (bits & LO_D) === 0) return new GuestFault(exceptions.modified, 0, va, high);
    const frame = ((bits >>> 6) + (u32[lo + 1]! & 0x3f) * 2 ** 26) * CACHE_UNIT;
    const inPage = (va & (half - 1) & ~0xfff) >>> 0;
    const pa = frame - (frame % half) + inPage;
    return {
      pa,
      readable: true,
      writable: (bits & LO_D) !== 0,
      executable: true,
      device: false,
      wholePage: true,
      global: (u32[at + e.asid]! & GLOBAL) !== 0,
    };
  }

  /** Upper word of a virtual page number: region bits and as much of the segment as the CPU has. */
  vpnHigh(high: number): number {
    if (!this.#cpu.is64) return 0;
    const mask = (0xc000_0000 | (2 ** (this.#cpu.model.segmentBits - 32) - 1)) >>> 0;
    return (high & mask) >>> 0;
  }

  #isUsed(at: number): boolean {
    const { u32 } = this.#cpu.state;
    return ((u32[at + e.lo0]! | u32[at + e.lo1]!) & LO_V) !== 0;
  }

  /** Bytes that an entry stands for. */
  #bytes(at: number): number {
    return (this.#cpu.state.u32[at + e.mask]! | 0x1fff) + 1;
  }

  /** Upper word of an entry's addresses. */
  #high(at: number): number {
    const { u32 } = this.#cpu.state;
    const vpnHigh = u32[at + e.vpnHigh]!;
    // The last 2 GiB of the last region are the compatibility segments, in whose addresses the bits beyond the segment are ones too.
    return this.#cpu.is64 && u32[at + e.vpn]! >= 0x8000_0000 && vpnHigh === this.vpnHigh(0xffff_ffff) ? 0xffff_ffff : vpnHigh;
  }

  /** Forgets what the engine keeps of an entry. */
  #forget(at: number): void {
    if (!this.#isUsed(at)) return;
    const bytes = this.#bytes(at);
    const first = (this.#cpu.state.u32[at + e.vpn]! & ~(bytes - 1)) >>> 0;
    if (bytes > MAX_PAGES * CACHE_UNIT) this.#cpu.env.flushTlb("all");
    else for (let page = first; page < first + bytes; page += CACHE_UNIT) this.#cpu.env.flushTlb(page >>> 0, this.#high(at));
  }

  /** TLBWR is about to overwrite the entry. */
  #remember(at: number): void {
    if (this.#overwritten === undefined || !this.#isUsed(at)) return;
    if (this.#overwritten.size === MAX_OVERWRITTEN || this.#bytes(at) !== PAIR) this.#overwritten = undefined;
    // The number of the pair: of 64 bits, 13 are zeros.
    else this.#overwritten.add(this.#high(at) * 2 ** 19 + (this.#cpu.state.u32[at + e.vpn]! >>> 13));
  }

  /** What was overwritten is to be gone. */
  #settle(): void {
    const pairs = this.#overwritten;
    if (pairs?.size === 0) return;
    this.#overwritten = new Set();
    const { env } = this.#cpu;
    if (pairs === undefined) env.flushTlb("all");
    else
      for (const pair of pairs)
        for (const page of [0, CACHE_UNIT]) env.flushTlb(((pair % 2 ** 19) * PAIR + page) >>> 0, Math.floor(pair / 2 ** 19));
  }

  #write(index: number): void {
    const cpu = this.#cpu;
    const { u32 } = cpu.state;
    const at = this.#at(index);
    const mask = cpu.word("pagemask");
    const keep = ~(mask | 0x1fff) >>> 0;
    const lo0 = cpu.words("entrylo0");
    const lo1 = cpu.words("entrylo1");
    const entryHi = cpu.words("entryhi");
    u32[at + e.vpn] = (entryHi[0] & keep) >>> 0;
    u32[at + e.vpnHigh] = this.vpnHigh(entryHi[1]);
    u32[at + e.mask] = mask;
    u32[at + e.asid] = (entryHi[0] & 0xff) | (lo0[0] & lo1[0] & 1 ? GLOBAL : 0);
    [u32[at + e.lo0], u32[at + e.lo0High]] = lo0;
    [u32[at + e.lo1], u32[at + e.lo1High]] = lo1;
  }

  /** TLBWI. */
  writeIndexed(): void {
    const index = this.#cpu.word("index") & 0x7fff_ffff;
    if (index >= this.size) return;
    this.#forget(this.#at(index));
    this.#settle();
    this.#write(index);
  }

  /** TLBWR. */
  writeRandom(): void {
    const index = this.#cpu.random();
    this.#remember(this.#at(index));
    this.#write(index);
  }

  /** TLBP. */
  probe(): void {
    const cpu = this.#cpu;
    const [low, high] = cpu.words("entryhi");
    const index = this.#find(low, this.vpnHigh(high));
    cpu.setWord("index", index < 0 ? (cpu.word("index") | 0x8000_0000) >>> 0 : index);
    if (index < 0) this.#settle();
  }

  /** TLBR. */
  read(): void {
    const cpu = this.#cpu;
    const index = cpu.word("index") & 0x7fff_ffff;
    if (index >= this.size) return;
    const { u32 } = cpu.state;
    const at = this.#at(index);
    const global = (u32[at + e.asid]! & GLOBAL) !== 0 ? 1 : 0;
    const lo = (n: number): number => ((u32[at + n]! & ~1) | global) >>> 0;
    cpu.setWords("entrylo0", lo(e.lo0), u32[at + e.lo0High]!);
    cpu.setWords("entrylo1", lo(e.lo1), u32[at + e.lo1High]!);
    cpu.setWord("pagemask", u32[at + e.mask]!);
    const vpnHigh = u32[at + e.vpnHigh]!;
    const vpn = u32[at + e.vpn]!;
    cpu.setEntryHi((vpn & ~0x1fff) | (u32[at + e.asid]! & 0xff), cpu.is64 ? vpnHigh : vpn >> 31);
  }

  /** No entry stands for any address that kernels use, as after a reset. */
  clear(): void {
    const { u32 } = this.#cpu.state;
    for (let i = 0; i < this.size; i++) {
      const at = this.#at(i);
      u32.fill(0, at, at + e.words);
      // In kseg0, which is not mapped.
      u32[at + e.vpn] = 0x8000_0000 + 0x2000 * i;
      u32[at + e.vpnHigh] = this.#cpu.is64 ? this.vpnHigh(0xffff_ffff) : 0;
    }
    this.#overwritten = new Set();
  }
}

/** The MMU index for the state's mode. */
export const modeIndex = (status: number): number => {
  if ((status & 4) !== 0) return bf.mode.error;
  if ((status & 2) !== 0) return bf.mode.kernel;
  const ksu = (status >>> 3) & 3;
  // 3 is UNDEFINED: user mode, which can do the least.
  return ksu === 3 ? bf.mode.user : ksu;
};
