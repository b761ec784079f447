/** Rings of random content: whatever a guest writes there, every notification returns, and the device works after a reset. */
import { type BlockPort, FakeCharPort, SeededRandom } from "@tsemu/hw";
import { expect, it } from "vitest";
import { VirtioBlk } from "./blk.ts";
import { VirtioConsole } from "./console.ts";
import { memoryBase, TestDriver } from "./driver.testing.ts";
import { VirtioNet } from "./net.ts";
import { VirtioRng } from "./rng.ts";
import type { VirtioDevice } from "./core.ts";

const rounds = 2000;

const makers: [string, number, (receive: (f: () => void) => void) => VirtioDevice][] = [
  [
    "blk",
    1,
    () => {
      const port: BlockPort = {
        size: 1 << 16,
        readOnly: false,
        read: async (_, into) => void into.fill(3),
        write: async () => {},
        flush: async () => {},
        close: async () => {},
      };
      return new VirtioBlk({ port });
    },
  ],
  [
    "net",
    2,
    (onReceive) => {
      const port = { send: () => {}, attach: (deliver: (f: Uint8Array) => boolean) => onReceive(() => deliver(new Uint8Array(900))) };
      return new VirtioNet({ port, mac: new Uint8Array(6) });
    },
  ],
  [
    "console",
    2,
    (onReceive) => {
      const port = new FakeCharPort();
      onReceive(() => {
        port.waiting.length = 0;
        port.written.length = 0;
        port.type("some text");
      });
      return new VirtioConsole(port);
    },
  ],
  ["rng", 1, () => new VirtioRng(new SeededRandom(1))],
];

it.each(makers)("virtio-%s survives random rings", async (_, queues, make) => {
  const random = new SeededRandom(99);
  let receive = () => {};
  const device = make((f) => {
    receive = f;
  });
  const driver = new TestDriver(device, true);
  const pick = (...choices: number[]) => choices[random.next() % choices.length]!;
  for (let round = 0; round < rounds; round++) {
    driver.start([15, ...(round % 2 === 0 ? [28, 29] : [])], queues);
    for (let q = 0; q < queues; q++) {
      for (let i = 0; i < driver.size; i++) {
        // Often plausible, sometimes not, now and then on top of the rings themselves.
        const target = pick(driver.ringBase(q) + (random.next() % 0x1100), memoryBase + 0x2_0000 + (random.next() % 0x8000), random.next());
        const length = pick(1, 16, 512, 16 * (random.next() % 8), random.next() % 5000, random.next());
        const flags = pick(0, 1, 1, 2, 2, 3, 4, random.next() & 7);
        driver.descriptor(
          driver.ringBase(q) + 16 * i,
          target,
          length,
          flags,
          pick(i + 1, i + 1, random.next() % 8, random.next() & 0xffff),
        );
      }
      for (let i = random.next() % 8; i > 0; i--) driver.offer(q, pick(random.next() % 8, random.next() % 8, random.next() & 0xffff));
    }
    for (let q = 0; q < queues; q++) driver.notify(q);
    receive();
    if (round % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  driver.write(0x70, 0);
  expect(driver.irq.level).toBe(false);
  expect(driver.read(0x70)).toBe(0);
});
