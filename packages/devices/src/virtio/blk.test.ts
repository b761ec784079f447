import type { BlockPort } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { VirtioBlk } from "./blk.ts";
import { TestDriver } from "./driver.testing.ts";

/** A disk whose operations finish when told to. */
class SlowDisk implements BlockPort {
  readonly bytes = new Uint8Array(64 * 512);
  readonly size = this.bytes.length;
  readOnly = false;
  readonly log: string[] = [];
  readonly pending: { what: string; finish: () => void; fail: () => void }[] = [];

  #later(what: string, work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        work();
        this.log.push(what);
        resolve();
      };
      this.pending.push({ what, finish, fail: () => reject(new Error("EIO")) });
    });
  }

  read = (offset: number, into: Uint8Array) =>
    this.#later(`read ${offset}+${into.length}`, () => into.set(this.bytes.subarray(offset, offset + into.length)));
  write = (offset: number, from: Uint8Array) => this.#later(`write ${offset}+${from.length}`, () => this.bytes.set(from, offset));
  flush = () => this.#later("flush", () => {});
  close = () => Promise.resolve();
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const header = (type: number, sector: number) => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, type, true);
  new DataView(bytes.buffer).setBigUint64(8, BigInt(sector), true);
  return bytes;
};
const fill = (n: number, value: number) => new Uint8Array(n).fill(value);
const FLUSH = 9;
const CONFIG_WCE = 11;
const INDIRECT = 28;
const EVENT_IDX = 29;

const setUp = (o: { legacy?: boolean; features?: number[] } = {}) => {
  const disk = new SlowDisk();
  const driver = new TestDriver(new VirtioBlk({ port: disk, serialNumber: "disk-7" }), o.legacy ?? true);
  driver.start(o.features ?? [FLUSH], 1);
  const finish = async (n = 0) => {
    disk.pending.splice(n, 1)[0]!.finish();
    await settle();
  };
  return { disk, driver, finish };
};

describe.each([true, false])("virtio-blk, legacy %s", (legacy) => {
  it("identifies itself", () => {
    const { driver } = setUp({ legacy });
    expect([0, 4, 8, 0xc].map(driver.read)).toEqual([0x7472_6976, legacy ? 1 : 2, 2, 0x554d_4551]);
    expect(driver.read(0x34)).toBe(256);
    expect([driver.read(0x100), driver.read(0x104)]).toEqual([64, 0]);
    expect(driver.read(0x70)).toBe(legacy ? 7 : 15);
    driver.write(0x14, 1);
    expect(driver.read(0x10)).toBe(legacy ? 0 : 1);
    expect(driver.errors).toEqual([]);
  });

  it.each([true, false])("reads and writes, indirect %s", async (indirect) => {
    const { disk, driver, finish } = setUp({ legacy, features: [FLUSH, INDIRECT] });
    disk.bytes.fill(0x5a, 1024, 2048);
    driver.add(0, [header(0, 2), 512, 512, 1], indirect);
    driver.add(0, [header(1, 8), fill(512, 0xc3), 1], indirect);
    driver.notify(0);
    expect(disk.pending.map((p) => p.what)).toEqual(["read 1024+1024", "write 4096+512"]);
    expect(driver.done(0)).toEqual([]);
    await finish();
    const [read] = driver.done(0);
    expect(read!.written).toBe(1025);
    expect(read!.data).toEqual(Uint8Array.of(...fill(1024, 0x5a), 0));
    expect(driver.acknowledge()).toBe(1);
    expect(driver.irq.level).toBe(false);
    await finish();
    expect(driver.done(0)[0]).toMatchObject({ written: 1, data: Uint8Array.of(0) });
    expect(driver.irq.level).toBe(true);
    expect(disk.bytes[4096]).toBe(0xc3);
  });
});

