/** One run of one CPU program in an emulator: a process, whose output has a line for each repetition. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { emulator } from "@tsemu/guests";
import { paths } from "./programs.ts";

export type Mode = "system" | "user";

export interface Repetition {
  readonly checksum: string;
  /** By the guest's clock. */
  readonly seconds: number;
  /** When its line arrived, in seconds, and the CPU time that the process had used by then, all threads; NaN where there is no /proc. */
  readonly arrived: number;
  readonly cpu: number;
}

export interface Run {
  readonly repetitions: readonly Repetition[];
  /** What went wrong, if anything did. */
  readonly failure: string | undefined;
}

/** A program and arguments, to which those of the guest are added. */
export type Command = readonly [program: string, ...args: string[]];

const script = (name: string): string => join(dirname(emulator), name);

/** What the programs are run for. */
export interface BenchArch {
  /** Of the files elf/bare-NAME.elf and elf/linux-NAME. */
  readonly name: string;
  /** Of the emulators: qemu-system-NAME, tsemu-NAME ... */
  readonly emulator: string;
  /** In system mode; without it there is only user mode. */
  readonly board?: readonly string[];
  readonly cpu?: string;
  /** Rounds otherwise than the rest, so that checksums of floating-point programs are others. */
  readonly ownChecksums?: true;
}

const serialOnly = "-display none -serial stdio -monitor none -no-reboot";
const malta = `-M malta -m 64 ${serialOnly}`.split(" ");
const pc = `-M pc -m 64 ${serialOnly}`.split(" ");

/** ARM, whose programs are committed, is first. */
export const archs: readonly BenchArch[] = [
  { name: "arm", emulator: "arm", board: "-M virt -m 64 -nographic".split(" ") },
  { name: "mips", emulator: "mips", board: malta, cpu: "24Kf" },
  { name: "mipsel", emulator: "mipsel", board: malta, cpu: "24Kf" },
  { name: "i386", emulator: "i386", board: pc, cpu: "max" },
  { name: "i387", emulator: "i386", cpu: "max", ownChecksums: true },
  { name: "x86_64", emulator: "x86_64", board: pc, cpu: "max" },
];

/** The file of the programs. */
export const programFile = (mode: Mode, { name }: BenchArch): string => (mode === "system" ? paths.bare(name) : paths.linux(name));

/** How to start native QEMU. */
export const qemuCommand = (mode: Mode, path: string | undefined, { emulator: name }: BenchArch = archs[0]!): Command => [
  path ?? (mode === "system" ? `qemu-system-${name}` : `qemu-${name}`),
];

/** How to start tsemu: of this checkout, or a script of another one. Throws an Error if there is none. */
export const tsemuCommand = (mode: Mode, path: string | undefined, { emulator: name }: BenchArch = archs[0]!): Command => {
  const file = path ?? script(mode === "system" ? `tsemu-system-${name}.js` : `tsemu-${name}.js`);
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  return [process.execPath, file];
};

/** The arguments that make an emulator run programs (a list of names) a number of times. */
export const guestArguments = (mode: Mode, names: string, repetitions: number, arch: BenchArch = archs[0]!): string[] => {
  const file = programFile(mode, arch);
  const cpu = arch.cpu === undefined ? [] : ["-cpu", arch.cpu];
  return mode === "system"
    ? [...arch.board!, ...cpu, "-kernel", file, "-append", `${names} repeat=${repetitions}`]
    : [...cpu, file, names, `repeat=${repetitions}`];
};

/** What /proc/PID/stat counts in: sysconf(_SC_CLK_TCK), 100 on every Linux. */
const TICKS_PER_SECOND = 100;

const cpuSeconds = (pid: number): number => {
  try {
    // Fields count from the state, behind the name in parentheses: utime and stime are the 12th and 13th after it.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
};

const line = /^(\w+) (\d+) ([0-9a-f]{8}) (\d{10})$/;

/**
 * Runs it to its end, or until it takes too long. The user's cache folder is an empty one, so that no run finds code that an earlier one
 * translated.
 */
export const runProgram = (
  command: Command,
  mode: Mode,
  name: string,
  repetitions: number,
  timeoutSeconds: number,
  arch: BenchArch = archs[0]!,
): Promise<Run> => {
  const [program, ...args] = command;
  const cache = mkdtempSync(join(tmpdir(), "bench-cache-"));
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const child = spawn(program, [...args, ...guestArguments(mode, name, repetitions, arch)], { env, stdio: ["ignore", "pipe", "pipe"] });
  const found: Repetition[] = [];
  const other: string[] = [];
  let rest = "";
  let ended = false;
  const take = (text: string): void => {
    const match = line.exec(text);
    if (match !== null && match[1] === name) {
      found.push({ checksum: match[3]!, seconds: Number(match[4]) / 1e6, arrived: performance.now() / 1000, cpu: cpuSeconds(child.pid!) });
    } else if (text === "end") ended = true;
    else if (text !== "") other.push(text);
  };
  child.stdout.on("data", (bytes: Buffer) => {
    const lines = (rest + bytes.toString("latin1")).replaceAll("\r", "").split("\n");
    rest = lines.pop()!;
    for (const text of lines) take(text);
  });
  child.stderr.on("data", (bytes: Buffer) => other.push(...bytes.toString("latin1").trim().split("\n")));
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, 1000 * timeoutSeconds);
    const finish = (): void => {
      clearTimeout(timer);
      rmSync(cache, { recursive: true, force: true });
    };
    child.on("error", (error) => {
      finish();
      reject(new Error(`${program}: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      finish();
      const words = other.slice(-4).join(" / ");
      let failure: string | undefined;
      if (late) failure = `not within ${timeoutSeconds} s, after ${found.length} of ${repetitions} repetitions; ${words}`;
      else if (code !== 0 || !ended || found.length !== repetitions) {
        failure = `ended with ${signal ?? code} after ${found.length} of ${repetitions} repetitions; ${words}`;
      }
      resolve({ repetitions: found, failure });
    });
  });
};
