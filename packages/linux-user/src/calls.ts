/** Carries out calls: takes the arguments from the registers, runs the row, puts the result back or has the task wait for it. */
import { hex32 } from "@tsemu/base";
import { E, Errno } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { passesSeccomp } from "./seccomp.ts";
import { PageWait } from "./mm/user-access.ts";
import { formatCall, formatResult } from "./strace.ts";
import { type CallResult, decodeArgs, NO_RESULT, type SyscallRow } from "./syscall-table.ts";
import type { Task } from "./task.ts";

/** The call that the task, whose registers are in the CPU, stands at. */
export function performCall(kernel: Kernel, task: Task): void {
  const { request, abi, options } = kernel;
  try {
    abi.readSyscall(kernel.vcpu.cpu, request, task.memory);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    kernel.finishCall(task, -error.number);
    return;
  }
  const row = kernel.table.get(request.number);
  if (!passesSeccomp(kernel, task, row?.name)) return;
  if (row === undefined) return unknownCall(kernel, task, request.number, request.args);
  const args = decodeArgs(row, request, abi);
  const traced = options.strace === undefined ? undefined : formatCall(kernel, task, row, args);
  const done = (result: CallResult | Errno): void => trace(kernel, task, traced, result);
  try {
    const result = row.run({ kernel, task, memory: task.memory }, ...args);
    if (result instanceof Promise)
      kernel.block(
        task,
        result.then(
          (r) => settle(r, done),
          (error: unknown) => settle(failure(error), done),
        ),
      );
    else {
      done(result);
      if (result !== NO_RESULT) kernel.finishCall(task, result);
    }
  } catch (error) {
    const failed = failure(error);
    if (failed instanceof Errno) {
      done(failed);
      failCall(kernel, task, failed);
      // A page that is still to come: the call is carried out again then.
    } else
      kernel.block(
        task,
        failed.pending.then(
          () => undefined,
          () => undefined,
        ),
      );
  }
}

const failure = (error: unknown): Errno | PageWait => {
  if (error instanceof Errno || error instanceof PageWait) return error;
  throw error;
};

const settle = (result: CallResult | Errno | PageWait, done: (result: CallResult | Errno) => void) => {
  if (result instanceof PageWait)
    return result.pending.then(
      () => undefined,
      () => undefined,
    );
  done(result);
  return result === NO_RESULT ? undefined : { result };
};

/** The call that the task was blocked in has ended; the task is in the CPU again. */
export function finishOutcome(kernel: Kernel, task: Task): void {
  const { result } = task.outcome!;
  task.outcome = undefined;
  if (result instanceof Errno) failCall(kernel, task, result);
  else kernel.finishCall(task, result);
}

function failCall(kernel: Kernel, task: Task, { number }: Errno): void {
  // Interrupted: whether it begins again is seen when the signal is delivered. pc stays at the call.
  if (number >= E.ERESTARTSYS) task.restart = number;
  else kernel.finishCall(task, -number);
}

function unknownCall(kernel: Kernel, task: Task, number: number, args: readonly number[]): void {
  const name = kernel.abi.syscallNames.get(number);
  const what = name === undefined ? `system call ${number}` : `system call ${name}`;
  kernel.log.log("unimp", () => `${what} is not implemented (${args.slice(0, 6).map(hex32).join(", ")})`);
  const row: SyscallRow = { name: name ?? `unknown_${number}`, args: ["hex", "hex", "hex", "hex", "hex", "hex"], run: () => 0 };
  trace(kernel, task, kernel.options.strace === undefined ? undefined : formatCall(kernel, task, row, args), new Errno("ENOSYS"));
  kernel.finishCall(task, -E.ENOSYS);
}

function trace(kernel: Kernel, task: Task, call: string | undefined, result: CallResult | Errno): void {
  if (call !== undefined) kernel.options.strace!(`${task.tid} ${call} = ${formatResult(result)}\n`);
}
