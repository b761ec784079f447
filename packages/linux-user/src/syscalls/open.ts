/** Opening and making files: open and its relatives. */
import { Errno, fail } from "../errno.ts";
import type { LinuxAbi } from "@tsemu/target";
import type { Kernel } from "../kernel.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";
import { O, S } from "../vfs/constants.ts";
import { AT, findFile, type NameOptions, walk } from "../vfs/names.ts";
import { IN } from "../vfs/notifications.ts";
import { type Location, RESOLVE } from "../vfs/path.ts";
import { type Inode, OpenFile, type Stat } from "../vfs/types.ts";
import { readSized } from "./sized-struct.ts";

/** An open file that is nothing but a place: O_PATH. */
class PathFile extends OpenFile {
  readonly #inode: Inode;
  constructor(inode: Inode, flags: number) {
    super(flags, inode);
    this.#inode = inode;
  }
  override stat(): Promise<Stat> | Stat {
    return this.#inode.stat();
  }
  override read(): number {
    return fail("EBADF");
  }
  override write(): number {
    return fail("EBADF");
  }
  override readAt(): number {
    return fail("EBADF");
  }
  override seek(): number {
    return fail("EBADF");
  }
  override entries(): never {
    return fail("EBADF");
  }
}

/** The architecture's own flags with asm-generic's. O_SYNC has the bit of O_DSYNC too. */
const flagPairs = (own: OpenFlags): (readonly [own: number, generic: number])[] =>
  Object.entries(own).map(([name, value]) => [value, O[name.toUpperCase() as keyof typeof O]]);

type OpenFlags = LinuxAbi["openFlags"];

/** Flags with the bits of `from` in the places `to`. */
function moved(flags: number, pairs: readonly (readonly [from: number, to: number])[]): number {
  let result = flags;
  for (const [from] of pairs) result &= ~from;
  for (const [from, to] of pairs) if ((flags & from) === from) result |= to;
  return result;
}

/** Flags as the architecture has them, in asm-generic's places. */
export function genericOpenFlags(kernel: Kernel, flags: number): number {
  return moved(flags, flagPairs(kernel.abi.openFlags));
}

export function archOpenFlags(kernel: Kernel, flags: number): number {
  return moved(
    flags,
    flagPairs(kernel.abi.openFlags).map(([own, generic]) => [generic, own]),
  );
}

/** Flags that only concern the opening. */
const ONCE = O.CREAT | O.EXCL | O.NOCTTY | O.TRUNC | O.CLOEXEC;

/** The open file for that name. */
export async function openFile(
  kernel: Kernel,
  task: Task,
  path: string,
  flags: number,
  mode: number,
  options: NameOptions,
): Promise<OpenFile> {
  const creates = (flags & O.CREAT) !== 0;
  const exclusive = creates && (flags & O.EXCL) !== 0;
  const follow = (flags & O.NOFOLLOW) === 0 && !exclusive;
  let found = await walk(kernel, task, path, { ...options, follow });
  if (found.at === undefined) {
    if (!creates || (flags & O.PATH) !== 0) return fail("ENOENT");
    if (found.mustBeDirectory) return fail("EISDIR");
    try {
      const inode = await found.parent.inode.create(found.name, S.IFREG | (mode & 0o7777 & ~task.fs.umask), 0n);
      const at: Location = { inode, path: `${found.parent.path === "/" ? "" : found.parent.path}/${found.name}`, parent: found.parent };
      // Its mode does not bind who made it.
      await kernel.notifications.inDirectory(found.parent.inode, found.name, IN.CREATE);
      return await open(kernel, at, flags & ~O.TRUNC, task);
    } catch (error) {
      // Somebody else was faster.
      if (exclusive || !(error instanceof Errno) || error.number !== 17) throw error;
      found = await walk(kernel, task, path, { ...options, follow });
      if (found.at === undefined) throw error;
    }
  }
  if (exclusive) return fail("EEXIST");
  const { at, mustBeDirectory } = found;
  if (at.inode.isSymlink && (flags & O.PATH) === 0) return fail("ELOOP");
  if ((mustBeDirectory || (flags & O.DIRECTORY) !== 0) && !at.inode.isDirectory) return fail("ENOTDIR");
  if (at.inode.isDirectory && (creates || (flags & O.ACCMODE) !== O.RDONLY) && (flags & O.PATH) === 0) return fail("EISDIR");
  return open(kernel, at, flags, task);
}

