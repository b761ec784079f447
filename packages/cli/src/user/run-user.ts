/** Runs a program in user mode and ends as it ends. */
import { closeSync, openSync, readSync } from "node:fs";
import os from "node:os";
import { Logger, UserError } from "@tsemu/base";
import type { RegionCompiler, RegionLimits } from "@tsemu/engine";
import {
  type CodeCacheFile,
  codeChecksum,
  nodeFiles,
  nodeHostLoop,
  nodeIdentity,
  nodeNet,
  seededRandom,
  systemRandom,
  type WorkerCompiler,
} from "@tsemu/host-node/user";
import { E, Errno, errorText, type Kernel, type KernelOptions, MissingInterpreter, type ProcessEnd, start } from "@tsemu/linux-user";
import type { LinuxAbi } from "@tsemu/target";
import type { CloseGdb } from "../gdb-server.ts";
import { openCodeCache } from "../code-cache.ts";
import { compileThread } from "../compile-thread.ts";
import { forwardSignals } from "./host-signals.ts";
import type { UserPlan, UserProgram } from "./plan-user.ts";

/** Compiles in a worker that is started when something is hot, and not before: short programs end sooner. */
const lazyCompiler = (): RegionCompiler => {
  let worker: WorkerCompiler | undefined;
  return { compile: (batch) => (worker ??= compileThread()).compile(batch) };
};

const compilation = async (tier: UserPlan["tier"]): Promise<{ compiler?: RegionCompiler; limits?: RegionLimits }> => {
  if (tier === "0") return {};
  if (tier === "mixed") return { compiler: lazyCompiler() };
  const [{ ImmediateCompiler }, { defaultLimits }] = await Promise.all([import("@tsemu/host-node"), import("@tsemu/engine")]);
  return { compiler: new ImmediateCompiler(), limits: { ...defaultLimits, threshold: 1 } };
};

/** Ends the process as the program ended. */
export async function runUser(plan: UserPlan, program: UserProgram, abi: LinuxAbi, say: (text: string) => void): Promise<never> {
  const logged = plan.log.items.length > 0 || plan.strace;
  const output = logged
    ? (await import("../log-output.ts")).openLog({ ...plan.log, items: plan.strace ? [...plan.log.items, "strace"] : plan.log.items })
    : undefined;
  const log = output?.log ?? new Logger();
  const finish = (code: number): never => {
    output?.close();
    process.exit(code);
  };
  // Modes of new files are the guest's business.
  const identity = nodeIdentity();
  process.umask(0);
  const options: KernelOptions = {
    target: program.target,
    abi,
    cpu: plan.cpu,
    log,
    loop: nodeHostLoop,
    files: nodeFiles,
    identity: plan.root === undefined ? identity : { ...identity, cwd: "/" },
    net: nodeNet,
    random: plan.seed === undefined ? systemRandom : seededRandom(plan.seed % 2 ** 32),
    epochNs: BigInt(Math.round(performance.timeOrigin * 1e6)),
    ...(await compilation(plan.tier)),
    sysroot: plan.sysroot === undefined ? undefined : Buffer.from(plan.sysroot).toString("latin1").replace(/\/+$/, "") || undefined,
    root: plan.root === undefined ? undefined : rootOf(plan.root),
    release: plan.release,
    stackBytes: plan.stackBytes,
    memoryBytes: plan.memoryBytes,
    mostTasks: plan.mostTasks,
    strace: plan.strace
      ? (text) => {
          log.log("strace", text.trimEnd());
          output?.flush();
        }
      : undefined,
  };
  let kernel: Kernel;
  try {
    kernel = await start(options, { path: plan.path, args: plan.args, environment: plan.environment });
  } catch (error) {
    return cannotStart(error, plan, say, finish);
  }
  forwardSignals(kernel);
  const keep = await codeCache(plan, program, kernel);
  const kept = keep?.read();
  if (kept !== undefined) kernel.vcpu.restoreCode(kept, codeChecksum);
  const closeGdb = plan.gdb === undefined ? undefined : await waitForGdb(plan.gdb, kernel);
  const end = await kernel.run();
  await closeGdb?.();
  await nodeNet.flush();
  const bytes = keep === undefined ? undefined : kernel.vcpu.keepCode(codeChecksum);
  if (bytes !== undefined) keep!.write(bytes);
  return endAs(end, say, output?.close ?? (() => {}));
}

