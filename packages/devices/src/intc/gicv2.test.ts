import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { gicTrace } from "./gicv2.qemu.testing.ts";
import { GicV2 } from "./gicv2.ts";

const CTLR = 0x000;
const IGROUPR = 0x080;
const ISENABLER = 0x100;
const ICENABLER = 0x180;
const ISPENDR = 0x200;
const ICPENDR = 0x280;
const ISACTIVER = 0x300;
const IPRIORITYR = 0x400;
const ITARGETSR = 0x800;
const ICFGR = 0xc00;
const SGIR = 0xf00;
const PMR = 0x04;
const BPR = 0x08;
const IAR = 0x0c;
const EOIR = 0x10;
const RPR = 0x14;
const HPPIR = 0x18;

const controller = (cpus = 1) => {
  const lines = Array.from({ length: cpus }, () => ({ irq: new RecordedLine(), fiq: new RecordedLine() }));
  const gic = new GicV2({ name: "intc", clock: new FakeClock(), log: new Logger(), interrupts: 288, cpus: lines });
  return { gic, lines, dist: gic.distributor(0), cpu: gic.cpuInterface(0), irq: lines[0]!.irq, fiq: lines[0]!.fiq };
};

/** As a Linux driver leaves it: both sides on, every SPI in use enabled at 0xa0, all priorities let through. */
const running = (cpus = 1) => {
  const c = controller(cpus);
  c.dist.write(CTLR, 1, 4);
  for (let i = 0; i < 288; i += 4) c.dist.write(IPRIORITYR + i, 0xa0a0_a0a0, 4);
  c.dist.write(ISENABLER + 4, 0xffff_ffff, 4);
  for (let cpu = 0; cpu < cpus; cpu++) {
    c.gic.cpuInterface(cpu).write(PMR, 0xf0, 4);
    c.gic.cpuInterface(cpu).write(0, 1, 4);
  }
  return c;
};

