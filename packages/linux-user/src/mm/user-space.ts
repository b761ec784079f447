/**
 * One address space of a process: its mappings, the pages that are there, and what happens where one is missing. The CPU asks
 * `walk`; a page is found, made, or copied there and then. Pages that several spaces have (after fork, of files) are not writable until
 * one of them stores to it and gets a copy.
 */
import { type Access, GuestFault, type Mapping } from "@tsemu/target";
import type { AioContext } from "../aio.ts";
import { Errno } from "../errno.ts";
import { PAGE, type PagePool, ZERO_PAGE } from "./page-pool.ts";
import { makePte, PageTable, pageOfPte, PTE_PRESENT, PTE_R, PTE_W, PTE_X } from "./page-table.ts";
import { PROT_EXEC, PROT_READ, PROT_WRITE, type Vma, VmaList } from "./vma.ts";

/** Number of the exception that page faults of user mode are; no architecture has it. */
export const PAGE_FAULT = -1;

/** unmapped: SEGV_MAPERR; forbidden: SEGV_ACCERR; beyond: past the end of a file; unaligned; wait: `pending` must be waited for; memory: none left. */
export type FaultReason = "unmapped" | "forbidden" | "beyond" | "unaligned" | "wait" | "memory";

export class PageFault extends GuestFault {
  readonly reason: FaultReason;
  readonly access: Access;
  readonly pending: Promise<unknown> | undefined;
  /** The address as it is to be shown, to the last bit. */
  readonly exactAddress: number | bigint;
  constructor(reason: FaultReason, access: Access, va: number, pending?: Promise<unknown>, exactAddress: number | bigint = va) {
    super(PAGE_FAULT, 0, va);
    this.reason = reason;
    this.access = access;
    this.pending = pending;
    this.exactAddress = exactAddress;
  }
}

/** An address of two words; undefined where a number cannot hold it, which is far outside of every process. */
export const userAddress = (low: number, high: number): number | undefined => (high < 2 ** 21 ? high * 2 ** 32 + low : undefined);

/** The fault at such an address. */
export const outsideFault = (access: Access, low: number, high: number): PageFault =>
  new PageFault("unmapped", access, high * 2 ** 32 + low, undefined, (BigInt(high) << 32n) | BigInt(low));

/** The CPU's translations, of which some no longer hold. */
export interface Tlb {
  flushPage(va: number): void;
  flushNonGlobal(): void;
}

/** Beyond as many pages it is cheaper to forget everything. */
const MANY_PAGES = 64;
/** Stacks keep that far from the mapping below. */
const STACK_GUARD = 0x10_0000;

const needed: Readonly<Record<Access, number>> = { read: PTE_R, write: PTE_W, execute: PTE_X };
const neededProt: Readonly<Record<Access, number>> = { read: PROT_READ, write: PROT_WRITE, execute: PROT_EXEC };

let nextKey = 1;

export class UserSpace {
  readonly pool: PagePool;
  readonly #tlb: Tlb;
  readonly vmas = new VmaList();
  readonly table = new PageTable();
  /** What the CPU's translations of this space are filed under. */
  readonly key = nextKey++;
  /** Tasks that live in it. */
  users = 1;
  readonly #impliesRead: boolean;
  /** Contexts of asynchronous input and output, by their addresses. */
  readonly aio = new Map<number, AioContext>();
  /** brk: where the heap begins and ends. */
  heapStart = 0;
  heapEnd = 0;
  /** RLIMIT_STACK, as far as growing asks. */
  stackLimit = 8 << 20;
  /** Where arguments and environment lie, for /proc/PID/cmdline and environ. */
  arguments = { start: 0, end: 0 };
  environment = { start: 0, end: 0 };
  /** The auxiliary vector as bytes, for /proc/PID/auxv. */
  auxv: Uint8Array = new Uint8Array(0);
  /** PROT_READ brings PROT_EXEC with it: programs without PT_GNU_STACK. */
  readImpliesExec = false;

  constructor(pool: PagePool, tlb: Tlb, accessImpliesRead: boolean) {
    this.pool = pool;
    this.#tlb = tlb;
    this.#impliesRead = accessImpliesRead;
  }

