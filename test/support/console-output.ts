/** What the emulator prints on the console when everything about a run is fixed, as a process, by tier. */
import { execFile } from "node:child_process";
import { emulator } from "@tsemu/guests";

export const tiers = ["0", "1", "mixed"] as const;

/** Virtual time is the instruction count; random numbers and the calendar begin at the same place. */
const repeatable = ["-icount", "shift=3,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01"];

/** All bytes of a run to the guest's end; throws if the emulator does not end with 0, or says something on standard error. */
export const consoleOutput = (tier: (typeof tiers)[number], args: readonly string[], seconds: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { encoding: "buffer", timeout: 1000 * seconds, maxBuffer: 2 ** 26 } as const;
    const child = execFile(process.execPath, [emulator, ...args, ...repeatable, "-tier", tier], options, (error, output, errors) => {
      if (error === null && errors.length === 0) resolve(output);
      else reject(new Error(`tier ${tier}: ${error?.message ?? ""}\n${errors}\nthe last it printed:\n${output.subarray(-2000)}`));
    });
    child.stdin!.end();
  });
