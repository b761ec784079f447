/** Translated code of programs in user mode that is kept for the next run: the program does the same, whatever the file holds. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const emulator = join(import.meta.dirname, "../../packages/cli/bin/tsemu-arm.js");
const program = join(import.meta.dirname, "programs/linux-user-tests.armhf");
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tsemu-code-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const run = (cache: string, ...options: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const args = [emulator, "-code-cache", cache, ...options, program, "forks", "one", "two words"];
    const child = execFile(process.execPath, args, { env: { ...process.env, TEST_A: "b" } }, (error, stdout, stderr) =>
      error === null ? resolve(stdout + stderr) : reject(error),
    );
    child.stdin?.end();
  });
const expected = readFileSync(join(import.meta.dirname, "programs/expected/forks.out"), "latin1");
const files = (): string[] => readdirSync(folder);

it("is used by the next run", async () => {
  expect(await run(folder)).toBe(expected);
  expect(files().length).toBe(1);
  expect(await run(folder)).toBe(expected);
  // Little is new: the file stays as it is.
  const log = join(folder, "log");
  expect(await run(folder, "-d", "tier", "-D", log)).toBe(expected);
  expect(readFileSync(log, "latin1")).toMatch(/^code kept by an earlier run: [0-9]{4,} blocks$/m);
});

it("is done without where it is damaged", async () => {
  await run(folder);
  const [name] = files();
  const bytes = readFileSync(join(folder, name!));
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(join(folder, name!), bytes);
  expect(await run(folder)).toBe(expected);
  writeFileSync(join(folder, name!), "");
  expect(await run(folder)).toBe(expected);
});

it("is not written with off, nor where there can be no folder", async () => {
  expect(await run("off")).toBe(expected);
  writeFileSync(join(folder, "file"), "");
  expect(await run(join(folder, "file", "cache"))).toBe(expected);
  expect(files()).toEqual(["file"]);
});
