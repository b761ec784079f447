/** Open files that lie in no file system: eventfd, timerfd, signalfd, epoll. */
import { S } from "./constants.ts";
import { OpenFile, type Stat } from "./types.ts";

export abstract class AnonymousFile extends OpenFile {
  readonly #created: bigint;

  /** `kind` as /proc/PID/fd has it: "[eventfd]". */
  constructor(kind: string, flags: number, nowNs: bigint) {
    super(flags);
    this.title = `anon_inode:${kind}`;
    this.#created = nowNs;
  }

  /** All of them share one inode, without a type. */
  override stat(): Stat {
    const time = this.#created;
    return {
      dev: 0x0en,
      ino: 1n,
      mode: 0o600 & ~S.IFMT,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0n,
      size: 0,
      blksize: 4096,
      blocks: 0,
      atimeNs: time,
      mtimeNs: time,
      ctimeNs: time,
    };
  }
}