describe("virtio-blk", () => {
  it("completes in the order of the host", async () => {
    const { driver, finish } = setUp();
    const first = driver.add(0, [header(0, 0), 512, 1]);
    const second = driver.add(0, [header(0, 1), 512, 1]);
    driver.notify(0);
    await finish(1);
    await finish(0);
    expect(driver.done(0).map((d) => d.head)).toEqual([second, first]);
  });

  it("serves a legacy driver that says nothing of alignment, as SeaBIOS", async () => {
    const disk = new SlowDisk();
    const driver = new TestDriver(new VirtioBlk({ port: disk }), true);
    driver.alignment = undefined;
    driver.start([], 1);
    driver.add(0, [header(0, 0), 512, 1]);
    driver.notify(0);
    expect([driver.errors, disk.pending.length]).toEqual([[], 1]);
    disk.pending[0]!.finish();
    await settle();
    expect(driver.done(0)[0]!.written).toBe(513);
  });

  it("flushes only after the writes before it, even failed ones", async () => {
    const { disk, driver, finish } = setUp();
    driver.add(0, [header(1, 0), fill(512, 1), 1]);
    driver.add(0, [header(1, 1), fill(512, 2), 1]);
    driver.add(0, [header(4, 0), 1]);
    driver.notify(0);
    await settle();
    expect(disk.pending.map((p) => p.what)).toEqual(["write 0+512", "write 512+512"]);
    await finish();
    expect(disk.pending.length).toBe(1);
    disk.pending.splice(0, 1)[0]!.fail();
    await settle();
    expect(disk.pending.map((p) => p.what)).toEqual(["flush"]);
    await finish();
    expect(driver.done(0).map((d) => d.data[0])).toEqual([0, 1, 0]);
  });

  it("writes through when the cache is off or unknown to the driver", async () => {
    const { disk, driver, finish } = setUp({ features: [] });
    driver.add(0, [header(1, 0), fill(512, 1), 1]);
    driver.notify(0);
    await finish();
    expect(disk.pending.map((p) => p.what)).toEqual(["flush"]);
    expect(driver.done(0)).toEqual([]);
    await finish();
    expect(driver.done(0).length).toBe(1);
    const other = setUp({ features: [FLUSH, CONFIG_WCE] });
    other.driver.mmio.write(0x120, 0, 1);
    expect(other.driver.mmio.read(0x120, 1)).toBe(0);
    other.driver.add(0, [header(1, 0), fill(512, 1), 1]);
    other.driver.notify(0);
    await other.finish();
    expect(other.disk.pending.map((p) => p.what)).toEqual(["flush"]);
  });

  it("forgets requests in flight at a reset", async () => {
    const { driver, finish } = setUp();
    driver.add(0, [header(0, 0), 512, 1]);
    driver.notify(0);
    driver.start([FLUSH], 1);
    await finish();
    expect(driver.done(0)).toEqual([]);
    expect(driver.irq.level).toBe(false);
    driver.add(0, [header(0, 0), 512, 1]);
    driver.notify(0);
    await finish();
    expect(driver.done(0).length).toBe(1);
  });

  it("answers GET_ID, refuses what it does not know or cannot reach", async () => {
    const { disk, driver } = setUp();
    driver.add(0, [header(8, 0), 20, 1]);
    driver.add(0, [header(99, 0), 1]);
    driver.notify(0);
    const [id, unknown] = driver.done(0);
    expect(new TextDecoder().decode(id!.data.subarray(0, 7))).toBe("disk-7\0");
    expect([id!.data[20], id!.written, unknown!.data[0]]).toEqual([0, 21, 2]);
    driver.add(0, [header(0, 63), 1024, 1]);
    driver.notify(0);
    driver.add(0, [header(1, 2 ** 52), fill(512, 0), 1]);
    driver.notify(0);
    disk.readOnly = true;
    driver.notify(0);
    expect(driver.done(0).map((d) => d.data.at(-1))).toEqual([1, 1]);
    expect(disk.pending).toEqual([]);
  });

  it("interrupts only past the driver's event index", async () => {
    const { driver, finish } = setUp({ features: [FLUSH, EVENT_IDX] });
    const usedEvent = driver.availableRing(0) + 4 + 2 * driver.size;
    driver.view(usedEvent).setUint16(0, 1, true); // interrupt me with the second
    for (let i = 0; i < 2; i++) driver.add(0, [header(0, i), 512, 1]);
    driver.notify(0);
    expect(driver.view(driver.usedRing(0)).getUint16(4 + 8 * driver.size, true), "the device's own event index").toBe(2);
    await finish();
    driver.acknowledge(); // the first since start may come in any case
    await finish();
    expect(driver.irq.level).toBe(true);
    driver.acknowledge();
    driver.add(0, [header(0, 0), 512, 1]);
    driver.notify(0);
    await finish();
    expect(driver.irq.level).toBe(false);
  });

  it("suppresses interrupts by the ring's flag", async () => {
    const { driver, finish } = setUp();
    driver.view(driver.availableRing(0)).setUint16(0, 1, true);
    driver.add(0, [header(0, 0), 512, 1]);
    driver.notify(0);
    await finish();
    expect([driver.done(0).length, driver.irq.level]).toEqual([1, false]);
  });
});