async function open(kernel: Kernel, at: Location, flags: number, task: Task): Promise<OpenFile> {
  const kept = flags & ~ONCE;
  const file = (flags & O.PATH) !== 0 ? new PathFile(at.inode, kept) : await at.inode.open(flags & ~(ONCE & ~(O.TRUNC | O.NOCTTY)), task);
  file.flags = kept;
  file.at = at;
  if ((flags & O.PATH) === 0) {
    const { notifications } = kernel;
    await notifications.about(file, at, IN.OPEN);
    if ((flags & O.TRUNC) !== 0) await notifications.about(file, at, IN.MODIFY);
    file.onClosed(() => void notifications.closed(file));
  }
  return file;
}

/** O_TMPFILE: the path is that of a directory. */
async function openUnnamed(kernel: Kernel, task: Task, path: string, flags: number, mode: number, options: NameOptions): Promise<OpenFile> {
  if ((flags & O.DIRECTORY) === 0 || (flags & O.ACCMODE) === O.RDONLY) return fail("EINVAL");
  const { at } = await walk(kernel, task, path, options);
  if (at === undefined) return fail("ENOENT");
  if (!at.inode.isDirectory) return fail("ENOTDIR");
  const kept = flags & ~(ONCE | O.TMPFILE | O.DIRECTORY);
  const file = await at.inode.openUnnamed(mode & 0o7777 & ~task.fs.umask, kept, task);
  file.flags = kept;
  file.title = `${at.path === "/" ? "" : at.path}/#${(await file.stat()).ino} (deleted)`;
  return file;
}

async function openCall(
  kernel: Kernel,
  task: Task,
  dirfd: number,
  path: string,
  given: number,
  mode: number,
  resolve = 0,
): Promise<number> {
  const flags = genericOpenFlags(kernel, given);
  if ((flags & O.ACCMODE) === O.ACCMODE) return fail("EINVAL");
  const file =
    (flags & O.TMPFILE) !== 0
      ? await openUnnamed(kernel, task, path, flags, mode, { dirfd, sysroot: false, resolve })
      : await openFile(kernel, task, path, flags, mode, { dirfd, resolve });
  return task.files.add(file, task.process.limits[RLIMIT.NOFILE]!.soft, (flags & O.CLOEXEC) !== 0);
}

/** struct open_how: flags, mode and restrictions of the walk, 64 bits each. */
const HOW_SIZE = 24;
/** Flags that there are; openat overlooks others. */
const KNOWN = Object.values(O).reduce<number>((all, bit) => all | bit, 0);
const LARGEST_RESTRICTION = 0x3f;

function openat2(call: Call, dirfd: number, path: number, how: number, size: number): Promise<number> {
  const { kernel, task, memory } = call;
  const view = readSized(call, how, size, HOW_SIZE, HOW_SIZE);
  const word = (i: number): number => Number(view.getBigUint64(8 * i, kernel.abi.littleEndian));
  const [given, mode, resolve] = [word(0), word(1), word(2)];
  const flags = genericOpenFlags(kernel, given);
  if (given > 0xffff_ffff || (flags & ~KNOWN) !== 0 || resolve > LARGEST_RESTRICTION) return fail("EINVAL");
  if (mode > 0o7777 || (mode !== 0 && (flags & (O.CREAT | O.TMPFILE)) === 0)) return fail("EINVAL");
  if ((resolve & RESOLVE.BENEATH) !== 0 && (resolve & RESOLVE.IN_ROOT) !== 0) return fail("EINVAL");
  // Nothing is kept of walks that were made before, so none can be answered from there alone.
  if ((resolve & RESOLVE.CACHED) !== 0) return fail("EAGAIN");
  return openCall(kernel, task, dirfd, memory.path(path), given, mode, resolve);
}

