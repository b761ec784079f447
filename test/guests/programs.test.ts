/**
 * Programs of Debian in user mode, one architecture after the other: each script in programs/ runs in tsemu-ARCHITECTURE and prints what
 * it printed in QEMU's user mode, or on a PC (programs/record.sh). Python's own tests: every one that passes there passes here. Several run at a time
 * (vitest.config.ts says how many), each in a folder of its own.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { debianSysroot } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const scripts = join(import.meta.dirname, "programs");
/** Python's tests that take minutes run only if this is set. */
const runsSlow = process.env.TSEMU_SLOW_TESTS !== undefined;

/** As record.sh has it. */
const environment = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  HOME: "/root",
  LC_ALL: "C.UTF-8",
  TERM: "dumb",
};

interface Architecture {
  /** Debian's name of it. */
  readonly name: string;
  readonly emulator: string;
  /** What takes longest and runs here only with the slow tests: another architecture runs it in the same code, but for the width of registers. */
  readonly leaves?: readonly string[];
}

const architectures: readonly Architecture[] = [
  { name: "armhf", emulator: "tsemu-arm" },
  { name: "mipsel", emulator: "tsemu-mipsel" },
  { name: "mips64el", emulator: "tsemu-mips64el" },
  { name: "i386", emulator: "tsemu-i386", leaves: ["build", "sqlite", "test_struct"] },
  { name: "amd64", emulator: "tsemu-x86_64" },
];

interface Outcome {
  readonly output: string;
  readonly code: number | null;
}

/** A folder in an architecture's root in which programs run. */
class Room {
  readonly #emulator: string;
  readonly #sysroot: string;
  readonly folder: string;

  private constructor(emulator: string, sysroot: string, folder: string) {
    this.#emulator = emulator;
    this.#sysroot = sysroot;
    this.folder = folder;
  }

  static async make({ name, emulator }: Architecture): Promise<Room> {
    const sysroot = await debianSysroot(name, (text) => process.stderr.write(`${text}\n`));
    const file = join(import.meta.dirname, `../../packages/cli/bin/${emulator}.js`);
    return new Room(file, sysroot, await mkdtemp(join(sysroot, "tmp/run-")));
  }

  /** Runs a program; its output and errors are one stream, as in a terminal. */
  run(args: readonly string[]): Promise<Outcome> {
    const words = ["/bin/sh", "-c", 'cd "$0" && exec "$@" 2>&1', `/tmp/${basename(this.folder)}`, ...args];
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [this.#emulator, "-root", this.#sysroot, ...words], {
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
  }
}

/** What a script is to print: the same on every architecture, where there is no file of its own. */
const expected = (architecture: string, script: string): Promise<string> => {
  const own = join(scripts, "expected", architecture, `${script}.out`);
  return readFile(existsSync(own) ? own : join(scripts, "expected", `${script}.out`), "latin1");
};

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

const files = await readdir(scripts);
const names = files.flatMap((file) => (file.endsWith(".sh") && file !== "record.sh" ? [file.slice(0, -3)] : []));

describe.each(architectures)("$name", (architecture) => {
  const runs = (name: string): boolean => runsSlow || architecture.leaves?.includes(name) !== true;
  let room: Room;
  beforeAll(async () => {
    room = await Room.make(architecture);
  });
  afterAll(() => rm(room.folder, { recursive: true, force: true }));

  it.concurrent.each(names.filter(runs))("%s", async (name) => {
    await copyFile(join(scripts, `${name}.sh`), join(room.folder, `${name}.sh`));
    const { output } = await room.run(["bash", "-c", `mkdir ${name} && cd ${name} && exec bash ../${name}.sh`]);
    expect(output).toBe(await expected(architecture.name, name));
  });

  it.concurrent.each(pythonTests.filter(({ name, slow }) => (runsSlow || slow !== true) && runs(name)))(
    "python's $name",
    async ({ name, fails = [] }) => {
      const { output, code } = await room.run(["python3", "-m", "test", "-v", name]);
      const failed = [...output.matchAll(/^(?:ERROR|FAIL): (\w+)/gm)].map((match) => match[1]);
      expect(failed, output.slice(-2000)).toEqual(fails);
      if (fails.length === 0) expect(output).toContain("Tests result: SUCCESS");
      expect(code).toBe(fails.length === 0 ? 0 : 2);
    },
    LONGEST,
  );
});