/** The file of translated code. A run that compiles everything is to compile it, and a debugger sees code in its own way. */
async function codeCache(plan: UserPlan, program: UserProgram, kernel: Kernel): Promise<CodeCacheFile | undefined> {
  const executable = kernel.init?.executable;
  if (plan.gdb !== undefined || plan.tier !== "mixed" || executable === undefined) return undefined;
  const { size, mtimeNs } = await executable.inode.stat();
  const texts = ["user", program.target.name, plan.cpu, executable.path, `${size} ${mtimeNs}`];
  return openCodeCache(plan.codeCache, plan.log.items, texts);
}

/** The program does not begin before gdb lets it. */
async function waitForGdb(where: string, kernel: Kernel): Promise<CloseGdb> {
  const [{ serveGdb, userPlace }, { KernelDebugger }] = await Promise.all([import("../gdb-server.ts"), import("@tsemu/linux-user")]);
  kernel.debugger = new KernelDebugger(kernel);
  return serveGdb(userPlace(where), kernel.debugger);
}

/** The real path of a directory to be jailed in. */
function rootOf(path: string): string {
  const name = Buffer.from(path).toString("latin1");
  try {
    const real = nodeFiles.realpath(name);
    if ((nodeFiles.lstat(real).mode & 0o170000) === 0o040000) return real;
  } catch {
    // It is not there.
  }
  throw new UserError(`-root ${path}: no such directory`);
}

/** Why the program cannot be run, with QEMU's words and exit codes. */
function cannotStart(error: unknown, plan: UserPlan, say: (text: string) => void, finish: (code: number) => never): never {
  if (!(error instanceof Errno)) throw error;
  if (error instanceof MissingInterpreter) {
    say(`Could not open '${error.path}': No such file or directory`);
    return finish(255);
  }
  const name = Buffer.from(plan.path, "latin1").toString();
  if (error.number === E.ENOEXEC && isElf((plan.root ?? "") + name)) {
    say(`${name}: Invalid ELF image for this architecture`);
    return finish(255);
  }
  throw new UserError(`Error while loading ${name}: ${errorText(error.number) ?? `error ${error.number}`}`);
}

function isElf(path: string): boolean {
  const head = Buffer.alloc(4);
  try {
    const fd = openSync(path, "r");
    readSync(fd, head, 0, 4, 0);
    closeSync(fd);
  } catch {
    return false;
  }
  return head.toString("latin1") === "\x7fELF";
}

/** Signals that leave a memory dump behind, where dumps are on; said as QEMU says it. */
const dumps: Readonly<Record<number, string>> = {
  3: "Quit",
  4: "Illegal instruction",
  5: "Trace/breakpoint trap",
  6: "Aborted",
  7: "Bus error",
  8: "Floating point exception",
  11: "Segmentation fault",
  24: "CPU time limit exceeded",
  25: "File size limit exceeded",
  31: "Bad system call",
};

function endAs(end: ProcessEnd, say: (text: string) => void, close: () => void): never {
  close();
  if (end.kind === "exit") process.exit(end.code);
  const { signal } = end;
  if (dumps[signal] !== undefined) say(`uncaught target signal ${signal} (${dumps[signal]}) - core dumped`);
  const name = Object.entries(os.constants.signals).find(([, number]) => number === signal)?.[0] as NodeJS.Signals | undefined;
  if (name !== undefined) {
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  }
  // One that Node ignores, or that the host does not know.
  process.exit(128 + signal);
}
