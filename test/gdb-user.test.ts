/** GDB's remote protocol at a program of user mode: `-g` with a socket's path and with a port. The program is guests/gdb/program.c. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, createConnection, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digits, GdbClient, word } from "./support/gdb-client.ts";

const emulator = join(import.meta.dirname, "../packages/cli/bin/tsemu-arm.js");
const program = join(import.meta.dirname, "guests/gdb/program.elf");
/** From nm; all of it is T32. */
const [ADD, START, COUNTER] = [0x1_00a6, 0x1_012c, 0x1_114c];
const PC = 15;

let folder: string;
let child: ChildProcess;
let socket: Socket;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsemu-gdb-"));
});
afterEach(() => {
  socket.destroy();
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly output: string;
  readonly code: number | null;
  readonly signal: string | null;
}

/** Starts the program and connects to it. `where`: what -g is given, and where that is. */
async function debug(args: readonly string[], where: string, at: { path: string } | { port: number; host: string }) {
  child = spawn(process.execPath, [emulator, "-g", where, program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout!.on("data", (bytes: Buffer) => {
    output += bytes.toString("latin1");
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (code, signal) => resolve({ output, code, signal })));
  const connect = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const made = createConnection(at, () => resolve(made));
      made.on("error", reject);
    });
  for (;;) {
    try {
      socket = await connect();
      break;
    } catch {
      // It does not listen yet.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const client = new GdbClient((bytes) => void socket.write(bytes));
  socket.on("data", (bytes: Buffer) => client.receive(bytes));
  socket.on("error", () => {});
  const thread = (await client.ask("qC")).slice(2);
  return { client, ended, thread, output: () => output };
}

const atPath = (...args: string[]) => {
  const path = join(folder, "gdb");
  return debug(args, path, { path });
};

it("waits for the debugger before the first instruction, and tells how the program ends", async () => {
  const { client, ended, thread, output } = await atPath();
  expect(await client.ask("?")).toBe(`T05thread:${thread};`);
  expect(await client.register(PC)).toBe(START);
  expect(await client.ask("qAttached")).toBe("0");
  expect(await client.ask("qSupported")).toContain("qXfer:auxv:read+;qXfer:exec-file:read+");
  expect(await client.ask(`qXfer:exec-file:read:${thread}:0,fff`)).toBe(`l${program}`);
  // AT_ENTRY.
  const auxv = Buffer.from((await client.ask("qXfer:auxv:read::0,fff")).slice(1), "latin1");
  expect(Array.from({ length: auxv.length / 8 }, (_, i) => [auxv.readUInt32LE(8 * i), auxv.readUInt32LE(8 * i + 4)])).toContainEqual([
    9,
    START + 1,
  ]);
  expect(output()).toBe("");
  // The signal that it sends itself, first kept from it.
  expect(await client.ask("vCont;c")).toBe(`T1ethread:${thread};`);
  const sum = await client.ask("vCont;c");
  expect(await ended).toEqual({ output: "after the signal\n", code: Number.parseInt(sum.slice(1), 16), signal: null });
  expect(sum).toMatch(/^W[0-9a-f]{2}$/);
});

it("gives the program the signal that the debugger says", async () => {
  const { client, ended, thread } = await atPath();
  expect(await client.ask("c")).toBe(`T1ethread:${thread};`);
  // SIGTERM in its place.
  expect(await client.ask("C0f")).toBe("X0f");
  expect(await ended).toEqual({ output: "", code: null, signal: "SIGTERM" });
});

it("passes signals that are none of the debugger's business", async () => {
  const { client, ended } = await atPath();
  expect(await client.ask("QPassSignals:e;1e")).toBe("OK");
  expect(await client.ask("c")).toBe("X1e");
  expect(await ended).toEqual({ output: "", code: null, signal: "SIGUSR1" });
});

it("has breakpoints, watchpoints and single steps", async () => {
  const { client, ended, thread } = await atPath();
  const stopped = `T05thread:${thread};`;
  expect(await client.ask("vCont;s")).toBe(stopped);
  expect(await client.register(PC)).toBe(START + 2);
  expect(await client.ask(`Z0,${ADD.toString(16)},2`)).toBe("OK");
  for (let i = 0; i < 20; i++) {
    expect(await client.ask("vCont;c")).toBe(stopped);
    expect(await client.register(PC)).toBe(ADD);
    expect(await client.register(0)).toBe(i & 7);
    expect(await client.ask(`vCont;s:${thread};c`)).toBe(stopped);
  }
  await client.ask(`z0,${ADD.toString(16)},2`);
  const before = word(await client.ask(`m${COUNTER.toString(16)},4`));
  expect(await client.ask(`Z2,${COUNTER.toString(16)},4`)).toBe("OK");
  expect(await client.ask("c")).toBe(`T05thread:${thread};watch:${COUNTER.toString(16)};`);
  expect(word(await client.ask(`m${COUNTER.toString(16)},4`))).toBe(before + (19 & 7));
  await client.ask(`z2,${COUNTER.toString(16)},4`);
  // Code, which the program itself may not write: add returns at once (bx lr).
  expect(await client.ask(`M${ADD.toString(16)},2:7047`)).toBe("OK");
  const counter = word(await client.ask(`m${COUNTER.toString(16)},4`));
  expect(await client.ask("c")).toBe(`T1ethread:${thread};`);
  expect(word(await client.ask(`m${COUNTER.toString(16)},4`))).toBe(counter);
  // A system call is one step.
  const at = await client.register(PC);
  expect(await client.ask("s")).toBe(stopped);
  expect(await client.register(PC)).toBeGreaterThan(at);
  expect(await client.ask("m0,4")).toBe("E14");
  client.post("k");
  expect(await ended).toEqual({ output: "", code: null, signal: "SIGKILL" });
});

it("interrupts a call that waits, and leaves the program to go on", async () => {
  const { client, ended, thread } = await atPath("wait");
  expect(await client.ask("c")).toBe(`T1ethread:${thread};`);
  client.post("c");
  await new Promise((resolve) => setTimeout(resolve, 300));
  client.raw("\x03");
  expect(await client.packet()).toBe(`T02thread:${thread};`);
  expect(await client.ask(`P0=${digits(0)}`)).toBe("OK");
  expect(await client.ask("D")).toBe("OK");
  child.stdin!.end("x");
  const { output, signal } = await ended;
  expect({ output, signal }).toEqual({ output: "after the signal\n", signal: null });
});

it("listens at a port, and goes on when the connection breaks", async () => {
  const probe = createServer();
  const port = await new Promise<number>((resolve) => probe.listen(0, () => resolve((probe.address() as AddressInfo).port)));
  await new Promise((resolve) => probe.close(resolve));
  const { ended, thread, client } = await debug([], String(port), { host: "127.0.0.1", port });
  expect(await client.ask("c")).toBe(`T1ethread:${thread};`);
  socket.destroy();
  // The signal that it was stopped for is its own again.
  expect(await ended).toEqual({ output: "", code: null, signal: "SIGUSR1" });
});

it("leaves no socket behind", async () => {
  const { client, ended } = await atPath();
  client.post("k");
  await ended;
  expect(existsSync(join(folder, "gdb"))).toBe(false);
});