  /** A copy for a child: private pages become shared until written. */
  fork(): UserSpace {
    const child = new UserSpace(this.pool, this.#tlb, this.#impliesRead);
    child.vmas.copyFrom(this.vmas);
    for (const vma of this.vmas.all) {
      this.table.update(vma.start, vma.end, (pte, va) => {
        this.pool.retain(pageOfPte(pte));
        const kept = vma.shared ? pte : pte & ~PTE_W;
        child.table.set(va, kept);
        return kept;
      });
    }
    this.#tlb.flushNonGlobal();
    child.heapStart = this.heapStart;
    child.heapEnd = this.heapEnd;
    child.stackLimit = this.stackLimit;
    child.arguments = this.arguments;
    child.environment = this.environment;
    child.auxv = this.auxv;
    child.readImpliesExec = this.readImpliesExec;
    return child;
  }

  /** One task less lives here; the last takes everything with it. */
  leave(): void {
    if (--this.users > 0) return;
    for (const context of this.aio.values()) context.destroy();
    // No translation of this space is used again: nothing to flush.
    this.vmas.remove(0, Number.MAX_SAFE_INTEGER);
    this.table.update(0, 2 ** 47, (pte) => {
      this.pool.release(pageOfPte(pte));
      return 0;
    });
    this.table.clear();
  }

  /** Removes mappings and their pages. */
  unmap(start: number, end: number): void {
    for (const vma of this.vmas.remove(start, end)) this.dropPages(vma.start, vma.end);
  }

  /** Gives pages back; the mappings stay. */
  dropPages(start: number, end: number): void {
    let dropped = 0;
    this.table.update(start, end, (pte, va) => {
      this.pool.release(pageOfPte(pte));
      if (dropped++ < MANY_PAGES) this.#tlb.flushPage(va);
      return 0;
    });
    if (dropped > MANY_PAGES) this.#tlb.flushNonGlobal();
  }

  /** What is mapped of that object beyond its new size is gone, copies of it too. */
  truncated(source: object, size: number): void {
    const from = Math.ceil(size / PAGE) * PAGE;
    for (const vma of this.vmas.all)
      if (vma.source === source) {
        const start = Math.max(vma.start, vma.start + from - vma.offset);
        if (start < vma.end) this.dropPages(start, vma.end);
      }
  }

  /** Changes protections; the range is mapped throughout. */
  protect(start: number, end: number, prot: number): void {
    for (const vma of this.vmas.remove(start, end)) this.vmas.insert({ ...vma, prot });
    const flags = this.#flags(prot);
    let changed = 0;
    this.table.update(start, end, (pte, va) => {
      if (changed++ < MANY_PAGES) this.#tlb.flushPage(va);
      return makePte(pageOfPte(pte), flags & ~PTE_W);
    });
    if (changed > MANY_PAGES) this.#tlb.flushNonGlobal();
  }

  /** Moves pages to another address, where a mapping for them is already. */
  movePages(from: number, to: number, length: number): void {
    this.table.update(from, from + length, (pte, va) => {
      this.table.set(va - from + to, pte);
      return 0;
    });
    this.#tlb.flushNonGlobal();
  }

  #flags(prot: number): number {
    const readable = (prot & PROT_READ) !== 0 || (this.#impliesRead && prot !== 0);
    return (readable ? PTE_R : 0) | ((prot & PROT_WRITE) !== 0 ? PTE_W : 0) | ((prot & PROT_EXEC) !== 0 ? PTE_X : 0);
  }

  walk(va: number, access: Access): Mapping | GuestFault {
    const page = va - (va % PAGE);
    let pte = this.table.get(page);
    if ((pte & needed[access]) === 0) {
      const resolved = this.#resolve(page, access, pte);
      if (resolved instanceof GuestFault) return new PageFault(resolved.reason, access, va, resolved.pending);
      pte = resolved;
    }
    return {
      pa: pageOfPte(pte) * PAGE,
      readable: (pte & PTE_R) !== 0,
      writable: (pte & PTE_W) !== 0,
      executable: (pte & PTE_X) !== 0,
      device: false,
      wholePage: true,
      global: false,
    };
  }

  /** The page at va for the kernel's own access; a fault value where the process itself would fault. */
  pageFor(va: number, access: "read" | "write"): number | PageFault {
    const at = va - (va % PAGE);
    const pte = this.table.get(at);
    if ((pte & needed[access]) !== 0) return pageOfPte(pte);
    const resolved = this.#resolve(at, access, pte);
    return typeof resolved === "number" ? pageOfPte(resolved) : resolved;
  }

  /** The page at va for a debugger to write to, whatever the program itself may: of a private mapping it becomes the process's own. */
  pageToPatch(va: number): number | undefined {
    const at = va - (va % PAGE);
    const vma = this.vmas.at(at);
    if (vma === undefined || (vma.shared && (vma.prot & PROT_WRITE) === 0)) return undefined;
    const pte = this.table.get(at);
    const flags = this.#flags(vma.prot);
    const made = (pte & PTE_PRESENT) === 0 ? this.#bring(vma, at, "write", flags) : this.#makeWritable(vma, at, pageOfPte(pte), flags);
    return typeof made === "number" ? pageOfPte(made) : undefined;
  }

  #resolve(page: number, access: Access, pte: number): number | PageFault {
    const vma = this.vmas.at(page) ?? this.#grow(page);
    if (vma === undefined) return new PageFault("unmapped", access, page);
    const flags = this.#flags(vma.prot);
    if ((vma.prot & neededProt[access]) === 0 && !(access === "read" && (flags & PTE_R) !== 0))
      return new PageFault("forbidden", access, page);
    try {
      return (pte & PTE_PRESENT) === 0 ? this.#bring(vma, page, access, flags) : this.#makeWritable(vma, page, pageOfPte(pte), flags);
    } catch (error) {
      if (error instanceof Errno) return new PageFault("memory", access, page);
      throw error;
    }
  }

