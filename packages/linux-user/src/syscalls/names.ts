/** Names and attributes: links, removal, renaming, owners, modes, times. */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { stringBytes } from "../mm/user-access.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { IN } from "../vfs/notifications.ts";
import { AT, fileAt, findFile, mayAccess, type NameOptions, walk } from "../vfs/names.ts";
import type { Walked } from "../vfs/path.ts";
import type { Attributes, Inode, Stat } from "../vfs/types.ts";
import { O } from "../vfs/constants.ts";
import { checkFileSize } from "./file-size-limit.ts";
import { timespecFields } from "./time-values.ts";

const noSysroot: NameOptions = { sysroot: false };

async function access({ kernel, task, memory }: Call, dirfd: number, path: number, mode: number, flags: number): Promise<number> {
  if ((mode & ~7) !== 0) return fail("EINVAL");
  const found = await fileAt(kernel, task, dirfd, memory.path(path), flags);
  const inode = "file" in found ? found.file.inode : found.inode;
  if (inode !== undefined) await mayAccess(task, inode, mode, (flags & AT.EACCESS) === 0);
  return 0;
}

async function readlink({ kernel, task, memory }: Call, dirfd: number, path: number, buffer: number, size: number): Promise<number> {
  if ((size | 0) <= 0) return fail("EINVAL");
  const name = memory.path(path);
  const { inode } =
    name === "" ? (task.files.get(dirfd).at ?? fail("ENOENT")) : await findFile(kernel, task, name, { dirfd, follow: false });
  kernel.mounts.caller = task;
  const target = stringBytes(await inode.readlink()).subarray(0, size);
  memory.write(buffer, target);
  return target.length;
}

async function unlink({ kernel, task, memory }: Call, dirfd: number, path: number, directory: boolean): Promise<number> {
  const name = memory.path(path);
  const found = await walk(kernel, task, name, { dirfd, follow: false, ...noSysroot });
  if (found.at === undefined) return fail("ENOENT");
  if (directory) {
    const last = name.replace(/\/+$/, "").split("/").at(-1);
    if (last === ".") return fail("EINVAL");
    if (last === "..") return fail("ENOTEMPTY");
    if (found.at.parent === undefined) return fail("EBUSY");
    if (!found.at.inode.isDirectory) return fail("ENOTDIR");
    const before = await statIfWatched(kernel, found.at.inode);
    await found.parent.inode.rmdir(found.name);
    if (before !== undefined) {
      kernel.notifications.unlinked(before);
      await kernel.notifications.inDirectory(found.parent.inode, found.name, IN.DELETE | IN.ISDIR);
    }
  } else {
    if (found.at.inode.isDirectory) return fail("EISDIR");
    if (found.mustBeDirectory) return fail("ENOTDIR");
    const before = await statIfWatched(kernel, found.at.inode);
    await found.parent.inode.unlink(found.name);
    await removed(kernel, before, found.parent.inode, found.name);
  }
  return 0;
}

/** What the file is, if anybody watches anything. */
const statIfWatched = (kernel: Kernel, inode: Inode): Awaitable<Stat | undefined> =>
  kernel.notifications.isEmpty ? undefined : inode.stat();

/** Tells that a name of a file is gone. */
async function removed({ notifications }: Kernel, before: Stat | undefined, directory: Inode, name: string): Promise<void> {
  if (before === undefined) return;
  notifications.self(before, IN.ATTRIB);
  await notifications.inDirectory(directory, name, IN.DELETE);
  notifications.unlinked(before);
}

const RENAME = { NOREPLACE: 1, EXCHANGE: 2 } as const;