async function mknod(kernel: Kernel, task: Task, dirfd: number, path: string, mode: number, device: number): Promise<number> {
  const { at, parent, name } = await walk(kernel, task, path, { dirfd, follow: false, sysroot: false });
  if (at !== undefined) return fail("EEXIST");
  const type = mode & S.IFMT || S.IFREG;
  if (type === S.IFDIR) return fail("EPERM");
  await parent.inode.create(name, type | (mode & 0o7777 & ~task.fs.umask), BigInt(device));
  await kernel.notifications.inDirectory(parent.inode, name, IN.CREATE);
  return 0;
}

async function mkdir(kernel: Kernel, task: Task, dirfd: number, path: string, mode: number): Promise<number> {
  const { at, parent, name } = await walk(kernel, task, path, { dirfd, follow: false, sysroot: false });
  if (at !== undefined) return fail("EEXIST");
  await parent.inode.mkdir(name, mode & 0o7777 & ~task.fs.umask);
  await kernel.notifications.inDirectory(parent.inode, name, IN.CREATE | IN.ISDIR);
  return 0;
}

export const openRows: readonly SyscallRow[] = [
  syscall("open", ["path", "openFlags", "oct"], ({ kernel, task, memory }, path, flags, mode) =>
    openCall(kernel, task, AT.FDCWD, memory.path(path), flags, mode),
  ),
  syscall("openat", ["dirfd", "path", "openFlags", "oct"], ({ kernel, task, memory }, dirfd, path, flags, mode) =>
    openCall(kernel, task, dirfd, memory.path(path), flags, mode),
  ),
  syscall("creat", ["path", "oct"], ({ kernel, task, memory }, path, mode) =>
    openCall(kernel, task, AT.FDCWD, memory.path(path), O.CREAT | O.WRONLY | O.TRUNC, mode),
  ),
  syscall("openat2", ["dirfd", "path", "ptr", "size"], openat2),
  syscall("mkdir", ["path", "oct"], ({ kernel, task, memory }, path, mode) => mkdir(kernel, task, AT.FDCWD, memory.path(path), mode)),
  syscall("mkdirat", ["dirfd", "path", "oct"], ({ kernel, task, memory }, dirfd, path, mode) =>
    mkdir(kernel, task, dirfd, memory.path(path), mode),
  ),
  syscall("mknod", ["path", "oct", "hex"], ({ kernel, task, memory }, path, mode, device) =>
    mknod(kernel, task, AT.FDCWD, memory.path(path), mode, device),
  ),
  syscall("mknodat", ["dirfd", "path", "oct", "hex"], ({ kernel, task, memory }, dirfd, path, mode, device) =>
    mknod(kernel, task, dirfd, memory.path(path), mode, device),
  ),
  syscall("chdir", ["path"], async ({ kernel, task, memory }, path) => {
    const at = await findFile(kernel, task, memory.path(path), { sysroot: false });
    if (!at.inode.isDirectory) fail("ENOTDIR");
    task.fs.cwd = at;
    return 0;
  }),
  syscall("fchdir", ["fd"], ({ task }, fd) => {
    const { at } = task.files.get(fd);
    if (at?.inode.isDirectory !== true) return fail("ENOTDIR");
    task.fs.cwd = at;
    return 0;
  }),
  syscall("chroot", ["path"], async ({ kernel, task, memory }, path) => {
    const at = await findFile(kernel, task, memory.path(path), { sysroot: false });
    if (!at.inode.isDirectory) fail("ENOTDIR");
    if (task.process.credentials.euid !== 0) fail("EPERM");
    task.fs.root = at;
    return 0;
  }),
  syscall("umask", ["oct"], ({ task }, mask) => {
    const old = task.fs.umask;
    task.fs.umask = mask & 0o777;
    return old;
  }),
  syscall("getcwd", ["ptr", "size"], ({ task, memory }, buffer, size) => {
    const { root, cwd } = task.fs;
    const path =
      root.path === "/" ? cwd.path : cwd.path.startsWith(root.path) ? cwd.path.slice(root.path.length) || "/" : `(unreachable)${cwd.path}`;
    if (path.length + 1 > size) return fail("ERANGE");
    memory.write(buffer, Uint8Array.from([...path].map((c) => c.charCodeAt(0)).concat(0)));
    return path.length + 1;
  }),
];
