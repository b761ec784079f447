/**
 * Programs of Debian for ARM in user mode: each script in programs/ runs in tsemu-arm and prints what it printed in qemu-arm
 * (programs/record.sh). Python's own tests: every one that passes there passes here.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { debianSysrootArm } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const scripts = join(import.meta.dirname, "programs");
const emulator = join(import.meta.dirname, "../../packages/cli/bin/tsemu-arm.js");
/** Python's tests that take minutes run only if this is set. */
const runsSlow = process.env.TSEMU_SLOW_TESTS !== undefined;

/** As record.sh has it. */
const environment = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  HOME: "/root",
  LC_ALL: "C.UTF-8",
  TERM: "dumb",
};

let sysroot: string;
let folder: string;
beforeAll(async () => {
  sysroot = await debianSysrootArm((text) => process.stderr.write(`${text}\n`));
  folder = await mkdtemp(join(sysroot, "tmp/run-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly output: string;
  readonly code: number | null;
}

/** Runs a program; its output and errors are one stream, as in a terminal. */
const run = (args: readonly string[]): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const words = ["/bin/sh", "-c", 'cd "$0" && exec "$@" 2>&1', `/tmp/${basename(folder)}`, ...args];
    const child = spawn(process.execPath, [emulator, "-root", sysroot, ...words], {
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (bytes: Buffer) => {
      output += bytes.toString("latin1");
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ output, code }));
  });

describe("programs", async () => {
  const names = (await readdir(scripts)).flatMap((file) => (file.endsWith(".sh") && file !== "record.sh" ? [file.slice(0, -3)] : []));
  it.each(names)("%s", async (name) => {
    await copyFile(join(scripts, `${name}.sh`), join(folder, `${name}.sh`));
    const { output } = await run(["bash", "-c", `mkdir ${name} && cd ${name} && exec bash ../${name}.sh`]);
    expect(output).toBe(await readFile(join(scripts, "expected", `${name}.out`), "latin1"));
  });
});

/** Python's own tests, and whether they take minutes. In qemu-arm 7.2 they pass too, but for one of mmap (beyond 256 MiB of a sparse file). */
const pythonTests: readonly (readonly [name: string, slow: boolean])[] = [
  ["test_struct", false],
  ["test_mmap", false],
  ["test_math", true],
];

describe("python's own tests", () => {
  it.each(pythonTests.filter(([, slow]) => runsSlow || !slow))("%s", async (name) => {
    const { output, code } = await run(["python3", "-m", "test", name]);
    expect(output).toContain("Tests result: SUCCESS");
    expect(code).toBe(0);
  });
});
