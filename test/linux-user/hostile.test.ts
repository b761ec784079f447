/**
 * Programs that mean no good (programs/hostile.c): files that are not quite programs, random code, random calls, and too much of everything.
 * Each is a child of one that watches; all of that runs in one emulator, which must neither fail nor hang, and in which everything
 * works as before at the end. HOSTILE_SEED takes another seed, HOSTILE_TIMES more of everything.
 */
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const emulator = join(import.meta.dirname, "../../packages/cli/bin/tsemu-arm.js");
const seed = Number(process.env.HOSTILE_SEED ?? 1);
const times = Number(process.env.HOSTILE_TIMES ?? 1);
const LIMIT_MS = 240_000;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "tsemu-hostile-"));
  copyFileSync(join(import.meta.dirname, "programs/linux-user-tests.armhf"), join(root, "programs"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

const run = (args: readonly string[], options: readonly string[] = []): Promise<Outcome> =>
  new Promise((resolve) => {
    const command = [emulator, "-root", root, ...options, "/programs", "hostile", ...args];
    const child = execFile(process.execPath, command, { timeout: LIMIT_MS * times, encoding: "latin1" }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr, code: child.exitCode }),
    );
    child.stdin?.end();
  });

describe.each([
  ["elf", 1500],
  ["noise", 300],
  ["large", 15],
  ["code", 150],
  ["calls", 60],
] as const)("%s", (kind, count) => {
  it(
    `seed ${seed}`,
    async () => {
      const wanted = count * times;
      const { stdout, stderr, code } = await run([kind, String(seed), String(wanted)]);
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      const total = wanted + (kind === "elf" ? 1 : 0);
      expect(stdout).toMatch(new RegExp(`${kind} seed ${seed} count ${wanted}: exited \\d+ signalled \\d+ stuck \\d+ total ${total}\n$`));
      if (kind === "elf") expect(stdout).toContain("unchanged: ends with 42\n");
    },
    LIMIT_MS * times,
  );
});

it(
  "too much of everything",
  async () => {
    const { stdout, stderr, code } = await run(["bombs"], ["-m", "128", "-nproc", "200"]);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const lines = stdout.trimEnd().split("\n");
    // A bomb that goes off until it is stopped is the only one that is.
    expect(lines.filter((line) => line.endsWith("stopped 9"))).toEqual(["fork_bomb stopped 9"]);
    expect(lines.filter((line) => line.includes("then not"))).toEqual([]);
    expect(lines).toEqual(
      expect.arrayContaining([
        "forks exited 99",
        "threads exited 99",
        "mappings exited 99",
        "memory ended by 9",
        "arguments: errno 7",
        "one argument: errno 7",
        "links: -1 errno 40, circle -1 errno 40",
        "signals: some 1, errno 11, then fine",
        "timers: some 1, errno 11, then fine",
        "recursion ended by 11",
        "fault_in_handler ended by 11",
        "after all: fork 1 pipe 0 memory 1",
      ]),
    );
  },
  LIMIT_MS,
);

it("limits that make no sense are refused", async () => {
  for (const [option, value] of [
    ["-m", "0"],
    ["-m", "64G"],
    ["-m", "lots"],
    ["-nproc", "0"],
    ["-nproc", "-3"],
  ] as const) {
    const { stderr, code } = await run([], [option, value]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^tsemu-arm: ${option} ${value}: `));
  }
});
