/** From the words of the command line, and the environment, to what is to be run. */
import { type LogItem, UserError } from "@tsemu/base";
import type { Target } from "@tsemu/target";
import { Answer } from "../answer.ts";
import type { LogPlan } from "../plan.ts";
import { DEFAULT_STACK, findUserOption, userHelp, userOptions } from "./options.ts";

export interface UserPlan {
  readonly path: string;
  readonly args: readonly string[];
  /** name=value */
  readonly environment: readonly string[];
  readonly sysroot: string | undefined;
  /** Of a jail. */
  readonly root: string | undefined;
  readonly stackBytes: number;
  readonly memoryBytes: number | undefined;
  readonly mostTasks: number | undefined;
  readonly cpu: string;
  readonly release: string | undefined;
  readonly seed: number | undefined;
  readonly strace: boolean;
  /** Where gdb is waited for. */
  readonly gdb: string | undefined;
  readonly tier: "0" | "1" | "mixed";
  /** Where translated code is kept for the next run: a folder, "off", or undefined for the usual one. */
  readonly codeCache: string | undefined;
  readonly log: LogPlan;
}

export interface UserProgram {
  readonly name: string;
  readonly target: Target;
  readonly defaultCpu: string;
}

/** Something makes no sense: answered with the usage. */
class UsageError extends Error {}

type Given = Map<string, string[]>;

/** The options, and where the program's own words begin. */
function parse(args: readonly string[], environment: NodeJS.ProcessEnv): { readonly given: Given; readonly rest: readonly string[] } {
  const given: Given = new Map();
  const put = (name: string, value: string): void => void given.set(name, [...(given.get(name) ?? []), value]);
  for (const { name, variable } of userOptions) {
    const value = variable === undefined ? undefined : (environment[`TSEMU_${variable}`] ?? environment[`QEMU_${variable}`]);
    if (value !== undefined) put(name, value);
  }
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-")) break;
    if (arg === "-" || arg === "--") {
      i++;
      break;
    }
    const name = arg.startsWith("--") ? arg.slice(2) : arg.slice(1);
    const row = findUserOption(name);
    if (row === undefined) throw new UserError(`unknown option '${name}'`);
    if (row.arg === undefined) put(row.name, "");
    else {
      const value = args[++i];
      if (value === undefined) throw new UserError(`missing argument for option '${name}'`);
      put(row.name, value);
    }
  }
  return { given, rest: args.slice(i) };
}

/** Strings of JavaScript as the guest has them: one character a byte. */
const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

function guestEnvironment(given: Given, environment: NodeJS.ProcessEnv): string[] {
  const variables = new Map(Object.entries(environment).map(([name, value]) => [name, value ?? ""]));
  for (const setting of (given.get("E") ?? []).flatMap((text) => text.split(","))) {
    const at = setting.indexOf("=");
    if (at < 0) throw new UsageError();
    variables.set(setting.slice(0, at), setting.slice(at + 1));
  }
  for (const name of (given.get("U") ?? []).flatMap((text) => text.split(","))) {
    if (name.includes("=")) throw new UsageError();
    variables.delete(name);
  }
  return [...variables].map(([name, value]) => bytesOf(`${name}=${value}`));
}

const sizeSuffixes: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, K: 2 ** 10, m: 2 ** 20, M: 2 ** 20, g: 2 ** 30, G: 2 ** 30 };

function stackSize(text: string | undefined): number {
  if (text === undefined) return DEFAULT_STACK;
  const match = /^([0-9]+)([kKmMgG]?)$/.exec(text);
  if (match === null) throw new UsageError();
  return Number(match[1]) * sizeSuffixes[match[2]!]!;
}

/** The pool of pages lies in one WebAssembly memory, with the emulator's own data. */
const [LEAST_MEMORY, MOST_MEMORY] = [1 << 20, 3 * 2 ** 30];

/** -m: MiB, as for machines. */
function memorySize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^([0-9]+)([kKmMgG]?)$/.exec(text);
  const bytes = match === null ? Number.NaN : Number(match[1]) * sizeSuffixes[match[2] === "" ? "M" : match[2]!]!;
  if (bytes >= LEAST_MEMORY && bytes <= MOST_MEMORY) return bytes;
  throw new UserError(`-m ${text}: a size between 1M and 3G is needed`);
}

function taskCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new UserError(`-nproc ${text}: a number between 1 and 999999 is needed`);
}

/** Throws Answer where a text is asked for, UserError where something is wrong. */
export async function planUser(args: readonly string[], environment: NodeJS.ProcessEnv, program: UserProgram): Promise<UserPlan> {
  const { given, rest } = parse(args, environment);
  const last = (name: string): string | undefined => given.get(name)?.at(-1);
  if (given.has("h")) throw new Answer(userHelp(program.name, program.target.name));
  if (given.has("version")) throw new Answer((await import("../help.ts")).versionText);
  const cpu = last("cpu") ?? program.defaultCpu;
  const models = program.target.cpuModels;
  if (cpu === "help" || cpu === "?") throw new Answer(`Available CPUs:\n${models.map((m) => `  ${m.name}\n`).join("")}`);
  if (!models.some((m) => m.name === cpu || m.aliases?.includes(cpu))) throw new UserError(`unable to find CPU model '${cpu}'`);
  const log = await planLog(last("d"), last("D"), last("dfilter"));
  const [path, ...programArgs] = rest;
  if (path === undefined) throw new UserError("no user program specified");
  const seed = last("seed");
  if (seed !== undefined && !/^[0-9]+$/.test(seed)) throw new UserError(`Invalid seed number: ${seed}`);
  const tier = last("tier") ?? "mixed";
  if (tier !== "0" && tier !== "1" && tier !== "mixed") throw new UserError(`-tier ${tier}: it is 0, 1 or mixed`);
  let planned: string[];
  let stackBytes: number;
  try {
    planned = guestEnvironment(given, environment);
    stackBytes = stackSize(last("s"));
  } catch (error) {
    // What makes no sense is answered with the usage, as by QEMU.
    if (error instanceof UsageError) throw new UserError(userHelp(program.name, program.target.name));
    throw error;
  }
  return {
    path: bytesOf(path),
    args: [last("0") ?? path, ...programArgs].map(bytesOf),
    environment: planned,
    sysroot: last("L"),
    root: last("root"),
    stackBytes,
    memoryBytes: memorySize(last("m")),
    mostTasks: taskCount(last("nproc")),
    cpu,
    release: last("r"),
    seed: seed === undefined ? undefined : Number(seed),
    strace: given.has("strace") || log.items.includes("strace"),
    gdb: last("g"),
    tier,
    codeCache: last("code-cache"),
    log,
  };
}

async function planLog(items: string | undefined, file: string | undefined, filter: string | undefined): Promise<LogPlan> {
  if (items === undefined) return { items: [] as LogItem[], file, ranges: undefined };
  return (await import("../plan-log.ts")).planLogOptions(items, file, filter);
}
