/** The distributor registers of the GICv2 (ARM IHI 0048B, 4.3) as one CPU sees them. */
import { hex32 } from "@tsemu/base";
import { lanes, type MmioDevice } from "@tsemu/hw";
import type { GicV2 } from "./gicv2.ts";

// Peripheral and component IDs from 0xfd0, as those of QEMU's arm_gic.
const ids = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1];

export class GicDistributor implements MmioDevice {
  readonly #gic: GicV2;
  readonly #cpu: number;

  constructor(gic: GicV2, cpu: number) {
    this.#gic = gic;
    this.#cpu = cpu;
  }

  read(offset: number, size: number): number {
    return lanes(this.#readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, size: number): void {
    // The bytes of a register that a narrow access does not touch are written as 0, which is right for the set and clear
    // registers; the byte arrays below take a mask of the bytes meant.
    const shift = 8 * (offset & 3);
    const mask = (size === 4 ? 0xffff_ffff : ((1 << (8 * size)) - 1) << shift) >>> 0;
    this.#writeWord(offset & ~3, ((value << shift) & mask) >>> 0, mask);
    this.#gic.update();
  }

  #readWord(at: number): number {
    const gic = this.#gic;
    if (at < 0x80) {
      if (at === 0) return gic.ctlr;
      if (at === 4) return (gic.interrupts / 32 - 1) | ((gic.cpus.length - 1) << 5); // GICD_TYPER
      if (at === 8) return 0x43b; // GICD_IIDR: ARM
      return this.#unknown(at, "read");
    }
    if (at < 0x400) {
      const n = (at & 0x7f) >>> 2;
      if (32 * n >= gic.interrupts) return this.#unknown(at, "read");
      const w = gic.wordIndex(this.#cpu, n);
      if (at < 0x100) return gic.group1[w]!;
      if (at < 0x200) return gic.enabled[w]!;
      if (at < 0x300) return gic.pendingWord(this.#cpu, n);
      return gic.activeMap[w]!;
    }
    if (at < 0xc00) {
      const id = at & 0x3ff;
      if (id >= gic.interrupts) return this.#unknown(at, "read");
      return at < 0x800 ? this.#bytes(gic.priority, id) : this.#targets(id);
    }
    if (at < 0xd00) return this.#readConfig(at);
    if (at >= 0xf10 && at < 0xf30) return this.#bytesAt(gic.sgiSources, 16 * this.#cpu + (at & 0xf));
    if (at >= 0xfd0 && at < 0x1000) return ids[(at - 0xfd0) >>> 2]!;
    return this.#unknown(at, "read");
  }

  #bytesAt(map: Uint8Array, i: number): number {
    return (map[i]! | (map[i + 1]! << 8) | (map[i + 2]! << 16) | (map[i + 3]! << 24)) >>> 0;
  }

  #bytes(map: Uint8Array, id: number): number {
    return this.#bytesAt(map, this.#gic.byteIndex(this.#cpu, id));
  }

  /** GICD_ITARGETSR: reads as zero on a uniprocessor, as the CPU's own mask for SGIs and PPIs (4.3.12). */
  #targets(id: number): number {
    if (this.#gic.cpus.length === 1) return 0;
    return id < 32 ? Math.imul(1 << this.#cpu, 0x0101_0101) >>> 0 : this.#bytes(this.#gic.targets, id);
  }

  /** GICD_ICFGR: two bits an interrupt, of which the upper says edge-triggered. */
  #readConfig(at: number): number {
    const first = (at - 0xc00) * 4;
    if (first >= this.#gic.interrupts) return this.#unknown(at, "read");
    const half = this.#gic.edge[this.#gic.wordIndex(this.#cpu, first >>> 5)]! >>> (first & 31);
    let value = 0;
    for (let i = 0; i < 16; i++) if (((half >>> i) & 1) !== 0) value |= 2 << (2 * i);
    return value >>> 0;
  }

  #writeWord(at: number, value: number, mask: number): void {
    const gic = this.#gic;
    if (at < 0x80) {
      if (at === 0) gic.ctlr = value & 3;
      else if (at > 8) this.#unknown(at, "write");
    } else if (at < 0x400) {
      const n = (at & 0x7f) >>> 2;
      if (32 * n >= gic.interrupts) this.#unknown(at, "write");
      else this.#writeBits(at & 0x780, gic.wordIndex(this.#cpu, n), value, mask, n === 0);
    } else if (at < 0xc00) {
      const id = at & 0x3ff;
      if (id >= gic.interrupts) this.#unknown(at, "write");
      else if (at < 0x800) this.#writeBytes(gic.priority, id, value, mask);
      else if (id >= 32 && gic.cpus.length > 1) {
        this.#writeBytes(gic.targets, id, value & Math.imul((1 << gic.cpus.length) - 1, 0x0101_0101), mask);
      }
    } else if (at < 0xd00) this.#writeConfig(at, value, mask);
    else if (at === 0xf00) this.#softwareInterrupt(value);
    else if (at >= 0xf10 && at < 0xf30) this.#writeSgiPending(at, value);
    else this.#unknown(at, "write");
  }

