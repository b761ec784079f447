/**
 * Who goes first where there are fewer cores than threads: the guest's CPU, then what compiles for it. Only Linux has priorities of single threads;
 * elsewhere nothing is done.
 */
import { readdirSync, readFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** How much nicer than the process: enough to let the CPU's thread go first, little enough not to starve beside other programs. And the nicest there is. */
const STEP = 4;
const NICEST = 19;

const niceness = (): number => Math.min(NICEST, getPriority() + STEP);

/** A system that does not let us is no reason to stop. */
function quietly(act: () => void): void {
  if (process.platform !== "linux") return;
  try {
    act();
  } catch {}
}

/** The calling thread lets others go first. */
export const goLast = (): void => quietly(() => setPriority(0, niceness()));

/** V8's own threads, which optimize code and collect garbage, let others go first. Not to be called after goLast() in the same thread. */
export const engineGoesLast = (): void =>
  quietly(() => {
    const value = niceness();
    for (const thread of readdirSync("/proc/self/task")) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, "utf8");
      if (name.includes("V8Worker")) setPriority(Number(thread), value);
    }
  });
