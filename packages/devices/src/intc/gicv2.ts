/**
 * ARM Generic Interrupt Controller, architecture version 2 (ARM IHI 0048B) without the Security Extensions, with interrupt
 * grouping, as QEMU's arm_gic: distributor and CPU interfaces for up to eight CPUs.
 *
 * Interrupt state is kept as bitmaps, 32 interrupts a word. Word 0 (SGIs 0-15, PPIs 16-31) is banked per CPU: a map has one
 * word 0 for each of eight CPUs, then words 1.. for the SPIs, which all CPUs share. An interrupt is pending if its latch is set
 * or, when level-sensitive, while its wire is high (4.3.8).
 *
 * This file is the state and the choice of the interrupt to signal; the registers are in gicv2-distributor.ts and gicv2-cpu.ts.
 * Not modelled: virtualization (GICH, GICV), bypass signals, power management. 256 priorities are implemented.
 */
import type { Device, DeviceWires, IrqLine, MmioDevice } from "@tsemu/hw";
import { GicCpuInterface } from "./gicv2-cpu.ts";
import { GicDistributor } from "./gicv2-distributor.ts";

/** Interrupt IDs with a meaning of their own (3.2.1). */
export const SPURIOUS = 1023;
export const GROUP1_SPURIOUS = 1022;

const maxCpus = 8;
const idlePriority = 0x100;

export interface GicV2Options extends DeviceWires {
  /** All interrupt lines, SGIs and PPIs included; a multiple of 32, at most 1020 rounded up. */
  readonly interrupts: number;
  /** The outputs to each CPU (1 to 8 of them). */
  readonly cpus: readonly { readonly irq: IrqLine; readonly fiq: IrqLine }[];
}

/** One CPU interface's registers and what it currently signals. */
export interface GicCpu {
  /** GICC_CTLR */
  ctlr: number;
  /** GICC_PMR, GICC_BPR, GICC_ABPR */
  priorityMask: number;
  binaryPoint: number;
  aliasedBinaryPoint: number;
  /** GICC_APRn and GICC_NSAPRn: one bit a group priority, for Group 0 and Group 1. */
  readonly active: readonly [Uint32Array, Uint32Array];
  /** The group priority of the highest active interrupt; 0x100 when idle. */
  runningPriority: number;
  /** The highest-priority pending interrupt, whether or not it is signalled. */
  highestPending: number;
  readonly outputs: { readonly irq: IrqLine; readonly fiq: IrqLine };
}

// GICC_CTLR (4.4.1)
const EnableGrp0 = 1 << 0;
const FIQEn = 1 << 3;
const CBPR = 1 << 4;

export class GicV2 implements Device {
  readonly name: string;
  readonly log: DeviceWires["log"];
  readonly interrupts: number;
  readonly cpus: readonly GicCpu[];

  /** GICD_CTLR */
  ctlr = 0;
  readonly enabled: Uint32Array;
  readonly latched: Uint32Array;
  readonly activeMap: Uint32Array;
  readonly level: Uint32Array;
  readonly edge: Uint32Array;
  readonly group1: Uint32Array;
  /** By byteIndex(cpu, id). */
  readonly priority: Uint8Array;
  readonly targets: Uint8Array;
  /** For CPU c and SGI n at 16 * c + n: the CPUs that sent it. */
  readonly sgiSources = new Uint8Array(maxCpus * 16);

  readonly #distributors: GicDistributor[];
  readonly #interfaces: GicCpuInterface[];

  constructor(o: GicV2Options) {
    this.name = o.name;
    this.log = o.log;
    this.interrupts = o.interrupts;
    const words = maxCpus - 1 + o.interrupts / 32;
    this.enabled = new Uint32Array(words);
    this.latched = new Uint32Array(words);
    this.activeMap = new Uint32Array(words);
    this.level = new Uint32Array(words);
    this.edge = new Uint32Array(words);
    this.group1 = new Uint32Array(words);
    this.priority = new Uint8Array(words * 32);
    this.targets = new Uint8Array(words * 32);
    this.cpus = o.cpus.map((outputs) => ({
      ctlr: 0,
      priorityMask: 0,
      binaryPoint: 0,
      aliasedBinaryPoint: 1,
      active: [new Uint32Array(4), new Uint32Array(4)] as const,
      runningPriority: idlePriority,
      highestPending: SPURIOUS,
      outputs,
    }));
    this.#distributors = o.cpus.map((_, cpu) => new GicDistributor(this, cpu));
    this.#interfaces = o.cpus.map((_, cpu) => new GicCpuInterface(this, cpu));
    this.reset();
  }

