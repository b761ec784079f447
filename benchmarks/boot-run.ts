/** One boot in one emulator, watched from outside: when the console shows what, how much memory and CPU time it took. */
import { readFile } from "node:fs/promises";
import { GuestProcess } from "@tsemu/guests";

/** Something on the console that says how far the guest is. */
export interface Milestone {
  readonly name: string;
  readonly pattern: RegExp;
}

export interface BootResult {
  /** Seconds from the start of the process, one for each milestone. */
  readonly seconds: readonly number[];
  /** The most memory that the process ever had resident, in MiB; NaN where there is no /proc. */
  readonly residentMiB: number;
  /** Of all threads of the process, user and system. */
  readonly cpuSeconds: number;
}

/** What /proc/PID/stat counts in: sysconf(_SC_CLK_TCK), 100 on every Linux. */
const ticksPerSecond = 100;

/** Boots until the last milestone, then ends the emulator. Throws, with what was last printed, if one is not reached in time. */
export const bootOnce = async (
  program: readonly [string, ...string[]],
  args: readonly string[],
  milestones: readonly Milestone[],
  limitSeconds: number,
): Promise<BootResult> => {
  const start = performance.now();
  const vm = new GuestProcess(args, { program });
  try {
    const seconds: number[] = [];
    for (const { pattern } of milestones) {
      const elapsed = (performance.now() - start) / 1000;
      await vm.waitFor(pattern, limitSeconds - elapsed);
      seconds.push((performance.now() - start) / 1000);
    }
    return { seconds, ...(await resources(vm.pid)) };
  } finally {
    vm.kill();
    await vm.end(10);
  }
};

const resources = async (pid: number): Promise<Pick<BootResult, "residentMiB" | "cpuSeconds">> => {
  try {
    const [status, stat] = await Promise.all([readFile(`/proc/${pid}/status`, "latin1"), readFile(`/proc/${pid}/stat`, "latin1")]);
    // The fields count from the state, which follows the program's name in parentheses: utime is the 14th of all, stime the 15th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      residentMiB: Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch {
    return { residentMiB: Number.NaN, cpuSeconds: Number.NaN };
  }
};
