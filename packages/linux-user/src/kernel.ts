/**
 * A Linux kernel as far as programs see it: processes and their threads, run in slices on one CPU, one after the other. A thread runs
 * until its slice is used up, until it makes a call, or until it faults; calls are carried out between slices (calls.ts). One that has to
 * wait returns a promise: its thread is blocked until that is settled, and the others run.
 */
import type { Logger } from "@tsemu/base";
import { RegionTier, Vcpu } from "@tsemu/engine";
import { TimerQueue, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { type CStruct, DebugStop, type GuestFault, type LinuxAbi, type SyscallRequest } from "@tsemu/target";
import { finishOutcome, performCall } from "./calls.ts";
import { enforceCpuLimit } from "./cpu-limit.ts";
import type { KernelDebugger } from "./debugger.ts";
import { Errno } from "./errno.ts";
import { endProcess, endTask } from "./exit.ts";
import { raiseFault } from "./faults.ts";
import { Futexes } from "./futex.ts";
import { MessageQueues } from "./ipc/message-queues.ts";
import { PosixQueues } from "./ipc/posix-queues.ts";
import { SemaphoreSets } from "./ipc/semaphores.ts";
import { SharedSegments } from "./ipc/shared-segments.ts";
import { LocalDatagrams } from "./net/local-datagrams.ts";
import { UnixNames } from "./net/unix-names.ts";
import { PAGE, PagePool } from "./mm/page-pool.ts";
import { PageSource } from "./mm/page-source.ts";
import { outsideFault, PageFault, UserSpace, userAddress } from "./mm/user-space.ts";
import type { KernelOptions, ProcessEnd } from "./ports.ts";
import type { Process } from "./process.ts";
import { RunQueue } from "./run-queue.ts";
import { deliverSignals } from "./signals/deliver.ts";
import type { SignalInfo } from "./signals/info.ts";
import { SI, SIG } from "./signals/numbers.ts";
import { sendToProcess, sendToTask } from "./signals/send.ts";
import { StructLayout } from "./struct-layout.ts";
import { structs, structsOf64 } from "./structs.ts";
import { type SyscallRow, numberedTable } from "./syscall-table.ts";
import { allRows } from "./syscalls/index.ts";
import type { Task, TaskServices } from "./task.ts";
import { commonDevices, DeviceFileSystem } from "./vfs/devices.ts";
import { PtsFileSystem, Ptys, ptmx } from "./vfs/devpts.ts";
import { FilePages } from "./vfs/file-pages.ts";
import { HostFileSystem, type HostShared } from "./vfs/host-fs.ts";
import { FileLocks } from "./vfs/locks.ts";
import { fileKey, Notifications } from "./vfs/notifications.ts";
import type { OpenFile } from "./vfs/types.ts";
import { type Location, Mounts } from "./vfs/path.ts";
import { PipeBudget } from "./vfs/pipe.ts";
import { procFileSystem } from "./vfs/proc.ts";
import { SpecialFiles } from "./vfs/special-files.ts";
import { TmpFileSystem } from "./vfs/tmpfs.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Instructions that a thread runs before the next one does; more where it is the only one. */
const SLICE = 100_000;
const LONG_SLICE = 400_000;
/** The host's event loop gets a turn at least that often, in ms. */
const TURN_MS = 4;
const LONGEST_SLICE_NS = 2e6;
/** Microtasks that are let run for calls under way before other threads go on. */
const SETTLE_TICKS = 64;

export class Kernel {
  readonly options: KernelOptions;
  readonly abi: LinuxAbi;
  readonly log: Logger;
  readonly vcpu: Vcpu;
  readonly pool: PagePool;
  readonly mounts = new Mounts();
  readonly pages: FilePages;
  /** Where memfd's files are; it is mounted nowhere. */
  readonly unnamedFiles: TmpFileSystem;
  /** AF_UNIX sockets by their names. */
  readonly unixNames = new UnixNames();
  /** UDP between its own sockets. */
  readonly datagrams = new LocalDatagrams();
  readonly locks = new FileLocks();
  /** What inotify watches. */
  readonly notifications = new Notifications((key, but) => this.#isOpen(key, but));
  readonly ptys = new Ptys(this);
  readonly pipeBudget = new PipeBudget();
  /** System V IPC. */
  readonly segments = new SharedSegments();
  readonly semaphores = new SemaphoreSets();
  readonly messages = new MessageQueues();
  readonly posixQueues = new PosixQueues();
  readonly futexes = new Futexes();
  readonly processes = new Map<number, Process>();
  readonly tasks = new Map<number, Task>();
  readonly timers: TimerQueue;
  /** Woken when a signal arrives that all threads of its process block. */
  readonly signalArrived = new WaitQueue();
  readonly table: ReadonlyMap<number, SyscallRow>;
  readonly fixedPages: readonly { readonly name: string; readonly va: number; readonly source: PageSource }[];
  sysroot: Location | undefined;
  /** Where a debugger has to do with the first process. */
  debugger: KernelDebugger | undefined;
  readonly request: SyscallRequest = { number: 0, args: [0, 0, 0, 0, 0, 0, 0] };
  readonly queue: RunQueue;
  readonly startedNs: number;
  readonly #layouts = new Map<string, StructLayout>();
  /** Whose registers are in the CPU, and whose address space. */
  #current: Task | undefined;
  #key = 0;
  /** Up to when the CPU time of the running slice is accounted for. */
  #chargedNs = 0;
  /** Whose slice it is; undefined between slices. */
  #running: Task | undefined;
  #nextPid: number;
  #init: Process | undefined;
  #end: ProcessEnd | undefined;
  /** Tasks that are blocked in a call; those of them that sleep in wait() are counted by the services. */
  #blocked = 0;
  readonly services: TaskServices;

  constructor(options: KernelOptions) {
    this.options = options;
    this.abi = options.abi;
    this.log = options.log;
    const poolBytes = Math.floor((options.memoryBytes ?? 3 * 2 ** 30) / 0x1_0000) * 0x1_0000;
    const memory = new EmulatorMemory(poolBytes);
    const space = new AddressSpace(memory);
    const region = space.addRam({ kind: "ram", name: "pool", pa: 0, size: poolBytes });
    this.timers = new TimerQueue(() => this.nowNs());
    this.vcpu = new Vcpu({
      target: options.target,
      model: options.cpu,
      space,
      clock: this.timers,
      log: options.log,
      random: options.random,
      wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
      output: () => unconnected,
      firmwareCall: () => false,
      userMmu: {
        walk: (low, access, _mmuIdx, high) => {
          const va = userAddress(low, high);
          return va === undefined ? outsideFault(access, low, high) : this.#current!.space.walk(va, access);
        },
        alignmentFault: (va, access, _mmuIdx, high) => new PageFault("unaligned", access, high * 2 ** 32 + va),
        busFault: (va, access, high) => new PageFault("beyond", access, high * 2 ** 32 + va),
      },
    });
    if (options.compiler !== undefined) this.vcpu.hotCode = new RegionTier(this.vcpu, options.compiler, options.limits);
    this.vcpu.reset();
    this.abi.init(this.vcpu.cpu);
    this.pool = new PagePool(space, region, this.vcpu);
    this.pages = new FilePages(options.files, this.pool);
    this.pool.onTruncated = (source, size) => {
      for (const space of new Set([...this.tasks.values()].map((task) => task.space))) space.truncated(source, size);
    };
    this.pool.onPressure = () => this.pages.shrink();
    this.fixedPages = this.abi.fixedPages.map(({ name, va, bytes }) => ({
      name,
      va,
      source: new PageSource(this.pool, { size: () => PAGE, fill: (_offset, into) => into.set(bytes) }),
    }));
    const specials = new SpecialFiles(() => this.unnamedFiles);
    const shared: HostShared = { files: options.files, pages: this.pages, specials, random: options.random };
    const { root } = options;
    this.mounts.mount("/", new HostFileSystem(shared, root ?? "", root !== undefined));
    // Inside of a root of its own it is found once the root is there (start.ts).
    if (options.sysroot !== undefined && root === undefined)
      this.sysroot = {
        inode: new HostFileSystem(shared, options.sysroot, false).root,
        path: options.sysroot,
        parent: this.mounts.root(),
      };
    const tmpfs = (device: bigint, mode: number): TmpFileSystem =>
      new TmpFileSystem(
        {
          device,
          pool: this.pool,
          now: () => this.realtimeNs(),
          owner: () => ({ uid: this.options.identity.uid, gid: this.options.identity.gid }),
        },
        mode,
      );
    this.unnamedFiles = tmpfs(0x01n, 0o700);
    const devices = [
      ...commonDevices(options.random, this.pool, options.files, (flags, caller) => this.ptys.openTerminal(flags, caller as Task)),
      ptmx(this),
    ];
    if (root !== undefined) {
      // The host's devices are not in it. Names for what is mounted over them, and the usual links.
      const dev = tmpfs(0x05n, 0o755);
      this.mounts.mount("/dev", dev);
      for (const { name } of devices) dev.root.create(name, 0o666, 0n);
      dev.root.mkdir("pts", 0o755);
      dev.root.mkdir("shm", 0o1777);
      dev.root.symlink("fd", "/proc/self/fd");
      ["stdin", "stdout", "stderr"].forEach((name, i) => dev.root.symlink(name, `/proc/self/fd/${i}`));
    }
    for (const device of devices) this.mounts.mount(`/dev/${device.name}`, new DeviceFileSystem(device, () => this.realtimeNs()));
    this.mounts.mount("/dev/pts", new PtsFileSystem(this));
    this.mounts.mount("/dev/shm", tmpfs(0x17n, 0o1777));
    this.mounts.mount("/proc", procFileSystem(this));
    this.table = numberedTable(allRows, this.abi);
    this.queue = new RunQueue();
    this.#nextPid = options.identity.pid;
    this.startedNs = this.nowNs();
    this.services = {
      waiting: 0,
      signal: (task, name) =>
        sendToTask(this, task, { signal: SIG[name], code: SI.USER, pid: task.process.pid, uid: task.process.credentials.uid }),
      at: (deadlineNs, fire) => {
        const timer = this.timers.timer(fire);
        timer.arm(deadlineNs);
        return () => timer.disarm();
      },
    };
  }

  /** Monotonic time. */
  nowNs(): number {
    return Math.floor(this.options.loop.now() * 1e6);
  }

  /** Since 1970. */
  realtimeNs(): bigint {
    return this.options.epochNs + BigInt(this.nowNs());
  }

  newSpace(): UserSpace {
    const { mmu } = this.vcpu;
    const tlb = {
      flushPage: (va: number) => mmu.flushPage(va >>> 0, Math.floor(va / 2 ** 32)),
      flushNonGlobal: () => mmu.flushNonGlobal(),
    };
    return new UserSpace(this.pool, tlb, this.abi.accessImpliesRead);
  }

  /** The number given last. */
  get lastPid(): number {
    return this.#nextPid - 1;
  }

  allocatePid(): number {
    // Numbers stay small enough for everybody, and the first one is the host's for us.
    let pid = this.#nextPid;
    while (this.tasks.has(pid) || this.processes.has(pid)) pid = pid >= 4_194_303 ? 300 : pid + 1;
    this.#nextPid = pid + 1;
    return pid;
  }

  /** The layout of a structure: the architecture's own, or asm-generic's. */
  layout(name: keyof typeof structs | (string & {})): StructLayout {
    let layout = this.#layouts.get(name);
    if (layout === undefined) {
      const common: Readonly<Record<string, CStruct>> = structs;
      const declaration = this.abi.structs[name] ?? (this.abi.wordBytes === 8 ? structsOf64[name] : undefined) ?? common[name];
      if (declaration === undefined) throw new Error(`internal error: no structure ${name}`);
      layout = new StructLayout(declaration, this.abi);
      this.#layouts.set(name, layout);
    }
    return layout;
  }

  /** Code at those addresses was written by other means than stores; stores are noticed by themselves. */
  codeWritten(task: Task, va: number, size: number): void {
    for (let at = va; at < va + size; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = task.space.pageFor(at, "read");
      if (typeof page === "number") this.vcpu.memoryWritten(page * PAGE + (at % PAGE), Math.min(va + size - at, PAGE - (at % PAGE)));
    }
  }

  /** Does any process have the file open, under another open file than that one? */
  #isOpen(key: string, but: OpenFile | undefined): boolean {
    for (const { files } of this.tasks.values())
      for (const [, file] of files.all) {
        if (file === but || file.inode === undefined) continue;
        const stat = file.stat();
        if (!(stat instanceof Promise) && fileKey(stat) === key) return true;
      }
    return false;
  }

  // ---- who runs

  get current(): Task | undefined {
    return this.#current;
  }

  /** Puts a task's registers and address space into the CPU. */
  switchTo(task: Task): void {
    const { bytes } = this.vcpu.state;
    if (this.#current !== task) {
      if (this.#current !== undefined && this.#current.status !== "dead") this.#current.registers.set(bytes);
      bytes.set(task.registers);
      this.abi.switched(this.vcpu.cpu);
      this.#current = task;
    }
    this.useSpaceOf(task);
  }

  /** After execve the address space is another one. */
  useSpaceOf(task: Task): void {
    if (this.#key === task.space.key) return;
    this.#key = task.space.key;
    this.vcpu.mmu.switchSpace(this.#key);
  }

  add(task: Task): void {
    this.tasks.set(task.tid, task);
    this.queue.add(task);
  }

  addProcess(process: Process): void {
    this.processes.set(process.pid, process);
    this.#init ??= process;
  }

  get init(): Process | undefined {
    return this.#init;
  }

  // ---- the loop

  /** Runs until the first process has ended. */
  async run(): Promise<ProcessEnd> {
    const { loop } = this.options;
    let turnAt = loop.now() + TURN_MS;
    while (this.#end === undefined) {
      this.timers.runDue();
      if (this.#isHalted) {
        await this.debugger!.goesOn();
        continue;
      }
      const only = this.debugger?.stepped;
      const task = (only === undefined ? undefined : this.queue.takeOnly(only)) ?? this.queue.take();
      if (task === undefined) {
        await this.#idle();
        turnAt = loop.now() + TURN_MS;
        continue;
      }
      this.#runSlice(task);
      for (let i = 0; this.#blocked > this.services.waiting && i < SETTLE_TICKS; i++) await undefined;
      if (loop.now() >= turnAt) {
        await loop.turn();
        turnAt = loop.now() + TURN_MS;
      }
    }
    return this.#end;
  }

  /** Nobody runs: waits for calls under way, for timers, for the host. */
  async #idle(): Promise<void> {
    for (let i = 0; i < SETTLE_TICKS; i++) {
      await undefined;
      if (!this.queue.isEmpty || this.#end !== undefined) return;
    }
    const { deadline } = this.timers;
    const ms = deadline === Number.POSITIVE_INFINITY ? 1000 : Math.min(1000, Math.max(0, (deadline - this.nowNs()) / 1e6));
    const sleep = this.options.loop.sleep(ms);
    await Promise.race([sleep.done, this.queue.arrival()]);
    sleep.cancel();
  }

  #runSlice(task: Task): void {
    this.switchTo(task);
    this.#chargedNs = this.nowNs();
    const started = this.#chargedNs;
    this.#running = task;
    const slice = this.queue.isEmpty ? LONG_SLICE : SLICE;
    let left = slice;
    if (task.outcome !== undefined) {
      finishOutcome(this, task);
      // The call was the instruction that was stepped.
      if (this.debugger?.stepped === task) this.debugger.hasStepped(task);
    }
    while (left > 0 && !this.#isHalted) {
      // A task that waits in a call deals with its signals when the call has ended.
      if (!this.#canRun(task)) break;
      if (!task.deliverable.isEmpty || task.restart !== 0) deliverSignals(this, task);
      if (!this.#canRun(task) || this.#isHalted) break;
      const before = this.vcpu.instructionCount;
      const steps = this.debugger?.stepped === task;
      const end = steps ? this.vcpu.step() : this.vcpu.runSlice(left, false);
      left -= Math.max(1, this.vcpu.instructionCount - before);
      if (steps && end.kind !== "fault") this.debugger?.hasStepped(task);
      if (end.kind === "budget") {
        if (left > 0 && left < slice / 2) break;
        continue;
      }
      if (end.kind === "stop") break;
      if (end.fault instanceof DebugStop) {
        const after = this.debugger?.stopped(task, end.fault);
        if (after !== undefined) this.#fault(task, after);
      } else this.#fault(task, end.fault);
      if (steps && this.#canRun(task)) this.debugger?.hasStepped(task);
      // Calls cost more than their one instruction.
      if (this.nowNs() - started > LONGEST_SLICE_NS) break;
    }
    this.chargeCpu();
    this.#running = undefined;
    task.cpu.runDue();
    task.process.cpu.runDue();
    enforceCpuLimit(this, task.process);
    if (this.#canRun(task)) this.queue.add(task);
  }

  /** The time that the running task used so far is put down to it. */
  chargeCpu(): void {
    const task = this.#running;
    if (task === undefined) return;
    const now = this.nowNs();
    task.cpu.charge(now - this.#chargedNs);
    task.process.cpu.charge(now - this.#chargedNs);
    this.#chargedNs = now;
  }

  /** A debugger has it all stand still. */
  get #isHalted(): boolean {
    return this.debugger?.isHalted === true;
  }

  #canRun(task: Task): boolean {
    return task.status === "runnable" && task.process.stopped === 0;
  }

  #fault(task: Task, fault: GuestFault): void {
    if (!(fault instanceof PageFault)) {
      const trap = this.abi.trap(this.vcpu.cpu, task.memory, fault.exception, fault.argument);
      if (trap.kind === "syscall") performCall(this, task);
      else raiseFault(this, task, trap);
    } else if (fault.pending !== undefined) {
      // The instruction is executed again once the page is there; if it never comes, the fault says so then.
      this.vcpu.cpu.rewind?.();
      this.block(
        task,
        fault.pending.then(
          () => undefined,
          () => undefined,
        ),
      );
    } else if (this.#entersCall(task, fault)) performCall(this, task);
    else raiseFault(this, task, fault);
  }

  #entersCall(task: Task, { access, exactAddress }: PageFault): boolean {
    if (access !== "execute" || this.abi.entersCall === undefined) return false;
    try {
      return this.abi.entersCall(this.vcpu.cpu, task.memory, exactAddress);
    } catch (error) {
      // Without a stack there is nobody to go back to.
      if (error instanceof Errno) return false;
      throw error;
    }
  }

  /** Blocks a task until the promise is settled: with its result, or (undefined) to go on where it was. */
  block(task: Task, until: Promise<{ readonly result: number | Errno } | undefined>): void {
    task.status = "blocked";
    this.#blocked++;
    const settled = (outcome: { readonly result: number | Errno } | undefined): void => {
      this.#blocked--;
      if (task.status !== "blocked") return;
      task.outcome = outcome;
      task.status = "runnable";
      if (task.process.stopped === 0) this.queue.add(task);
    };
    until.then(settled, (error: unknown) => {
      this.#blocked--;
      this.#crash(error);
    });
  }

  /** A bug of ours in a call that was waited for: run() fails with it. */
  #crash(error: unknown): void {
    this.queue.fail(error);
  }

  /** Ends a call: its result into the registers, pc behind it. */
  finishCall(task: Task, result: number): void {
    task.keptDeadlineNs = undefined;
    const { numbers } = this.abi;
    this.abi.finishSyscall(this.vcpu.cpu, numbers !== undefined && result < 0 && result >= -4095 ? -numbers.ownError(-result) : result);
  }

  // ---- life and death

  exitProcess(process: Process, status: number, info?: SignalInfo): void {
    this.chargeCpu();
    endProcess(this, process, status, info);
  }

  exitTask(task: Task, code: number): void {
    this.chargeCpu();
    endTask(this, task, code);
  }

  /** A signal from outside: to the group of the first process, as the terminal would send it. */
  hostSignal(signal: number): void {
    const group = this.#init?.group;
    for (const process of this.processes.values()) if (process.group === group) sendToProcess(this, process, { signal, code: SI.KERNEL });
    this.queue.wake();
  }

  /** The first process has ended. */
  finish(end: ProcessEnd): void {
    if (this.#end === undefined) this.debugger?.ended(end);
    this.#end ??= end;
    this.queue.wake();
  }

  stop(process: Process, signal: number): void {
    if (process.stopped !== 0) return;
    process.stopped = signal;
    process.news = "stopped";
    for (const task of process.tasks) this.queue.remove(task);
    this.#tellParent(process, SI.CLD_STOPPED, signal);
  }

  resume(process: Process, tell: boolean): void {
    process.stopped = 0;
    for (const task of process.tasks) if (task.status === "runnable") this.queue.add(task);
    if (!tell) return;
    process.news = "continued";
    this.#tellParent(process, SI.CLD_CONTINUED, SIG.SIGCONT);
  }

  #tellParent(process: Process, code: number, status: number): void {
    const { parent } = process;
    if (parent === undefined) return;
    parent.childNews.wake();
    const noStops = 1;
    if ((parent.actions.get(SIG.SIGCHLD).flags & noStops) !== 0) return;
    sendToProcess(this, parent, { signal: SIG.SIGCHLD, code, pid: process.pid, uid: process.credentials.uid, status });
  }
}
