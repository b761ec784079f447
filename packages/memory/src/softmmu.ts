/**
 * The slow path of guest memory accesses: TLB fills, devices, unaligned accesses that cross pages, stores to pages with
 * translated code. The fast path is inline in generated code (backend-binaryen/src/guest-access.ts):
 *
 *   TLB entry for (mmuIdx, va)  =  TLB + mmuIdx * TLB_MMU_SIZE + ((va >> 12) % TLB_ENTRIES) * 16
 *     +0  read tag    page address if loads may go on, otherwise INVALID_TAG
 *     +4  write tag   the same for stores; INVALID_TAG too for ROM and for pages that hold translated code
 *     +8  addend      va + addend = address in the emulator's memory
 *     +12 global      not 0: holds in every address space
 */
import { hex32, type Logger } from "@tsemu/base";
import { packedAlign, packedMmuIdx, packedSigned, packedSize } from "@tsemu/ir";
import { type Access, GuestFault, type Mapping, type PageWalker } from "@tsemu/target";
import type { AddressSpace } from "./address-space.ts";
import { INVALID_TAG, JUMP_CACHE, JUMP_CACHE_ENTRIES, SCRATCH, SPACE, TLB, TLB_ENTRIES, TLB_ENTRY_SIZE, TLB_MMU_SIZE } from "./layout.ts";

const pageMask = 0xfffff000;

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

/** Address spaces remembered at a time. */
const MAX_SPACES = 64;

export class SoftMmu {
  readonly #space: AddressSpace;
  readonly #code: CodePages;
  readonly #log: Logger;
  readonly #u8: Uint8Array;
  readonly #u32: Uint32Array;
  readonly #scratch: DataView;
  readonly #mmuIdxCount: number;
  /** Pages that execute: (va page | mmuIdx) to physical page; global ones, and those of each address space. */
  readonly #globalFetches = new Map<number, number>();
  readonly #spaces = new Map<number, Space>();
  #current!: Space;
  #key = 0;
  /** Numbers are not used twice (up to 2^32 of them), so that entries of spaces that are gone match nothing. */
  #nextSpace = 1;
  /** Set by the owner once it exists: the CPU, or who translates addresses in its place. */
  cpu!: PageWalker;
  /** Flushes so far, for statistics. */
  flushes = 0;

  constructor(space: AddressSpace, code: CodePages, mmuIdxCount: number, log: Logger) {
    this.#space = space;
    this.#code = code;
    this.#log = log;
    this.#u8 = space.memory.u8;
    this.#u32 = space.memory.u32;
    this.#scratch = new DataView(space.memory.buffer, SCRATCH, 16);
    this.#mmuIdxCount = mmuIdxCount;
    this.flush();
  }

  /** Forgets all translations, and with them the jump cache. */
  flush(): void {
    this.flushes++;
    this.#u32.fill(INVALID_TAG, TLB >> 2, (TLB + this.#mmuIdxCount * TLB_MMU_SIZE) >> 2);
    this.#globalFetches.clear();
    this.#spaces.clear();
    this.#enterSpace(this.#key);
    this.flushJumpCache();
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
  }

  /** Data translations are not kept by address space. */
  #flushData(): void {
    this.flushes++;
    const u32 = this.#u32;
    const end = (TLB + this.#mmuIdxCount * TLB_MMU_SIZE) >> 2;
    for (let entry = TLB >> 2; entry < end; entry += 4) {
      if (u32[entry + 3] !== 0) continue;
      u32[entry] = INVALID_TAG;
      u32[entry + 1] = INVALID_TAG;
    }
  }

  flushJumpCache(): void {
    this.#u32.fill(0, JUMP_CACHE >> 2, (JUMP_CACHE >> 2) + 4 * JUMP_CACHE_ENTRIES);
  }

