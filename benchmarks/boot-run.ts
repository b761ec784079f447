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

export interface Boot {
  readonly program: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly milestones: readonly Milestone[];
  readonly limitSeconds: number;
  /** The user's cache folder, where tsemu finds and keeps translated code. */
  readonly cacheFolder: string;
}

/**
 * Boots until the last milestone, then ends the emulator: with Ctrl-A x if `keepsCode`, so that it can keep translated code, otherwise at once.
 * Throws, with what was last printed, if a milestone is not reached in time.
 */
export const bootOnce = async ({ program, args, milestones, limitSeconds, cacheFolder }: Boot, keepsCode = false): Promise<BootResult> => {
  const start = performance.now();
  const vm = new GuestProcess(args, { program, env: { ...process.env, XDG_CACHE_HOME: cacheFolder } });
  try {
    const seconds: number[] = [];
    for (const { pattern } of milestones) {
      const elapsed = (performance.now() - start) / 1000;
      await vm.waitFor(pattern, limitSeconds - elapsed);
      seconds.push((performance.now() - start) / 1000);
    }
    const result = { seconds, ...(await resources(vm.pid)) };
    if (keepsCode) {
      vm.type("\x01x");
      await vm.end(60);
    }
    return result;
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
