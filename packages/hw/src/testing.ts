/** Stand-ins for tests of devices: a clock stepped by hand, recorded wires, a flat memory. All of them deterministic. */
import { TimerQueue } from "./clock.ts";
import type { DmaPort } from "./device.ts";
import type { CharPort, RandomPort } from "./host-ports.ts";
import type { IrqLine } from "./irq.ts";

/** Virtual time that moves only when told to. */
export class FakeClock extends TimerQueue {
  #time: { now: number };

  constructor() {
    const time = { now: 0 };
    super(() => time.now);
    this.#time = time;
  }

  /** Lets `ns` pass; each timer fires at its own deadline. */
  step(ns: number): void {
    const end = this.#time.now + ns;
    while (this.deadline <= end) {
      this.#time.now = Math.max(this.#time.now, this.deadline);
      this.runDue();
    }
    this.#time.now = end;
  }
}

/** A wire that remembers: its level and how often it rose. */
export class RecordedLine implements IrqLine {
  level = false;
  rises = 0;

  set(level: boolean): void {
    if (level && !this.level) this.rises++;
    this.level = level;
  }
}

/** Memory from `base` on, as a bus master sees it. */
export class FakeMemory implements DmaPort {
  readonly base: number;
  readonly bytes: Uint8Array;

  constructor(base: number, size: number) {
    this.base = base;
    this.bytes = new Uint8Array(size);
  }

  read(pa: number, into: Uint8Array): void {
    into.fill(0);
    const from = Math.max(pa, this.base);
    const to = Math.min(pa + into.length, this.base + this.bytes.length);
    if (from < to) into.set(this.bytes.subarray(from - this.base, to - this.base), from - pa);
  }

  write(pa: number, from: Uint8Array): void {
    const start = Math.max(pa, this.base);
    const end = Math.min(pa + from.length, this.base + this.bytes.length);
    if (start < end) this.bytes.set(from.subarray(start - pa, end - pa), start - this.base);
  }
}

/** A terminal in memory: collects what the guest writes, keeps what the device cannot take yet. */
export class FakeCharPort implements CharPort {
  written: number[] = [];
  waiting: number[] = [];
  #accept: (bytes: Uint8Array) => number = () => 0;

  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.written.push(byte);
  }

  attach(accept: (bytes: Uint8Array) => number): void {
    this.#accept = accept;
  }

  resume(): void {
    this.waiting.splice(0, this.#accept(Uint8Array.from(this.waiting)));
  }

  /** Types at the terminal. */
  type(text: string): void {
    for (const character of text) this.waiting.push(character.charCodeAt(0));
    this.resume();
  }

  get text(): string {
    return this.written.map((byte) => String.fromCharCode(byte)).join("");
  }
}

/** A repeatable source of numbers (mulberry32), for tests and for runs that must repeat. */
export class SeededRandom implements RandomPort {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next u32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  fill(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.next() >>> 24;
  }
}
