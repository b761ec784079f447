/**
 * -root: what programs try in order to reach the host's files outside of the directory that they were given. The attempts are a program
 * (programs/jail.c); each says itself whether it got out, and what is outside is looked at afterwards.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const emulator = join(import.meta.dirname, "../../packages/cli/bin/tsemu-arm.js");
const programs = join(import.meta.dirname, "programs/linux-user-tests.armhf");

let folder: string;
let root: string;
let outside: string;
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tsemu-jail-"));
  root = join(folder, "in");
  outside = join(folder, "out");
  mkdirSync(root);
  mkdirSync(outside);
  copyFileSync(programs, join(root, "programs"));
  copyFileSync(programs, join(outside, "tool"));
  writeFileSync(join(outside, "secret"), "TOP SECRET\n", { mode: 0o640 });
  writeFileSync(join(outside, "victim"), "here\n");
  // Links that were there before, as in a root that was unpacked from somewhere.
  symlinkSync(join(outside, "secret"), join(root, "link-absolute"));
  symlinkSync("../out/secret", join(root, "link-relative"));
  symlinkSync("/", join(root, "link-directory"));
  symlinkSync("../out", join(root, "link-out"));
  server = createServer();
  await new Promise<void>((resolve) => void server.listen(join(outside, "socket"), resolve));
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], cwd: string): Promise<{ readonly stdout: string; readonly code: number | null }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [emulator, ...args], { cwd }, (_error, stdout) => resolve({ stdout, code: child.exitCode }));
    child.stdin?.end();
  });

const whatIsOutside = (): unknown => ({
  names: readdirSync(outside).toSorted(),
  secret: readFileSync(join(outside, "secret"), "latin1"),
  mode: statSync(join(outside, "secret")).mode,
  links: statSync(join(outside, "secret")).nlink,
  victim: readFileSync(join(outside, "victim"), "latin1"),
});

it("lets nothing out", async () => {
  const before = whatIsOutside();
  const { stdout, code } = await run(["-root", root, "/programs", "jail", outside], folder);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.filter((line) => !line.endsWith(" contained"))).toEqual([]);
  expect(lines.length).toBeGreaterThanOrEqual(30);
  expect(code).toBe(0);
  expect(whatIsOutside()).toEqual(before);
});

it("is what keeps them in: without it the same attempts succeed", async () => {
  const { stdout } = await run([join(root, "programs"), "jail", outside], root);
  const escaped = stdout.split("\n").filter((line) => line.endsWith(" ESCAPED"));
  expect(escaped).toContain("absolute ESCAPED");
  expect(escaped).toContain("swap_openat ESCAPED");
  expect(escaped.length).toBeGreaterThan(10);
});

it("has devices, /proc and a program's own files", async () => {
  const { stdout, code } = await run(["-root", root, "/programs", "events"], folder);
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(join(import.meta.dirname, "programs/expected/events.out"), "latin1"));
});

it("is refused where there is no such directory", async () => {
  expect((await run(["-root", join(folder, "none"), "/programs", "events"], folder)).code).toBe(1);
});