/** A name that leads to a place and is not of a file in it: ".", "..", "/". */
const isPlace = (path: string): boolean => /(^|\/)\.{1,2}\/*$|^\/+$/.test(path);

/** Two files change their names: by way of one that nobody uses. Programs do not run meanwhile; the host's might see it. */
async function exchange({ kernel }: Call, a: Walked, b: Walked): Promise<void> {
  const random = new Uint8Array(8);
  kernel.options.random.fill(random);
  const between = `.tsemu-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  await a.parent.inode.rename(a.name, a.parent.inode, between);
  await b.parent.inode.rename(b.name, a.parent.inode, a.name);
  await a.parent.inode.rename(between, b.parent.inode, b.name);
}

async function rename(
  { kernel, task, memory }: Call,
  fromFd: number,
  from: number,
  toFd: number,
  to: number,
  flags: number,
): Promise<number> {
  if ((flags & ~(RENAME.NOREPLACE | RENAME.EXCHANGE)) !== 0 || flags === (RENAME.NOREPLACE | RENAME.EXCHANGE)) return fail("EINVAL");
  const [fromName, toName] = [memory.path(from), memory.path(to)];
  const old = await walk(kernel, task, fromName, { dirfd: fromFd, follow: false, ...noSysroot });
  if (old.at === undefined) return fail("ENOENT");
  const target = await walk(kernel, task, toName, { dirfd: toFd, follow: false, ...noSysroot });
  if (isPlace(fromName) || isPlace(toName)) return fail((flags & RENAME.NOREPLACE) !== 0 && isPlace(toName) ? "EEXIST" : "EBUSY");
  if (target.at !== undefined && (flags & RENAME.NOREPLACE) !== 0) return fail("EEXIST");
  if (old.name === "" || target.name === "") return fail("EBUSY");
  if (target.at === undefined && target.mustBeDirectory && !old.at.inode.isDirectory) return fail("ENOTDIR");
  if (old.parent.inode.fs !== target.parent.inode.fs) return fail("EXDEV");
  if ((flags & RENAME.EXCHANGE) !== 0) {
    if (target.at === undefined) return fail("ENOENT");
    await exchange({ kernel, task, memory }, old, target);
    return 0;
  }
  const { notifications } = kernel;
  const [moved, replaced] = [
    await statIfWatched(kernel, old.at.inode),
    target.at === undefined ? undefined : await statIfWatched(kernel, target.at.inode),
  ];
  await old.parent.inode.rename(old.name, target.parent.inode, target.name);
  if (moved !== undefined) {
    const cookie = notifications.nextCookie();
    const directory = old.at.inode.isDirectory ? IN.ISDIR : 0;
    await notifications.inDirectory(old.parent.inode, old.name, IN.MOVED_FROM | directory, cookie);
    await notifications.inDirectory(target.parent.inode, target.name, IN.MOVED_TO | directory, cookie);
    if (replaced !== undefined) {
      notifications.self(replaced, IN.ATTRIB);
      notifications.unlinked(replaced);
    }
    notifications.self(moved, IN.MOVE_SELF);
  }
  return 0;
}

async function link(
  { kernel, task, memory }: Call,
  fromFd: number,
  from: number,
  toFd: number,
  to: number,
  flags: number,
): Promise<number> {
  const found = await fileAt(kernel, task, fromFd, memory.path(from), flags, { follow: (flags & AT.SYMLINK_FOLLOW) !== 0, ...noSysroot });
  const inode = "file" in found ? (found.file.inode ?? fail("ENOENT")) : found.inode;
  const target = await walk(kernel, task, memory.path(to), { dirfd: toFd, follow: false, ...noSysroot });
  if (target.at !== undefined) return fail("EEXIST");
  if (inode.isDirectory) return fail("EPERM");
  if (inode.fs !== target.parent.inode.fs) return fail("EXDEV");
  await target.parent.inode.link(target.name, inode);
  const { notifications } = kernel;
  if (!notifications.isEmpty) {
    notifications.self(await inode.stat(), IN.ATTRIB);
    await notifications.inDirectory(target.parent.inode, target.name, IN.CREATE);
  }
  return 0;
}

async function symlink({ kernel, task, memory }: Call, target: number, dirfd: number, path: number): Promise<number> {
  const text = memory.path(target);
  if (text === "") return fail("ENOENT");
  const found = await walk(kernel, task, memory.path(path), { dirfd, follow: false, ...noSysroot });
  if (found.at !== undefined) return fail("EEXIST");
  if (found.mustBeDirectory) return fail("ENOENT");
  await found.parent.inode.symlink(found.name, text);
  await kernel.notifications.inDirectory(found.parent.inode, found.name, IN.CREATE);
  return 0;
}

/** What a change of attributes is to those who watch. */
function changeEvent({ mode, uid, gid, size, atimeNs, mtimeNs }: Attributes): number {
  const isBoth = atimeNs !== undefined && mtimeNs !== undefined;
  return (
    (mode !== undefined || uid !== undefined || gid !== undefined || isBoth ? IN.ATTRIB : 0) |
    (size !== undefined || (mtimeNs !== undefined && !isBoth) ? IN.MODIFY : 0) |
    (atimeNs !== undefined && !isBoth ? IN.ACCESS : 0)
  );
}

async function change(
  { kernel, task, memory }: Call,
  dirfd: number,
  path: number,
  flags: number,
  changes: Attributes,
  options: NameOptions = noSysroot,
): Promise<number> {
  const found = await fileAt(kernel, task, dirfd, memory.path(path), flags, options);
  const target = "file" in found ? found.file : found.inode;
  await target.setAttributes(changes);
  await kernel.notifications.about(target, "file" in found ? found.file.at : found.at, changeEvent(changes));
  return 0;
}

async function changeOpen({ kernel, task }: Call, fd: number, changes: Attributes): Promise<number> {
  const file = task.files.get(fd);
  if ((file.flags & O.PATH) !== 0) return fail("EBADF");
  await file.setAttributes(changes);
  if (file.at !== undefined) await kernel.notifications.about(file, file.at, changeEvent(changes));
  return 0;
}

/** -1 as an id: it stays. */
const owner = (uid: number, gid: number): Attributes => ({
  ...(uid === 0xffff_ffff || uid === 0xffff ? {} : { uid }),
  ...(gid === 0xffff_ffff || gid === 0xffff ? {} : { gid }),
});

const UTIME_NOW = 0x3fff_ffff;
const UTIME_OMIT = 0x3fff_fffe;

/** Two times: those of the structures at `times`, or now. `read` takes one, in seconds and nanoseconds. */
function times(kernel: Kernel, at: number, size: number, read: (at: number) => readonly [seconds: number, ns: number]): Attributes {
  const now = kernel.realtimeNs();
  if (at === 0) return { atimeNs: now, mtimeNs: now };
  const one = (where: number): bigint | undefined => {
    const [seconds, ns] = read(where);
    if (ns === UTIME_OMIT) return undefined;
    if (ns === UTIME_NOW) return now;
    if (ns < 0 || ns >= 1e9) return fail("EINVAL");
    return BigInt(seconds) * 1_000_000_000n + BigInt(ns);
  };
  const [atimeNs, mtimeNs] = [one(at), one(at + size)];
  return { ...(atimeNs === undefined ? {} : { atimeNs }), ...(mtimeNs === undefined ? {} : { mtimeNs }) };
}

async function setTimes(call: Call, dirfd: number, path: number, flags: number, changes: Attributes): Promise<number> {
  if (path !== 0) return change(call, dirfd, path, flags, changes, {});
  if (Object.keys(changes).length === 0) return 0;
  return changeOpen(call, dirfd, changes);
}

const utimensat = (name: string, wide: boolean): SyscallRow =>
  syscall(name, ["dirfd", "path", "ptr", "hex"], (call, dirfd, path, at, flags) => {
    const { kernel } = call;
    const size = wide ? 16 : 2 * kernel.abi.wordBytes;
    return setTimes(
      call,
      dirfd,
      path,
      flags,
      times(kernel, at, size, (where) => timespecFields(call, where, wide)),
    );
  });

const utimes = (call: Call, at: number): Attributes => {
  const word = call.kernel.abi.wordBytes;
  return times(call.kernel, at, 2 * word, (where) => {
    const [seconds, us] = timespecFields(call, where, false);
    return [seconds, us * 1000];
  });
};

/** struct utimbuf: two words, in seconds. */
const utime = (call: Call, at: number): Attributes => {
  const word = call.kernel.abi.wordBytes;
  return times(call.kernel, at, word, (where) => [word === 4 ? call.memory.i32(where) : call.memory.word(where, 8), 0]);
};

/** No file system of Linux has larger files. */
const LARGEST_FILE = 2 ** 44;

/** A size that a file may be given. */
function sizeOf(call: Call, size: number): number {
  if (size < 0) return fail("EINVAL");
  checkFileSize(call, size);
  return size > LARGEST_FILE ? fail("EFBIG") : size;
}

const truncation = (name: string, type: "long" | "off"): readonly SyscallRow[] => [
  syscall(name, ["path", type], async (call, path, size) => change(call, AT.FDCWD, path, 0, { size: sizeOf(call, size) })),
  syscall(`f${name}`, ["fd", type], ftruncate),
];

export const nameRows: readonly SyscallRow[] = [
  syscall("access", ["path", "int"], (call, path, mode) => access(call, AT.FDCWD, path, mode, 0)),
  syscall("faccessat", ["dirfd", "path", "int"], (call, dirfd, path, mode) => access(call, dirfd, path, mode, 0)),
  syscall("faccessat2", ["dirfd", "path", "int", "hex"], (call, dirfd, path, mode, flags) => access(call, dirfd, path, mode, flags)),
  syscall("readlink", ["path", "ptr", "size"], (call, path, buffer, size) => readlink(call, AT.FDCWD, path, buffer, size)),
  syscall("readlinkat", ["dirfd", "path", "ptr", "size"], (call, dirfd, path, buffer, size) => readlink(call, dirfd, path, buffer, size)),
  syscall("unlink", ["path"], (call, path) => unlink(call, AT.FDCWD, path, false)),
  syscall("unlinkat", ["dirfd", "path", "hex"], (call, dirfd, path, flags) => unlink(call, dirfd, path, (flags & AT.REMOVEDIR) !== 0)),
  syscall("rmdir", ["path"], (call, path) => unlink(call, AT.FDCWD, path, true)),
  syscall("rename", ["path", "path"], (call, from, to) => rename(call, AT.FDCWD, from, AT.FDCWD, to, 0)),
  syscall("renameat", ["dirfd", "path", "dirfd", "path"], (call, fromFd, from, toFd, to) => rename(call, fromFd, from, toFd, to, 0)),
  syscall("renameat2", ["dirfd", "path", "dirfd", "path", "hex"], rename),
  syscall("link", ["path", "path"], (call, from, to) => link(call, AT.FDCWD, from, AT.FDCWD, to, 0)),
  syscall("linkat", ["dirfd", "path", "dirfd", "path", "hex"], link),
  syscall("symlink", ["str", "path"], (call, target, path) => symlink(call, target, AT.FDCWD, path)),
  syscall("symlinkat", ["str", "dirfd", "path"], symlink),
  syscall("chmod", ["path", "oct"], (call, path, mode) => change(call, AT.FDCWD, path, 0, { mode })),
  syscall("fchmod", ["fd", "oct"], (call, fd, mode) => changeOpen(call, fd, { mode })),
  syscall("fchmodat", ["dirfd", "path", "oct"], (call, dirfd, path, mode) => change(call, dirfd, path, 0, { mode })),
  ...["chown", "chown32"].map((name) =>
    syscall(name, ["path", "uint", "uint"], (call, path, uid, gid) => change(call, AT.FDCWD, path, 0, owner(uid, gid))),
  ),
  ...["lchown", "lchown32"].map((name) =>
    syscall(name, ["path", "uint", "uint"], (call, path, uid, gid) => change(call, AT.FDCWD, path, AT.SYMLINK_NOFOLLOW, owner(uid, gid))),
  ),
  ...["fchown", "fchown32"].map((name) =>
    syscall(name, ["fd", "uint", "uint"], (call, fd, uid, gid) => changeOpen(call, fd, owner(uid, gid))),
  ),
  syscall("fchownat", ["dirfd", "path", "uint", "uint", "hex"], (call, dirfd, path, uid, gid, flags) =>
    change(call, dirfd, path, flags, owner(uid, gid)),
  ),
  utimensat("utimensat", false),
  utimensat("utimensat_time64", true),
  syscall("utime", ["path", "ptr"], (call, path, at) => setTimes(call, AT.FDCWD, path, 0, utime(call, at))),
  syscall("utimes", ["path", "ptr"], (call, path, at) => setTimes(call, AT.FDCWD, path, 0, utimes(call, at))),
  syscall("futimesat", ["dirfd", "path", "ptr"], (call, dirfd, path, at) => setTimes(call, dirfd, path, 0, utimes(call, at))),
  ...truncation("truncate", "long"),
  ...truncation("truncate64", "off"),
];

async function ftruncate(call: Call, fd: number, size: number): Promise<number> {
  const { kernel, task } = call;
  const file = task.files.get(fd);
  if (size < 0 || !file.isWritable) return fail("EINVAL");
  await file.truncate(sizeOf(call, size));
  if (file.at !== undefined) await kernel.notifications.about(file, file.at, IN.MODIFY);
  return 0;
}
