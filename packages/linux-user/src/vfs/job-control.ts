/** Who may read and set a terminal: the processes of the group in front. The others of its session are stopped until they are in front. */
import { Errno, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { SI, SIG, type SignalName } from "../signals/numbers.ts";
import { sendToProcess } from "../signals/send.ts";
import type { Process } from "../process.ts";
import type { Task } from "../task.ts";

/** What a terminal knows of the processes that it belongs to. */
export interface ControllingTerminal {
  readonly session: number | undefined;
  readonly foreground: number;
}

export function signalGroup(kernel: Kernel, group: number, name: SignalName): void {
  for (const process of Array.from(kernel.processes.values()))
    if (process.group === group && process.exitStatus === undefined) sendToProcess(kernel, process, { signal: SIG[name], code: SI.KERNEL });
}

/** Is there nobody who would let the group go on again: a parent of one of it, in another group of the session? `but`: who does not count. */
export function isOrphaned(kernel: Kernel, group: number, but?: Process): boolean {
  for (const process of kernel.processes.values()) {
    const { parent } = process;
    if (process.group !== group || process.exitStatus !== undefined) continue;
    if (parent !== undefined && parent !== but && parent.group !== group && parent.session === process.session) return false;
    // Whoever started the emulator looks after the first process.
    if (process === kernel.init) return false;
  }
  return true;
}

/**
 * Fails where the task is in the background: with ERESTARTSYS after its group was sent the signal, or with EIO where that would stop it for
 * good. Whoever ignores or blocks SIGTTOU may do it all the same.
 */
export function mustBeInFront(kernel: Kernel, terminal: ControllingTerminal, task: Task, name: "SIGTTIN" | "SIGTTOU"): void {
  const { process } = task;
  if (terminal.session !== process.session || terminal.foreground === process.group) return;
  const signal = SIG[name];
  if (task.mask.has(signal) || process.actions.isIgnored(signal)) {
    if (name === "SIGTTIN") fail("EIO");
    return;
  }
  if (isOrphaned(kernel, process.group)) fail("EIO");
  signalGroup(kernel, process.group, name);
  throw new Errno("ERESTARTSYS");
}
