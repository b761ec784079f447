/**
 * One virtual CPU: finds or translates blocks, runs them, and acts on the reasons for which they return.
 *
 * Time is counted in guest instructions. A slice is a number of them: the BUDGET cell holds what is left, every block subtracts its
 * own count before it runs, and one that has not enough leaves. Where a slice must end at an exact instruction (`exact`), its rest is
 * executed as a block cut to fit, whatever the tier and the chaining. kick() takes the budget away, which makes the code
 * return at the next block boundary; what was left is given back afterwards. Every exception taken costs one instruction, so that
 * a guest whose exceptions cause exceptions uses up its slice too.
 */
import type { Guard } from "@tsemu/backend-wasm";
import { decodeBase64, hex32, hex64, type Logger } from "@tsemu/base";
import type { Clock, IrqLine, RandomPort } from "@tsemu/hw";
import { Encoder, interpreterWasm } from "@tsemu/interpreter";
import {
  type AddressSpace,
  BUDGET,
  CURRENT,
  descriptor,
  type EmulatorMemory,
  EXIT_ARG,
  EXIT_ARG2,
  exits,
  fetchCellValue,
  FLAGS,
  JUMP_CACHE,
  jumpCacheIndex,
  linkCell,
  PC,
  PC_HIGH,
  PortSpace,
  SITE,
  SoftMmu,
  STATE_BASE,
  TABLE_ENTER,
} from "@tsemu/memory";
import {
  type Cpu,
  type CpuEnvironment,
  CpuState,
  debugAddress,
  DebugStop,
  GuestFault,
  type HostHelper,
  type IoSpace,
  type SystemRegisters,
  maxBlockInsns,
  type PageWalker,
  type Target,
} from "@tsemu/target";
import { BlockCache, type Place, SITE_WORDS, type TranslatedBlock } from "./block-cache.ts";
import { BlockMaker, type Wanted } from "./block-maker.ts";
import { Breakpoints } from "./breakpoints.ts";
import { CodeArena } from "./code-arena.ts";
import { codeOf, MmuCodeReader } from "./code-reader.ts";
import { HelperCalls } from "./helper-calls.ts";
import { Crossings } from "./crossings.ts";
import { isKeepable, keepCode, type KeptBlock, KeptCode } from "./kept-code.ts";
import { SITE_BASE } from "./regions.ts";

/**
 * What costs far more than an instruction, in microseconds or so, and how much of it a slice may do: a guest that does nothing else
 * must not keep the host waiting.
 */
const FLUSH_WORK = 15;
const TRANSLATE_WORK = 50;
const EXCEPTION_WORK = 2;
const SLICE_WORK = 50_000;

/** With every time that a block's code is overwritten it has to be executed twice as often until it is compiled, up to 2^this as often. */
const MAX_PATIENCE = 12;

/** Executions after which a block is compiled that was hot in an earlier run. */
const HOT_BEFORE = 8;
/** Bytes of code that are kept for a later run at the most, and new blocks that make it worth while. */
const KEPT_BYTES = 0x340_0000;
const LEAST_KEPT = 1000;

export interface VcpuOptions {
  readonly target: Target;
  readonly model: string;
  readonly space: AddressSpace;
  readonly clock: Clock;
  readonly log: Logger;
  /** For CPUs that have a generator of random numbers. */
  readonly random?: RandomPort | undefined;
  /** Exports of wasm helper modules, linked to the space's memory. */
  readonly wasmModules: Readonly<Record<string, Record<string, unknown>>>;
  output(name: string): IrqLine;
  firmwareCall(conduit: "hvc" | "smc", cpu: Cpu): boolean;
  /** The machine's I/O ports, if it has any. */
  readonly io?: IoSpace | undefined;
  readonly systemRegisters?: SystemRegisters | undefined;
  /** Of machines whose interrupt controller is asked for a vector. */
  readonly acknowledgeInterrupt?: (() => number) | undefined;
  /** User mode: who translates addresses in place of the CPU. Exceptions then end the slice instead of being delivered to the guest. */
  readonly userMmu?: PageWalker | undefined;
}

/** Why a slice ended. After a fault the state is the precise one, and pc that of the instruction that raised it. */
export type SliceEnd =
  | { readonly kind: "budget" }
  | { readonly kind: "stop"; readonly reason: number }
  | { readonly kind: "fault"; readonly fault: GuestFault };

