/**
 * The slow path of guest memory accesses: TLB fills, devices, unaligned accesses that cross pages, stores to pages with
 * translated code. The fast path is inline in generated code (backend-wasm/src/guest-access.ts):
 *
 *   TLB entry for (mmuIdx, va)  =  TLB + mmuIdx * TLB_MMU_SIZE + ((va >> 12) % entries) * size     (tlbShapes, by the width of addresses)
 *     read        page address if loads may go on, otherwise INVALID_TAG
 *     write       the same for stores; INVALID_TAG too for ROM and for pages that hold translated code
 *     addend      lower word of va + addend = address in the emulator's memory
 *     global      not 0: holds in every address space
 *
 * Addresses come here as two unsigned words, `va` and `high`. Where they have 32 bits `high` is 0.
 */
import { hex32, hex64, type Logger } from "@tsemu/base";
import { packMemOp, packedAlign, packedMmuIdx, packedSigned, packedSize } from "@tsemu/ir";
import { type Access, debugAddress, DebugStop, GuestFault, type Mapping, type PageWalker, type Watch } from "@tsemu/target";
import type { AddressSpace } from "./address-space.ts";
import { rights, TranslationCache } from "./translation-cache.ts";
import {
  type AddressBits,
  INVALID_TAG,
  JUMP_CACHE,
  JUMP_CACHE_ENTRIES,
  jumpCacheIndex,
  PAGE_BITS,
  PAGE_JUMPS,
  SCRATCH,
  SHORTCUTS,
  SHORTCUTS_MMU_SIZE,
  shortcut,
  SPACE,
  TLB,
  TLB_MMU_SIZE,
  TRIAL_CREDIT,
  TRIALS,
  TRIALS_MMU_SIZE,
  tlbShapes,
} from "./layout.ts";

const pageMask = 0xfffff000;
const PAGE_FIELD = 2 ** 22;

/** The number of the translation of that size that va is in. */
const largePage = (va: number, high: number, sizeBits: number): number => high * 2 ** (32 - sizeBits) + Math.floor(va / 2 ** sizeBits);

/** Translations of more than 4 MiB (the binary logarithm) are flushed with all others rather than page by page. */
const MAX_FLUSHED_BY_PAGE = 22;

const EXECUTED_PLACES = 0x1_0000;
const executedPlace = (va: number, mmuIdx: number): number => ((va >>> 12) * 4 + mmuIdx) & (EXECUTED_PLACES - 1);

/** The upper word of the page behind that of va. */
const highOfNext = (va: number, high: number, wide: boolean): number => (wide && va >= pageMask ? (high + 1) >>> 0 : high);

/** What a fetch cell holds for the physical page of pa. */
export const fetchCellValue = (pa: number): number => Math.floor(pa / 0x1000) + 1;

/** What the slow path asks of whoever keeps translated code. */
export interface CodePages {
  /** Does the page of pa hold translated code? */
  hasCode(pa: number): boolean;
  /** Bytes at pa change: forget code made of them. */
  written(pa: number, size: number): void;
}

/** An address space that was executed in. */
interface Space {
  readonly number: number;
  readonly fetches: Map<number, number>;
}

/** What a TLB entry's `global` word says of it; INVALID_TAG where it is empty. */
const LOCAL = 0;
const GLOBAL = 1;

/** Address spaces remembered at a time. */
const MAX_SPACES = 64;

const accessOf = (size: 1 | 2 | 4, mmuIdx: number): number => packMemOp({ size, signed: false, align: 1, mmuIdx, type: "i32" });

