/** A debugger at a machine: its CPU is the one thread there is. */
import {
  addressWords,
  type Debuggee,
  type DebugEvent,
  type DebugFeature,
  type DebugRegister,
  type DebugResume,
  type DebugStop,
  type DebugThread,
  GuestFault,
  type TargetDebug,
  type Watch,
} from "@tsemu/target";
import type { System } from "./system.ts";

const CPU = 1;
const PAGE = 0x1000;

export class SystemDebugger implements Debuggee {
  readonly #system: System;
  readonly #command: (command: string) => string | undefined;
  readonly debug: TargetDebug;
  readonly isAttached = true;
  #heard: ((event: DebugEvent) => void) | undefined;
  steps = false;
  readonly #watches: Watch[] = [];

  /** `command`: what the debugger's `monitor` does. */
  constructor(system: System, command: (command: string) => string | undefined) {
    this.#system = system;
    this.#command = command;
    this.debug = system.target.debug;
  }

  // ---- for the machine

  #halt(signal: string, watch?: Watch): void {
    this.steps = false;
    this.#system.paused = true;
    this.#heard?.({ kind: "signal", thread: CPU, signal, watch });
  }

  hasStepped(): void {
    this.#halt("SIGTRAP");
  }

  stopped({ kind, address, access }: DebugStop): void {
    if (kind === "breakpoint") {
      this.#halt("SIGTRAP");
      return;
    }
    // What is watched is told after the access.
    this.#system.vcpu.stepWatched();
    this.#halt(
      "SIGTRAP",
      this.#watches.find((w) => w.va === address && (w.kind === "access" || w.kind === access)),
    );
  }

  /** The machine is switched off. */
  ended(): void {
    this.#heard?.({ kind: "exited", code: 0 });
    this.#heard = undefined;
  }

  // ---- for the debugger

  get features(): readonly DebugFeature[] {
    return this.debug.features(this.#system.vcpu.cpu);
  }

  attach(heard: (event: DebugEvent) => void): void {
    this.#heard = heard;
    this.#system.paused = true;
  }

  detach(): void {
    this.#heard = undefined;
    this.steps = false;
    this.#system.paused = false;
  }

  threads(): readonly DebugThread[] {
    return [{ id: CPU, name: "CPU#0" }];
  }

  readRegister(_thread: number, register: DebugRegister): bigint {
    return register.get(this.#system.vcpu.cpu);
  }

  writeRegister(_thread: number, register: DebugRegister, value: bigint): void {
    register.set?.(this.#system.vcpu.cpu, value);
  }

  /** The physical pieces of a range as the CPU sees it now, up to where there is no RAM; devices are not looked at. */
  *#pieces(va: number, size: number): Generator<{ readonly pa: number; readonly at: number; readonly size: number }> {
    const { vcpu, space, target } = this.#system;
    const mmuIdx = vcpu.cpu.fetchMmuIdx(vcpu.state.u32[target.flags.offset >> 2]!);
    const wide = target.wordSize === 64;
    for (let at = 0; at < size; ) {
      const inPage = addressWords(va + at)[0] % PAGE;
      const piece = Math.min(size - at, PAGE - inPage);
      const [low, high] = addressWords(va + at);
      const mapping = vcpu.cpu.walk(low, "read", mmuIdx, wide ? high : 0);
      if (mapping instanceof GuestFault || space.hostAddress(mapping.pa + inPage) < 0) return;
      yield { pa: mapping.pa + inPage, at, size: piece };
      at += piece;
    }
  }

  readMemory(_thread: number, va: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    let done = 0;
    for (const { pa, at, size: n } of this.#pieces(va, size)) {
      this.#system.space.readBytes(pa, bytes.subarray(at, at + n));
      done = at + n;
    }
    return bytes.subarray(0, done);
  }

  writeMemory(_thread: number, va: number, bytes: Uint8Array): boolean {
    const pieces = [...this.#pieces(va, bytes.length)];
    if (pieces.reduce((sum, { size }) => sum + size, 0) < bytes.length) return false;
    for (const { pa, at, size } of pieces) {
      this.#system.space.writeBytes(pa, bytes.subarray(at, at + size), true);
      this.#system.vcpu.memoryWritten(pa, size);
    }
    return true;
  }

  setBreakpoint(va: number, on: boolean): void {
    if (on) this.#system.vcpu.addBreakpoint(va);
    else this.#system.vcpu.removeBreakpoint(va);
  }

  setWatch(watch: Watch, on: boolean): void {
    if (on) this.#watches.push(watch);
    else this.#watches.splice(this.#watches.indexOf(watch), 1);
    this.#system.vcpu.mmu.watch(this.#watches.slice());
  }

  /** Signals mean nothing to a machine. */
  resume({ step }: DebugResume): void {
    this.steps = step !== undefined;
    this.#system.paused = false;
  }

  interrupt(): void {
    if (!this.#system.paused) this.#halt("SIGINT");
  }

  kill(): void {
    this.#heard = undefined;
    this.#system.quit();
  }

  passSignals(): void {}

  object(): Uint8Array | undefined {
    return undefined;
  }

  monitor(command: string): string | undefined {
    return this.#command(command);
  }
}
