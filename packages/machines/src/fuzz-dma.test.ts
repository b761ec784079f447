/**
 * Devices that access memory by themselves, set up half rightly: rings and buffers in RAM, at its very end, outside, on devices, on top of one
 * another, in any order of steps. After every round a driver that does it right must be served.
 */
import { type BlockPort, SeededRandom } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { fakeHost } from "./fake-host.testing.ts";
import { build, virtArm } from "./index.ts";

const MiB = 2 ** 20;
const ram = 0x4000_0000;
const rounds = 400;
const fwCfg = 0x0902_0000;
const slot = (n: number): number => 0x0a00_0000 + 0x200 * n;
/** Devices are given to the slots from the last down. */
const devices = { blk: slot(31), net: slot(30), console: slot(29), rng: slot(28) };
const queueSize = 8;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

class Disk implements BlockPort {
  readonly size = 64 * 1024;
  readonly readOnly = false;
  read = async (offset: number, into: Uint8Array) => void into.fill(offset / 512 + 1);
  write = async () => {};
  flush = async () => {};
  close = async () => {};
}

const machineOf = (modernVirtio: boolean) => {
  const host = fakeHost();
  const sent: Uint8Array[] = [];
  let receive: (frame: Uint8Array) => boolean = () => false;
  host.drives.push({ port: new Disk() });
  host.nets.push({
    port: { send: (frame) => void sent.push(frame), attach: (deliver) => void (receive = deliver) },
    mac: new Uint8Array(6),
  });
  build(virtArm, { ramBytes: MiB, cpu: "cortex-a15", cpuCount: 1 }, { ...host, consoles: [host.serial[1]!], rngs: 1, modernVirtio });
  return { host, sent, receive: (frame: Uint8Array) => receive(frame) };
};
type Host = ReturnType<typeof fakeHost>;

/** A driver by the book: one request on queue q, as buffers that the device reads (bytes) or writes (a length); gives what was written. */
const request = async (
  host: Host,
  base: number,
  modern: boolean,
  q: number,
  buffers: readonly (Uint8Array | number)[],
): Promise<Uint8Array> => {
  const view = new DataView(host.dma.bytes.buffer);
  const write = (at: number, value: number): void => host.write(base + at, value >>> 0);
  const ring = 0x1_0000;
  const used = ring + 0x1000;
  host.dma.bytes.fill(0, ring, ring + 0x4000);
  if (!modern) write(0x28, 4096);
  write(0x70, 0);
  write(0x70, 3);
  write(0x24, 0);
  write(0x20, 0);
  write(0x24, 1);
  write(0x20, modern ? 1 : 0);
  if (modern) write(0x70, 11);
  write(0x30, q);
  write(0x38, queueSize);
  if (modern) {
    for (const [at, pa] of [
      [0x80, ring],
      [0x90, ring + 16 * queueSize],
      [0xa0, used],
    ] as const) {
      write(at, ram + pa);
      write(at + 4, 0);
    }
    write(0x44, 1);
  } else {
    write(0x3c, 4096);
    write(0x40, (ram + ring) / 4096);
  }
  write(0x70, modern ? 15 : 7);
  let at = ring + 0x2000;
  let writable = { at: 0, length: 0 };
  buffers.forEach((buffer, i) => {
    const length = typeof buffer === "number" ? buffer : buffer.length;
    if (typeof buffer === "number") writable = writable.length > 0 ? writable : { at, length };
    else host.dma.bytes.set(buffer, at);
    const descriptor = ring + 16 * i;
    view.setBigUint64(descriptor, BigInt(ram + at), true);
    view.setUint32(descriptor + 8, length, true);
    view.setUint16(descriptor + 12, (typeof buffer === "number" ? 2 : 0) | (i + 1 < buffers.length ? 1 : 0), true);
    view.setUint16(descriptor + 14, i + 1, true);
    at += (length + 15) & ~15;
  });
  view.setUint16(ring + 16 * queueSize + 2, 1, true);
  write(0x50, q);
  await settle();
  expect(view.getUint16(used + 2, true), "the request was not served").toBe(1);
  return host.dma.bytes.slice(writable.at, writable.at + writable.length);
};