  /** Forgets the translations of the page of va. */
  flushPage(va: number): void {
    for (let mmuIdx = 0; mmuIdx < this.#mmuIdxCount; mmuIdx++) {
      const entry = this.#entry(va, mmuIdx);
      this.#u32[entry] = INVALID_TAG;
      this.#u32[entry + 1] = INVALID_TAG;
      const page = (va & pageMask) | mmuIdx;
      // Only a page that was executed from is in the jump cache.
      let executed = this.#globalFetches.delete(page);
      for (const { fetches } of this.#spaces.values()) executed = fetches.delete(page) || executed;
      if (executed) this.flushJumpCache();
    }
  }

  /** Makes stores to the physical page at pa take the slow path from now on. */
  protectPage(pa: number): void {
    const host = this.#space.hostAddress(pa - (pa % 0x1000));
    const end = (TLB + this.#mmuIdxCount * TLB_MMU_SIZE) >> 2;
    for (let entry = TLB >> 2; entry < end; entry += TLB_ENTRY_SIZE >> 2) {
      const tag = this.#u32[entry + 1]!;
      if (tag !== INVALID_TAG && (tag + this.#u32[entry + 2]!) >>> 0 === host) this.#u32[entry + 1] = INVALID_TAG;
    }
  }

  #entry(va: number, mmuIdx: number): number {
    return (TLB + mmuIdx * TLB_MMU_SIZE + ((va >>> 12) % TLB_ENTRIES) * TLB_ENTRY_SIZE) >> 2;
  }

  /** What jump-cache entries for code at va are to be marked with: 0 if it is there in every address space. */
  spaceOf(va: number, mmuIdx: number): number {
    return this.#globalFetches.has((va & pageMask) | mmuIdx) ? 0 : this.#current.number;
  }

  /** Physical address of va for an instruction fetch. Throws GuestFault. */
  fetch(va: number, mmuIdx: number): number {
    const key = (va & pageMask) | mmuIdx;
    let pa = this.#globalFetches.get(key) ?? this.#current.fetches.get(key);
    if (pa === undefined) {
      const mapping = this.#walk(va, "execute", mmuIdx);
      pa = mapping.pa;
      if (mapping.wholePage) (mapping.global ? this.#globalFetches : this.#current.fetches).set(key, pa);
    }
    return pa + (va & 0xfff);
  }

  #walk(va: number, access: Access, mmuIdx: number): Mapping {
    const mapping = this.cpu.walk(va, access, mmuIdx);
    if (mapping instanceof GuestFault) {
      this.#log.log("mmu", () => `mmu: ${access} ${hex32(va)} mmu_idx ${mmuIdx}: fault status 0x${mapping.argument.toString(16)}`);
      throw mapping;
    }
    return mapping;
  }

  /** Physical address for a data access; fills the TLB where the page is RAM. Throws GuestFault. */
  #translate(va: number, access: "read" | "write", mmuIdx: number, unaligned: boolean): number {
    const mapping = this.#walk(va, access, mmuIdx);
    if (unaligned && mapping.device) throw this.cpu.alignmentFault(va, access, mmuIdx);
    const region = this.#space.find(mapping.pa);
    if (
      region !== undefined &&
      region.kind !== "mmio" &&
      mapping.pa + 0x1000 <= region.pa + region.size &&
      mapping.wholePage &&
      !mapping.device
    ) {
      const page = (va & pageMask) >>> 0;
      const entry = this.#entry(va, mmuIdx);
      this.#u32[entry] = mapping.readable ? page : INVALID_TAG;
      this.#u32[entry + 1] = mapping.writable && region.kind === "ram" && !this.#code.hasCode(mapping.pa) ? page : INVALID_TAG;
      this.#u32[entry + 2] = (region.host + (mapping.pa - region.pa) - page) >>> 0;
      this.#u32[entry + 3] = mapping.global ? 1 : 0;
      this.#log.log(
        "mmu",
        () =>
          `mmu: ${hex32(va)} -> ${hex32(mapping.pa)} ${mapping.readable ? "r" : "-"}${mapping.writable ? "w" : "-"}${mapping.executable ? "x" : "-"} mmu_idx ${mmuIdx}`,
      );
    }
    return mapping.pa + (va & 0xfff);
  }

  /** A load that missed: leaves the value, extended to 8 bytes, in SCRATCH. Throws GuestFault. */
  load(va: number, memop: number): void {
    const size = packedSize(memop);
    const mmuIdx = packedMmuIdx(memop);
    this.#checkAlignment(va, "read", memop);
    const unaligned = (va & (size - 1)) !== 0;
    const scratch = this.#scratch;
    const first = this.#translate(va, "read", mmuIdx, unaligned);
    if ((va & 0xfff) + size > 0x1000) {
      const second = this.#translate(((va & pageMask) + 0x1000) >>> 0, "read", mmuIdx, true);
      const inFirst = 0x1000 - (va & 0xfff);
      for (let i = 0; i < size; i++) scratch.setUint8(i, this.#readByte(i < inFirst ? first + i : second + i - inFirst, va));
    } else {
      const host = this.#space.hostAddress(first);
      if (host >= 0) for (let i = 0; i < size; i++) scratch.setUint8(i, this.#u8[host + i]!);
      else if (unaligned && size <= 8) for (let i = 0; i < size; i++) scratch.setUint8(i, this.#readByte(first + i, va));
      else for (let i = 0; i < size; i += 4) this.#readDevice(first + i, Math.min(4, size - i), va, i);
    }
    if (size < 8) this.#extend(size, packedSigned(memop));
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

  #readByte(pa: number, va: number): number {
    const host = this.#space.hostAddress(pa);
    if (host >= 0) return this.#u8[host]!;
    this.#readDevice(pa, 1, va, 8);
    return this.#scratch.getUint8(8);
  }

  #readDevice(pa: number, size: number, va: number, at: number): void {
    const region = this.#space.find(pa);
    let value = 0;
    if (region?.kind === "mmio") value = region.device.read(pa - region.pa, size);
    else this.#unassigned(pa, va, "read");
    if (size === 4) this.#scratch.setUint32(at, value, true);
    else if (size === 2) this.#scratch.setUint16(at, value, true);
    else this.#scratch.setUint8(at, value);
  }

  #unassigned(pa: number, va: number, access: "read" | "write"): void {
    this.#log.log("guest_errors", () => `Invalid ${access} at addr 0x${pa.toString(16)}, reason: rejected`);
    const fault = this.#space.holes === "abort" ? this.cpu.busFault(va, access) : undefined;
    if (fault !== undefined) throw fault;
  }

  /** A store that missed, of the value in SCRATCH. Throws GuestFault before anything is written. */
  store(va: number, memop: number): void {
    const size = packedSize(memop);
    const mmuIdx = packedMmuIdx(memop);
    this.#checkAlignment(va, "write", memop);
    const unaligned = (va & (size - 1)) !== 0;
    const first = this.#translate(va, "write", mmuIdx, unaligned);
    const inFirst = Math.min(size, 0x1000 - (va & 0xfff));
    if (inFirst < size) {
      const second = this.#translate(((va & pageMask) + 0x1000) >>> 0, "write", mmuIdx, true);
      this.#storePiece(first, inFirst, va, 0, true);
      this.#storePiece(second, size - inFirst, va, inFirst, true);
    } else this.#storePiece(first, size, va, 0, unaligned);
  }

  #storePiece(pa: number, size: number, va: number, at: number, bytewise: boolean): void {
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
        region.device.write(pa - region.pa + i, value, step);
      }
    } else if (region?.kind === "rom") this.#log.log("guest_errors", () => `Invalid write to ROM at addr 0x${pa.toString(16)}`);
    else this.#unassigned(pa, va, "write");
  }

  #checkAlignment(va: number, access: Access, memop: number): void {
    if ((va & (packedAlign(memop) - 1)) !== 0) throw this.cpu.alignmentFault(va, access, packedMmuIdx(memop));
  }
}
