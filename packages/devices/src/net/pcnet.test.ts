import { Logger } from "@tsemu/base";
import { FakeClock, FakeMemory, type NetPort, RecordedLine, SeededRandom } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { devfn, PciBus } from "../pci/bus.ts";
import { frameCheck } from "./ethernet.ts";
import { Pcnet } from "./pcnet.ts";

const mac = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
const [RDP, RAP, RESET, BDP] = [0x10, 0x12, 0x14, 0x16];

class Segment implements NetPort {
  sent: Uint8Array[] = [];
  deliver: (frame: Uint8Array) => boolean = () => false;
  send(frame: Uint8Array) {
    this.sent.push(frame);
  }
  attach(deliver: (frame: Uint8Array) => boolean) {
    this.deliver = deliver;
  }
}

const setUp = () => {
  const bus = new PciBus();
  const memory = new FakeMemory(0, 0x2_0000);
  const [irq, port] = [new RecordedLine(), new Segment()];
  const card = new Pcnet({ name: "pcnet", clock: new FakeClock(), log: new Logger(), bus, slot: 11, dma: memory, port, mac, irq });
  const config = devfn(11, 0) << 8;
  bus.writeConfig(config | 0x10, 0x1001, 4);
  bus.writeConfig(config | 4, 7, 2);
  const out = (at: number, value: number, size = 2): void => bus.io.write(0x1000 + at, value, size);
  const read = (at: number, size = 2): number => bus.io.read(0x1000 + at, size);
  const view = new DataView(memory.bytes.buffer);
  const d = {
    card,
    memory,
    view,
    irq,
    port,
    out,
    in: read,
    csr: (n: number) => (out(RAP, n), read(RDP)),
    setCsr: (n: number, value: number) => (out(RAP, n), out(RDP, value)),
    setBcr: (n: number, value: number) => (out(RAP, n), out(BDP, value)),
    bcr: (n: number) => (out(RAP, n), read(BDP)),
    /** Rings of four descriptors at 0x1000 and 0x2000, buffers of 256 bytes at 0x4000 and 0x8000; started, with interrupts. */
    start: (o: { style?: number; mode?: number } = {}) => {
      const style = o.style ?? 2;
      d.setBcr(20, style);
      view.setUint16(0x100, o.mode ?? 0, true);
      if (style === 0) {
        memory.bytes.set(mac, 0x102);
        view.setUint32(0x110, 0x1000 | (2 << 29), true);
        view.setUint32(0x114, 0x2000 | (2 << 29), true);
      } else {
        memory.bytes.set([2 << 4, 2 << 4, ...mac], 0x102);
        view.setUint32(0x114, 0x1000, true);
        view.setUint32(0x118, 0x2000, true);
      }
      for (let i = 0; i < 4; i++) {
        d.describe(0x1000, i, { buffer: 0x4000 + 256 * i, length: 256, status: 0x8000, style });
        d.describe(0x2000, i, { buffer: 0x8000 + 256 * i, length: 0, status: 0, style });
      }
      d.setCsr(1, 0x100);
      d.setCsr(2, 0);
      d.setCsr(0, 1);
      expect(d.csr(0)).toBe(0x0101);
      d.setCsr(0, 0x0142);
    },
    describe: (ring: number, n: number, o: { buffer: number; length: number; status: number; style?: number }) => {
      const count = 0xf000 | ((4096 - o.length) & 0xfff);
      if (o.style === 0) {
        view.setUint32(ring + 8 * n, (o.buffer | (o.status << 16)) >>> 0, true);
        view.setUint16(ring + 8 * n + 4, count, true);
        return;
      }
      view.setUint32(ring + 16 * n + (o.style === 3 ? 8 : 0), o.buffer, true);
      view.setUint32(ring + 16 * n + 4, ((o.status << 16) | count) >>> 0, true);
    },
    status: (ring: number, n: number) => view.getUint16(ring + 16 * n + 6, true),
  };
  return d;
};

const frame = (length: number, to: Uint8Array = mac): Uint8Array => {
  const bytes = Uint8Array.from({ length }, (_, i) => i);
  bytes.set(to);
  return bytes;
};

