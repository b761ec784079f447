/** Capabilities: the superuser has all of them, and nobody else has any. */
import { fail } from "../errno.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";

/** Versions of the interface, and how many sets of words each has. */
const versions: ReadonlyMap<number, number> = new Map([
  [0x1998_0330, 1],
  [0x2007_1026, 2],
  [0x2008_0522, 2],
]);
const PREFERRED = 0x2008_0522;
/** Those up to CAP_CHECKPOINT_RESTORE, in two words. */
const ALL = [0xffff_ffff, 0x1ff] as const;
/** Effective, permitted, inheritable: a word each. */
const SET = 12;

/** The sets of words that the header asks for, and whose. */
function header({ kernel, task, memory }: Call, at: number): { readonly words: number; readonly isRoot: boolean } {
  const words = versions.get(memory.u32(at));
  if (words === undefined) {
    memory.setU32(at, PREFERRED);
    return fail("EINVAL");
  }
  const pid = memory.i32(at + 4);
  if (pid < 0) return fail("EINVAL");
  const process = pid === 0 ? task.process : (kernel.processes.get(pid) ?? kernel.tasks.get(pid)?.process ?? fail("ESRCH"));
  return { words, isRoot: process.credentials.euid === 0 };
}

export const capabilityRows: readonly SyscallRow[] = [
  syscall("capget", ["ptr", "ptr"], (call, at, data) => {
    let asked: ReturnType<typeof header>;
    try {
      asked = header(call, at);
    } catch (error) {
      // To ask for the version is no failure.
      if (data === 0) return 0;
      throw error;
    }
    if (data === 0) return 0;
    for (let i = 0; i < asked.words; i++) {
      const all = asked.isRoot ? ALL[i]! : 0;
      [all, all, 0].forEach((word, k) => call.memory.setU32(data + SET * i + 4 * k, word));
    }
    return 0;
  }),
  syscall("capset", ["ptr", "ptr"], (call, at, data) => {
    const { words, isRoot } = header(call, at);
    for (let i = 0; i < words; i++)
      for (let k = 0; k < 2; k++) {
        const wanted = call.memory.u32(data + SET * i + 4 * k);
        if (!isRoot && wanted !== 0) return fail("EPERM");
        // What is given up is not kept track of: the superuser stays what it is.
        if (isRoot && wanted !== ALL[i]!) call.kernel.log.log("unimp", "capset: capabilities are not given up");
      }
    return 0;
  }),
];
