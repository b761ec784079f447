/** Pseudo-terminals: the side that a terminal emulator has (/dev/ptmx), and the terminal that programs have (/dev/pts/N). */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { SI, SIG, type SignalName } from "../signals/numbers.ts";
import { sendToProcess } from "../signals/send.ts";
import type { Task } from "../task.ts";
import { WaitQueue } from "../wait-queue.ts";
import { O, POLL } from "./constants.ts";
import { mustBeInFront, signalGroup } from "./job-control.ts";
import { LineDiscipline, TERMIOS_SIZE } from "./line-discipline.ts";
import { type Caller, type Inode, type IoctlMemory, OpenFile, type Stat } from "./types.ts";

const TC = { GETS: 0x5401, SETS: 0x5402, SETSW: 0x5403, SETSF: 0x5404, SBRK: 0x5409, XONC: 0x540a, FLSH: 0x540b, SBRKP: 0x5425 } as const;
/** tcflow: output stops and goes on; the other side is told to. */
const XONC = { OOFF: 0, OON: 1, IOFF: 2, ION: 3 } as const;
const TIOC = {
  SCTTY: 0x540e,
  GPGRP: 0x540f,
  SPGRP: 0x5410,
  OUTQ: 0x5411,
  GWINSZ: 0x5413,
  SWINSZ: 0x5414,
  INQ: 0x541b,
  EXCL: 0x540c,
  NXCL: 0x540d,
  GETD: 0x5424,
  SETD: 0x5423,
  SIG: 0x4004_5436,
  GEXCL: 0x8004_5440,
  NOTTY: 0x5422,
  GSID: 0x5429,
  GPTN: 0x8004_5430,
  SPTLCK: 0x4004_5431,
  GPTLCK: 0x8004_5439,
} as const;
/** Output that waits for its reader; then writers wait. */
const MOST_OUTPUT = 0x1_0000;

export class Pty {
  readonly number: number;
  readonly kernel: Kernel;
  readonly line: LineDiscipline;
  /** Woken at whatever happens on either side. */
  readonly changed = new WaitQueue();
  isLocked = true;
  masterOpen = true;
  /** Slaves open, and whether there ever was one. */
  slaves = 0;
  hadSlave = false;
  session: number | undefined;
  foreground = 0;
  #output: Uint8Array[] = [];
  outputBytes = 0;
  #size = new Uint8Array(8);
  /** Nobody but the superuser may open it again. */
  isExclusive = false;

  constructor(kernel: Kernel, number: number) {
    this.kernel = kernel;
    this.number = number;
    this.line = new LineDiscipline(kernel.abi.littleEndian, {
      output: (bytes) => {
        this.#output.push(bytes.slice());
        this.outputBytes += bytes.length;
        this.changed.wake();
      },
      signal: (name) => this.#signal(name),
    });
  }