  #writeBits(bank: number, w: number, value: number, mask: number, banked: boolean): void {
    const gic = this.#gic;
    // SGIs cannot be enabled or disabled, nor made pending here (4.3.5 to 4.3.8).
    const able = banked ? value & ~0xffff : value;
    if (bank === 0x080) gic.group1[w] = (gic.group1[w]! & ~mask) | value;
    else if (bank === 0x100) gic.enabled[w]! |= able;
    else if (bank === 0x180) gic.enabled[w]! &= ~able;
    else if (bank === 0x200) gic.latched[w]! |= able;
    else if (bank === 0x280) gic.latched[w]! &= ~able;
    else if (bank === 0x300) gic.activeMap[w]! |= value;
    else gic.activeMap[w]! &= ~value;
  }

  #writeBytes(map: Uint8Array, id: number, value: number, mask: number): void {
    const i = this.#gic.byteIndex(this.#cpu, id);
    for (let k = 0; k < 4; k++) if (((mask >>> (8 * k)) & 1) !== 0) map[i + k] = value >>> (8 * k);
  }

  #writeConfig(at: number, value: number, mask: number): void {
    const first = (at - 0xc00) * 4;
    if (first >= this.#gic.interrupts) {
      this.#unknown(at, "write");
      return;
    }
    if (first < 16) return;
    const w = this.#gic.wordIndex(this.#cpu, first >>> 5);
    for (let i = 0; i < 16; i++) {
      if (((mask >>> (2 * i)) & 1) === 0) continue;
      const bit = 1 << ((first & 31) + i);
      if (((value >>> (2 * i)) & 2) !== 0) this.#gic.edge[w]! |= bit;
      else this.#gic.edge[w]! &= ~bit;
    }
  }

  /** GICD_SGIR (4.3.15). */
  #softwareInterrupt(value: number): void {
    const everyone = (1 << this.#gic.cpus.length) - 1;
    const self = 1 << this.#cpu;
    const filter = (value >>> 24) & 3;
    const to = filter === 0 ? (value >>> 16) & 0xff & everyone : filter === 1 ? everyone & ~self : filter === 2 ? self : 0;
    if (filter === 3) this.#gic.log.log("guest_errors", `${this.#gic.name}: GICD_SGIR with a reserved target filter`);
    this.#gic.sendSgi(this.#cpu, to, value & 15);
  }

  /** GICD_CPENDSGIR and GICD_SPENDSGIR: a byte of source CPUs for each SGI (4.3.16, 4.3.17). */
  #writeSgiPending(at: number, value: number): void {
    const gic = this.#gic;
    for (let k = 0; k < 4; k++) {
      const id = (at & 0xf) + k;
      const i = 16 * this.#cpu + id;
      const cpus = (value >>> (8 * k)) & ((1 << gic.cpus.length) - 1);
      gic.sgiSources[i] = at < 0xf20 ? gic.sgiSources[i]! & ~cpus : gic.sgiSources[i]! | cpus;
      if (gic.sgiSources[i] !== 0) gic.latched[this.#cpu]! |= 1 << id;
      else gic.latched[this.#cpu]! &= ~(1 << id);
    }
  }

  #unknown(at: number, what: string): number {
    this.#gic.log.log("guest_errors", () => `${this.#gic.name}: ${what} of unknown distributor register at offset ${hex32(at)}`);
    return 0;
  }
}