describe("PCnet", () => {
  it("shows its address, its kind, and that it is stopped", () => {
    const d = setUp();
    expect([d.in(0), d.in(2), d.in(4), d.in(14)]).toEqual([0x5452, 0x1200, 0x5634, 0x5757]);
    d.in(RESET);
    expect([d.csr(0), d.csr(88), d.csr(89)]).toEqual([4, 0x1003, 0x0262]);
    d.out(RAP, 88);
    expect(d.in(RAP)).toBe(88);
    expect(d.bcr(20)).toBe(0x200);
    d.setBcr(20, 2);
    expect([d.bcr(20), d.csr(58)]).toEqual([0x302, 0x302]);
    // There is a link.
    expect(d.bcr(4)).toBe(0x80c0);
  });

  it("has doublewords after one has been written", () => {
    const d = setUp();
    d.out(RDP, 0, 4);
    d.out(0x14, 88, 4);
    expect([d.in(0x10, 4), d.in(0x14, 4), d.in(0x12, 2)]).toEqual([0x1003, 88, 0]);
    d.in(0x18, 4);
    d.out(0x14, 0, 4);
    expect(d.in(0x10, 4)).toBe(4);
  });

  it.each([0, 2, 3])("sends a frame from two buffers and says so, style %i", (style) => {
    const d = setUp();
    d.start({ style });
    d.memory.bytes.set(frame(100), 0x8000);
    d.memory.bytes.set(frame(20), 0x8100);
    d.describe(0x2000, 1, { buffer: 0x8100, length: 20, status: 0x8100, style });
    d.describe(0x2000, 0, { buffer: 0x8000, length: 100, status: 0x8200, style });
    d.setCsr(0, 0x48);
    expect(d.port.sent).toEqual([Uint8Array.from([...frame(100), ...frame(20)])]);
    expect([d.irq.level, d.csr(0)]).toEqual([true, 0x02f3]);
    d.setCsr(0, 0x0240);
    expect([d.irq.level, d.csr(0)]).toEqual([false, 0x0073]);
    const owns = style === 0 ? d.memory.bytes[0x2003]! : d.memory.bytes[0x2007]!;
    expect(owns & 0x80).toBe(0);
  });

  it("stops sending where a frame has no end", () => {
    const d = setUp();
    d.start();
    d.describe(0x2000, 0, { buffer: 0x8000, length: 100, status: 0x8200 });
    d.setCsr(0, 0x48);
    expect([d.port.sent.length, d.csr(0) & 0x0210, d.status(0x2000, 0)]).toEqual([0, 0x0200, 0x4600]);
  });

  it("receives into as many buffers as it takes, with the check sequence", () => {
    const d = setUp();
    d.start();
    expect(d.port.deliver(frame(300))).toBe(true);
    expect([d.irq.level, d.csr(0) & 0x400]).toEqual([true, 0x400]);
    expect([d.status(0x1000, 0), d.status(0x1000, 1)]).toEqual([0x0200, 0x0100]);
    expect(d.view.getUint32(0x1018, true)).toBe(304);
    expect([...d.memory.bytes.subarray(0x4000, 0x412c)]).toEqual([...frame(300)]);
    expect(d.view.getUint32(0x412c, true)).toBe(frameCheck(frame(300)));
    // Short frames are filled up.
    d.port.deliver(frame(10));
    expect([d.status(0x1000, 2), d.view.getUint32(0x1028, true)]).toEqual([0x0300, 64]);
    // The last buffer is not enough for the next, and the one after that finds none.
    d.port.deliver(frame(300));
    expect(d.status(0x1000, 3)).toBe(0x4600);
    expect(d.port.deliver(frame(60))).toBe(false);
    expect([d.csr(0) & 0x9000, d.csr(112)]).toEqual([0x9000, 1]);
  });

  it("takes what is for it, for all, for its groups, or everything", () => {
    const d = setUp();
    d.start();
    const other = Uint8Array.of(0x52, 0x54, 0, 0, 0, 1);
    const all = new Uint8Array(6).fill(0xff);
    const group = Uint8Array.of(1, 0, 0x5e, 0, 0, 1);
    const taken = (to: Uint8Array): boolean => {
      d.setCsr(0, 0x0440);
      d.port.deliver(frame(60, to));
      return (d.csr(0) & 0x400) !== 0;
    };
    expect([taken(mac), taken(other), taken(all), taken(group)]).toEqual([true, false, true, false]);
    d.setCsr(0, 4);
    for (let n = 8; n < 12; n++) d.setCsr(n, 0xffff);
    d.setCsr(0, 0x42);
    expect([taken(group), taken(other)]).toEqual([true, false]);
    d.setCsr(0, 4);
    d.start({ mode: 0x8000 });
    expect(taken(other)).toBe(true);
  });

  it("computes the check sequence of the standard", () => {
    expect(frameCheck(new TextEncoder().encode("123456789"))).toBe(0xcbf4_3926);
  });

  it("survives a hostile driver", () => {
    const d = setUp();
    const random = new SeededRandom(5);
    random.fill(d.memory.bytes);
    for (let i = 0; i < 30_000; i++) {
      const size = [1, 2, 4][random.next() % 3]!;
      switch (random.next() % 6) {
        case 0:
          d.setCsr(0, random.next() % 2 === 0 ? 0x43 : 4);
          break;
        case 1:
          d.setCsr(1 + (random.next() % 2), random.next() % 2);
          break;
        case 2:
          d.out(RAP, random.next() % 128);
          break;
        case 3:
          d.out(random.next() % 32, random.next(), size);
          break;
        default:
          expect(Number.isInteger(d.in(random.next() % 32, size))).toBe(true);
      }
      if (i % 16 === 0) d.port.deliver(frame(6 + (random.next() % 1600)));
      if (random.next() % 64 === 0) d.card.reset();
      if (random.next() % 32 === 0) d.in(RESET);
      d.port.sent.length = 0;
    }
    d.card.reset();
    expect(d.irq.level).toBe(false);
  });
});
