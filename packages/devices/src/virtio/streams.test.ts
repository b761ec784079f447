import { FakeCharPort, SeededRandom } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { VirtioConsole } from "./console.ts";
import { TestDriver } from "./driver.testing.ts";
import { VirtioNet } from "./net.ts";
import { VirtioRng } from "./rng.ts";

const net = (legacy: boolean, features: number[]) => {
  const sent: Uint8Array[] = [];
  let deliver: (frame: Uint8Array) => boolean = () => false;
  const port = { send: (frame: Uint8Array) => void sent.push(frame), attach: (d: typeof deliver) => void (deliver = d) };
  const driver = new TestDriver(new VirtioNet({ port, mac: Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56) }), legacy);
  driver.start(features, 2);
  return { driver, sent, receive: (frame: Uint8Array) => deliver(frame) };
};

const frame = (n: number) => Uint8Array.from({ length: n }, (_, i) => i & 0xff);

describe("virtio-net", () => {
  it.each([
    [true, 10],
    [false, 12],
  ])("sends and receives, legacy %s", (legacy, headerBytes) => {
    const { driver, sent, receive } = net(legacy, [5]);
    expect([0x100, 0x101, 0x105].map((at) => driver.mmio.read(at, 1))).toEqual([0x52, 0x54, 0x56]);
    driver.add(1, [new Uint8Array(headerBytes), frame(60)]);
    driver.notify(1);
    expect(sent).toEqual([frame(60)]);
    expect(driver.done(1).length).toBe(1);
    expect(receive(frame(100)), "no buffer yet").toBe(false);
    driver.add(0, [headerBytes, 1514]);
    expect(receive(frame(100))).toBe(true);
    const [got] = driver.done(0);
    expect(got!.written).toBe(headerBytes + 100);
    expect(got!.data.subarray(headerBytes, headerBytes + 100)).toEqual(frame(100));
    if (!legacy) expect(got!.data[10]).toBe(1);
  });

  it("spreads a frame over merged buffers, all or nothing", () => {
    const { driver, receive } = net(false, [5, 15]);
    driver.add(0, [64]);
    expect(receive(frame(100))).toBe(false);
    expect(driver.done(0)).toEqual([]);
    driver.add(0, [64]);
    expect(receive(frame(100))).toBe(true);
    const [a, b] = driver.done(0);
    expect([a!.written, b!.written, a!.data[10]]).toEqual([64, 48, 2]);
    expect([...a!.data.subarray(12), ...b!.data.subarray(0, 48)]).toEqual([...frame(100)]);
  });

  it("drops frames of absurd length", () => {
    const { driver, sent } = net(true, [5]);
    driver.descriptor(driver.ringBase(1), driver.allocate(16), 0xf000_0000, 0, 0);
    driver.offer(1, 0);
    driver.notify(1);
    expect([sent.length, driver.done(1).length, driver.errors.length]).toEqual([0, 1, 1]);
  });
});

describe("virtio-console", () => {
  it("moves bytes both ways and keeps what does not fit", () => {
    const port = new FakeCharPort();
    const driver = new TestDriver(new VirtioConsole(port), true);
    driver.write(0x108, 0x21);
    expect(port.text).toBe("!");
    driver.start([], 2);
    port.type("hello");
    driver.add(1, [Uint8Array.of(0x6f, 0x6b)]);
    driver.notify(1);
    expect(port.text.slice(1)).toBe("ok");
    driver.add(0, [3]);
    driver.notify(0);
    expect(driver.done(0).map((d) => String.fromCharCode(...d.data))).toEqual(["hel"]);
    expect(driver.irq.level).toBe(true);
    driver.add(0, [8]);
    driver.notify(0);
    expect(driver.done(0).map((d) => [d.written, String.fromCharCode(...d.data.subarray(0, d.written))])).toEqual([[2, "lo"]]);
  });
});

describe("virtio-rng", () => {
  it("fills buffers, a page at most at a time", () => {
    const driver = new TestDriver(new VirtioRng(new SeededRandom(7)), true);
    driver.start([], 1);
    driver.add(0, [16]);
    driver.add(0, [5000]);
    driver.notify(0);
    const [small, large] = driver.done(0);
    const expected = new Uint8Array(16);
    new SeededRandom(7).fill(expected);
    expect(small).toMatchObject({ written: 16, data: expected });
    expect(large!.written).toBe(4096);
  });
});
