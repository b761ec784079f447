/**
 * System calls as rows: a name, the types of its arguments, what it does. The types say how the arguments are taken from the
 * registers and how -strace prints them. The number comes from the architecture's list of names.
 */
import type { LinuxAbi, LinuxNumbers, SyscallRequest } from "@tsemu/target";
import type { Awaitable } from "./awaitable.ts";
import { raiseFault } from "./faults.ts";
import type { Kernel } from "./kernel.ts";
import type { UserAccess } from "./mm/user-access.ts";
import { SI } from "./signals/numbers.ts";
import type { Task } from "./task.ts";

/**
 * int, long: signed; uint, size, hex, oct, ptr: unsigned (of int, uint, oct and what numbers things the low 32 bits count); off: 64 bits, signed, in two registers where words have 32; fd, dirfd, pid,
 * signal: signed; path, str: a string's address; buf: an address whose length is the next argument; the rest: bits by name.
 */
export type ArgType =
  | "int"
  | "long"
  | "uint"
  | "size"
  | "hex"
  | "oct"
  | "ptr"
  | "off"
  | "fd"
  | "dirfd"
  | "pid"
  | "signal"
  | "path"
  | "str"
  | "buf"
  | "openFlags"
  | "prot"
  | "mapFlags"
  | "cloneFlags";

/** What a call works on. */
export interface Call {
  readonly kernel: Kernel;
  readonly task: Task;
  /** The task's memory. */
  readonly memory: UserAccess;
}

/** Returned by calls after which the registers are as they should be: execve, sigreturn. */
export const NO_RESULT = Symbol("no result");
export type CallResult = number | typeof NO_RESULT;

export interface SyscallRow {
  readonly name: string;
  readonly args: readonly ArgType[];
  readonly run: (call: Call, ...args: number[]) => Awaitable<CallResult>;
}

type Numbers<A extends readonly ArgType[]> = { [K in keyof A]: number };

/** One row; the function takes as many numbers as there are types. */
export function syscall<const A extends readonly ArgType[]>(
  name: string,
  args: A,
  run: (call: Call, ...args: Numbers<A>) => Awaitable<CallResult>,
): SyscallRow {
  return { name, args, run: run as SyscallRow["run"] };
}

const signed = new Set<ArgType>(["int", "long", "fd", "dirfd", "pid", "signal"]);
const whole = new Set<ArgType>(["long", "off"]);
const unsignedWords = new Set<ArgType>(["uint", "oct"]);
const wordsOf64 = new Set<ArgType>(["size", "ptr", "path", "str", "buf"]);

/** An argument in a register of 64 bits, which came as a signed number. */
function fromWideRegister(type: ArgType, value: number): number {
  if (signed.has(type)) return type === "long" ? value : value | 0;
  if (unsignedWords.has(type)) return value >>> 0;
  return value < 0 && wordsOf64.has(type) ? value + 2 ** 64 : value;
}

/** The arguments of a row from the registers. */
export function decodeArgs(row: SyscallRow, request: SyscallRequest, abi: LinuxAbi): number[] {
  const values: number[] = [];
  let register = 0;
  for (const type of row.args) {
    if (abi.wideArguments === true) {
      const value = request.args[register++] ?? 0;
      values.push(whole.has(type) ? value : signed.has(type) ? value | 0 : value >>> 0);
    } else if (type === "off" && abi.wordBytes === 4) {
      if (abi.alignedPairs && register % 2 === 1) register++;
      const first = request.args[register++] ?? 0;
      const second = request.args[register++] ?? 0;
      const [low, high] = abi.littleEndian ? [first, second] : [second, first];
      values.push((high | 0) * 2 ** 32 + low);
    } else {
      const value = request.args[register++] ?? 0;
      values.push(abi.wordBytes === 8 ? fromWideRegister(type, value) : signed.has(type) ? value | 0 : value);
    }
  }
  return abi.numbers === undefined ? values : genericNumbers(row, values, abi.numbers);
}

/** The arguments with asm-generic's numbers in the place of the architecture's. */
function genericNumbers(row: SyscallRow, values: readonly number[], numbers: LinuxNumbers): number[] {
  const own = numbers.arguments[row.name];
  return values.map((value, i) => {
    const convert = own?.[i];
    if (convert !== undefined) return convert(value, values);
    if (row.args[i] === "signal") return value === 0 ? 0 : numbers.signal(value);
    if (row.args[i] === "mapFlags") return numbers.mapFlags(value);
    if (row.args[i] === "cloneFlags") return (value & ~0xff) | numbers.signal(value & 0xff);
    return value;
  });
}

/** The rows by the architecture's numbers. */
export function numberedTable(rows: readonly SyscallRow[], abi: LinuxAbi): ReadonlyMap<number, SyscallRow> {
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const { name, args, run } of abi.archSyscalls)
    byName.set(name, {
      name,
      args: args as readonly ArgType[],
      run: ({ kernel, task }, ...values) =>
        run(
          {
            cpu: kernel.vcpu.cpu,
            memory: task.memory,
            codeWritten: (va, size) => kernel.codeWritten(task, va, size),
            breakpoint: () => raiseFault(kernel, task, { kind: "signal", signal: "SIGTRAP", code: SI.TRAP_BRKPT, trapNo: 0 }),
          },
          ...values,
        ) ?? NO_RESULT,
    });
  const table = new Map<number, SyscallRow>();
  for (const [number, name] of abi.syscallNames) {
    const row = byName.get(name);
    if (row !== undefined) table.set(number, row);
  }
  return table;
}
