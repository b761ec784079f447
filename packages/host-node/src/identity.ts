/** Who the emulator is on the host, for user mode. */
import os from "node:os";
import type { HostIdentity } from "@tsemu/hw";

export const nodeIdentity = (): HostIdentity => ({
  pid: process.pid,
  ppid: process.ppid,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  hostName: os.hostname(),
  cwd: Buffer.from(process.cwd()).toString("latin1"),
  umask: process.umask(),
  cpus: os.availableParallelism(),
  memoryBytes: os.totalmem(),
});