/** What tier 1 adds: told of hot blocks and of code that is gone. */
export interface HotCode {
  /** Executions after which a block counts as hot. */
  readonly threshold: number;
  /** May make the block's descriptor lead to compiled code, now or later. */
  hot(block: TranslatedBlock): void;
  /** Its code was overwritten. */
  invalidated(block: TranslatedBlock): void;
  /** Where compiled code called the host from. */
  site(number: number): { readonly block: TranslatedBlock; readonly index: number };
  /** All code was dropped. */
  clear(): void;
  /** What keep() gave in an earlier run is there to be used; before anything is executed. */
  restore(words: Int32Array): void;
  /** Compiled code all of whose blocks `isKept` by their descriptors. */
  keep(isKept: (descriptor: number) => boolean): Int32Array;
  /** Blocks of such code that were overwritten since, with the code that they were made of. */
  overwritten(): Iterable<{ readonly block: TranslatedBlock; readonly code: Uint8Array }>;
}

/** A store into the block that does it, not yet carried out: its instruction is executed anew in a block of its own, behind which the new code is seen. */
class OwnCodeStored extends GuestFault {
  constructor() {
    super(0);
  }
}

export class Vcpu {
  readonly target: Target;
  readonly model: string;
  readonly cpu: Cpu;
  readonly state: CpuState;
  readonly mmu: SoftMmu;
  readonly space: AddressSpace;
  readonly memory: EmulatorMemory;
  readonly blocks: BlockCache;
  readonly table: WebAssembly.Table;
  readonly helpers: HelperCalls;
  readonly reader: MmuCodeReader;
  readonly log: Logger;
  /** Returns of generated code by reason; for statistics. */
  readonly counts: number[] = new Array<number>(8).fill(0);
  hotCode: HotCode | undefined;
  /** The block that the end of the last exact slice cut short, and how many of its instructions were executed. */
  lastCut: { readonly pc: number; readonly pcHigh: number; readonly flags: number; readonly insns: number } | undefined;
  readonly #breakpoints: Breakpoints;
  readonly #arena: CodeArena;
  readonly #crossings: Crossings;
  /** What an earlier run left in the arena. */
  #kept: KeptCode | undefined;
  readonly #maker: BlockMaker;
  readonly #run: (descriptor: number) => number;
  readonly #lookupTail: unknown;
  /** Instructions before the present slice; the slice's length. */
  #before = 0;
  #slice = 0;
  #kicked = false;
  #kickRemainder = 0;
  /** Where generated code called the host from, 0 outside. */
  #site = 0;
  /** The block cut to the rest of a slice, while it runs. */
  #cut: TranslatedBlock | undefined;
  #stopRequested = false;
  /** Costly things done in this slice. */
  #work = 0;
  /** What a slow path of compiled code ended with. */
  #regionFault: GuestFault | undefined;
  readonly #endsOnFault: boolean;
  /** Do addresses have 64 bits? */
  readonly #wide: boolean;
  /** The instruction at pc comes next, by itself, whatever is pending. */
  #redo = false;
  /** The fault that the slice is to end with. */
  #endingFault: GuestFault | undefined;

