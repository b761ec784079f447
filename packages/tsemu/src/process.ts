/** Programs for another Linux machine, run inside this process, with web streams for what they read and write. */
import os from "node:os";
import { extname, resolve } from "node:path";
import { Logger } from "@tsemu/base";
import { nodeFiles, nodeHostLoop, nodeIdentity, nodeNet, systemRandom, WorkerCompiler } from "@tsemu/host-node/user";
import { Errno, errnoName, errorText, type Kernel, makePipe, MissingInterpreter, type ProcessEnd, start } from "@tsemu/linux-user";
import type { LinuxAbi, Target } from "@tsemu/target";
import { armTarget } from "@tsemu/target-arm";
import { linuxAbi } from "@tsemu/target-arm/linux";
import { readableOf, writableOf } from "./pipe-streams.ts";

export interface SpawnOptions {
  /** What the program is made for. */
  readonly arch: "arm";
  /** The model of its CPU; by default one that has everything. */
  readonly cpu?: string;
  /** Its environment; by default that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A directory where absolute names are looked for first: the libraries of a program that is linked to some. */
  readonly sysroot?: string;
  /** A directory that is all of the files that the program sees; paths, `cwd` and `sysroot` are inside of it. */
  readonly root?: string;
  /** What argv[0] is; by default the path. */
  readonly argv0?: string;
  /** Most memory for it and its children, in bytes. */
  readonly memory?: number;
  /** Ends it with SIGKILL. */
  readonly signal?: AbortSignal;
}

/** As node:child_process has it: one of the two is null. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The program cannot be run; `code` as in Node's own errors: "ENOENT". */
export class StartError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "StartError";
    this.code = code;
  }
}

const machines: Readonly<Record<SpawnOptions["arch"], { readonly target: () => Target; readonly abi: LinuxAbi }>> = {
  arm: { target: armTarget, abi: linuxAbi },
};

/** One compiler for all programs, started when something is hot. */
let compiler: WorkerCompiler | undefined;

/** Strings of JavaScript as guests have them: one character a byte. */
const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

const signalOf = (number: number): NodeJS.Signals | null =>
  (Object.entries(os.constants.signals).find(([, n]) => n === number)?.[0] as NodeJS.Signals | undefined) ?? null;

const statusOf = (end: ProcessEnd): ExitStatus =>
  end.kind === "exit" ? { code: end.code, signal: null } : { code: null, signal: signalOf(end.signal) };

function startError(error: unknown, path: string): unknown {
  if (!(error instanceof Errno)) return error;
  if (error instanceof MissingInterpreter)
    return new StartError("ENOENT", `${path}: its interpreter ${error.path} is not there: 'sysroot' is to name where it is`);
  const text = error.number === 8 ? "it is no program for this architecture" : (errorText(error.number) ?? errnoName(error.number));
  return new StartError(errnoName(error.number), `${path}: ${text}`);
}

export class Process {
  readonly pid: number;
  /** What the program reads. To close it is the end of its input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** What it writes. It waits when nobody reads this. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves at its end. Fails only if the emulator does. */
  readonly exit: Promise<ExitStatus>;
  readonly #kernel: Kernel;

  private constructor(kernel: Kernel, streams: Pick<Process, "stdin" | "stdout" | "stderr">, exit: Promise<ExitStatus>) {
    this.#kernel = kernel;
    this.pid = kernel.init!.pid;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exit = exit;
  }

  /** Starts a program. Fails with a StartError where it cannot be run. */
  static async spawn(path: string, args: readonly string[], options: SpawnOptions): Promise<Process> {
    const { target, abi } = machines[options.arch];
    const identity = nodeIdentity();
    const { root, sysroot } = options;
    const inRoot = root !== undefined;
    const [input, output, errors] = [makePipe(0, 0n), makePipe(0, 0n), makePipe(0, 0n)];
    compiler ??= new WorkerCompiler(new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url));
    const environment = Object.entries(options.env ?? process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [bytesOf(`${name}=${value}`)],
    );
    let kernel: Kernel;
    try {
      kernel = await start(
        {
          target: target(),
          abi,
          cpu: options.cpu ?? "max",
          log: new Logger(),
          loop: nodeHostLoop,
          files: nodeFiles,
          identity: { ...identity, cwd: inRoot ? bytesOf(options.cwd ?? "/") : bytesOf(resolve(options.cwd ?? ".")) },
          random: systemRandom,
          net: nodeNet,
          epochNs: BigInt(Math.round(performance.timeOrigin * 1e6)),
          compiler,
          root: inRoot ? nodeFiles.realpath(bytesOf(root)) : undefined,
          sysroot: sysroot === undefined ? undefined : bytesOf(inRoot ? sysroot : resolve(sysroot)),
          memoryBytes: options.memory,
        },
        { path: bytesOf(path), args: [options.argv0 ?? path, ...args].map(bytesOf), environment },
        [input.reader, output.writer, errors.writer],
      );
    } catch (error) {
      throw startError(error, path);
    }
    const exit = kernel.run().then(async (end) => {
      await nodeNet.flush();
      return statusOf(end);
    });
    // Whoever does not ask is not told; the streams hear of it too.
    exit.catch(() => {});
    const streams = {
      stdin: writableOf(input.writer, exit),
      stdout: readableOf(output.reader, exit),
      stderr: readableOf(errors.reader, exit),
    };
    const spawned = new Process(kernel, streams, exit);
    const { signal } = options;
    if (signal !== undefined) {
      const abort = (): void => spawned.kill("SIGKILL");
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      void exit.finally(() => signal.removeEventListener("abort", abort)).catch(() => {});
    }
    return spawned;
  }

  /** Sends a signal to the program and the others of its group. */
  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    this.#kernel.hostSignal(os.constants.signals[signal]);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.exit;
  }
}