  /** The distributor's 4 KiB of registers as one CPU sees them. */
  distributor(cpu = 0): MmioDevice {
    return this.#distributors[cpu]!;
  }

  /** The CPU interface's 8 KiB of registers of one CPU. */
  cpuInterface(cpu = 0): MmioDevice {
    return this.#interfaces[cpu]!;
  }

  /** The wire of shared interrupt n (ID 32 + n). */
  spi(n: number): IrqLine {
    return this.#input(0, 32 + n);
  }

  /** The wire of a CPU's private interrupt with this ID (16 to 31). */
  ppi(cpu: number, id: number): IrqLine {
    return this.#input(cpu, id);
  }

  reset(): void {
    this.ctlr = 0;
    for (const map of [this.enabled, this.latched, this.activeMap, this.edge, this.group1]) map.fill(0);
    for (const map of [this.priority, this.targets, this.sgiSources]) map.fill(0);
    for (let cpu = 0; cpu < maxCpus; cpu++) {
      // SGIs are always enabled and edge-triggered (4.3.5, 4.3.13).
      this.enabled[cpu] = 0xffff;
      this.edge[cpu] = 0xffff;
    }
    for (const cpu of this.cpus) {
      cpu.ctlr = 0;
      cpu.priorityMask = 0;
      cpu.binaryPoint = 0;
      cpu.aliasedBinaryPoint = 1;
      cpu.active[0].fill(0);
      cpu.active[1].fill(0);
      cpu.runningPriority = idlePriority;
    }
    this.update();
  }

  /** The index of the bitmap word that holds interrupts 32 * n .. 32 * n + 31 for a CPU. */
  wordIndex(cpu: number, n: number): number {
    return n === 0 ? cpu : maxCpus - 1 + n;
  }

  /** The index of an interrupt in `priority` and `targets`. */
  byteIndex(cpu: number, id: number): number {
    return this.wordIndex(cpu, id >>> 5) * 32 + (id & 31);
  }

  inGroup1(cpu: number, id: number): boolean {
    return ((this.group1[this.wordIndex(cpu, id >>> 5)]! >>> (id & 31)) & 1) !== 0;
  }

  /** Interrupts 32 * n .. of a CPU that are pending, as a word. */
  pendingWord(cpu: number, n: number): number {
    const w = this.wordIndex(cpu, n);
    return (this.latched[w]! | (this.level[w]! & ~this.edge[w]!)) >>> 0;
  }

  /** The group priority of an interrupt: its priority without the subpriority bits (3.3.3). */
  groupPriority(cpu: number, id: number): number {
    const c = this.cpus[cpu]!;
    // Group 1 has its own binary point, which counts one less, unless CBPR shares Group 0's.
    const point = (c.ctlr & CBPR) === 0 && this.inGroup1(cpu, id) ? c.aliasedBinaryPoint - 1 : c.binaryPoint;
    return this.priority[this.byteIndex(cpu, id)]! & (0xff << (point + 1));
  }

  /** A software-generated interrupt from one CPU to the CPUs of a mask. */
  sendSgi(from: number, to: number, id: number): void {
    for (let cpu = 0; cpu < this.cpus.length; cpu++) {
      if (((to >>> cpu) & 1) === 0) continue;
      this.sgiSources[16 * cpu + id]! |= 1 << from;
      this.latched[cpu]! |= 1 << id;
    }
    this.update();
  }

