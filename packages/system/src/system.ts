/** One emulated computer: a board, its CPU, memory and time. Several may live in one process. */
import { type Logger, UserError } from "@tsemu/base";
import { type RegionCompiler, type RegionLimits, RegionTier, Vcpu } from "@tsemu/engine";
import {
  type BlockPort,
  type Clock,
  type DmaPort,
  type IrqLine,
  type RandomPort,
  type Timer,
  unconnected,
  type VariableMap,
} from "@tsemu/hw";
import type { MemoryPart } from "@tsemu/loader";
import {
  build,
  type BuiltMachine,
  firmwarePlace,
  type IdeOptions,
  type MachineDescription,
  type MachineHost,
  type MachineOptions,
  psci,
} from "@tsemu/machines";
import { AddressSpace, EmulatorMemory, PortSpace } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { DebugStop, type Target } from "@tsemu/target";
import { InstructionClock, HostClock, type VirtualClock } from "./clocks.ts";
import type { SystemDebugger } from "./debugger.ts";
import type { HostLoop } from "./host.ts";

export interface SystemOptions {
  readonly target: Target;
  readonly machine: MachineDescription;
  readonly machineOptions: MachineOptions;
  readonly log: Logger;
  readonly host: HostLoop;
  readonly random: RandomPort;
  readonly ports: Pick<MachineHost, "serial" | "drives" | "nets"> &
    Partial<
      Pick<
        MachineHost,
        | "ide"
        | "floppies"
        | "consoles"
        | "rngs"
        | "modernVirtio"
        | "graphics"
        | "noGraphic"
        | "romFile"
        | "debugConsole"
        | "debugExit"
        | "firmwareFiles"
      >
    >;
  /** `-icount shift=N`; absent: real time. */
  readonly icountShift?: number | undefined;
  /** `-icount sleep=on`: waiting takes the host's time. */
  readonly icountSleep?: boolean | undefined;
  /** Seconds since 1970 when the machine starts (`-rtc base=`). */
  readonly wallClockStart: number;
  /** Compiles hot code; absent: tier 0 alone. */
  readonly compiler?: RegionCompiler | undefined;
  readonly limits?: RegionLimits | undefined;
}

/** What is put into memory at every reset, and where the CPU then starts; without an entry it is the reset vector. */
export interface BootState {
  readonly parts: readonly MemoryPart[];
  readonly start?: { readonly entry: number; readonly registers: readonly number[] } | undefined;
}

export type SystemEnd = { readonly kind: "shutdown"; readonly reason: string } | { readonly kind: "reset" } | { readonly kind: "quit" };

/** Instructions of the longest slice: some milliseconds. */
const LONGEST_SLICE = 400_000;
/** The longest while the host works on a disk's request: a fraction of a millisecond. */
const ATTENTIVE_SLICE = 20_000;
/** Bytes that a device copies in a microsecond or so. */
const DMA_BYTES_PER_WORK = 2000;
/** The event loop gets a turn at least this often, in ms. */
const TURN_MS = 4;

export class System {
  readonly vcpu: Vcpu;
  readonly machine: BuiltMachine;
  readonly space: AddressSpace;
  readonly clock: VirtualClock;
  readonly target: Target;
  /** Where there may be a debugger. */
  debugger: SystemDebugger | undefined;
  readonly #host: HostLoop;
  #boot: BootState = { parts: [] };
  #end: SystemEnd | undefined;
  #wake: (() => void) | undefined;
  #paused = false;
  /** Requests to disks that are not done. */
  #requests = 0;
  /** Where, at the latest, the present exact slice ends. */
  #sliceEnd = 0;

