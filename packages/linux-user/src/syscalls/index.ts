/** All chapters of the table. */
import type { LinuxAbi } from "@tsemu/target";
import { numberedTable, type SyscallRow } from "../syscall-table.ts";
import { adjustClockRows } from "./adjust-clock.ts";
import { aioRows } from "./aio.ts";
import { argumentsInMemoryRows } from "./arguments-in-memory.ts";
import { attributeRows } from "./attributes.ts";
import { capabilityRows } from "./capabilities.ts";
import { descriptorRows } from "./descriptors.ts";
import { eventRows } from "./events.ts";
import { futexRows } from "./futex.ts";
import { futexWaitvRows } from "./futex-waitv.ts";
import { itimerRows } from "./itimers.ts";
import { identityRows } from "./identity.ts";
import { fileRows } from "./io.ts";
import { legacyRows } from "./legacy.ts";
import { memoryRows } from "./memory.ts";
import { nameRows } from "./names.ts";
import { openRows } from "./open.ts";
import { pollRows } from "./poll.ts";
import { processRows } from "./process.ts";
import { signalRows } from "./signals.ts";
import { socketRows } from "./sockets.ts";
import { statRows } from "./stat.ts";
import { systemRows } from "./system.ts";
import { timeRows } from "./time.ts";
import { timerRows } from "./timers.ts";
import { transferRows } from "./transfer.ts";

import { membarrierRows } from "./membarrier.ts";
import { pidfdRows } from "./pidfds.ts";
import { prctlRows } from "./prctl.ts";
import { privilegedRows } from "./privileged.ts";
import { schedulingRows } from "./scheduling.ts";
import { sharingRows } from "./sharing.ts";
import { inotifyRows } from "./inotify.ts";
import { ipcRows } from "./ipc.ts";
import { seccompRows } from "./seccomp.ts";
import { shmRows } from "./shm.ts";
import { semRows } from "./sem.ts";
import { msgRows } from "./msg.ts";
import { mqRows } from "./mq.ts";
/** The calls that an architecture has a number for and nobody carries out. */
export const missingCalls = (abi: LinuxAbi): readonly string[] => {
  const table = numberedTable(allRows, abi);
  return [...abi.syscallNames].filter(([number]) => !table.has(number)).map(([, name]) => name);
};

export const allRows: readonly SyscallRow[] = [
  ...ipcRows,
  ...argumentsInMemoryRows,
  ...legacyRows,
  ...fileRows,
  ...descriptorRows,
  ...openRows,
  ...nameRows,
  ...statRows,
  ...pollRows,
  ...memoryRows,
  ...processRows,
  ...identityRows,
  ...signalRows,
  ...timeRows,
  ...timerRows,
  ...itimerRows,
  ...transferRows,
  ...attributeRows,
  ...capabilityRows,
  ...socketRows,
  ...eventRows,
  ...futexRows,
  ...futexWaitvRows,
  ...aioRows,
  ...adjustClockRows,
  ...systemRows,
  ...mqRows,
  ...msgRows,
  ...semRows,
  ...shmRows,
  ...inotifyRows,
  ...sharingRows,
  ...schedulingRows,
  ...privilegedRows,
  ...prctlRows,
  ...seccompRows,
  ...pidfdRows,
  ...membarrierRows,
];
