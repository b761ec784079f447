/** The CPU interface registers of the GICv2 (ARM IHI 0048B, 4.4) of one CPU. */
import { hex32 } from "@tsemu/base";
import { lanes, merge, type MmioDevice } from "@tsemu/hw";
import { GROUP1_SPURIOUS, type GicCpu, type GicV2, SPURIOUS } from "./gicv2.ts";

// GICC_CTLR without the Security Extensions: EnableGrp0/1, AckCtl, FIQEn, CBPR, EOImode.
const writableControl = 0x21f;
const AckCtl = 1 << 2;
const EOImode = 1 << 9;

export class GicCpuInterface implements MmioDevice {
  readonly #gic: GicV2;
  readonly #cpu: number;
  readonly #state: GicCpu;

  constructor(gic: GicV2, cpu: number) {
    this.#gic = gic;
    this.#cpu = cpu;
    this.#state = gic.cpus[cpu]!;
  }

  read(offset: number, size: number): number {
    return lanes(this.#readWord(offset & ~3), offset, size);
  }

  write(offset: number, value: number, size: number): void {
    // No register here is wider than it is used; a narrow write is one of the zero-extended value.
    this.#writeWord(offset & ~3, merge(0, offset, value, size));
    this.#gic.update();
  }

  #readWord(at: number): number {
    const c = this.#state;
    switch (at) {
      case 0x00:
        return c.ctlr;
      case 0x04:
        return c.priorityMask;
      case 0x08:
        return c.binaryPoint;
      case 0x0c:
        return this.#acknowledge(this.#visible());
      case 0x14:
        return Math.min(c.runningPriority, 0xff);
      case 0x18:
        return this.#withSource(this.#visible());
      case 0x1c:
        return c.aliasedBinaryPoint;
      case 0x20:
        return this.#acknowledge(this.#aliased());
      case 0x28:
        return this.#withSource(this.#aliased());
      case 0xfc:
        return 0x0002_043b; // GICC_IIDR: GICv2, ARM
      default:
        if (at >= 0xd0 && at < 0xe0) return c.active[0][(at - 0xd0) >>> 2]!;
        if (at >= 0xe0 && at < 0xf0) return c.active[1][(at - 0xe0) >>> 2]!;
        return this.#unknown(at, "read");
    }
  }

  #writeWord(at: number, value: number): void {
    const c = this.#state;
    switch (at) {
      case 0x00:
        c.ctlr = value & writableControl;
        break;
      case 0x04:
        c.priorityMask = value & 0xff;
        break;
      case 0x08:
        c.binaryPoint = value & 7;
        break;
      case 0x1c:
        // Group 1's lowest binary point is one above Group 0's (4.4.9).
        c.aliasedBinaryPoint = Math.max(value & 7, 1);
        break;
      case 0x10:
        this.#endOfInterrupt(value, this.#groupOf(value));
        break;
      case 0x24:
        this.#endOfInterrupt(value, 1);
        break;
      case 0x1000:
        this.#deactivate(value & 0x3ff);
        break;
      default:
        if (at >= 0xd0 && at < 0xf0) {
          c.active[at < 0xe0 ? 0 : 1][(at & 0xf) >>> 2] = value;
          this.#gic.updateRunningPriority(c);
        } else this.#unknown(at, "write");
    }
  }

  /** What GICC_IAR and GICC_HPPIR show: Group 1 interrupts only with AckCtl (tables 3-8 and 4-33). */
  #visible(): number {
    const id = this.#state.highestPending;
    if (id === SPURIOUS || !this.#gic.inGroup1(this.#cpu, id)) return id;
    return (this.#state.ctlr & AckCtl) !== 0 ? id : GROUP1_SPURIOUS;
  }

  /** What the aliased registers show: Group 1 interrupts only. */
  #aliased(): number {
    const id = this.#state.highestPending;
    return id !== SPURIOUS && this.#gic.inGroup1(this.#cpu, id) ? id : SPURIOUS;
  }

  #acknowledge(id: number): number {
    if (id >= GROUP1_SPURIOUS) return id;
    const group = this.#gic.inGroup1(this.#cpu, id) ? 1 : 0;
    // A disabled group or a priority that does not preempt: nothing is signalled, so nothing is acknowledged.
    if ((this.#state.ctlr & (1 << group)) === 0) return SPURIOUS;
    if (this.#gic.groupPriority(this.#cpu, id) >= this.#state.runningPriority) return SPURIOUS;
    return this.#gic.acknowledge(this.#cpu, id);
  }

  #withSource(id: number): number {
    if (id >= 16) return id;
    const sources = this.#gic.sgiSources[16 * this.#cpu + id]!;
    return sources === 0 ? id : id | ((31 - Math.clz32(sources & -sources)) << 10);
  }

  #groupOf(value: number): 0 | 1 {
    const id = value & 0x3ff;
    return id < this.#gic.interrupts && this.#gic.inGroup1(this.#cpu, id) ? 1 : 0;
  }

  #endOfInterrupt(value: number, group: 0 | 1): void {
    const id = value & 0x3ff;
    // An ID that does not exist, such as the spurious 1023, is ignored; so is an end without a beginning.
    if (id >= this.#gic.interrupts || this.#state.runningPriority > 0xff) return;
    this.#gic.dropPriority(this.#cpu, group);
    if ((this.#state.ctlr & EOImode) === 0) this.#gic.deactivate(this.#cpu, id);
  }

  /** GICC_DIR, of use only with EOImode set (4.4.15). */
  #deactivate(id: number): void {
    if (id >= this.#gic.interrupts) return;
    if ((this.#state.ctlr & EOImode) === 0) {
      this.#gic.log.log("guest_errors", `${this.#gic.name}: GICC_DIR written while GICC_CTLR.EOImode is 0`);
      return;
    }
    this.#gic.deactivate(this.#cpu, id);
  }

  #unknown(at: number, what: string): number {
    this.#gic.log.log("guest_errors", () => `${this.#gic.name}: ${what} of unknown CPU interface register at offset ${hex32(at)}`);
    return 0;
  }
}