describe("GICv2", () => {
  it("reads after reset as QEMU 7.2's virt does", () => {
    const { dist, cpu } = controller();
    const recorded: [number, number][] = [
      [0x004, 0x8],
      [0x008, 0x43b],
      [0xc00, 0xaaaa_aaaa],
      [0xc04, 0],
      [0x100, 0xffff],
      [0x800, 0],
      [0x400, 0],
      [0xfd0, 4],
      [0xfe0, 0x90],
      [0xfe4, 0xb4],
      [0xfe8, 0x2b],
      [0xff0, 0x0d],
    ];
    for (const [at, value] of recorded) expect(dist.read(at, 4), `offset ${at.toString(16)}`).toBe(value);
    expect([0x00, 0x04, 0x08, 0x1c, 0x14, 0xfc, 0x0c].map((at) => cpu.read(at, 4))).toEqual([0, 0, 0, 1, 0xff, 0x0002_043b, 0x3ff]);
    dist.write(CTLR, 0xff, 4);
    expect(dist.read(CTLR, 4)).toBe(3);
    cpu.write(0, 0xffff_ffff, 4);
    expect(cpu.read(0, 4)).toBe(0x21f);
    dist.write(0xc04, 0xffff_ffff, 4);
    expect(dist.read(0xc04, 4)).toBe(0xaaaa_aaaa);
  });

  it("signals, acknowledges and ends a level-sensitive interrupt", () => {
    const { gic, cpu, irq } = running();
    const wire = gic.spi(1);
    wire.set(true);
    expect(irq.level).toBe(true);
    expect(cpu.read(HPPIR, 4)).toBe(33);
    expect(cpu.read(IAR, 4)).toBe(33);
    expect(irq.level).toBe(false);
    expect(cpu.read(RPR, 4)).toBe(0xa0);
    expect(cpu.read(IAR, 4)).toBe(1023);
    cpu.write(EOIR, 33, 4);
    expect(cpu.read(RPR, 4)).toBe(0xff);
    expect(irq.level, "the wire is still high").toBe(true);
    wire.set(false);
    expect(irq.level).toBe(false);
    expect(cpu.read(IAR, 4)).toBe(1023);
  });

  it("remembers an edge, and only an edge, after the wire falls", () => {
    const { gic, dist, cpu, irq } = running();
    dist.write(ICFGR + 8, 2 << 2, 4); // ID 33
    const [edge, level] = [gic.spi(1), gic.spi(2)];
    edge.set(true);
    edge.set(false);
    level.set(true);
    level.set(false);
    expect(irq.level).toBe(true);
    expect(dist.read(ISPENDR + 4, 4)).toBe(2);
    expect(cpu.read(IAR, 4)).toBe(33);
    edge.set(true); // pends again while active
    expect(irq.level).toBe(false);
    cpu.write(EOIR, 33, 4);
    expect(cpu.read(IAR, 4)).toBe(33);
    cpu.write(EOIR, 33, 4);
    expect(irq.level).toBe(false);
  });

  it("orders by priority, then by ID, and preempts only by group priority", () => {
    const { gic, dist, cpu, irq } = running();
    gic.spi(5).set(true);
    gic.spi(3).set(true);
    cpu.write(BPR, 5, 4); // group priority is bits 7:6: 0x90 and 0xa0 are equal
    expect(cpu.read(IAR, 4)).toBe(35);
    expect(cpu.read(RPR, 4)).toBe(0x80);
    dist.write(IPRIORITYR + 37, 0x90, 1);
    expect(irq.level).toBe(false);
    cpu.write(EOIR, 35, 4);
    cpu.write(BPR, 0, 4);
    gic.spi(5).set(false);
    expect(cpu.read(IAR, 4)).toBe(35);
    gic.spi(5).set(true);
    expect(irq.level).toBe(true);
    expect(cpu.read(IAR, 4)).toBe(37);
    expect(cpu.read(RPR, 4)).toBe(0x90);
    cpu.write(EOIR, 37, 4);
    expect(cpu.read(RPR, 4)).toBe(0xa0);
    cpu.write(EOIR, 35, 4);
    expect(cpu.read(RPR, 4)).toBe(0xff);
  });

  it("masks by priority, enable and group enable", () => {
    const { gic, dist, cpu, irq } = running();
    gic.spi(0).set(true);
    cpu.write(PMR, 0xa0, 4);
    expect(irq.level).toBe(false);
    cpu.write(PMR, 0xa1, 4);
    expect(irq.level).toBe(true);
    dist.write(ICENABLER + 4, 1, 1);
    expect(irq.level).toBe(false);
    dist.write(ISENABLER + 4, 1, 4);
    dist.write(CTLR, 2, 4);
    expect(irq.level).toBe(false);
    dist.write(ICPENDR + 4, 1, 4);
    expect(dist.read(ISPENDR + 4, 4), "a high wire stays pending").toBe(1);
  });

  it("sends Group 0 to FIQ with FIQEn and Group 1 to IRQ, which the alias acknowledges", () => {
    const { gic, dist, cpu, irq, fiq } = running();
    dist.write(CTLR, 3, 4);
    cpu.write(0, 0xb, 4); // EnableGrp0, EnableGrp1, FIQEn
    dist.write(IGROUPR + 4, 1 << 1, 4);
    gic.spi(1).set(true);
    expect([irq.level, fiq.level]).toEqual([true, false]);
    expect(cpu.read(IAR, 4)).toBe(1022);
    expect(cpu.read(0x20, 4)).toBe(33);
    expect(cpu.read(0xe8, 4), "GICC_NSAPR2: group priority 0x50 of 128").toBe(1 << 16);
    cpu.write(0x24, 33, 4);
    gic.spi(1).set(false);
    gic.spi(2).set(true);
    expect([irq.level, fiq.level]).toEqual([false, true]);
    expect(cpu.read(0x20, 4)).toBe(1023);
    expect(cpu.read(IAR, 4)).toBe(34);
  });

  it("splits priority drop and deactivation with EOImode", () => {
    const { gic, dist, cpu, irq } = running();
    cpu.write(0, 0x201, 4);
    gic.spi(7).set(true);
    expect(cpu.read(IAR, 4)).toBe(39);
    cpu.write(EOIR, 39, 4);
    expect(cpu.read(RPR, 4)).toBe(0xff);
    expect(dist.read(ISACTIVER + 4, 4)).toBe(1 << 7);
    expect(irq.level).toBe(false);
    cpu.write(0x1000, 39, 4);
    expect(irq.level).toBe(true);
  });

  it("sends SGIs to the CPUs meant, one acknowledge for each sender", () => {
    const { gic, lines, dist } = running(2);
    expect(dist.read(0x004, 4)).toBe(0x28);
    expect(gic.distributor(1).read(ITARGETSR, 4)).toBe(0x0202_0202);
    dist.write(SGIR, (2 << 16) | 3, 4);
    gic.distributor(1).write(SGIR, (2 << 24) | 3, 4);
    expect([lines[0]!.irq.level, lines[1]!.irq.level]).toEqual([false, true]);
    const cpu1 = gic.cpuInterface(1);
    expect(cpu1.read(IAR, 4)).toBe(3);
    cpu1.write(EOIR, 3, 4);
    expect(cpu1.read(IAR, 4)).toBe(3 | (1 << 10));
    cpu1.write(EOIR, 3 | (1 << 10), 4);
    expect(lines[1]!.irq.level).toBe(false);
    dist.write(SGIR, (1 << 24) | 4, 4); // all but self
    expect([lines[0]!.irq.level, lines[1]!.irq.level]).toEqual([false, true]);
  });

  it("routes SPIs by target and banks PPIs", () => {
    const { gic, lines, dist } = running(2);
    gic.spi(0).set(true);
    expect([lines[0]!.irq.level, lines[1]!.irq.level]).toEqual([false, false]);
    dist.write(ITARGETSR + 32, 2, 1);
    expect([lines[0]!.irq.level, lines[1]!.irq.level]).toEqual([false, true]);
    gic.spi(0).set(false);
    gic.distributor(0).write(ISENABLER, 1 << 27, 4);
    gic.ppi(1, 27).set(true);
    expect(lines[1]!.irq.level).toBe(false);
    gic.ppi(0, 27).set(true);
    expect(lines[0]!.irq.level).toBe(true);
  });

  it("ignores the end of what never began", () => {
    const { cpu, gic, irq } = running();
    cpu.write(EOIR, 1023, 4);
    cpu.write(EOIR, 40, 4);
    gic.spi(8).set(true);
    expect(cpu.read(IAR, 4)).toBe(40);
    gic.reset();
    expect(irq.level).toBe(false);
    expect(cpu.read(RPR, 4)).toBe(0xff);
  });

  it("answers a recorded random exchange as QEMU does", () => {
    const { gic, dist, cpu } = controller();
    const lines = Array.from({ length: 32 }, (_, n) => gic.spi(n));
    let reads = 0;
    for (const [index, text] of gicTrace.trim().split("\n").entries()) {
      const [what, a, b] = text.split(" ");
      const [address, value] = [Number.parseInt(a!, 16), Number.parseInt(b!, 16)];
      const side = address >= 0x0801_0000 ? cpu : dist;
      if (what === "l") lines[address]!.set(value === 1);
      else if (what === "w") side.write(address & 0xffff, value, 4);
      else {
        reads++;
        expect(side.read(address & 0xffff, 4), `line ${index}: ${text}`).toBe(value);
      }
    }
    expect(reads).toBeGreaterThan(500);
  });
});