export class SoftMmu {
  readonly #space: AddressSpace;
  readonly #code: CodePages;
  readonly #log: Logger;
  readonly #u8: Uint8Array;
  readonly #u32: Uint32Array;
  readonly #view: DataView;
  readonly #scratch: DataView;
  readonly #cache = new TranslationCache();
  /** The number that translations for all spaces have in the cache. */
  #globals = 0;
  /** TLB entries that were not global when they were filled, each once while it is LOCAL. */
  #locals: number[] = [];
  /** By page of the emulator's memory: 1 if a TLB entry may allow stores to it. */
  readonly #written: Uint8Array;
  readonly #mmuIdxCount: number;
  /** Do addresses have 64 bits? */
  readonly wide: boolean;
  readonly #shape: (typeof tlbShapes)[AddressBits];
  /** Pages that execute: fetch key to physical page; global ones, and those of each address space. */
  readonly #globalFetches = new Map<number, number>();
  readonly #spaces = new Map<number, Space>();
  #current!: Space;
  #key = 0;
  /** Numbers are not used twice (up to 2^32 of them), so that entries of spaces that are gone match nothing. */
  #nextSpace = 1;
  /**
   * Cells of generated code by fetch key: each holds the number of the physical page plus 1 while fetches from va go there, otherwise
   * 0; code that leads to another page compares its cell. Those whose mapping is not global are set anew with the address space.
   */
  readonly #fetchCells = new Map<number, number>();
  readonly #localCells = new Map<number, number>();
  /** By a hash of page and mmuIdx: 1 if code may have been fetched from there. Kernels flush far more pages than they execute. */
  readonly #executed = new Uint8Array(EXECUTED_PLACES);
  /** Translations of more than a page, by the binary logarithm of their size: the numbers of those that were used. */
  readonly #large = new Map<number, Set<number>>();
  /** What a debugger watches: every access to its pages takes the slow path. */
  #watches: readonly Watch[] = [];
  /** Off while the access that was stopped for is carried out. */
  watching = true;
  /** What is watched was accessed in that time. */
  watchTouched = false;
  /** Set by the owner once it exists: the CPU, or who translates addresses in its place. */
  cpu!: PageWalker;
  /** Flushes so far, for statistics. */
  flushes = 0;

  constructor(space: AddressSpace, code: CodePages, mmuIdxCount: number, log: Logger, addressBits: AddressBits = 32) {
    this.#space = space;
    this.#code = code;
    this.#log = log;
    this.#u8 = space.memory.u8;
    this.#u32 = space.memory.u32;
    this.#view = new DataView(space.memory.buffer);
    this.#scratch = new DataView(space.memory.buffer, SCRATCH, 16);
    this.#written = new Uint8Array(space.memory.buffer.byteLength >>> PAGE_BITS);
    this.#mmuIdxCount = mmuIdxCount;
    this.wide = addressBits === 64;
    this.#shape = tlbShapes[addressBits];
    this.flush();
  }

  /** Forgets all translations, and with them the jump cache. */
  flush(): void {
    this.flushes++;
    this.#globals = this.#nextSpace++;
    this.#executed.fill(0);
    this.#locals = [];
    this.#large.clear();
    this.#forgetShortcuts();
    this.#u32.fill(INVALID_TAG, TLB >> 2, (TLB + this.#mmuIdxCount * TLB_MMU_SIZE) >> 2);
    this.#globalFetches.clear();
    this.#spaces.clear();
    for (const cell of this.#fetchCells.values()) this.#u32[cell >> 2] = 0;
    this.#enterSpace(this.#key);
    this.flushJumpCache();
  }

  /** From now on accesses to these bytes end the slice before they are carried out, with a DebugStop. */
  watch(watches: readonly Watch[]): void {
    this.#watches = watches;
    this.flush();
  }

  #checkWatches(low: number, high: number, size: number, access: "read" | "write"): void {
    const va = debugAddress(low, high);
    for (const { va: start, size: length, kind } of this.#watches) {
      if (va >= start + length || start >= va + size || (kind !== "access" && kind !== access)) continue;
      if (this.watching) throw new DebugStop("watchpoint", start, access);
      this.watchTouched = true;
    }
  }