  constructor(options: VcpuOptions) {
    const { target, space, log } = options;
    this.target = target;
    this.model = options.model;
    this.space = space;
    this.memory = space.memory;
    this.log = log;
    this.blocks = new BlockCache(this.memory);
    this.#breakpoints = new Breakpoints(this.memory);
    this.#arena = new CodeArena(this.memory);
    this.#crossings = new Crossings(this.memory, this.#arena, target.addressBits);
    this.mmu = new SoftMmu(
      space,
      { hasCode: (pa) => this.blocks.hasCode(pa), written: (pa, size) => this.#stored(pa, size) },
      target.mmuIdxCount,
      log,
      target.addressBits,
    );
    this.#wide = target.addressBits === 64;
    space.onChange = (pa, size) => this.#mapChanged(pa, size);
    this.reader = new MmuCodeReader(space, this.mmu);
    this.table = new WebAssembly.Table({ element: "anyfunc", initial: 0x4000 });
    this.state = new CpuState(target.layout, this.memory.buffer, STATE_BASE);
    const env: CpuEnvironment = {
      state: this.state,
      memory: {
        isRam: (pa) => space.hostAddress(pa) >= 0,
        read32: (pa) => this.memory.u32[space.hostAddress(pa) >>> 2] ?? 0,
        write32: (pa, value) => {
          const host = space.hostAddress(pa);
          if (host >= 0) this.memory.u32[host >>> 2] = value;
        },
      },
      virtual: {
        load: (va, high, size, mmuIdx) => this.mmu.read(va >>> 0, high, size, mmuIdx),
        store: (va, high, size, mmuIdx, value) => this.mmu.write(va >>> 0, high, size, mmuIdx, value),
      },
      io: options.io ?? new PortSpace(log),
      systemRegisters: options.systemRegisters,
      acknowledgeInterrupt: options.acknowledgeInterrupt ?? (() => 0),
      clock: options.clock,
      log,
      random: options.random,
      wasm: options.wasmModules,
      instructionCount: () => this.instructionCount,
      output: options.output,
      flushTlb: (what, high = 0) => {
        this.spend(FLUSH_WORK);
        if (what === "all") this.mmu.flush();
        else if (what === "nonGlobal") this.mmu.flushNonGlobal();
        else this.mmu.flushPage(what, high);
      },
      switchAddressSpace: (key) => {
        this.spend(FLUSH_WORK);
        this.mmu.switchSpace(key);
      },
      kick: () => this.kick(),
      firmwareCall: (conduit) => options.firmwareCall(conduit, this.cpu),
    };
    this.cpu = target.create(options.model, env);
    this.#endsOnFault = options.userMmu !== undefined;
    this.mmu.cpu = options.userMmu ?? this.cpu;
    this.helpers = new HelperCalls(target, this.memory, this.table, options.wasmModules);
    const encoder = new Encoder({
      addressBits: target.addressBits,
      u32: this.memory.u32,
      constant: (type, value) => this.#arena.constant(type!, value),
      helper: (signature) => this.helpers.index(signature),
    });
    this.#maker = new BlockMaker(target, options.model, this.cpu, this.reader, this.#arena, encoder, log);

    const { u32 } = this.memory;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(interpreterWasm)), {
      env: {
        memory: this.memory.memory,
        table: this.table,
        slow_load: (va: number, record: number) => {
          this.#site = record;
          this.mmu.load(va >>> 0, 0, u32[(record >> 2) + 5]!);
          this.#site = 0;
        },
        slow_store: (va: number, record: number) => {
          this.#site = record;
          this.mmu.store(va >>> 0, 0, u32[(record >> 2) + 5]!);
          this.#site = 0;
        },
        slow_load_wide: (va: number, high: number, record: number) => {
          this.#site = record;
          this.mmu.load(va >>> 0, high >>> 0, u32[(record >> 2) + 5]!);
          this.#site = 0;
        },
        slow_store_wide: (va: number, high: number, record: number) => {
          this.#site = record;
          this.mmu.store(va >>> 0, high >>> 0, u32[(record >> 2) + 5]!);
          this.#site = 0;
        },
        call_host: (index: number, record: number) => {
          this.#site = record;
          this.helpers.call(this.cpu, index, record);
          this.#site = 0;
        },
      },
    });
    this.#run = instance.exports["run"] as (descriptor: number) => number;
    this.#lookupTail = instance.exports[this.#wide ? "lookup_wide" : "lookup"];
  }

  /** The slow path of a load in compiled code: 1 if it faulted, which the code then leaves with. */
  regionLoad(va: number, high: number, memop: number, site: number): 0 | 1 {
    return this.#regionAccess(site, () => this.mmu.load(va, high, memop));
  }

  regionStore(va: number, high: number, memop: number, site: number): 0 | 1 {
    return this.#regionAccess(site, () => this.mmu.store(va, high, memop));
  }

  #regionAccess(site: number, access: () => void): 0 | 1 {
    this.#site = site;
    try {
      access();
      return 0;
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      this.#regionFault = error;
      return 1;
    } finally {
      this.#site = 0;
    }
  }

  /** What compiled code imports as helpers: wasm ones as they are, host ones wrapped so that their site is known while they run. */
  regionHelpers(): [name: string, fn: unknown][] {
    return this.target.helpers.map((helper) => {
      const { name } = helper.signature;
      if (!("run" in helper)) return [name, this.table.get(this.helpers.index(helper.signature))];
      return [name, this.#withSite(helper)];
    });
  }

  /** A host helper whose site is known while it runs, and left set where it throws: the slice's handler wants it. */
  #withSite({ signature, run }: HostHelper): (...args: number[]) => number | void {
    const { cpu } = this;
    const enter = (): void => {
      this.#site = this.memory.u32[SITE >> 2]!;
    };
    const leave = <T>(result: T): T => {
      this.#site = 0;
      return result;
    };
    // Those of few arguments are called all the time: a list of arguments for each would cost more than most of them do.
    switch (signature.params.length) {
      case 0:
        return () => (enter(), leave(run(cpu)));
      case 1:
        return (a) => (enter(), leave(run(cpu, a!)));
      case 2:
        return (a, b) => (enter(), leave(run(cpu, a!, b!)));
      default:
        return (...args) => (enter(), leave(run(cpu, ...args)));
    }
  }

  /** The cell by which code on other pages knows that the block's page is still mapped, and what it holds then. */
  fetchGuard({ pc, pcHigh, flags, pa }: TranslatedBlock): Guard {
    return this.#guard(pc, pcHigh, flags, pa);
  }

  /** The same for the page that a block of two pages ends in. */
  secondFetchGuard({ pc, pcHigh, flags, pa2 }: TranslatedBlock): Guard {
    const [next, nextHigh] = this.#nextPage(pc, pcHigh);
    return this.#guard(next, nextHigh, flags, pa2);
  }

  #guard(pc: number, pcHigh: number, flags: number, pa: number): Guard {
    const cell = this.mmu.fetchCell(pc, pcHigh, this.cpu.fetchMmuIdx(flags), () => this.#arena.allocate(4));
    return { cell, value: fetchCellValue(pa) };
  }

  /** The address at which the page behind pc's begins. */
  #nextPage(pc: number, pcHigh: number): [low: number, high: number] {
    const next = ((pc & ~0xfff) + 0x1000) >>> 0;
    return [next, this.#wide && next === 0 ? (pcHigh + 1) >>> 0 : pcHigh];
  }

  /** The block there under the present mapping, if there is one already. */
  knownBlock(place: Place): TranslatedBlock | undefined {
    const pa = this.mmu.knownFetch(place.pc, place.pcHigh, this.cpu.fetchMmuIdx(place.flags));
    return pa === undefined ? undefined : this.blocks.find(pa, place, () => -1);
  }

  /** Where the guest goes on. */
  get place(): Place {
    const { u32 } = this.memory;
    return { pc: u32[PC >> 2]!, pcHigh: this.#wide ? u32[PC_HIGH >> 2]! : 0, flags: u32[FLAGS >> 2]! };
  }

  /** A virtual address in words. */
  address(low: number, high: number): string {
    return this.#wide ? hex64(low, high) : hex32(low);
  }

  /** The interpreter's `lookup` function, for compiled code to tail-call. */
  get lookupFunction(): unknown {
    return this.#lookupTail;
  }

  reset(): void {
    this.state.bytes.fill(0);
    this.mmu.flush();
    this.cpu.reset();
  }

  /** Blocks translated so far. */
  get translated(): number {
    return this.#maker.made;
  }

  /** Guest instructions executed; exact also while the guest is in the middle of a block (the present one not counted). */
  get instructionCount(): number {
    let left = this.memory.i32[BUDGET >> 2]! + this.#kickRemainder;
    if (this.#site !== 0) {
      const { block, index } = this.#siteOf(this.#site);
      left += block.insnCount - index;
    }
    return this.#before + this.#slice - left;
  }

  /** The same, the present block counted as a whole, at little cost. */
  get roughCount(): number {
    return this.#before + this.#slice - this.memory.i32[BUDGET >> 2]! - this.#kickRemainder;
  }

  /** Makes running code return soon, and interrupts be looked at. May be called at any time. */
  kick(): void {
    if (this.#kicked) return;
    this.#kicked = true;
    const budget = BUDGET >> 2;
    this.#kickRemainder = this.memory.i32[budget]!;
    this.memory.i32[budget] = 0;
  }

  /** Ends the present slice at the next block boundary. */
  requestStop(): void {
    this.#stopRequested = true;
    this.kick();
  }

  /** Something costly was done on the guest's behalf, about so many microseconds of it: the slice ends early if there is too much. */
  spend(work: number): void {
    this.#work += work;
    if (this.#work > SLICE_WORK) this.requestStop();
  }

  /** Guest memory was written from outside (DMA, loaders): forgets code made of it. */
  memoryWritten(pa: number, size: number): void {
    for (let at = pa; at < pa + size; at = (Math.floor(at / 0x1000) + 1) * 0x1000) {
      if (this.blocks.hasCode(at)) this.#invalidate(at, Math.min(pa + size - at, 0x1000 - (at % 0x1000)));
    }
  }

  /** Something else is seen at these addresses: no translation holds there any more, of whatever kind. */
  #mapChanged(pa: number, size: number): void {
    this.spend(FLUSH_WORK);
    this.mmu.flush();
    this.memoryWritten(pa, size);
    this.kick();
  }

  /** The guest is about to store to a page with code. */
  #stored(pa: number, size: number): void {
    const current = this.target.seesOwnStores && this.#site !== 0 ? this.#siteOf(this.#site).block : undefined;
    this.#invalidate(pa, size);
    if (current === undefined || current.insnCount === 1) return;
    // The block of a cut is not among those that are invalidated.
    const isCut = current === this.#cut && pa < current.pa + current.bytes && current.pa < pa + size;
    if (current.stale || isCut) throw new OwnCodeStored();
  }

  #invalidate(pa: number, size: number): void {
    const gone = this.blocks.invalidate(pa, size);
    for (const block of gone) this.hotCode?.invalidated(block);
    // Compiled code goes from block to block without asking: it must not enter one that is gone.
    if (gone.length > 0 && this.#site >= SITE_BASE) this.kick();
  }

  /** Slices end before the instruction at pc, with a DebugStop. Between slices. */
  addBreakpoint(pc: number): void {
    if (!this.#breakpoints.add(pc)) return;
    // Code of an earlier run knows nothing of it.
    if (this.#kept !== undefined) this.dropCode();
    for (const block of this.blocks.all()) {
      const start = debugAddress(block.pc, block.pcHigh);
      if (start <= pc && pc < start + block.bytes && !block.stale) this.#invalidate(block.pa, 1);
    }
  }

  removeBreakpoint(pc: number): void {
    this.#breakpoints.remove(pc);
  }

  /** Executes the one instruction at pc, whatever breakpoints and interrupts there are. */
  step(): SliceEnd {
    const { i32 } = this.memory;
    this.#before = this.instructionCount;
    this.#slice = 1;
    this.#kicked = this.#stopRequested = false;
    this.#kickRemainder = 0;
    this.#work = 0;
    i32[BUDGET >> 2] = 1;
    let reason: number | undefined;
    try {
      reason = this.#runCut(1);
    } catch (error) {
      // The code cannot be fetched.
      if (!(error instanceof GuestFault)) throw error;
      this.#take(error, 0);
    }
    const fault = this.#endingFault;
    this.#endingFault = undefined;
    if (fault !== undefined) return { kind: "fault", fault };
    return reason === exits.stop ? { kind: "stop", reason: this.memory.u32[EXIT_ARG >> 2]! } : { kind: "budget" };
  }

  /** Executes the instruction that a watchpoint has stopped, and whatever it can only be executed with. */
  stepWatched(): SliceEnd {
    this.mmu.watching = this.mmu.watchTouched = false;
    let end = this.step();
    if (end.kind === "budget" && !this.mmu.watchTouched) end = this.step();
    this.mmu.watching = true;
    return end;
  }

  /** Drops all translated code. Only while no generated code runs. */
  dropCode(): void {
    this.log.log("tier", () => `code dropped: ${this.blocks.size} blocks, ${this.#arena.used} bytes`);
    this.hotCode?.clear();
    this.blocks.clear();
    this.#kept = undefined;
    this.#arena.clear();
    this.#crossings.clear();
    this.mmu.flushJumpCache();
    this.mmu.forgetFetchCells();
  }

  /**
   * Executes up to `insns` instructions. If `exact` it is exactly as many unless the guest stops, requestStop() is called or (in user mode) an exception is raised; ending
   * early at a block's boundary and going on with the rest is the same to the guest.
   */
  runSlice(insns: number, exact: boolean): SliceEnd {
    const { i32, u32 } = this.memory;
    this.#before = this.instructionCount;
    this.#slice = insns;
    // Whoever kicked between slices has what he wants: interrupts are looked at now.
    this.#kicked = false;
    this.#kickRemainder = 0;
    this.#stopRequested = false;
    this.#work = 0;
    this.#redo = false;
    this.lastCut = undefined;
    i32[BUDGET >> 2] = insns;
    this.mmu.renewTrials();
    let next = 0;
    for (;;) {
      if (this.#kicked) {
        this.#kicked = false;
        i32[BUDGET >> 2] = this.#kickRemainder;
        this.#kickRemainder = 0;
      }
      if (this.#endingFault !== undefined) {
        const fault = this.#endingFault;
        this.#endingFault = undefined;
        return { kind: "fault", fault };
      }
      if (this.#stopRequested) {
        this.#stopRequested = false;
        return { kind: "budget" };
      }
      if (!this.#redo && this.cpu.deliverInterrupt()) next = 0;
      if (i32[BUDGET >> 2]! <= 0) return { kind: "budget" };
      try {
        if (this.#redo) {
          this.#redo = false;
          this.#runCut(1);
          continue;
        }
        if (next === 0) next = this.#lookup().descriptor;
        const reason = this.#run(next);
        this.counts[reason]!++;
        next = 0;
        switch (reason) {
          case exits.budget:
            this.#beBefore(u32[EXIT_ARG >> 2]!);
            if (this.#kicked) break;
            if (!exact || i32[BUDGET >> 2]! <= 0) return { kind: "budget" };
            this.#runCut(i32[BUDGET >> 2]!);
            break;
          case exits.unlinked:
            next = this.#link(u32[EXIT_ARG >> 2]!);
            break;
          case exits.lookup:
            break;
          case exits.hot:
            next = u32[EXIT_ARG >> 2]!;
            // An interrupt may come here without a kick: the guest has allowed it in the block before.
            this.#beBefore(next);
            this.hotCode?.hot(this.blocks.byDescriptor(next)!);
            break;
          case exits.fault:
            this.#take(this.#regionFault!, u32[SITE >> 2]!);
            break;
          case exits.raise:
            this.#take(new GuestFault(u32[EXIT_ARG >> 2]!, u32[EXIT_ARG2 >> 2]!), u32[SITE >> 2]!);
            break;
          case exits.stop: {
            const stop = u32[EXIT_ARG >> 2]!;
            if (this.cpu.hasWork()) break;
            return { kind: "stop", reason: stop };
          }
          default:
            throw new Error(`internal error: exit reason ${reason}`);
        }
      } catch (error) {
        if (!(error instanceof GuestFault)) throw error;
        const site = this.#site;
        this.#site = 0;
        next = 0;
        this.#take(error, site);
      }
    }
  }

  /** The guest is before the block with the descriptor. Chained code leaves the slots as they were. */
  #beBefore(address: number): void {
    const { u32 } = this.memory;
    u32[PC >> 2] = u32[(address + descriptor.pc) >> 2]!;
    u32[FLAGS >> 2] = u32[(address + descriptor.flags) >> 2]!;
  }

  /** Restores precise state for a fault at a site (0: at pc itself) and delivers it, or has the slice end with it. */
  #take(fault: GuestFault, site: number): void {
    const isDebug = fault instanceof DebugStop;
    const anew = fault instanceof OwnCodeStored;
    // What is executed later counts later.
    let charge = isDebug || anew ? 0 : 1;
    if (site !== 0) {
      const { block, index } = this.#siteOf(site);
      const { u32 } = this.memory;
      const at = (block.sites >> 2) + SITE_WORDS * index;
      charge -= block.insnCount - index;
      u32[PC >> 2] = u32[at + 1]!;
      if (this.#wide) u32[PC_HIGH >> 2] = block.pcHigh;
      u32[FLAGS >> 2] = block.flags;
      this.cpu.restore(u32[at + 1]!, u32[at + 2]!);
    }
    if (this.#kicked) this.#kickRemainder -= charge;
    else this.memory.i32[BUDGET >> 2]! -= charge;
    if (isDebug || anew) {
      if (site !== 0) this.cpu.rewind?.();
      if (anew) this.#redo = true;
      else this.#endingFault = fault;
      return;
    }
    this.log.log(
      "int",
      () =>
        `Taking exception ${fault.exception} at pc ${this.address(this.place.pc, this.place.pcHigh)}, argument 0x${fault.argument.toString(16)}, address ${this.address(fault.address, fault.addressHigh)}`,
    );
    this.spend(EXCEPTION_WORK);
    if (this.#endsOnFault) this.#endingFault = fault;
    else this.cpu.deliver(fault);
  }

  /** The instruction at a tier-0 record, or at a site of compiled code. */
  #siteOf(site: number): { readonly block: TranslatedBlock; readonly index: number } {
    if (site >= SITE_BASE) return this.hotCode!.site(site);
    const block = this.#currentBlock();
    return { block, index: this.#insnIndex(block, site) };
  }

  #currentBlock(): TranslatedBlock {
    const address = this.memory.u32[CURRENT >> 2]!;
    const block = this.#cut?.descriptor === address ? this.#cut : this.blocks.byDescriptor(address);
    if (block === undefined) throw new Error(`internal error: no block has descriptor ${hex32(address)}`);
    return block;
  }

  /** Which of the block's instructions a tier-0 record belongs to. */
  #insnIndex(block: TranslatedBlock, record: number): number {
    const word = (record - block.base) >> 2;
    let low = 0;
    let high = block.insnCount - 1;
    const { u32 } = this.memory;
    const sites = block.sites >> 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (u32[sites + SITE_WORDS * middle]! <= word) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The block at the pc and flags in their slots; enters it in the jump cache. Throws GuestFault where code cannot be fetched. */
  #lookup(): TranslatedBlock {
    const { u32 } = this.memory;
    const { place } = this;
    const { pc, pcHigh, flags } = place;
    const block = this.#findOrTranslate(place);
    if (!this.log.on("nochain")) {
      const entry = (JUMP_CACHE >> 2) + 4 * jumpCacheIndex(pc);
      u32[entry] = pc;
      u32[entry + 1] = flags;
      u32[entry + 2] = block.descriptor;
      u32[entry + 3] = this.mmu.spaceOf(pc, pcHigh, this.cpu.fetchMmuIdx(flags));
    }
    if ((this.log.on("exec") || this.log.on("cpu")) && this.log.covers(pc)) this.#logExecution(block);
    return block;
  }

  #logExecution({ descriptor: at, pc, pcHigh, flags, insnCount }: TranslatedBlock): void {
    if (this.log.on("exec")) this.log.log("exec", `Trace 0: ${hex32(at)} [${this.address(pc, pcHigh)}/${hex32(flags)}/${insnCount}]`);
    if (this.log.on("cpu")) this.log.log("cpu", this.cpu.dump(this.log.on("fpu")));
  }

  /** Follows a link cell for the first time and fills it in. Returns the descriptor to go on with, or 0 to look up. */
  #link(cell: number): number {
    const { u32 } = this.memory;
    u32[PC >> 2] = u32[(cell + linkCell.pc) >> 2]!;
    u32[FLAGS >> 2] = u32[(cell + linkCell.flags) >> 2]!;
    if (this.#arena.full || this.log.on("nochain")) return 0;
    const block = this.#findOrTranslate(this.place);
    u32[cell >> 2] = this.#crossings.linkTo(block);
    return block.descriptor;
  }

  /** The block that a link cell leads to, if it was followed. */
  linkedBlock(cell: number): TranslatedBlock | undefined {
    return this.blocks.byDescriptor(this.#crossings.linked(this.memory.u32[cell >> 2]!));
  }

  #findOrTranslate(place: Place): TranslatedBlock {
    if (this.#arena.full) this.dropCode();
    const { pc, pcHigh, flags } = place;
    const mmuIdx = this.cpu.fetchMmuIdx(flags);
    const pa = this.mmu.fetch(pc, pcHigh, mmuIdx);
    const secondPage = (): number => this.mmu.fetch(...this.#nextPage(pc, pcHigh), mmuIdx);
    const found = this.blocks.find(pa, place, secondPage);
    if (found !== undefined && !found.stale) return found;
    if (this.#breakpoints.has(debugAddress(pc, pcHigh))) throw new DebugStop("breakpoint", debugAddress(pc, pcHigh), "execute");
    const kept = found === undefined ? this.#takeKept(pa, place) : undefined;
    const block = kept?.block ?? this.#translate({ pa, place, maxInsns: maxBlockInsns, old: found, secondPage });
    this.#add(block, kept?.hot === true);
    return block;
  }

  /** `wasHot`: in an earlier run. */
  #add(block: TranslatedBlock, wasHot: boolean): void {
    // Stores to a page are watched from its first block on.
    if (!this.blocks.hasCode(block.pa)) this.mmu.protectPage(block.pa);
    if (block.pa2 >= 0 && !this.blocks.hasCode(block.pa2)) this.mmu.protectPage(block.pa2);
    this.blocks.add(block);
    // Code that is rewritten all the time is not worth compiling all the time.
    const patience = Math.min(block.rewrites, MAX_PATIENCE);
    const heat = (this.hotCode?.threshold ?? 0) * 2 ** patience;
    this.memory.u32[(block.descriptor + descriptor.heat) >> 2] = wasHot ? Math.min(heat, HOT_BEFORE) : heat;
  }

  /** The block of an earlier run with the descriptor, which is in use or is taken into use, if its code lies at pa. */
  keptBlock(address: number, pa: number): TranslatedBlock | undefined {
    const known = this.blocks.byDescriptor(address);
    if (known !== undefined) return known.pa === pa && !known.stale && known.rewrites === 0 ? known : undefined;
    const host = this.space.hostAddress(pa);
    const kept = host < 0 ? undefined : this.#kept?.takeDescriptor(address, pa, host);
    if (kept !== undefined) this.#add(kept.block, kept.hot);
    return kept?.block;
  }

  /** Where a block of an earlier run begins. */
  keptPlace(address: number): Place | undefined {
    return this.#kept?.placeOf(address);
  }

  /** The fetch cell of pc's page is to be the one at `cell`. */
  adoptGuard({ pc, pcHigh, flags }: Place, cell: number): void {
    this.mmu.fetchCell(pc, pcHigh, this.cpu.fetchMmuIdx(flags), () => cell);
  }

  #takeKept(pa: number, place: Place): ReturnType<KeptCode["take"]> {
    if (this.#kept === undefined) return undefined;
    const host = this.space.hostAddress(pa);
    return host < 0 ? undefined : this.#kept.take(pa, place, host, 0x1000 - (pa % 0x1000));
  }

  /** Takes over what keepCode() gave in an earlier run, before anything is executed. False if it is not that, or damaged. */
  restoreCode(bytes: Uint8Array, crc32: (bytes: Uint8Array) => number): boolean {
    if (this.blocks.size > 0 || this.#arena.used > 0) throw new Error("internal error: code is restored too late");
    this.#kept = KeptCode.restore(bytes, this.memory, crc32);
    if (this.#kept === undefined) return false;
    const { count, arenaEnd, constantsEnd } = this.#kept;
    this.log.log("tier", () => `code kept by an earlier run: ${count} blocks`);
    this.#arena.restored(arenaEnd, constantsEnd);
    if (this.#kept.regions.length > 0) this.hotCode?.restore(this.#kept.regions);
    return true;
  }

  /** Translated code for a later run; undefined if there is little (`least` blocks) that an earlier one did not have, or too much. */
  keepCode(crc32: (bytes: Uint8Array) => number, least = LEAST_KEPT): Uint8Array<ArrayBuffer> | undefined {
    const known = this.#kept?.count ?? 0;
    if (this.#arena.used > KEPT_BYTES || (least > 0 && this.translated < least + known / 10)) return undefined;
    const blocks = new Map<number, KeptBlock>();
    for (const block of this.blocks.all()) {
      const fn = this.memory.u32[(block.descriptor + descriptor.fn) >> 2]!;
      if (!block.stale && isKeepable(block) && this.space.hostAddress(block.pa) >= 0)
        blocks.set(block.descriptor, { block, hot: fn >= this.helpers.firstRegion, code: codeOf(block, this.space) });
    }
    for (const { block, code } of this.hotCode?.overwritten() ?? [])
      if (isKeepable(block) && !blocks.has(block.descriptor)) blocks.set(block.descriptor, { block, hot: true, code });
    return keepCode(
      [...blocks.values()],
      this.#kept,
      this.memory,
      this.#arena.next,
      this.#arena.constantsEnd,
      (isKept) => this.hotCode?.keep(isKept) ?? new Int32Array(),
      crc32,
    );
  }

  #translate(wanted: Wanted): TranslatedBlock {
    this.spend(TRANSLATE_WORK);
    const block = this.#maker.make(wanted);
    if (!this.#breakpoints.any) return block;
    const insns = this.#breakpoints.cut(block);
    return insns === block.insnCount ? block : this.#maker.make({ ...wanted, maxInsns: insns });
  }

  /** Executes `insns` instructions at pc, fewer than its block has. Returns why the code returned, if it did. */
  #runCut(insns: number): number | undefined {
    const { u32 } = this.memory;
    const { place } = this;
    const { pc, pcHigh, flags } = place;
    if (this.#arena.full) this.dropCode();
    const pa = this.mmu.fetch(pc, pcHigh, this.cpu.fetchMmuIdx(flags));
    const block = this.#translate({ pa, place, maxInsns: insns, secondPage: () => -1 });
    const d = block.descriptor >> 2;
    u32.set([TABLE_ENTER, block.entry, pc, flags, block.insnCount, 0, 0, pcHigh], d);
    this.#cut = block;
    this.lastCut = { pc, pcHigh, flags, insns: block.insnCount };
    try {
      const reason = this.#run(block.descriptor);
      if (reason === exits.unlinked) {
        const cell = u32[EXIT_ARG >> 2]!;
        u32[PC >> 2] = u32[(cell + linkCell.pc) >> 2]!;
        u32[FLAGS >> 2] = u32[(cell + linkCell.flags) >> 2]!;
      } else if (reason === exits.raise) this.#take(new GuestFault(u32[EXIT_ARG >> 2]!, u32[EXIT_ARG2 >> 2]!), u32[SITE >> 2]!);
      else if (reason === exits.budget || reason === exits.hot) this.#beBefore(u32[EXIT_ARG >> 2]!);
      return reason;
    } catch (error) {
      if (!(error instanceof GuestFault)) throw error;
      const site = this.#site;
      this.#site = 0;
      this.#take(error, site);
      return undefined;
    } finally {
      this.#cut = undefined;
    }
  }

  /** The block there in words: its instructions, its IR as translated and as optimized. Throws GuestFault where it cannot be fetched. */
  explain(place: Place): ReturnType<BlockMaker["explain"]> {
    return this.#maker.explain(place);
  }
}
