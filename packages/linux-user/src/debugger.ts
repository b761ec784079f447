/**
 * A debugger at the first process: where it is stopped, nothing runs, not its children either. Those are not debugged; breakpoints, which
 * are addresses in every process, are passed over by them.
 */
import {
  type Debuggee,
  type DebugEvent,
  type DebugFeature,
  type DebugRegister,
  type DebugResume,
  DebugStop,
  type DebugThread,
  type GuestFault,
  type TargetDebug,
  type Watch,
} from "@tsemu/target";
import { Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { PAGE } from "./mm/page-pool.ts";
import { PageWait, stringBytes } from "./mm/user-access.ts";
import type { ProcessEnd } from "./ports.ts";
import type { Process } from "./process.ts";
import type { SignalInfo } from "./signals/info.ts";
import { SI, SIG, SIGRTMIN, signalName } from "./signals/numbers.ts";
import { sendToProcess, sendToTask } from "./signals/send.ts";
import type { Task } from "./task.ts";

const nameOf = (signal: number): string => (signal >= SIGRTMIN ? `SIG${signal}` : signalName(signal));
const numberOf = (name: string): number | undefined =>
  (SIG as Readonly<Record<string, number>>)[name] ?? (/^SIG\d+$/.test(name) ? Number(name.slice(3)) : undefined);

export class KernelDebugger implements Debuggee {
  readonly #kernel: Kernel;
  readonly #process: Process;
  readonly debug: TargetDebug;
  readonly isAttached = false;
  #heard: ((event: DebugEvent) => void) | undefined;
  #halted = false;
  #resumed: (() => void) | undefined;
  /** The thread that is to execute one instruction. */
  stepped: Task | undefined;
  /** The signal that the process is stopped for: whether it gets it is for the debugger to say. */
  #held: { readonly task: Task; readonly info: SignalInfo } | undefined;
  /** One that it does get. */
  #passed: SignalInfo | undefined;
  #unheld: ReadonlySet<string> = new Set();
  readonly #watches: Watch[] = [];

  /** The program is about to run; it does not before a debugger is there (`attach`) and lets it. */
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#process = kernel.init!;
    this.debug = kernel.options.target.debug;
    this.#halted = true;
  }

  // ---- for the kernel

  get isHalted(): boolean {
    return this.#halted;
  }

  /** Resolves when it goes on. */
  goesOn(): Promise<void> {
    return new Promise((resolve) => {
      this.#resumed = resolve;
    });
  }

  #halt(event: DebugEvent): void {
    this.#halted = true;
    this.stepped = undefined;
    this.#heard?.(event);
  }

  #release(): void {
    this.#halted = false;
    this.#resumed?.();
  }

  /** The task has executed its one instruction. */
  hasStepped(task: Task): void {
    if (this.stepped === task) this.#halt({ kind: "signal", thread: task.tid, signal: "SIGTRAP" });
  }

  /** A slice has ended for the debugger's sake. Returns the fault of the instruction, if it was executed all the same and raised one. */
  stopped(task: Task, { kind, address, access }: DebugStop): GuestFault | undefined {
    const isOurs = task.process === this.#process && this.#heard !== undefined;
    if (isOurs && kind === "breakpoint") {
      this.#halt({ kind: "signal", thread: task.tid, signal: "SIGTRAP" });
      return undefined;
    }
    // What is watched is told after the access; others just go on.
    const { vcpu } = this.#kernel;
    const end = kind === "watchpoint" ? vcpu.stepWatched() : vcpu.step();
    if (isOurs) {
      const watch = this.#watches.find((w) => w.va === address && (w.kind === "access" || w.kind === access));
      this.#halt({ kind: "signal", thread: task.tid, signal: "SIGTRAP", watch });
    }
    return end.kind === "fault" ? end.fault : undefined;
  }

  /** Is the signal, which the task is about to deal with, kept until the debugger has said what is to become of it? */
  holds(task: Task, info: SignalInfo): boolean {
    if (task.process !== this.#process || this.#heard === undefined || info.signal === SIG.SIGKILL) return false;
    if (this.#passed?.signal === info.signal) {
      this.#passed = undefined;
      return false;
    }
    if (this.#unheld.has(nameOf(info.signal))) return false;
    this.#held = { task, info };
    this.#halt({ kind: "signal", thread: task.tid, signal: nameOf(info.signal) });
    return true;
  }

  ended(end: ProcessEnd): void {
    if (end.kind === "exit") this.#halt({ kind: "exited", code: end.code });
    else this.#halt({ kind: "killed", signal: nameOf(end.signal) });
  }

  // ---- for the debugger

  get features(): readonly DebugFeature[] {
    return this.debug.features(this.#kernel.vcpu.cpu);
  }

  attach(heard: (event: DebugEvent) => void): void {
    this.#heard = heard;
    this.#halted = true;
  }

  detach(): void {
    this.#heard = undefined;
    this.stepped = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) sendToTask(this.#kernel, held.task, held.info);
    this.#release();
  }

  threads(): readonly DebugThread[] {
    return [...this.#process.tasks].map(({ tid, name }) => ({ id: tid, name }));
  }

  #task(thread: number): Task | undefined {
    const task = this.#kernel.tasks.get(thread);
    return task?.process === this.#process ? task : undefined;
  }

  readRegister(thread: number, register: DebugRegister): bigint {
    const task = this.#task(thread);
    if (task !== undefined) this.#kernel.switchTo(task);
    return register.get(this.#kernel.vcpu.cpu);
  }

  writeRegister(thread: number, register: DebugRegister, value: bigint): void {
    const task = this.#task(thread);
    if (task === undefined) return;
    this.#kernel.switchTo(task);
    register.set?.(this.#kernel.vcpu.cpu, value);
  }

  readMemory(thread: number, va: number, size: number): Uint8Array {
    const memory = this.#task(thread)?.memory;
    if (memory === undefined) return new Uint8Array(0);
    const bytes = new Uint8Array(size);
    let done = 0;
    try {
      while (done < size) {
        const n = Math.min(size - done, PAGE - ((va + done) % PAGE));
        memory.read(va + done, bytes.subarray(done, done + n));
        done += n;
      }
    } catch (error) {
      if (!(error instanceof Errno) && !(error instanceof PageWait)) throw error;
    }
    return bytes.subarray(0, done);
  }

  writeMemory(thread: number, va: number, bytes: Uint8Array): boolean {
    const task = this.#task(thread);
    if (task === undefined) return false;
    try {
      for (let at = 0; at < bytes.length; ) {
        const inPage = (va + at) % PAGE;
        const n = Math.min(bytes.length - at, PAGE - inPage);
        const page = task.space.pageToPatch(va + at);
        if (page === undefined) return false;
        this.#kernel.pool.write(page, inPage, bytes.subarray(at, at + n));
        at += n;
      }
    } catch (error) {
      // There is no memory for a page of its own.
      if (error instanceof Errno) return false;
      throw error;
    }
    return true;
  }

  setBreakpoint(va: number, on: boolean): void {
    if (on) this.#kernel.vcpu.addBreakpoint(va);
    else this.#kernel.vcpu.removeBreakpoint(va);
  }

  setWatch(watch: Watch, on: boolean): void {
    if (on) this.#watches.push(watch);
    else this.#watches.splice(this.#watches.indexOf(watch), 1);
    this.#kernel.vcpu.mmu.watch(this.#watches.slice());
  }

  resume({ step, signal }: DebugResume): void {
    const held = this.#held;
    this.#held = undefined;
    const number = signal === undefined ? undefined : numberOf(signal.name);
    if (number !== undefined) {
      const task = this.#task(signal!.thread) ?? this.#process.leader;
      const { pid, credentials } = this.#process;
      const info = held?.info.signal === number ? held.info : { signal: number, code: SI.USER, pid, uid: credentials.uid };
      this.#passed = info;
      if (task !== undefined) sendToTask(this.#kernel, held?.info === info ? held.task : task, info);
    }
    this.stepped = step === undefined ? undefined : this.#task(step);
    this.#release();
  }

  interrupt(): void {
    if (this.#halted || this.#heard === undefined) return;
    const thread = this.#kernel.current;
    const mine = thread?.process === this.#process ? thread : this.#process.leader;
    this.#halt({ kind: "signal", thread: mine?.tid ?? this.#process.pid, signal: "SIGINT" });
    this.#kernel.queue.wake();
  }

  kill(): void {
    this.#heard = undefined;
    sendToProcess(this.#kernel, this.#process, { signal: SIG.SIGKILL, code: SI.KERNEL });
    this.#release();
  }

  passSignals(names: ReadonlySet<string>): void {
    this.#unheld = names;
  }

  object(name: string): Uint8Array | undefined {
    if (name === "auxv") return this.#process.leader?.space.auxv;
    return name === "exec-file" ? stringBytes(this.#process.executable?.path ?? "") : undefined;
  }

  monitor(command: string): string | undefined {
    if (command === "help") return "help -- this\nregisters -- those of the CPU, as -d cpu has them\n";
    return command === "registers" ? `${this.#kernel.vcpu.cpu.dump(true)}\n` : undefined;
  }
}