  /** Gives a private page to this space alone, or notes that a shared one changes. */
  #makeWritable(vma: Vma, va: number, old: number, flags: number): number {
    let page = old;
    if (vma.shared) vma.source?.markDirty(Math.floor((vma.offset + va - vma.start) / PAGE));
    else if (old === ZERO_PAGE || this.pool.users(old) > 1) {
      page = this.pool.allocate(old === ZERO_PAGE);
      if (old !== ZERO_PAGE) this.pool.copy(page, old);
      this.pool.release(old);
    }
    const pte = makePte(page, flags);
    this.table.set(va, pte);
    // Whatever was read or executed there before is another page now.
    if (page !== old) this.#tlb.flushPage(va);
    return pte;
  }

  #bring(vma: Vma, va: number, access: Access, flags: number): number | PageFault {
    const { source } = vma;
    const writes = access === "write";
    let pte: number;
    if (source === undefined) {
      pte = writes ? makePte(this.pool.allocate(true), flags) : makePte(ZERO_PAGE, flags & ~PTE_W);
    } else {
      const index = Math.floor((vma.offset + va - vma.start) / PAGE);
      const found = source.page(index);
      if (found === undefined) return new PageFault("beyond", access, va);
      if (found instanceof Promise) return new PageFault("wait", access, va, found);
      if (vma.shared) {
        this.pool.retain(found);
        if (writes) source.markDirty(index);
        pte = makePte(found, writes ? flags : flags & ~PTE_W);
      } else if (writes) {
        const own = this.pool.allocate(false);
        this.pool.copy(own, found);
        pte = makePte(own, flags);
      } else {
        this.pool.retain(found);
        pte = makePte(found, flags & ~PTE_W);
      }
    }
    this.table.set(va, pte);
    return pte;
  }

  /** A stack that is touched below its end grows, within its limit. */
  #grow(va: number): Vma | undefined {
    const vma = this.vmas.after(va);
    if (vma === undefined || !vma.growsDown || vma.end - va > this.stackLimit) return undefined;
    const below = this.vmas.before(vma.start);
    if (below !== undefined && below.prot !== 0 && va - below.end < STACK_GUARD) return undefined;
    this.vmas.remove(vma.start, vma.end);
    this.vmas.insert({ ...vma, start: va, offset: 0 });
    return this.vmas.at(va);
  }
}
