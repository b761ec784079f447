/**
 * Small programs that try the Linux interface, each run in a process of its own. What they are to print was recorded from a real
 * kernel: Linux 6.1 on an emulated board, or that of the host (which is x86-64 and has i386's programs too) and where the architecture makes no difference. They are one static program, made by programs/build.sh from the sources beside it.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "programs");
const emulator = (arch: string): string => join(import.meta.dirname, `../../packages/cli/bin/tsemu-${arch}.js`);

interface Outcome {
  readonly stdout: string;
  readonly code: number | null;
  readonly signal: string | null;
}

const run = (arch: string, args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [emulator(arch), ...args], { env: { ...process.env, TEST_A: "b" } }, (_error, stdout) =>
      resolve({ stdout, code: child.exitCode, signal: child.signalCode }),
    );
    // Some of the programs fill the descriptors up to a limit: there must be a standard input.
    child.stdin?.end();
  });

/** How each ends, if not with 0. */
const ends: Readonly<Record<string, Partial<Outcome>>> = { threads: { code: 5 }, signals: { code: null, signal: "SIGTERM" } };
const outputs = (of: string): readonly string[] =>
  readdirSync(join(folder, "expected", of)).flatMap((file) => (file.endsWith(".out") ? [file.replace(/\.out$/, "")] : []));
const names = outputs("");
/** Those that are about code, memory and signals run with each way to execute code; for the others it makes no difference. */
const inEveryTier = new Set(["crossing", "faults", "forks", "manysignals", "memory", "realtime", "stacks", "signals", "threads"]);

const bigEndian: ReadonlySet<string> = new Set(["mips", "mipsn32", "mips64"]);

/**
 * Tests of all programs for one architecture, and of those of its own. What is otherwise than on ARM (numbers of signals, errors and flags, the
 * machine's name, calls that are there or not) is in `folders`, the first of which that has it counts; it was compared with QEMU's user mode where
 * that knows the call. The architectures' test files are several, so that they run side by side.
 */
export const testPrograms = (arch: string, folders: readonly string[] = []): void => {
  // It knows little-endian memory only.
  const tried = new Set(
    [...names, ...folders.flatMap((own) => outputs(own))].filter((name) => name !== "crossing" || !bigEndian.has(arch)),
  );
  const directory = mkdtempSync(join(tmpdir(), "tsemu-programs-"));
  const own = join(directory, "linux-user-tests");
  beforeAll(() => {
    const name = join(folder, `linux-user-tests.${arch === "arm" ? "armhf" : arch}`);
    const bytes = existsSync(name) ? readFileSync(name) : gunzipSync(readFileSync(`${name}.gz`));
    writeFileSync(own, bytes, { mode: 0o755 });
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const expected = (name: string): string => {
    const differing = folders.map((own) => join(folder, "expected", own, `${name}.out`)).find((file) => existsSync(file));
    return readFileSync(differing ?? join(folder, "expected", `${name}.out`), "latin1");
  };
  const checkOwn = async (name: string, tier: string): Promise<void> => {
    const { stdout, code, signal } = await run(arch, ["-tier", tier, own, name, "one", "two words"]);
    expect(stdout).toBe(expected(name));
    expect({ code, signal }).toEqual({ code: 0, signal: null, ...ends[name] });
  };
  it.each([...tried])("%s", (name) => checkOwn(name, "mixed"));
  describe.each(["0", "1"])("tier %s", (tier) => {
    it.each(["frames", ...inEveryTier].filter((name) => tried.has(name)))("%s", (name) => checkOwn(name, tier));
  });
};
