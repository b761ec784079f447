/**
 * Small programs that try the Linux interface, run by tsemu-arm in a process of its own. What they are to print was recorded from a real
 * kernel (Linux 6.1 on an emulated board). They are one static program, made by programs/build.sh from the sources beside it.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "programs");
const emulator = join(import.meta.dirname, "../../packages/cli/bin/tsemu-arm.js");
const program = join(folder, "linux-user-tests.armhf");

interface Outcome {
  readonly stdout: string;
  readonly code: number | null;
  readonly signal: string | null;
}

const run = (args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [emulator, ...args], { env: { ...process.env, TEST_A: "b" } }, (_error, stdout) =>
      resolve({ stdout, code: child.exitCode, signal: child.signalCode }),
    );
    // Some of the programs fill the descriptors up to a limit: there must be a standard input.
    child.stdin?.end();
  });

/** How each ends, if not with 0. */
const ends: Readonly<Record<string, Partial<Outcome>>> = { threads: { code: 5 }, signals: { code: null, signal: "SIGTERM" } };
const names = ["crossing", "events", "files", "forks", "identity", "locks", "memory", "ptys", "signals", "sockets", "threads", "waits"];

describe.each(["0", "mixed", "1"])("tier %s", (tier) => {
  it.each(names)("%s", async (name) => {
    const { stdout, code, signal } = await run(["-tier", tier, program, name, "one", "two words"]);
    expect(stdout).toBe(readFileSync(join(folder, "expected", `${name}.out`), "latin1"));
    expect({ code, signal }).toEqual({ code: 0, signal: null, ...ends[name] });
  });
});