  constructor(options: SystemOptions) {
    const { target, machineOptions, machine, log, host } = options;
    this.#host = host;
    this.target = target;
    const deviceBytes = (firmwarePlace(machine, machineOptions)?.size ?? 0) + (machine.deviceMemory ?? 0);
    let memory: EmulatorMemory;
    try {
      memory = new EmulatorMemory(machineOptions.ramBytes + deviceBytes);
    } catch {
      throw new UserError(`cannot set up guest memory 'ram': Cannot allocate memory`);
    }
    this.space = new AddressSpace(memory, machine.holes);
    // The devices need a clock before the CPU exists, and the CPU's wires lead to the devices.
    const late: { vcpu?: Vcpu; machine?: BuiltMachine } = {};
    this.clock =
      options.icountShift === undefined
        ? new HostClock(
            () => host.now(),
            () => late.vcpu?.roughCount ?? 0,
            () => late.vcpu?.requestStop(),
          )
        : new InstructionClock(
            options.icountShift,
            () => late.vcpu?.instructionCount ?? 0,
            () => late.vcpu?.requestStop(),
            options.icountSleep,
          );
    const clock: Clock = { now: () => this.clock.timers.now(), timer: (fire): Timer => this.clock.timers.timer(fire) };
    const dma: DmaPort = {
      read: (pa, into) => {
        late.vcpu?.spend(into.length / DMA_BYTES_PER_WORK);
        this.space.readBytes(pa, into);
      },
      write: (pa, from) => {
        late.vcpu?.spend(from.length / DMA_BYTES_PER_WORK);
        this.space.writeBytes(pa, from);
        late.vcpu?.memoryWritten(this.space.real(pa), from.length);
      },
    };
    const io = new PortSpace(log);
    const rom: MemoryPart[] = [];
    late.machine = build(machine, machineOptions, {
      ...options.ports,
      drives: options.ports.drives.map((drive) => ({ ...drive, port: this.#attended(drive.port) })),
      ...(options.ports.floppies === undefined ? {} : { floppies: options.ports.floppies.map((port) => port && this.#attended(port)) }),
      ...(options.ports.ide === undefined ? {} : { ide: options.ports.ide.map((unit) => unit && this.#attendedUnit(unit)) }),
      clock,
      log,
      dma,
      random: options.random,
      mapMmio: (base, size, device, name, layer) => this.space.addMmio(name, base, size, device, layer),
      mapIo: (port, size, device, name) => io.add(name, port, size, device),
      mapRam: (pa, size, name) => this.space.addRam({ kind: "ram", name, pa, size }),
      memoryBlock: (size) => this.space.addBlock(size),
      // Blocks come from the two above.
      mapVariable: (name, layer) => this.space.addVariable(name, layer) as VariableMap,
      mapAlias: (pa, size, to, name) => this.space.addAlias(name, pa, size, to),
      mapRom: (pa, size, bytes, name) => {
        this.space.addRam({ kind: "rom", name, pa, size });
        rom.push({ what: name, pa, bytes });
      },
      cpuIrq: (name): IrqLine => ({ set: (level) => this.#input(name, level) }),
      wallClockSeconds: () => options.wallClockStart + clock.now() / 1e9,
      shutdown: (reason) => this.#finish({ kind: "shutdown", reason }),
      reset: () => this.#finish({ kind: "reset" }),
    });
    for (const { pa, bytes } of rom) this.space.writeBytes(pa, bytes, true);
    this.machine = late.machine;
    late.vcpu = this.vcpu = new Vcpu({
      target,
      model: machineOptions.cpu,
      space: this.space,
      clock,
      log,
      random: options.random,
      wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
      io,
      systemRegisters: this.machine.systemRegisters,
      acknowledgeInterrupt: () => this.machine.acknowledgeInterrupt(),
      output: (name) => late.machine?.cpuOutput(name) ?? unconnected,
      firmwareCall: (_conduit, cpu) =>
        psci(cpu.state, {
          shutdown: (reason) => this.#finish({ kind: "shutdown", reason }),
          reset: () => this.#finish({ kind: "reset" }),
        }),
    });
    if (options.compiler !== undefined) this.vcpu.hotCode = new RegionTier(this.vcpu, options.compiler, options.limits);
  }

  /** A disk whose requests the host is given time for soon: a guest may do nothing but wait for one. */
  #attended(port: BlockPort): BlockPort {
    const attend = async (work: Promise<void>): Promise<void> => {
      this.#requests++;
      // While others are on their way, slices are short anyway.
      if (this.#requests === 1) this.vcpu.requestStop();
      try {
        await work;
      } finally {
        this.#requests--;
      }
    };
    return {
      size: port.size,
      readOnly: port.readOnly,
      read: (offset, into) => attend(port.read(offset, into)),
      write: (offset, from) => attend(port.write(offset, from)),
      flush: () => attend(port.flush()),
      close: () => port.close(),
    };
  }

  #attendedUnit(unit: IdeOptions): IdeOptions {
    return unit.port === undefined ? unit : { ...unit, port: this.#attended(unit.port) };
  }

  /** Sets what every reset starts from, and resets. */
  boot(boot: BootState): void {
    this.#boot = boot;
    this.reset();
  }

  /** Power-on state, with the boot images in memory again. */
  reset(): void {
    this.machine.reset();
    this.vcpu.reset();
    for (const { pa, bytes } of this.#boot.parts) {
      this.space.writeBytes(pa, bytes, true);
      this.vcpu.memoryWritten(pa, bytes.length);
    }
    if (this.#boot.start !== undefined) this.vcpu.cpu.start(this.#boot.start.entry, this.#boot.start.registers);
  }

  #input(name: string, level: boolean): void {
    // Lines are driven once while the devices are made, before there is a CPU.
    if (this.vcpu === undefined) return;
    this.vcpu.cpu.setInput(name, level);
    if (!level) return;
    this.vcpu.kick();
    this.wake();
  }

  #finish(end: SystemEnd): void {
    this.#end ??= end;
    this.vcpu.requestStop();
    this.wake();
  }

  /** Ends run() from outside. */
  quit(): void {
    this.#finish({ kind: "quit" });
  }

  /** Ends run() as if the guest had asked for a reset. */
  requestReset(): void {
    this.#finish({ kind: "reset" });
  }

  /** Ends a wait for interrupts: something may have happened. */
  wake(): void {
    this.#wake?.();
  }

  /** Stops (`-S`, the monitor) or goes on. */
  set paused(paused: boolean) {
    this.#paused = paused;
    if (paused) this.vcpu.requestStop();
    this.wake();
  }
  get paused(): boolean {
    return this.#paused;
  }

  /** Runs until the guest switches off, asks for a reset, or quit() is called. */
  async run(): Promise<SystemEnd> {
    let lastTurn = this.#host.now();
    this.clock.stood?.();
    for (;;) {
      this.clock.timers.runDue();
      if (this.#end !== undefined) return this.#takeEnd();
      if (this.#paused) {
        await this.#sleep(1e9);
        this.clock.stood?.();
        continue;
      }
      if (this.debugger?.steps === true) {
        this.vcpu.step();
        this.debugger.hasStepped();
        continue;
      }
      const start = this.#host.now();
      const before = this.vcpu.instructionCount;
      const end = this.vcpu.runSlice(this.#nextSlice(), this.clock.exact);
      const now = this.#host.now();
      if (this.clock instanceof HostClock) this.clock.measured(this.vcpu.instructionCount - before, (now - start) * 1e6);
      if (this.#end !== undefined) return this.#takeEnd();
      if (end.kind === "fault" && end.fault instanceof DebugStop) this.debugger?.stopped(end.fault);
      if (end.kind === "stop" && end.reason === 0) {
        const ms = this.clock.idle();
        if (ms > 0) {
          await this.#sleep(ms);
          this.clock.slept?.(this.#host.now() - now);
          lastTurn = this.#host.now();
          continue;
        }
      }
      if (this.#requests > 0 || now - lastTurn > TURN_MS) {
        await this.#host.turn();
        lastTurn = this.#host.now();
      }
    }
  }

  #takeEnd(): SystemEnd {
    const end = this.#end!;
    this.#end = undefined;
    return end;
  }

  /** Exact slices end at counts that do not depend on where earlier ones were broken off. */
  #nextSlice(): number {
    if (!this.clock.exact) return this.clock.slice(this.#requests > 0 ? ATTENTIVE_SLICE : LONGEST_SLICE);
    const count = this.vcpu.instructionCount;
    if (count >= this.#sliceEnd) this.#sliceEnd = count + LONGEST_SLICE;
    return Math.min(this.#sliceEnd - count, this.clock.slice(LONGEST_SLICE));
  }

  /**
   * Executes `insns` more instructions, on the instruction clock, while the caller waits. Ends early where the machine does, or where it
   * waits for something that only comes from outside ("idle"). For running two machines in step.
   */
  advance(insns: number): SystemEnd | { readonly kind: "done" } | { readonly kind: "idle" } {
    const target = this.vcpu.instructionCount + insns;
    for (;;) {
      this.clock.timers.runDue();
      if (this.#end !== undefined) return this.#takeEnd();
      const left = target - this.vcpu.instructionCount;
      if (left <= 0) return { kind: "done" };
      const end = this.vcpu.runSlice(this.clock.slice(left), true);
      if (end.kind === "stop" && end.reason === 0 && this.#end === undefined && this.clock.idle() > 0) return { kind: "idle" };
    }
  }

  async #sleep(ms: number): Promise<void> {
    const sleep = this.#host.sleep(Math.min(ms, 1e6));
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([sleep.done, woken]);
    this.#wake = undefined;
    sleep.cancel();
  }
}
