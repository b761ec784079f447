/**
 * The local APIC of one CPU (Intel SDM volume 3A, chapter 11), with the one CPU of a machine as the only receiver of messages: from the
 * I/O APIC, from devices (MSI), from itself. The 8259 pair's output is LINT0.
 * Not modelled: x2APIC mode, INIT and startup IPIs (there is nobody to start), performance and thermal interrupts (LVT entries are stored),
 * focus processors.
 */
import { type Device, type DeviceWires, type IrqLine, lanes, type MmioDevice } from "@tsemu/hw";
import { ApicTimer } from "./apic-timer.ts";

const reg = {
  ID: 0x02,
  VERSION: 0x03,
  TPR: 0x08,
  APR: 0x09,
  PPR: 0x0a,
  EOI: 0x0b,
  LDR: 0x0d,
  DFR: 0x0e,
  SVR: 0x0f,
  ISR: 0x10,
  TMR: 0x18,
  IRR: 0x20,
  ESR: 0x28,
  ICR_LOW: 0x30,
  ICR_HIGH: 0x31,
  LVT: 0x32,
  INITIAL: 0x38,
  CURRENT: 0x39,
  DIVIDE: 0x3e,
} as const;
const VERSION = 0x0005_0014;
/** The entries of the local vector table, in the order of their registers. */
const lvt = { timer: 0, thermal: 1, performance: 2, lint0: 3, lint1: 4, error: 5 } as const;
const lvtEntries = 6;
const lvtWritable = [0x7_10ff, 0x1_17ff, 0x1_17ff, 0x1_b7ff, 0x1_b7ff, 0x1_10ff] as const;
const MASKED = 0x1_0000;
const LEVEL = 0x8000;
const REMOTE_IRR = 0x4000;
/** Delivery modes, bits 8 to 10 of whatever sends. */
export const delivery = { fixed: 0, lowest: 1, smi: 2, nmi: 4, init: 5, startup: 6, extInt: 7 } as const;
// SVR
const ENABLED = 0x100;
// IA32_APIC_BASE
const GLOBAL_ENABLE = 0x800;
const BOOTSTRAP = 0x100;
const BASE = 0xfee0_0000;
// ESR
const SEND_ILLEGAL = 0x20;
const RECEIVE_ILLEGAL = 0x40;

/** An interrupt message as it passes between APICs. */
export interface ApicMessage {
  readonly vector: number;
  readonly mode: number;
  readonly destination: number;
  readonly logical: boolean;
  readonly level: boolean;
}

export interface LocalApicOptions extends DeviceWires {
  readonly intr: IrqLine;
  readonly nmi: IrqLine;
  readonly smi: IrqLine;
  /** The acknowledge cycle of the 8259 pair. */
  readonly acknowledgePic: () => number;
  /** An end of interrupt for a level-triggered vector. */
  readonly onEoi: (vector: number) => void;
}

/** 256 bits. */
class VectorSet {
  readonly words = new Uint32Array(8);

  set(vector: number, on: boolean): void {
    if (on) this.words[vector >>> 5]! |= 1 << (vector & 31);
    else this.words[vector >>> 5]! &= ~(1 << (vector & 31));
  }

  has(vector: number): boolean {
    return ((this.words[vector >>> 5]! >>> (vector & 31)) & 1) !== 0;
  }

  /** The highest one, or -1. */
  get highest(): number {
    for (let i = 7; i >= 0; i--) if (this.words[i] !== 0) return 32 * i + 31 - Math.clz32(this.words[i]!);
    return -1;
  }
}

interface SystemRegister {
  get(apic: LocalApic): number;
  set(apic: LocalApic, value: number): void;
}

const systemRegisters: Readonly<Record<string, SystemRegister>> = {
  apic_base: {
    get: (apic) => apic.base,
    set: (apic, value) => {
      apic.base = value;
    },
  },
  task_priority: {
    get: (apic) => apic.taskPriority,
    set: (apic, value) => {
      apic.taskPriority = value;
    },
  },
  deadline_ns: {
    get: (apic) => apic.deadlineNs,
    set: (apic, ns) => {
      apic.deadlineNs = ns;
    },
  },
};

