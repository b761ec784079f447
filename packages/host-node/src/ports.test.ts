import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterBytes, FileBlockPort, OverlayBlockPort, seededRandom, Terminal, TerminalMux } from "./index.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsemu-ports-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pattern = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const image = (name: string, contents: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};

describe("disk images", () => {
  it("are read and written in place; what is missing of the last sector reads as zeros", async () => {
    const path = image("a", pattern(1000));
    const port = await FileBlockPort.open(path, false);
    expect(port.size).toBe(1024);
    const last = new Uint8Array(512).fill(9);
    await port.read(512, last);
    expect([...last.subarray(0, 488)]).toEqual([...pattern(1000).subarray(512)]);
    expect(last.subarray(488).every((b) => b === 0)).toBe(true);
    await port.write(3, bytes("xyz"));
    await port.flush();
    await port.close();
    expect(readFileSync(path).subarray(2, 7)).toEqual(Buffer.from([14, 0x78, 0x79, 0x7a, 42]));
  });

  it("that were cut short or are read-only reject, and nothing worse", async () => {
    const path = image("b", pattern(4096));
    const port = await FileBlockPort.open(path, true);
    await expect(port.write(0, bytes("x"))).rejects.toThrow();
    truncateSync(path, 512);
    await expect(port.read(1024, new Uint8Array(512))).rejects.toThrow("shorter");
    await port.read(0, new Uint8Array(512));
    await port.close();
    await expect(port.read(0, new Uint8Array(512))).rejects.toThrow();
    await expect(FileBlockPort.open(join(folder, "none"), true)).rejects.toThrow("No such file or directory");
    await expect(FileBlockPort.open(folder, false)).rejects.toThrow("to be a regular file");
  });

  it("under an overlay stay as they are, whatever is written, in whatever order", async () => {
    const original = pattern(3 * clusterBytes + 512);
    const path = image("c", original);
    const overlay = new OverlayBlockPort(await FileBlockPort.open(path, true));
    const model = original.slice();
    let seed = 1;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % n;
    };
    for (let round = 0; round < 20; round++) {
      // Several at once, beside one another: the parts of one cluster must not overwrite one another.
      const writes = [];
      for (let at = random(3000); at < model.length; at += 20_000 + random(40_000)) {
        const piece = new Uint8Array(Math.min(1 + random(20_000), model.length - at)).fill(round + 1);
        model.set(piece, at);
        writes.push(overlay.write(at, piece));
      }
      await Promise.all(writes);
    }
    await overlay.flush();
    const all = new Uint8Array(model.length);
    await overlay.read(0, all);
    expect(Buffer.compare(all, model)).toBe(0);
    await overlay.close();
    expect(Buffer.compare(readFileSync(path), original)).toBe(0);
  });
});

const terminal = (escape?: number) => {
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  output.on("data", (data) => (text += data));
  let now = 5000;
  let quits = 0;
  const device = new Terminal({ input, output, signals: false, onSignal: () => {} });
  const mux = new TerminalMux({ terminal: device, escape, onQuit: () => quits++, now: () => now });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  return {
    mux,
    input,
    printed: async () => {
      await settle();
      return text;
    },
    type: async (text: string) => {
      input.write(text, "latin1");
      await settle();
    },
    settle,
    quits: () => quits,
    pass: (ms: number) => void (now += ms),
  };
};

describe("the terminal", () => {
  it("keeps what the device has no room for, in order, and holds a sender back that does not stop", async () => {
    const t = terminal();
    const port = t.mux.port();
    const got: number[] = [];
    let room = 0;
    port.attach((data) => {
      const taken = Math.min(room, data.length);
      got.push(...data.subarray(0, taken));
      room -= taken;
      return taken;
    });
    t.mux.open();
    await t.type("abc");
    await t.type("def");
    expect(got).toEqual([]);
    room = 4;
    port.resume();
    expect(String.fromCharCode(...got)).toBe("abcd");
    for (let i = 0; i < 100; i++) t.input.write(new Uint8Array(4096));
    await t.settle();
    expect(t.input.isPaused()).toBe(true);
    room = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20; i++) {
      port.resume();
      await t.settle();
    }
    expect(got.length).toBe(6 + 100 * 4096);
    expect(t.input.isPaused()).toBe(false);
  });

  it("takes commands after the escape character, which twice is itself", async () => {
    const t = terminal(1);
    const [console, monitor] = [t.mux.port(), t.mux.port()];
    const got = ["", ""];
    let breaks = 0;
    console.attach(
      (data) => ((got[0] += String.fromCharCode(...data)), data.length),
      () => breaks++,
    );
    monitor.attach((data) => ((got[1] += String.fromCharCode(...data)), data.length));
    t.mux.open();
    await t.type("a\x01\x01b\x01zc\x01");
    await t.type("bd\x01cinfo\x01cback\x01x");
    expect([got, breaks, t.quits()]).toEqual([["a\x01bcdback", "info"], 1, 1]);
    expect(await t.printed()).toBe("tsemu: Terminated\n\r");
  });

  it("puts the time before each line once asked to", async () => {
    const t = terminal(1);
    const port = t.mux.port();
    t.mux.open();
    port.write(bytes("one\ntw"));
    await t.type("\x01t");
    port.write(bytes("o\nthree\n"));
    t.pass(3_723_004);
    port.write(bytes("four\n"));
    expect(await t.printed()).toBe("one\ntwo\n[00:00:00.000] three\n[01:02:03.004] four\n");
  });
});

it("the seeded source repeats, and differs by seed", () => {
  const draw = (seed: number) => {
    const into = new Uint8Array(64);
    seededRandom(seed).fill(into);
    return [...into];
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(new Set(draw(3)).size).toBeGreaterThan(40);
});