describe.each([
  ["legacy", false],
  ["modern", true],
])("%s virtio", (_, modern) => {
  const { host, sent, receive } = machineOf(modern);
  const random = new SeededRandom(20_260_202);
  const pick = (...list: number[]): number => list[random.next() % list.length]!;
  const end = ram + MiB;
  const address = (): number =>
    pick(
      ram + 16 * (random.next() % 0x1000),
      ram + 4096 * (random.next() % 256),
      end - pick(1, 2, 8, 16, 4096),
      pick(0, slot(31), fwCfg, 0x0900_0000, 0x0800_0000),
      random.next(),
      pick(0xffff_f000, 0xffff_ffff, 0x7fff_ffff),
    );

  /** A ring, plausible in parts, somewhere in RAM. */
  const scribble = (): void => {
    const view = new DataView(host.dma.bytes.buffer);
    const at = 16 * (random.next() % (MiB / 16 - 64));
    for (let i = 0; i < 32; i++) {
      view.setBigUint64(at + 16 * i, BigInt(address()) + (random.next() % 16 === 0 ? BigInt(random.next()) << 32n : 0n), true);
      view.setUint32(at + 16 * i + 8, pick(1, 16, 512, 4096, random.next() % 70_000, random.next()), true);
      view.setUint16(at + 16 * i + 12, random.next() % 8, true);
      view.setUint16(at + 16 * i + 14, pick(i + 1, i, 0, random.next() % 0x1_0000), true);
    }
    if (random.next() % 4 === 0) host.dma.bytes.fill(random.next(), at, at + 512);
  };

  const setUp = (base: number): void => {
    const write = (at: number, value: number): void => host.write(base + at, value >>> 0);
    const steps: (() => void)[] = [
      () => write(0x28, pick(4096, 1, 0, 65_536, random.next())),
      () => write(0x70, pick(0, 3)),
      () => write(0x24, pick(0, 1, 2)),
      () => write(0x20, random.next()),
      () => write(0x70, pick(3, 11, 0x80)),
      () => write(0x30, pick(0, 0, 1, 2, random.next())),
      () => write(0x38, pick(queueSize, 1, 3, 256, 1024, 0, 0xffff, random.next())),
      () => write(0x3c, pick(4096, 1, 2, 0, 0x8000_0000)),
      () => write(0x40, pick(address() >>> 12, random.next())),
      ...[0x80, 0x90, 0xa0].map((at) => () => {
        write(at, address());
        write(at + 4, random.next() % 8 === 0 ? random.next() : 0);
      }),
      () => write(0x44, pick(1, 1, 0)),
      () => write(0x70, pick(7, 15, 4)),
      () => write(0x50, pick(0, 1, 2, random.next())),
    ];
    // In order, with one step left out or two exchanged now and then.
    steps.forEach((step, i) => {
      if (random.next() % 12 === 0) return;
      if (random.next() % 12 === 0) steps[random.next() % steps.length]!();
      else step();
      if (i > 10) host.write(base + 0x50, random.next() % 3);
    });
  };

  it.each(Object.entries(devices))("virtio-%s", async (name, base) => {
    for (let round = 0; round < rounds; round++) {
      for (let i = random.next() % 4; i >= 0; i--) scribble();
      const started = performance.now();
      setUp(base);
      receive(new Uint8Array(pick(1, 60, 1514, 9000)));
      host.serial[1]!.type("text");
      host.serial[1]!.waiting.length = 0;
      host.write(base + 0x64, 3);
      expect(performance.now() - started, `round ${round} took too long`).toBeLessThan(2000);
      await settle();
      if (round % 8 !== 0) continue;
      if (name === "blk") {
        const header = new Uint8Array(16);
        header[8] = round % 128;
        const data = await request(host, base, modern, 0, [header, 512, 1]);
        expect(data).toEqual(new Uint8Array(512).fill((round % 128) + 1));
      } else if (name === "rng") {
        const bytes = await request(host, base, modern, 0, [64]);
        expect(new Set(bytes).size).toBeGreaterThan(20);
      } else if (name === "net") {
        sent.length = 0;
        await request(host, base, modern, 1, [new Uint8Array(modern ? 12 : 10), Uint8Array.of(1, 2, 3, round & 0xff)]);
        expect(sent).toEqual([Uint8Array.of(1, 2, 3, round & 0xff)]);
      } else {
        host.serial[1]!.written.length = 0;
        await request(host, base, modern, 1, [new TextEncoder().encode(`round ${round}`)]);
        expect(host.serial[1]!.text).toBe(`round ${round}`);
      }
    }
  });

  it("fw_cfg", () => {
    const swap = (x: number): number => new DataView(Uint32Array.of(x).buffer).getUint32(0);
    const transfer = (pa: number, control: number, length: number, target: bigint): void => {
      const view = new DataView(new ArrayBuffer(16));
      view.setUint32(0, control);
      view.setUint32(4, length);
      view.setBigUint64(8, target);
      host.dma.write(pa, new Uint8Array(view.buffer));
      host.write(fwCfg + 20, swap(pa >>> 0));
    };
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      host.write(fwCfg + 16, random.next() % 4 === 0 ? random.next() : 0);
      const high = random.next() % 16 === 0 ? BigInt(random.next()) << 32n : 0n;
      transfer(address(), pick(random.next(), 2, 8, 10, 0x19_000a, 4, 16), pick(random.next(), 16, 0, 4096), BigInt(address()) | high);
      host.write(fwCfg + 8, random.next() & 0xffff, 2);
      expect(performance.now() - started, `round ${round} took too long`).toBeLessThan(2000);
      if (round % 8 !== 0) continue;
      // Select the signature and read it.
      host.write(fwCfg + 16, 0);
      transfer(ram + 0x100, 0x0000_000a, 4, BigInt(ram + 0x200));
      expect(new TextDecoder().decode(host.dma.bytes.subarray(0x200, 0x204))).toBe("QEMU");
      expect([...host.dma.bytes.subarray(0x100, 0x104)]).toEqual([0, 0, 0, 0]);
    }
  });
});