  /** GICC_IAR and GICC_AIAR (4.4.4): makes the highest pending interrupt active and gives its ID with an SGI's source CPU. */
  acknowledge(cpu: number, id: number): number {
    const c = this.cpus[cpu]!;
    const w = this.wordIndex(cpu, id >>> 5);
    const mask = 1 << (id & 31);
    let result = id;
    this.activeMap[w]! |= mask;
    if (id < 16) {
      const sources = this.sgiSources[16 * cpu + id]!;
      const source = sources === 0 ? 0 : 31 - Math.clz32(sources & -sources);
      this.sgiSources[16 * cpu + id] = sources & ~(1 << source);
      if (this.sgiSources[16 * cpu + id] === 0) this.latched[w]! &= ~mask;
      result |= source << 10;
    } else {
      this.latched[w]! &= ~mask;
    }
    const level = this.groupPriority(cpu, id) >>> 1;
    c.active[this.inGroup1(cpu, id) ? 1 : 0][level >>> 5]! |= 1 << (level & 31);
    this.updateRunningPriority(c);
    this.update();
    return result;
  }

  /** The priority drop of an end of interrupt: the highest active group priority, of that group's, is done (4.4.14). */
  dropPriority(cpu: number, group: 0 | 1): void {
    const c = this.cpus[cpu]!;
    const map = c.active[group];
    for (let i = 0; i < 4; i++) {
      if (map[i] === 0) continue;
      map[i]! &= map[i]! - 1;
      break;
    }
    this.updateRunningPriority(c);
  }

  deactivate(cpu: number, id: number): void {
    this.activeMap[this.wordIndex(cpu, id >>> 5)]! &= ~(1 << (id & 31));
  }

  updateRunningPriority(c: GicCpu): void {
    c.runningPriority = idlePriority;
    for (let i = 0; i < 4; i++) {
      const word = c.active[0][i]! | c.active[1][i]!;
      if (word === 0) continue;
      c.runningPriority = (32 * i + 31 - Math.clz32(word & -word)) << 1;
      return;
    }
  }

  /** Chooses again what to signal to each CPU; to be called after every change. */
  update(): void {
    for (let cpu = 0; cpu < this.cpus.length; cpu++) this.#updateCpu(cpu);
  }

  #updateCpu(cpu: number): void {
    const c = this.cpus[cpu]!;
    const id = this.#highestPending(cpu);
    let irq = false;
    let fiq = false;
    c.highestPending = SPURIOUS;
    if (id !== SPURIOUS && this.priority[this.byteIndex(cpu, id)]! < c.priorityMask) {
      c.highestPending = id;
      const group = this.inGroup1(cpu, id) ? 1 : 0;
      if ((c.ctlr & (EnableGrp0 << group)) !== 0 && this.groupPriority(cpu, id) < c.runningPriority) {
        fiq = group === 0 && (c.ctlr & FIQEn) !== 0;
        irq = !fiq;
      }
    }
    c.outputs.irq.set(irq);
    c.outputs.fiq.set(fiq);
  }

  /** The pending, enabled, inactive interrupt of the best priority (the lowest ID among equals) that the distributor forwards. */
  #highestPending(cpu: number): number {
    let best = SPURIOUS;
    let bestPriority = idlePriority;
    if ((this.ctlr & 3) === 0) return best;
    for (let n = 0; n < this.interrupts / 32; n++) {
      const w = this.wordIndex(cpu, n);
      let word = this.pendingWord(cpu, n) & this.enabled[w]! & ~this.activeMap[w]!;
      if ((this.ctlr & 1) === 0) word &= this.group1[w]!;
      if ((this.ctlr & 2) === 0) word &= ~this.group1[w]!;
      for (; word !== 0; word &= word - 1) {
        const id = 32 * n + 31 - Math.clz32(word & -word);
        const i = this.byteIndex(cpu, id);
        // On a uniprocessor every shared interrupt goes to the one CPU (4.3.12).
        if (n > 0 && this.cpus.length > 1 && ((this.targets[i]! >>> cpu) & 1) === 0) continue;
        if (this.priority[i]! < bestPriority) {
          best = id;
          bestPriority = this.priority[i]!;
        }
      }
    }
    return best;
  }

  #input(cpu: number, id: number): IrqLine {
    const w = this.wordIndex(cpu, id >>> 5);
    const mask = 1 << (id & 31);
    return {
      set: (high) => {
        if (high === ((this.level[w]! & mask) !== 0)) return;
        if (high) {
          this.level[w]! |= mask;
          if ((this.edge[w]! & mask) !== 0) this.latched[w]! |= mask;
        } else {
          this.level[w]! &= ~mask;
        }
        this.update();
      },
    };
  }
}