  #isWatched(low: number, high: number): boolean {
    const page = debugAddress(low, high);
    return this.#watches.some(({ va, size }) => va < page + 0x1000 && page < va + size);
  }

  /** A number for a page and the index by which it is fetched from: exact, since a page's address is a multiple of 2^12. */
  #fetchKey(va: number, high: number, mmuIdx: number): number {
    return this.wide ? (high | 0) * PAGE_FIELD + (va >>> 12) * 4 + mmuIdx : (va & pageMask) | mmuIdx;
  }

  /** The cell that says where fetches from the page of va go now; `allocate` makes a new one. */
  fetchCell(va: number, high: number, mmuIdx: number, allocate: () => number): number {
    const key = this.#fetchKey(va, high, mmuIdx);
    let cell = this.#fetchCells.get(key);
    if (cell === undefined) {
      this.#fetchCells.set(key, (cell = allocate()));
      this.#u32[cell >> 2] = 0;
      const global = this.#globalFetches.get(key);
      const pa = global ?? this.#current.fetches.get(key);
      if (pa !== undefined) this.#setCell(key, pa, global !== undefined);
    }
    return cell;
  }

  #setCell(key: number, pa: number, global: boolean): void {
    const cell = this.#fetchCells.get(key);
    if (cell === undefined) return;
    this.#u32[cell >> 2] = fetchCellValue(pa);
    if (global) this.#localCells.delete(key);
    else this.#localCells.set(key, cell);
  }

  /** All generated code is gone, and with it the cells. */
  forgetFetchCells(): void {
    this.#fetchCells.clear();
    this.#localCells.clear();
  }

  /** Where fetches from va are known to go, without a walk. */
  knownFetch(va: number, high: number, mmuIdx: number): number | undefined {
    const key = this.#fetchKey(va, high, mmuIdx);
    const pa = this.#globalFetches.get(key) ?? this.#current.fetches.get(key);
    return pa === undefined ? undefined : pa + (va & 0xfff);
  }

  /** Forgets the translations that belong to address spaces, whichever. */
  flushNonGlobal(): void {
    this.#flushData();
    this.#spaces.clear();
    this.#enterSpace(this.#key);
  }

  /** Goes on in another address space; see CpuEnvironment. */
  switchSpace(key: number): void {
    if (key === this.#key) return;
    this.#key = key;
    this.#flushData();
    this.#enterSpace(key);
  }

  #enterSpace(key: number): void {
    let space = this.#spaces.get(key);
    if (space === undefined) {
      if (this.#spaces.size >= MAX_SPACES) this.#spaces.clear();
      space = { number: this.#nextSpace++, fetches: new Map() };
      this.#spaces.set(key, space);
    }
    this.#current = space;
    this.#u32[SPACE >> 2] = space.number;
    for (const [key, cell] of this.#localCells) {
      const pa = space.fetches.get(key);
      this.#u32[cell >> 2] = pa === undefined ? 0 : fetchCellValue(pa);
    }
  }

  /** Data translations are not kept by address space. */
  #flushData(): void {
    this.flushes++;
    this.#forgetShortcuts();
    const u32 = this.#u32;
    const { read, write, global } = this.#shape;
    for (const entry of this.#locals) {
      if (u32[(entry + global) >> 2] !== LOCAL) continue;
      u32[(entry + read) >> 2] = INVALID_TAG;
      u32[(entry + write) >> 2] = INVALID_TAG;
      u32[(entry + global) >> 2] = INVALID_TAG;
    }
    this.#locals = [];
  }

  /** The credit of a slice for shortcuts of tables. */
  renewTrials(): void {
    const end = (TRIALS + this.#mmuIdxCount * TRIALS_MMU_SIZE) >> 2;
    for (let at = (TRIALS + shortcut.credit) >> 2; at < end; at += shortcut.size >> 2) this.#u32[at] = TRIAL_CREDIT;
  }

  /** Both halves of a tag: the lower one is no page's, the upper one makes it larger than every address. */
  #forgetShortcuts(): void {
    const forget = (from: number, size: number): void =>
      void this.#u32.fill(INVALID_TAG, from >> 2, (from + this.#mmuIdxCount * size) >> 2);
    forget(SHORTCUTS, SHORTCUTS_MMU_SIZE);
    forget(TRIALS, TRIALS_MMU_SIZE);
  }

  flushJumpCache(): void {
    this.#u32.fill(0, JUMP_CACHE >> 2, (JUMP_CACHE >> 2) + 4 * JUMP_CACHE_ENTRIES);
  }

  /** Forgets the translation of va: of its page, and of all others that a larger translation covers. */
  flushPage(va: number, high: number): void {
    this.#forgetShortcuts();
    for (const [sizeBits, seen] of this.#large) {
      if (!seen.delete(largePage(va, high, sizeBits))) continue;
      if (sizeBits > MAX_FLUSHED_BY_PAGE) return this.flush();
      const first = va - (va % 2 ** sizeBits);
      for (let page = first; page < first + 2 ** sizeBits; page += 0x1000) this.#flushOne(page, high);
    }
    this.#flushOne(va, high);
  }

  #flushOne(va: number, high: number): void {
    for (let mmuIdx = 0; mmuIdx < this.#mmuIdxCount; mmuIdx++) {
      const entry = this.#entry(va, mmuIdx);
      this.#u32[(entry + this.#shape.read) >> 2] = INVALID_TAG;
      this.#u32[(entry + this.#shape.write) >> 2] = INVALID_TAG;
      this.#cache.drop(va, mmuIdx);
      this.#forgetFetch(va, high, mmuIdx);
    }
  }

  #forgetFetch(va: number, high: number, mmuIdx: number): void {
    if (this.#executed[executedPlace(va, mmuIdx)] === 0) return;
    const key = this.#fetchKey(va, high, mmuIdx);
    let executed = this.#globalFetches.delete(key);
    for (const { fetches } of this.#spaces.values()) executed = fetches.delete(key) || executed;
    const cell = this.#fetchCells.get(key);
    if (cell !== undefined) this.#u32[cell >> 2] = 0;
    // Only a page that was executed from is in the jump cache, and blocks of the page before that go on in it.
    if (!executed) return;
    this.#forgetJumps(va & pageMask);
    this.#forgetJumps(((va & pageMask) - 0x1000) | 0);
  }

  #forgetJumps(page: number): void {
    const u32 = this.#u32;
    const first = (JUMP_CACHE >> 2) + 4 * (jumpCacheIndex(page) & -PAGE_JUMPS);
    for (let entry = first; entry < first + 4 * PAGE_JUMPS; entry += 4) if ((u32[entry]! & pageMask) === page) u32[entry + 2] = 0;
  }

  /** Makes stores to the physical page at pa take the slow path from now on. */
  protectPage(pa: number): void {
    this.#forgetShortcuts();
    const host = this.#space.hostAddress(pa - (pa % 0x1000));
    if (host >= 0 && this.#written[host >>> PAGE_BITS] === 0) return;
    this.#written[host >>> PAGE_BITS] = 0;
    const end = (TLB + this.#mmuIdxCount * TLB_MMU_SIZE) >> 2;
    const write = this.#shape.write >> 2;
    const addend = this.#shape.addend >> 2;
    for (let entry = TLB >> 2; entry < end; entry += this.#shape.size >> 2) {
      const tag = this.#u32[entry + write]!;
      if (tag !== INVALID_TAG && (tag + this.#u32[entry + addend]!) >>> 0 === host) this.#u32[entry + write] = INVALID_TAG;
    }
  }

  #entry(va: number, mmuIdx: number): number {
    const { entries, size } = this.#shape;
    return TLB + mmuIdx * TLB_MMU_SIZE + ((va >>> 12) % entries) * size;
  }

  /** What jump-cache entries for code at va are to be marked with: 0 if it is there in every address space. */
  spaceOf(va: number, high: number, mmuIdx: number): number {
    return this.#globalFetches.has(this.#fetchKey(va, high, mmuIdx)) ? 0 : this.#current.number;
  }

  /** Physical address of va for an instruction fetch. Throws GuestFault. */
  fetch(va: number, high: number, mmuIdx: number): number {
    const key = this.#fetchKey(va, high, mmuIdx);
    let pa = this.#globalFetches.get(key) ?? this.#current.fetches.get(key);
    if (pa === undefined) {
      const mapping = this.#walk(va, high, "execute", mmuIdx);
      pa = mapping.pa;
      if (mapping.wholePage) {
        (mapping.global ? this.#globalFetches : this.#current.fetches).set(key, pa);
        this.#executed[executedPlace(va, mmuIdx)] = 1;
        this.#setCell(key, pa, mapping.global);
      }
    }
    return pa + (va & 0xfff);
  }

  #walk(va: number, high: number, access: Access, mmuIdx: number): Mapping {
    const mapping = this.cpu.walk(va, access, mmuIdx, high);
    if (!(mapping instanceof GuestFault) && mapping.sizeBits !== undefined && mapping.sizeBits > PAGE_BITS) {
      const { sizeBits } = mapping;
      let seen = this.#large.get(sizeBits);
      if (seen === undefined) this.#large.set(sizeBits, (seen = new Set()));
      seen.add(largePage(va, high, sizeBits));
    }
    if (mapping instanceof GuestFault) {
      this.#log.log(
        "mmu",
        () => `mmu: ${access} ${this.#address(va, high)} mmu_idx ${mmuIdx}: fault status 0x${mapping.argument.toString(16)}`,
      );
      throw mapping;
    }
    const pa = this.#space.real(mapping.pa);
    return pa === mapping.pa ? mapping : { ...mapping, pa };
  }

  /** A virtual address in the log. */
  #address(va: number, high: number): string {
    return this.wide ? hex64(va, high) : hex32(va);
  }

  /** Physical address for a data access; fills the TLB where the page is RAM. Throws GuestFault. */
  #translate(va: number, high: number, access: "read" | "write", mmuIdx: number, unaligned: boolean): number {
    const mapping = this.#walk(va, high, access, mmuIdx);
    if (unaligned && mapping.device) throw this.cpu.alignmentFault(va, access, mmuIdx, high);
    const region = this.#space.find(mapping.pa);
    if (
      region !== undefined &&
      region.kind !== "mmio" &&
      mapping.pa + 0x1000 <= region.pa + region.size &&
      mapping.wholePage &&
      !mapping.device
    ) {
      const owner = mapping.global ? this.#globals : this.#current.number;
      const allowed = (mapping.readable ? rights.read : 0) | (mapping.writable && region.kind === "ram" ? rights.write : 0);
      const host = region.host + (mapping.pa - region.pa);
      this.#cache.put(va, high, mmuIdx, owner, mapping.pa, host, allowed);
      this.#fill(va, high, mmuIdx, mapping.pa, host, allowed, mapping.global);
      this.#log.log(
        "mmu",
        () =>
          `mmu: ${this.#address(va, high)} -> ${hex32(mapping.pa)} ${mapping.readable ? "r" : "-"}${mapping.writable ? "w" : "-"}${mapping.executable ? "x" : "-"} mmu_idx ${mmuIdx}`,
      );
    }
    return mapping.pa + (va & 0xfff);
  }

  /** Enters a page of RAM or ROM in the TLB. Stores to pages that hold translated code take the slow path. */
  #fill(va: number, high: number, mmuIdx: number, pa: number, host: number, allowed: number, global: boolean): void {
    const u32 = this.#u32;
    const page = (va & pageMask) >>> 0;
    const entry = this.#entry(va, mmuIdx);
    const shape = this.#shape;
    const watched = this.#watches.length > 0 && this.#isWatched(page, high);
    u32[(entry + shape.read) >> 2] = (allowed & rights.read) !== 0 && !watched ? page : INVALID_TAG;
    u32[(entry + shape.write) >> 2] = (allowed & rights.write) !== 0 && !watched && !this.#code.hasCode(pa) ? page : INVALID_TAG;
    u32[(entry + shape.addend) >> 2] = (host - page) >>> 0;
    if (!global && u32[(entry + shape.global) >> 2] !== LOCAL) this.#locals.push(entry);
    u32[(entry + shape.global) >> 2] = global ? GLOBAL : LOCAL;
    if (u32[(entry + shape.write) >> 2] !== INVALID_TAG) this.#written[host >>> PAGE_BITS] = 1;
    if (this.wide) {
      u32[(entry + shape.read + 4) >> 2] = high;
      u32[(entry + shape.write + 4) >> 2] = high;
    }
  }

  /** Where the bytes of a page that was translated lately are, for an access that stays in it; -1 if it is not known. Enters it in the TLB. */
  #lately(va: number, high: number, mmuIdx: number, access: number, size: number): number {
    const cache = this.#cache;
    const at = cache.find(va, high, mmuIdx, this.#current.number, this.#globals);
    if (at < 0 || (cache.rightsOf(at) & access) === 0) return -1;
    const pa = cache.physicalOf(at);
    const host = cache.hostOf(at);
    if (access === rights.write && this.#code.hasCode(pa)) this.#code.written(pa + (va & 0xfff), size);
    else this.#fill(va, high, mmuIdx, pa, host, cache.rightsOf(at), cache.ownerOf(at) === this.#globals);
    return host + (va & 0xfff);
  }

  /** A load that missed: leaves the value, extended to 8 bytes, in SCRATCH. Throws GuestFault. */
  load(va: number, high: number, memop: number): void {
    const size = packedSize(memop);
    const mmuIdx = packedMmuIdx(memop);
    this.#checkAlignment(va, high, "read", memop);
    if (this.#watches.length > 0) this.#checkWatches(va, high, size, "read");
    const unaligned = (va & (size - 1)) !== 0;
    const scratch = this.#scratch;
    if ((va & 0xfff) + size <= 0x1000) {
      const host = this.#lately(va, high, mmuIdx, rights.read, size);
      if (host >= 0) {
        if (size === 4) scratch.setInt32(0, this.#view.getInt32(host, true), true);
        else for (let i = 0; i < size; i++) scratch.setUint8(i, this.#u8[host + i]!);
        if (size < 8) this.#extend(size, packedSigned(memop));
        return;
      }
    }
    const first = this.#translate(va, high, "read", mmuIdx, unaligned);
    if ((va & 0xfff) + size > 0x1000) {
      const second = this.#translate(((va & pageMask) + 0x1000) >>> 0, highOfNext(va, high, this.wide), "read", mmuIdx, true);
      const inFirst = 0x1000 - (va & 0xfff);
      for (let i = 0; i < size; i++) scratch.setUint8(i, this.#readByte(i < inFirst ? first + i : second + i - inFirst, va, high));
    } else {
      const host = this.#space.hostAddress(first);
      if (host >= 0) for (let i = 0; i < size; i++) scratch.setUint8(i, this.#u8[host + i]!);
      else if (unaligned && size <= 8) for (let i = 0; i < size; i++) scratch.setUint8(i, this.#readByte(first + i, va, high));
      else for (let i = 0; i < size; i += 4) this.#readDevice(first + i, Math.min(4, size - i), va, high, i);
    }
    if (size < 8) this.#extend(size, packedSigned(memop));
  }

  /** A load for JavaScript's sake: the bytes, zero-extended. */
  read(va: number, high: number, size: 1 | 2 | 4, mmuIdx: number): number {
    this.load(va, high, accessOf(size, mmuIdx));
    return this.#scratch.getUint32(0, true);
  }

  /** A store from JavaScript. */
  write(va: number, high: number, size: 1 | 2 | 4, mmuIdx: number, value: number): void {
    this.#scratch.setUint32(0, value, true);
    this.store(va, high, accessOf(size, mmuIdx));
  }

  #extend(size: number, signed: boolean): void {
    const s = this.#scratch;
    if (size === 4) {
      s.setInt32(4, signed ? s.getInt32(0, true) >> 31 : 0, true);
      return;
    }
    const value = size === 1 ? (signed ? s.getInt8(0) : s.getUint8(0)) : signed ? s.getInt16(0, true) : s.getUint16(0, true);
    s.setInt32(0, value, true);
    s.setInt32(4, value >> 31, true);
  }

  #readByte(pa: number, va: number, high: number): number {
    const host = this.#space.hostAddress(pa);
    if (host >= 0) return this.#u8[host]!;
    this.#readDevice(pa, 1, va, high, 8);
    return this.#scratch.getUint8(8);
  }

  #readDevice(pa: number, size: number, va: number, high: number, at: number): void {
    const region = this.#space.find(pa);
    let value = 0;
    if (region?.kind === "mmio") value = region.device.read(pa - region.base, size);
    else this.#unassigned(pa, va, high, "read");
    if (size === 4) this.#scratch.setUint32(at, value, true);
    else if (size === 2) this.#scratch.setUint16(at, value, true);
    else this.#scratch.setUint8(at, value);
  }

  #unassigned(pa: number, va: number, high: number, access: "read" | "write"): void {
    this.#log.log("guest_errors", () => `Invalid ${access} at addr 0x${pa.toString(16)}, reason: rejected`);
    const fault = this.#space.holes === "abort" ? this.cpu.busFault(va, access, high) : undefined;
    if (fault !== undefined) throw fault;
  }

  /** A store that missed, of the value in SCRATCH. Throws GuestFault before anything is written. */
  store(va: number, high: number, memop: number): void {
    const size = packedSize(memop);
    const mmuIdx = packedMmuIdx(memop);
    this.#checkAlignment(va, high, "write", memop);
    if (this.#watches.length > 0) this.#checkWatches(va, high, size, "write");
    const unaligned = (va & (size - 1)) !== 0;
    if ((va & 0xfff) + size <= 0x1000) {
      const host = this.#lately(va, high, mmuIdx, rights.write, size);
      if (host >= 0) {
        if (size === 4) this.#view.setInt32(host, this.#scratch.getInt32(0, true), true);
        else for (let i = 0; i < size; i++) this.#u8[host + i] = this.#scratch.getUint8(i);
        return;
      }
    }
    const first = this.#translate(va, high, "write", mmuIdx, unaligned);
    const inFirst = Math.min(size, 0x1000 - (va & 0xfff));
    if (inFirst < size) {
      const second = this.#translate(((va & pageMask) + 0x1000) >>> 0, highOfNext(va, high, this.wide), "write", mmuIdx, true);
      this.#storePiece(first, inFirst, va, high, 0, true);
      this.#storePiece(second, size - inFirst, va, high, inFirst, true);
    } else this.#storePiece(first, size, va, high, 0, unaligned);
  }

  #storePiece(pa: number, size: number, va: number, high: number, at: number, bytewise: boolean): void {
    const region = this.#space.find(pa);
    if (region?.kind === "ram") {
      if (this.#code.hasCode(pa)) this.#code.written(pa, size);
      const host = region.host + (pa - region.pa);
      for (let i = 0; i < size; i++) this.#u8[host + i] = this.#scratch.getUint8(at + i);
    } else if (region?.kind === "mmio") {
      const step = bytewise ? 1 : Math.min(4, size);
      for (let i = 0; i < size; i += step) {
        const value =
          step === 1
            ? this.#scratch.getUint8(at + i)
            : step === 2
              ? this.#scratch.getUint16(at + i, true)
              : this.#scratch.getUint32(at + i, true);
        region.device.write(pa - region.base + i, value, step);
      }
    } else if (region?.kind === "rom" && region.writes !== undefined) {
      const host = region.writes + (pa - region.pa);
      for (let i = 0; i < size; i++) this.#u8[host + i] = this.#scratch.getUint8(at + i);
    } else if (region?.kind === "rom") this.#log.log("guest_errors", () => `Invalid write to ROM at addr 0x${pa.toString(16)}`);
    else this.#unassigned(pa, va, high, "write");
  }

  #checkAlignment(va: number, high: number, access: Access, memop: number): void {
    if ((va & (packedAlign(memop) - 1)) !== 0) throw this.cpu.alignmentFault(va, access, packedMmuIdx(memop), high);
  }
}
