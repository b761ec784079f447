/** pidfd: a process as an open file, which becomes readable when it has ended. */
import { fail } from "../errno.ts";
import type { Process } from "../process.ts";
import type { WaitQueue } from "../wait-queue.ts";
import { AnonymousFile } from "./anonymous-file.ts";
import { O, POLL } from "./constants.ts";

export class PidFile extends AnonymousFile {
  readonly process: Process;

  constructor(process: Process, flags: number, nowNs: bigint) {
    super("[pidfd]", O.RDWR | (flags & O.NONBLOCK), nowNs);
    this.process = process;
  }

  override read(): number {
    return fail("EINVAL");
  }

  override poll(): number {
    return this.process.exitStatus === undefined ? 0 : POLL.IN | POLL.RDNORM;
  }

  override get readiness(): WaitQueue {
    return this.process.ended;
  }
}
