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

interface PythonTest {
  readonly name: string;
  /** It takes minutes. */
  readonly slow?: true;
  /** What fails in it, in qemu-arm too. */
  readonly fails?: readonly string[];
}

/**
 * Python's own tests. In qemu-arm 7.2 they pass too, with exceptions: one of mmap (beyond 256 MiB of a sparse file) fails there; a signal
 * that is handled while its handler is changed crashes it (signal); groups and users that the user namespace does not have, and
 * restoring of signals (subprocess); control messages that are cut, 30 of socket's.
 */
const pythonTests: readonly PythonTest[] = [
  { name: "test_struct" },
  { name: "test_mmap" },
  { name: "test_math", slow: true },
  { name: "test_json", slow: true },
  { name: "test_re", slow: true },
  { name: "test_signal", slow: true },
  { name: "test_threading", slow: true },
  { name: "test_subprocess", slow: true },
  // There is no /etc/services in the root.
  { name: "test_socket", slow: true, fails: ["testGetServBy", "testGetaddrinfo"] },
];
/** They take 80 to 240 seconds where the machine has nothing else to do. */
const LONGEST = 1_500_000;

describe("python's own tests", () => {
  it.each(pythonTests.filter(({ slow }) => runsSlow || slow !== true))(
    "$name",
    async ({ name, fails = [] }) => {
      const { output, code } = await run(["python3", "-m", "test", "-v", name]);
      const failed = [...output.matchAll(/^(?:ERROR|FAIL): (\w+)/gm)].map((match) => match[1]);
      expect(failed, output.slice(-2000)).toEqual(fails);
      if (fails.length === 0) expect(output).toContain("Tests result: SUCCESS");
      expect(code).toBe(fails.length === 0 ? 0 : 2);
    },
    LONGEST,
  );
});
