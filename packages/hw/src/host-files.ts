/**
 * The host's files as user mode sees them. Names are strings of one character a byte, whatever their encoding. All calls are made
 * and answered at once, but for those that may wait for somebody. They fail with errors whose `code` is the name of an
 * error number of POSIX: "ENOENT".
 */

/** What a name or an open file is; times in nanoseconds since 1970. */
export interface HostStat {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Type and permissions, with POSIX's numbers. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: bigint;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

export interface HostStatfs {
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** How a file is opened; bits. */
export const hostOpen = {
  read: 1,
  write: 2,
  create: 4,
  exclusive: 8,
  truncate: 16,
  append: 32,
  directory: 64,
  noFollow: 128,
  noControllingTerminal: 256,
  nonBlocking: 512,
  sync: 1024,
} as const;

export interface HostFiles {
  lstat(path: string): HostStat;
  /** Undefined where there is nothing of that name. */
  lstatIfThere(path: string): HostStat | undefined;
  fstat(file: number): HostStat;
  /** Of a file that was open when the emulator started: where it stands and how it may be used, as far as the host tells. */
  inherited(file: number): { readonly position: number; readonly flags: number };
  statfs(path: string): HostStatfs;
  open(path: string, flags: number, mode: number): number;
  /** For names whose opening waits for another side: named pipes. */
  openLater(path: string, flags: number, mode: number): Promise<number>;
  close(file: number): void;
  /** At `position`, or where the file stands (undefined). Returns the bytes read, 0 at the end. */
  read(file: number, into: Uint8Array, position: number | undefined): number;
  write(file: number, from: Uint8Array, position: number | undefined): number;
  /** For terminals, pipes and the like: resolves when there is something. */
  readLater(file: number, into: Uint8Array): Promise<number>;
  truncate(file: number, size: number): void;
  sync(file: number): void;
  /** Names without "." and "..", with their type's bits of a mode (0: not known). */
  readdir(path: string): readonly { readonly name: string; readonly type: number }[];
  readlink(path: string): string;
  /** The path without links, "." and "..", of something that is there. */
  realpath(path: string): string;
  symlink(target: string, path: string): void;
  link(existing: string, path: string): void;
  mkdir(path: string, mode: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  chmod(path: string, mode: number): void;
  fchmod(file: number, mode: number): void;
  lchown(path: string, uid: number, gid: number): void;
  /** Of the name itself, not of what a link leads to. */
  lutimes(path: string, atimeNs: bigint, mtimeNs: bigint): void;
  isTerminal(file: number): boolean;
  /** Of a terminal. */
  windowSize(file: number): { readonly rows: number; readonly columns: number };
  /** Keys arrive as they are pressed, without echo, or by lines. */
  setRaw(file: number, raw: boolean): void;
}

/** Who the emulator is on the host. */
export interface HostIdentity {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly hostName: string;
  readonly cwd: string;
  readonly umask: number;
  readonly cpus: number;
  readonly memoryBytes: number;
}