  #signal(name: SignalName): void {
    if (this.session !== undefined) signalGroup(this.kernel, this.foreground, name);
  }

  /** The leader of its session has ended. */
  leaderEnded(): void {
    this.#signal("SIGHUP");
    this.session = undefined;
    this.foreground = 0;
    this.changed.wake();
  }

  /** From the other side: to the group in front. */
  signal(number: number): void {
    const name = (["SIGINT", "SIGQUIT", "SIGTSTP"] as const).find((one) => SIG[one] === number);
    this.#signal(name ?? fail("EINVAL"));
  }

  get isFull(): boolean {
    return this.outputBytes >= MOST_OUTPUT || this.line.isStopped;
  }

  takeOutput(into: Uint8Array): number {
    let n = 0;
    for (let part = this.#output[0]; part !== undefined && n < into.length; part = this.#output[0]) {
      const taken = part.subarray(0, into.length - n);
      into.set(taken, n);
      n += taken.length;
      if (taken.length < part.length) this.#output[0] = part.subarray(taken.length);
      else this.#output.shift();
    }
    this.outputBytes -= n;
    if (n > 0) this.changed.wake();
    return n;
  }

  /** Nobody has the other side any more. */
  hangUp(): void {
    this.masterOpen = false;
    for (const process of Array.from(this.kernel.processes.values()))
      if (process.pid === this.session || (process.session === this.session && process.group === this.foreground))
        for (const name of ["SIGHUP", "SIGCONT"] as const) sendToProcess(this.kernel, process, { signal: SIG[name], code: SI.KERNEL });
    this.session = undefined;
    this.changed.wake();
  }

  /** Makes it the terminal of the caller's session, if that may be. */
  control({ process }: Task, force: boolean): void {
    if (this.session === process.session) return;
    const isLeader = process.session === process.pid;
    if (!isLeader || this.session !== undefined || this.kernel.ptys.ofSession(process.session) !== undefined)
      return force ? fail("EPERM") : undefined;
    this.session = process.session;
    this.foreground = process.group;
  }

  ioctl(request: number, argument: number, memory: IoctlMemory, task: Task): number {
    const { line } = this;
    switch (request) {
      case TC.GETS:
        memory.write(argument, line.termios);
        return 0;
      case TC.SETS:
      case TC.SETSW:
      case TC.SETSF: {
        const wanted = new Uint8Array(TERMIOS_SIZE);
        memory.read(argument, wanted);
        line.termios.set(wanted);
        if (request === TC.SETSF) line.flushInput();
        line.changed();
        this.changed.wake();
        return 0;
      }
      case TC.FLSH:
        if (argument > 2) return fail("EINVAL");
        if (argument !== 1) line.flushInput();
        return 0;
      case TC.SBRK:
      case TC.SBRKP:
        return 0;
      case TC.XONC:
        if (argument > XONC.ION) return fail("EINVAL");
        if (argument === XONC.OOFF || argument === XONC.OON) line.stop(argument === XONC.OOFF);
        else line.sendFlow(argument === XONC.IOFF);
        this.changed.wake();
        return 0;
      case TIOC.EXCL:
      case TIOC.NXCL:
        this.isExclusive = request === TIOC.EXCL;
        return 0;
      case TIOC.GEXCL:
        memory.setU32(argument, this.isExclusive ? 1 : 0);
        return 0;
      case TIOC.GETD:
        memory.setU32(argument, 0);
        return 0;
      case TIOC.SETD:
        // There is one discipline, the usual one.
        return memory.i32(argument) === 0 ? 0 : fail("EINVAL");
      case TIOC.GWINSZ:
        memory.write(argument, this.#size);
        return 0;
      case TIOC.SWINSZ: {
        const size = new Uint8Array(8);
        memory.read(argument, size);
        const isOther = size.some((byte, i) => byte !== this.#size[i]);
        this.#size = size;
        if (isOther) this.#signal("SIGWINCH");
        return 0;
      }
      case TIOC.SCTTY:
        this.control(task, true);
        return 0;
      case TIOC.NOTTY:
        if (this.session !== task.process.session) return fail("ENOTTY");
        if (task.process.pid === this.session) this.session = undefined;
        return 0;
      case TIOC.GPGRP:
        if (this.session !== task.process.session) return fail("ENOTTY");
        memory.setU32(argument, this.foreground);
        return 0;
      case TIOC.SPGRP: {
        if (this.session !== task.process.session) return fail("ENOTTY");
        const group = memory.i32(argument);
        if (group < 0) return fail("EINVAL");
        if (![...this.kernel.processes.values()].some((p) => p.group === group)) return fail("ESRCH");
        if (![...this.kernel.processes.values()].some((p) => p.group === group && p.session === this.session)) return fail("EPERM");
        this.foreground = group;
        return 0;
      }
      case TIOC.GSID:
        memory.setU32(argument, this.session ?? fail("ENOTTY"));
        return 0;
      case TIOC.OUTQ:
        memory.setU32(argument, 0);
        return 0;
      default:
        return fail("ENOTTY");
    }
  }
}

export class PtyMaster extends OpenFile {
  readonly #pty: Pty;
  readonly #inode: Inode;

  constructor(pty: Pty, inode: Inode, flags: number) {
    super(flags, inode);
    this.#pty = pty;
    this.#inode = inode;
  }
  override stat(): Awaitable<Stat> {
    return this.#inode.stat();
  }
  protected override close(): void {
    this.#pty.kernel.ptys.remove(this.#pty);
    this.#pty.hangUp();
  }

  get #isDeserted(): boolean {
    return this.#pty.hadSlave && this.#pty.slaves === 0;
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    const pty = this.#pty;
    if (pty.outputBytes > 0) return pty.takeOutput(into);
    if (this.#isDeserted) return fail("EIO");
    if (this.isNonBlocking) return fail("EAGAIN");
    const wait = async (): Promise<number> => {
      while (pty.outputBytes === 0) {
        if (this.#isDeserted) fail("EIO");
        await caller.wait([pty.changed]);
      }
      return pty.takeOutput(into);
    };
    return wait();
  }
  override write(from: Uint8Array): number {
    this.#pty.line.type(from);
    this.#pty.changed.wake();
    return from.length;
  }
  override get isTerminal(): boolean {
    return true;
  }
  override ioctl(request: number, argument: number, memory: IoctlMemory, caller: Caller): number {
    const pty = this.#pty;
    if (request === TIOC.GPTN) memory.setU32(argument, pty.number);
    else if (request === TIOC.SPTLCK) pty.isLocked = memory.i32(argument) !== 0;
    else if (request === TIOC.GPTLCK) memory.setU32(argument, pty.isLocked ? 1 : 0);
    else if (request === TIOC.INQ) memory.setU32(argument, pty.outputBytes);
    else if (request === TIOC.SIG) pty.signal(argument);
    else if (request === TIOC.GPGRP) memory.setU32(argument, pty.foreground);
    else return pty.ioctl(request, argument, memory, caller as Task);
    return 0;
  }
  override poll(): number {
    const isReadable = this.#pty.outputBytes > 0 ? POLL.IN | POLL.RDNORM : 0;
    return isReadable | POLL.OUT | POLL.WRNORM | (this.#isDeserted ? POLL.HUP : 0);
  }
  override get readiness(): WaitQueue {
    return this.#pty.changed;
  }
}

/** What sets a terminal, and is for those in front. */
const setting = new Set<number>([TC.SETS, TC.SETSW, TC.SETSF, TC.SBRK, TC.SBRKP, TC.XONC, TC.FLSH, TIOC.SPGRP]);

export class PtySlave extends OpenFile {
  readonly #pty: Pty;
  readonly #inode: Inode;

  constructor(pty: Pty, inode: Inode, flags: number, task: Task) {
    super(flags, inode);
    if (pty.isLocked || !pty.masterOpen) fail("EIO");
    if (pty.isExclusive && task.process.credentials.euid !== 0) fail("EBUSY");
    this.#pty = pty;
    this.#inode = inode;
    pty.slaves++;
    pty.hadSlave = true;
    if ((flags & O.NOCTTY) === 0) pty.control(task, false);
  }
  override stat(): Awaitable<Stat> {
    return this.#inode.stat();
  }
  protected override close(): void {
    this.#pty.slaves--;
    this.#pty.changed.wake();
  }

  get #isDead(): boolean {
    return !this.#pty.masterOpen;
  }

  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    const pty = this.#pty;
    const { line } = pty;
    if (this.#isDead) return 0;
    mustBeInFront(pty.kernel, pty, caller as Task, "SIGTTIN");
    if (line.canRead(into.length) || line.neverWaits) return line.read(into);
    if (this.isNonBlocking) return line.available > 0 ? line.read(into) : fail("EAGAIN");
    return this.#waitAndRead(into, caller);
  }

  async #waitAndRead(into: Uint8Array, caller: Caller): Promise<number> {
    const pty = this.#pty;
    const { line, kernel } = pty;
    let seen = line.available;
    let since = kernel.nowNs();
    while (!line.canRead(into.length)) {
      if (this.#isDead) return 0;
      const { waitNs } = line;
      if (line.available !== seen) [seen, since] = [line.available, kernel.nowNs()];
      const deadline = waitNs === 0 || (line.startsAtFirstByte && seen === 0) ? undefined : since + waitNs;
      if (!(await caller.wait([pty.changed], deadline))) break;
      // Somebody else may be in front now.
      mustBeInFront(kernel, pty, caller as Task, "SIGTTIN");
    }
    return line.read(into);
  }

  override write(from: Uint8Array, caller: Caller): Awaitable<number> {
    const pty = this.#pty;
    if (this.#isDead) return fail("EIO");
    if (pty.line.stopsBackground) mustBeInFront(pty.kernel, pty, caller as Task, "SIGTTOU");
    if (!pty.isFull) {
      pty.line.print(from);
      return from.length;
    }
    if (this.isNonBlocking) return fail("EAGAIN");
    const wait = async (): Promise<number> => {
      while (pty.isFull && !this.#isDead) await caller.wait([pty.changed]);
      if (this.#isDead) return fail("EIO");
      pty.line.print(from);
      return from.length;
    };
    return wait();
  }
  override get isTerminal(): boolean {
    return true;
  }
  override ioctl(request: number, argument: number, memory: IoctlMemory, caller: Caller): number {
    if (this.#isDead) return fail("EIO");
    if (setting.has(request)) mustBeInFront(this.#pty.kernel, this.#pty, caller as Task, "SIGTTOU");
    if (request === TIOC.INQ) {
      memory.setU32(argument, this.#pty.line.available);
      return 0;
    }
    return this.#pty.ioctl(request, argument, memory, caller as Task);
  }
  override poll(): number {
    const pty = this.#pty;
    if (this.#isDead) return POLL.IN | POLL.OUT | POLL.ERR | POLL.HUP;
    return (pty.line.isReadable ? POLL.IN | POLL.RDNORM : 0) | (pty.isFull ? 0 : POLL.OUT | POLL.WRNORM);
  }
  override get readiness(): WaitQueue {
    return this.#pty.changed;
  }
}