describe("hostile rings", () => {
  const broken = (what: string, make: (d: TestDriver) => void) =>
    it(`breaks the device: ${what}`, () => {
      const { disk, driver } = setUp({ legacy: false, features: [FLUSH, INDIRECT] });
      make(driver);
      driver.notify(0);
      expect(driver.read(0x70) & 0x40, "DEVICE_NEEDS_RESET").toBe(0x40);
      expect(driver.errors.length).toBe(1);
      driver.notify(0);
      expect(disk.pending).toEqual([]);
      driver.start([FLUSH], 1);
      driver.add(0, [header(0, 0), 512, 1]);
      driver.notify(0);
      expect(disk.pending.length, "works again after a reset").toBe(1);
    });

  broken("a loop", (d) => {
    d.descriptor(d.ringBase(0), d.allocate(16), 16, 1, 1);
    d.descriptor(d.ringBase(0) + 16, d.allocate(16), 16, 1, 0);
    d.offer(0, 0);
  });
  broken("a head out of range", (d) => d.offer(0, 8));
  broken("a next out of range", (d) => {
    d.descriptor(d.ringBase(0), d.allocate(16), 16, 1, 300);
    d.offer(0, 0);
  });
  broken("more requests than entries", (d) => d.view(d.availableRing(0)).setUint16(2, 9, true));
  broken("an indirect table in another", (d) => {
    const table = d.allocate(32);
    d.descriptor(table, table, 32, 4, 0);
    d.descriptor(d.ringBase(0), table, 32, 4, 0);
    d.offer(0, 0);
  });
  broken("an indirect table of odd size", (d) => {
    d.descriptor(d.ringBase(0), d.allocate(32), 17, 4, 0);
    d.offer(0, 0);
  });
  broken("lengths beyond 4 GiB", (d) => {
    d.descriptor(d.ringBase(0), d.allocate(16), 0xffff_ffff, 1, 1);
    d.descriptor(d.ringBase(0) + 16, d.allocate(16), 0xffff_ffff, 2, 0);
    d.offer(0, 0);
  });
  broken("a buffer to read behind one to write", (d) => {
    d.descriptor(d.ringBase(0), d.allocate(16), 16, 3, 1);
    d.descriptor(d.ringBase(0) + 16, d.allocate(16), 16, 0, 0);
    d.offer(0, 0);
  });

  it("refuses a huge request without allocating it", () => {
    const { disk, driver } = setUp();
    driver.descriptor(driver.ringBase(0), driver.allocate(16), 16, 1, 1);
    driver.descriptor(driver.ringBase(0) + 16, 0, 0xffff_fe01, 2, 0);
    driver.offer(0, 0);
    driver.notify(0);
    expect(disk.pending).toEqual([]);
    expect(driver.done(0)[0]!.written).toBe(1);
  });
});
