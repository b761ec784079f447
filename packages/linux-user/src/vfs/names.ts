/** Names as calls give them: relative to a directory, redirected to the sysroot, with the rights of the task. */
import { Errno, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { Task } from "../task.ts";
import { S } from "./constants.ts";
import { type Location, RESOLVE, type Walked } from "./path.ts";
import type { Inode, OpenFile } from "./types.ts";

/** Flags of the *at calls. */
export const AT = {
  FDCWD: -100,
  SYMLINK_NOFOLLOW: 0x100,
  REMOVEDIR: 0x200,
  SYMLINK_FOLLOW: 0x400,
  EACCESS: 0x200,
  EMPTY_PATH: 0x1000,
} as const;

export interface NameOptions {
  readonly dirfd?: number;
  /** Follow a link at the end; by default yes. */
  readonly follow?: boolean;
  /** Look in the sysroot first; by default yes. Not for what makes, removes or changes names. */
  readonly sysroot?: boolean;
  /** RESOLVE bits. */
  readonly resolve?: number;
}

function directoryOf(task: Task, dirfd: number): Location {
  if (dirfd === AT.FDCWD) return task.fs.cwd;
  const { at } = task.files.get(dirfd);
  return at?.inode.isDirectory === true ? at : fail("ENOTDIR");
}

/** Where the name leads: to a file, or to a place for one. */
export async function walk(kernel: Kernel, task: Task, path: string, options: NameOptions = {}): Promise<Walked> {
  if (path === "") return fail("ENOENT");
  const followLast = options.follow ?? true;
  const resolve = options.resolve ?? 0;
  const { root } = task.fs;
  const { sysroot } = kernel;
  if (sysroot !== undefined && options.sysroot !== false && resolve === 0 && path.startsWith("/") && !kernel.mounts.covers(path)) {
    try {
      const walked = await kernel.mounts.walk(path, { root: sysroot, cwd: sysroot, followLast, caller: task });
      if (walked.at !== undefined) return walked;
    } catch (error) {
      // Whatever is wrong with it there: then it is not there.
      if (!(error instanceof Errno)) throw error;
    }
  }
  if ((resolve & RESOLVE.IN_ROOT) !== 0) {
    const top = directoryOf(task, options.dirfd ?? AT.FDCWD);
    return kernel.mounts.walk(path, { root: top, cwd: top, followLast, caller: task, resolve });
  }
  const cwd = path.startsWith("/") ? root : directoryOf(task, options.dirfd ?? AT.FDCWD);
  return kernel.mounts.walk(path, { root, cwd, followLast, caller: task, resolve });
}

/** The file of that name; fails with ENOENT. */
export async function findFile(kernel: Kernel, task: Task, path: string, options: NameOptions = {}): Promise<Location> {
  const { at, mustBeDirectory } = await walk(kernel, task, path, options);
  if (at === undefined) return fail("ENOENT");
  if (mustBeDirectory && !at.inode.isDirectory) fail("ENOTDIR");
  return at;
}

/** What an *at call means that may be given an empty name: the file of the name, or the open one. */
export async function fileAt(
  kernel: Kernel,
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  options: NameOptions = {},
): Promise<{ readonly inode: Inode; readonly at: Location } | { readonly file: OpenFile }> {
  if (path === "" && (flags & AT.EMPTY_PATH) !== 0)
    return dirfd === AT.FDCWD ? { inode: task.fs.cwd.inode, at: task.fs.cwd } : { file: task.files.get(dirfd) };
  const at = await findFile(kernel, task, path, { dirfd, follow: (flags & AT.SYMLINK_NOFOLLOW) === 0, ...options });
  return { inode: at.inode, at };
}

/** Fails with EACCES where the task may not read (4), write (2), execute or search (1) the file. `real`: with its real ids. */
export async function mayAccess(task: Task, inode: Inode, wanted: number, real = false): Promise<void> {
  const stat = await inode.stat();
  const { uid, euid, gid, egid, groups } = task.process.credentials;
  const [user, group] = real ? [uid, gid] : [euid, egid];
  if (user === 0) {
    // The superuser may everything, but execute only what somebody may.
    if ((wanted & 1) !== 0 && (stat.mode & S.IFMT) === S.IFREG && (stat.mode & 0o111) === 0) fail("EACCES");
    return;
  }
  const shift = stat.uid === user ? 6 : stat.gid === group || groups.includes(stat.gid) ? 3 : 0;
  if (((stat.mode >> shift) & wanted) !== wanted) fail("EACCES");
}