function systemRegister(name: string): SystemRegister {
  const register = systemRegisters[name];
  if (register === undefined) throw new Error(`internal error: the local APIC has no register ${name}`);
  return register;
}

export class LocalApic implements Device, MmioDevice {
  readonly #o: LocalApicOptions;
  readonly #timer: ApicTimer;
  readonly #isr = new VectorSet();
  readonly #irr = new VectorSet();
  readonly #tmr = new VectorSet();
  readonly #lvt = new Uint32Array(lvtEntries);
  #base = BASE | GLOBAL_ENABLE | BOOTSTRAP;
  #id = 0;
  #tpr = 0;
  #ldr = 0;
  #dfr = 0xffff_ffff;
  #svr = 0xff;
  #errors = 0;
  #esr = 0;
  #icrLow = 0;
  #icrHigh = 0;
  #pic = false;
  #lint1 = false;

  constructor(o: LocalApicOptions) {
    this.#o = o;
    this.#timer = new ApicTimer(o.clock, () => this.#local(lvt.timer));
    this.#initialise();
  }

  reset(): void {
    this.#base = BASE | GLOBAL_ENABLE | BOOTSTRAP;
    this.#id = 0;
    this.#initialise();
    this.#drive();
  }

  #initialise(): void {
    for (const set of [this.#isr, this.#irr, this.#tmr]) set.words.fill(0);
    this.#lvt.fill(MASKED);
    this.#tpr = this.#ldr = this.#errors = this.#esr = this.#icrLow = this.#icrHigh = 0;
    this.#dfr = 0xffff_ffff;
    this.#svr = 0xff;
    this.#timer.reset();
  }

  // ---- what the CPU reaches by instructions

  /**
   * `apic_base` (IA32_APIC_BASE): the address of the page, with flags in the lower bits (8: bootstrap processor, 11: enabled). `task_priority` (CR8): the
   * priority class of the task, 0 to 15. `deadline_ns`: virtual time at which the timer fires in its TSC-deadline mode; 0: it is not armed.
   */
  readonly systemRegisters = {
    get: (name: string): number => systemRegister(name).get(this),
    set: (name: string, value: number): void => systemRegister(name).set(this, value),
  };

  get base(): number {
    return this.#base;
  }

  set base(value: number) {
    const wasEnabled = this.#globallyEnabled;
    // The page stays where it is: no system moves it.
    this.#base = (BASE | (value & (GLOBAL_ENABLE | BOOTSTRAP))) >>> 0;
    if (value - (value % 0x1000) !== BASE) this.#o.log.log("unimp", () => `${this.#o.name}: another base address is not implemented`);
    if (wasEnabled && !this.#globallyEnabled) this.#initialise();
    this.#drive();
  }

  get taskPriority(): number {
    return this.#tpr >>> 4;
  }

  set taskPriority(value: number) {
    this.#tpr = (value & 0xf) << 4;
    this.#drive();
  }

  get deadlineNs(): number {
    return this.#timer.deadlineNs;
  }

  set deadlineNs(ns: number) {
    this.#timer.deadlineNs = ns;
  }

  get #globallyEnabled(): boolean {
    return (this.#base & GLOBAL_ENABLE) !== 0;
  }

  get #enabled(): boolean {
    return this.#globallyEnabled && (this.#svr & ENABLED) !== 0;
  }

  // ---- wires

  /** LINT0: the output of the 8259 pair. */
  get lint0(): IrqLine {
    return {
      set: (level) => {
        const rose = level && !this.#pic;
        this.#pic = level;
        const entry = this.#lvt[lvt.lint0]!;
        const mode = (entry >>> 8) & 7;
        // In the other modes it is a source like any other; an edge, or a level for as long as it lasts.
        if (this.#enabled && mode !== delivery.extInt && (rose || (level && (entry & LEVEL) !== 0))) this.#local(lvt.lint0);
        this.#drive();
      },
    };
  }

  /** LINT1. */
  get lint1(): IrqLine {
    return {
      set: (level) => {
        const rose = level && !this.#lint1;
        this.#lint1 = level;
        if (rose) this.#local(lvt.lint1);
      },
    };
  }

  /** Whether the 8259 pair's interrupts get through to the CPU. */
  get #acceptsPic(): boolean {
    if (!this.#globallyEnabled) return true;
    const entry = this.#lvt[lvt.lint0]!;
    return (entry & MASKED) === 0 && ((entry >>> 8) & 7) === delivery.extInt;
  }

  /** An interrupt of the local vector table. */
  #local(n: number): void {
    const entry = this.#lvt[n]!;
    if ((entry & MASKED) !== 0 || !this.#globallyEnabled) return;
    const isPin = n === lvt.lint0 || n === lvt.lint1;
    this.#accept(n === lvt.timer ? delivery.fixed : (entry >>> 8) & 7, entry & 0xff, isPin && (entry & LEVEL) !== 0);
  }

  /** A message from the bus; false if it is for nobody. */
  deliver(message: ApicMessage): boolean {
    if (!this.#isFor(message.destination, message.logical)) return false;
    this.#accept(message.mode, message.vector, message.level);
    return true;
  }

  /** A store to the range of messages, by a device. */
  message(address: number, data: number): void {
    this.deliver({
      vector: data & 0xff,
      mode: (data >>> 8) & 7,
      destination: (address >>> 12) & 0xff,
      logical: (address & 4) !== 0,
      level: (data & 0x8000) !== 0,
    });
  }

  #isFor(destination: number, logical: boolean): boolean {
    if (destination === 0xff) return true;
    if (!logical) return destination === this.#id;
    const mine = this.#ldr >>> 24;
    if (this.#dfr >>> 28 === 0xf) return (mine & destination) !== 0;
    return mine >>> 4 === destination >>> 4 && (mine & destination & 0xf) !== 0;
  }

  #accept(mode: number, vector: number, level: boolean): void {
    switch (mode) {
      case delivery.fixed:
      case delivery.lowest:
        if (vector < 16) {
          this.#error(RECEIVE_ILLEGAL);
          return;
        }
        if (!this.#enabled) return;
        this.#irr.set(vector, true);
        this.#tmr.set(vector, level);
        return this.#drive();
      case delivery.smi:
        return pulse(this.#o.smi);
      case delivery.nmi:
        return pulse(this.#o.nmi);
      default:
        // INIT and startup are for other CPUs; ExtINT comes by the wire.
        return;
    }
  }

  #error(bits: number): void {
    const is = (this.#errors & bits) === 0;
    this.#errors |= bits;
    // An illegal vector for errors would be an error for ever.
    if (is && (this.#lvt[lvt.error]! & 0xff) >= 16) this.#local(lvt.error);
  }

  // ---- priorities

  get #ppr(): number {
    const served = Math.max(0, this.#isr.highest);
    return this.#tpr >>> 4 >= served >>> 4 ? this.#tpr : served & 0xf0;
  }

  /** The vector to be served now, or -1. */
  #pending(): number {
    if (!this.#enabled) return -1;
    const vector = this.#irr.highest;
    return vector >= 0 && vector >>> 4 > this.#ppr >>> 4 ? vector : -1;
  }

  #drive(): void {
    this.#o.intr.set(this.#pending() >= 0 || (this.#pic && this.#acceptsPic));
  }

  /** The CPU takes an interrupt: its vector. */
  acknowledge(): number {
    const vector = this.#pending();
    if (vector >= 0) {
      this.#irr.set(vector, false);
      this.#isr.set(vector, true);
      this.#drive();
      return vector;
    }
    const spurious = this.#svr & 0xff;
    const fromPic = this.#pic && this.#acceptsPic ? this.#o.acknowledgePic() : spurious;
    this.#drive();
    return fromPic;
  }

  #endOfInterrupt(): void {
    const vector = this.#isr.highest;
    if (vector < 0) return;
    this.#isr.set(vector, false);
    if (this.#tmr.has(vector)) this.#o.onEoi(vector);
    this.#drive();
  }

  // ---- registers: words, 16 bytes apart

  read(offset: number, size: number): number {
    if (!this.#globallyEnabled) return 0;
    const at = offset & 0xfff;
    return (at & 0xc) === 0 ? lanes(this.#register(at >>> 4), at & 3, size) : 0;
  }

  #register(n: number): number {
    if (n >= reg.ISR && n < reg.ESR) return [this.#isr, this.#tmr, this.#irr][(n - reg.ISR) >>> 3]!.words[n & 7]!;
    if (n >= reg.LVT && n < reg.LVT + lvtEntries) return this.#lvt[lvtOf(n)]!;
    switch (n) {
      case reg.ID:
        return (this.#id << 24) >>> 0;
      case reg.VERSION:
        return VERSION;
      case reg.TPR:
        return this.#tpr;
      case reg.APR:
      case reg.PPR:
        return this.#ppr;
      case reg.LDR:
        return this.#ldr;
      case reg.DFR:
        return this.#dfr;
      case reg.SVR:
        return this.#svr;
      case reg.ESR:
        return this.#esr;
      case reg.ICR_LOW:
        return this.#icrLow;
      case reg.ICR_HIGH:
        return this.#icrHigh;
      case reg.INITIAL:
        return this.#timer.initial;
      case reg.CURRENT:
        return this.#timer.current;
      case reg.DIVIDE:
        return this.#timer.divide;
      default:
        return 0;
    }
  }

  write(offset: number, value: number, size: number): void {
    const at = offset & 0xfff;
    if (size !== 4 || (at & 0xf) !== 0) {
      this.#o.log.log("guest_errors", () => `${this.#o.name}: write of ${size} bytes at offset 0x${at.toString(16)}`);
      return;
    }
    if (this.#globallyEnabled) this.#writeRegister(at >>> 4, value >>> 0);
  }

  #writeRegister(n: number, value: number): void {
    if (n >= reg.LVT && n < reg.LVT + lvtEntries) return this.#writeLvt(lvtOf(n), value);
    switch (n) {
      case reg.ID:
        this.#id = value >>> 24;
        break;
      case reg.TPR:
        this.#tpr = value & 0xff;
        break;
      case reg.EOI:
        return this.#endOfInterrupt();
      case reg.LDR:
        this.#ldr = (value & 0xff00_0000) >>> 0;
        break;
      case reg.DFR:
        this.#dfr = (value | 0x0fff_ffff) >>> 0;
        break;
      case reg.SVR:
        this.#svr = value & 0x1ff;
        // Switched off by software, everything local is masked.
        if ((value & ENABLED) === 0) for (let i = 0; i < lvtEntries; i++) this.#lvt[i]! |= MASKED;
        break;
      case reg.ESR:
        this.#esr = this.#errors;
        this.#errors = 0;
        break;
      case reg.ICR_LOW:
        this.#icrLow = (value & 0xc_cfff) >>> 0;
        this.#send();
        break;
      case reg.ICR_HIGH:
        this.#icrHigh = (value & 0xff00_0000) >>> 0;
        break;
      case reg.INITIAL:
        this.#timer.initial = value;
        break;
      case reg.DIVIDE:
        this.#timer.divide = value;
        break;
      default:
        this.#o.log.log("guest_errors", () => `${this.#o.name}: write to register 0x${(n << 4).toString(16)}`);
    }
    this.#drive();
  }

  #writeLvt(n: number, value: number): void {
    const masked = (this.#svr & ENABLED) === 0 ? MASKED : 0;
    this.#lvt[n] = (value & lvtWritable[n]!) | masked | (this.#lvt[n]! & REMOTE_IRR);
    if (n === lvt.timer) this.#timer.mode = (value >>> 17) & 3;
    this.#drive();
  }

  /** Carries out what was written to the command register. */
  #send(): void {
    const low = this.#icrLow;
    const [vector, mode, shorthand] = [low & 0xff, (low >>> 8) & 7, (low >>> 18) & 3];
    if ((mode === delivery.fixed || mode === delivery.lowest) && vector < 16) return this.#error(SEND_ILLEGAL);
    const toSelf = shorthand === 0 ? this.#isFor(this.#icrHigh >>> 24, (low & 0x800) !== 0) : shorthand !== 3;
    if (toSelf) this.#accept(mode, vector, false);
  }
}

/** The number of the table's entry whose register it is. */
const lvtOf = (n: number): number => n - reg.LVT;

const pulse = (line: IrqLine): void => {
  line.set(true);
  line.set(false);
};
