/** membarrier: threads run one after the other, so what one wrote the next one sees; only who asked for what is kept track of. */
import { fail } from "../errno.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";

const COMMAND = {
  QUERY: 0,
  GLOBAL: 1,
  GLOBAL_EXPEDITED: 2,
  REGISTER_GLOBAL: 4,
  PRIVATE: 8,
  REGISTER_PRIVATE: 16,
  SYNC_CORE: 32,
  REGISTER_SYNC_CORE: 64,
} as const;
const ALL = 0x7f;

function membarrier({ task }: Call, command: number, flags: number): number {
  if (flags !== 0) return fail("EINVAL");
  const { process } = task;
  switch (command) {
    case COMMAND.QUERY:
      return ALL;
    case COMMAND.GLOBAL:
    case COMMAND.GLOBAL_EXPEDITED:
      return 0;
    case COMMAND.REGISTER_GLOBAL:
    case COMMAND.REGISTER_PRIVATE:
    case COMMAND.REGISTER_SYNC_CORE:
      process.barriers |= command;
      return 0;
    case COMMAND.PRIVATE:
      return (process.barriers & COMMAND.REGISTER_PRIVATE) !== 0 ? 0 : fail("EPERM");
    case COMMAND.SYNC_CORE:
      return (process.barriers & COMMAND.REGISTER_SYNC_CORE) !== 0 ? 0 : fail("EPERM");
    default:
      return fail("EINVAL");
  }
}

export const membarrierRows: readonly SyscallRow[] = [syscall("membarrier", ["int", "hex", "int"], membarrier)];
