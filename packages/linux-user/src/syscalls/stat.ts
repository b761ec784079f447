/** What files are: stat in all its forms, statfs, directory entries. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import type { StructValues } from "../struct-layout.ts";
import { stringBytes } from "../mm/user-access.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { dirType } from "../vfs/constants.ts";
import { IN } from "../vfs/notifications.ts";
import { AT, fileAt, findFile } from "../vfs/names.ts";
import type { DirEntry, Stat, Statfs } from "../vfs/types.ts";

const seconds = (ns: bigint): bigint => (ns < 0n ? (ns - 999_999_999n) / 1_000_000_000n : ns / 1_000_000_000n);
const rest = (ns: bigint): number => Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);

/** A device number as stat64 has it: minor's low 8 bits, major, minor's high bits. */
export const major = (dev: bigint): number => Number(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn));
export const minor = (dev: bigint): number => Number((dev & 0xffn) | ((dev >> 12n) & ~0xffn));
export const packedDevice = (dev: bigint): number => (minor(dev) & 0xff) | (major(dev) << 8) | ((minor(dev) & ~0xff) << 12);

const values = (s: Stat): StructValues => ({
  st_dev: packedDevice(s.dev),
  st_ino: s.ino,
  __st_ino: s.ino,
  st_mode: s.mode,
  st_nlink: s.nlink,
  st_uid: s.uid,
  st_gid: s.gid,
  st_rdev: packedDevice(s.rdev),
  st_size: s.size,
  st_blksize: s.blksize,
  st_blocks: s.blocks,
  st_atime: seconds(s.atimeNs),
  st_atime_nsec: rest(s.atimeNs),
  st_mtime: seconds(s.mtimeNs),
  st_mtime_nsec: rest(s.mtimeNs),
  st_ctime: seconds(s.ctimeNs),
  st_ctime_nsec: rest(s.ctimeNs),
});

const put = ({ kernel, memory }: Call, layout: "stat" | "stat64", at: number, stat: Awaitable<Stat>): Awaitable<number> =>
  andThen(stat, (s) => {
    if (layout === "stat" && kernel.abi.wordBytes === 4 && kernel.abi.wideArguments !== true && s.size > 0x7fff_ffff)
      return fail("EOVERFLOW");
    memory.write(at, kernel.layout(layout).build(values(s)));
    return 0;
  });

async function statAt(call: Call, layout: "stat" | "stat64", dirfd: number, path: number, at: number, flags: number): Promise<number> {
  const { kernel, task, memory } = call;
  if ((flags & ~(AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH | 0x800)) !== 0) return fail("EINVAL");
  const found = await fileAt(kernel, task, dirfd, memory.path(path), flags);
  return put(call, layout, at, "file" in found ? found.file.stat() : found.inode.stat());
}

/** STATX_BASIC_STATS. */
const BASIC = 0x7ff;

async function statx(
  { kernel, task, memory }: Call,
  dirfd: number,
  path: number,
  flags: number,
  mask: number,
  at: number,
): Promise<number> {
  const SYNC_TYPE = 0x6000;
  if ((flags & ~(AT.SYMLINK_NOFOLLOW | AT.EMPTY_PATH | 0x800 | SYNC_TYPE)) !== 0 || (flags & SYNC_TYPE) === SYNC_TYPE)
    return fail("EINVAL");
  if (mask >= 0x8000_0000) return fail("EINVAL");
  const found = await fileAt(kernel, task, dirfd, memory.path(path), flags);
  const s = await ("file" in found ? found.file.stat() : found.inode.stat());
  const time = (name: string, ns: bigint): StructValues => ({ [`stx_${name}time`]: seconds(ns), [`stx_${name}time_nsec`]: rest(ns) });
  memory.write(
    at,
    kernel.layout("statx").build({
      stx_mask: BASIC,
      stx_blksize: s.blksize,
      stx_nlink: s.nlink,
      stx_uid: s.uid,
      stx_gid: s.gid,
      stx_mode: s.mode,
      stx_ino: s.ino,
      stx_size: s.size,
      stx_blocks: s.blocks,
      ...time("a", s.atimeNs),
      ...time("m", s.mtimeNs),
      ...time("c", s.ctimeNs),
      stx_rdev_major: major(s.rdev),
      stx_rdev_minor: minor(s.rdev),
      stx_dev_major: major(s.dev),
      stx_dev_minor: minor(s.dev),
    }),
  );
  return 0;
}

function putStatfs({ kernel, memory }: Call, layout: "statfs" | "statfs64", at: number, s: Statfs): number {
  memory.write(
    at,
    kernel.layout(layout).build({
      f_type: s.type,
      f_bsize: s.bsize,
      f_blocks: s.blocks,
      f_bfree: s.bfree,
      f_bavail: s.bavail,
      f_files: s.files,
      f_ffree: s.ffree,
      f_namelen: 255,
      f_frsize: s.bsize,
    }),
  );
  return 0;
}

async function statfs(call: Call, layout: "statfs" | "statfs64", path: number, at: number): Promise<number> {
  const { inode } = await findFile(call.kernel, call.task, call.memory.path(path));
  return putStatfs(call, layout, at, await inode.fs.statfs());
}

async function fstatfs(call: Call, layout: "statfs" | "statfs64", fd: number, at: number): Promise<number> {
  const { inode } = call.task.files.get(fd);
  return putStatfs(call, layout, at, inode === undefined ? anonymous : await inode.fs.statfs());
}

/** The file system on the device with that number, as stat has it. */
async function ustat({ kernel, memory }: Call, device: number, at: number): Promise<number> {
  for (const [, fs] of kernel.mounts.all) {
    if (packedDevice((await fs.root.stat()).dev) !== device) continue;
    const { bfree, ffree } = await fs.statfs();
    memory.write(at, kernel.layout("ustat").build({ f_tfree: bfree, f_tinode: ffree }));
    return 0;
  }
  return fail("EINVAL");
}

/** File handles: the file systems here have none. */
async function nameToHandleAt({ kernel, task, memory }: Call, dirfd: number, path: number, ...rest: readonly number[]): Promise<number> {
  const flags = rest[2]!;
  if ((flags & ~(AT.SYMLINK_FOLLOW | AT.EMPTY_PATH)) !== 0) return fail("EINVAL");
  const follow = (flags & AT.SYMLINK_FOLLOW) === 0 ? AT.SYMLINK_NOFOLLOW : 0;
  await fileAt(kernel, task, dirfd, memory.path(path), (flags & AT.EMPTY_PATH) | follow);
  return fail("EOPNOTSUPP");
}

/** Of pipes and what else has no file system of its own. */
const anonymous: Statfs = { type: 0x5049_5045, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };

/** Fills a buffer with entries, each made by `make` with the position behind it; fails with EINVAL if not even one fits. */
function getdents(
  call: Call,
  fd: number,
  buffer: number,
  size: number,
  make: (entry: DirEntry, next: number, kernel: Kernel) => Uint8Array,
): Awaitable<number> {
  const file = call.task.files.get(fd);
  const listed = andThen(file.entries(), (entries) => {
    let at = 0;
    for (const entry of entries) {
      const bytes = make(entry, file.position + 1, call.kernel);
      if (at + bytes.length > size) return at === 0 ? fail("EINVAL") : at;
      call.memory.write(buffer + at, bytes);
      at += bytes.length;
      file.position++;
    }
    return at;
  });
  return call.kernel.notifications.after(file, IN.ACCESS, listed);
}

/** struct linux_dirent64: ino, off, reclen, type, name; a multiple of 8. */
function entry64({ name, ino, type }: DirEntry, next: number, { abi }: Kernel): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((19 + name.length + 1) / 8) * 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, ino, abi.littleEndian);
  view.setBigInt64(8, BigInt(next), abi.littleEndian);
  view.setUint16(16, bytes.length, abi.littleEndian);
  bytes[18] = dirType(type);
  bytes.set(stringBytes(name), 19);
  return bytes;
}

/** struct linux_dirent: ino, off (words), reclen, name, 0, type in the last byte. */
function entryOld({ name, ino, type }: DirEntry, next: number, { abi }: Kernel): Uint8Array {
  const word = abi.wordBytes;
  const bytes = new Uint8Array(Math.ceil((2 * word + 2 + name.length + 2) / word) * word);
  const view = new DataView(bytes.buffer);
  if (word === 4) {
    view.setUint32(0, Number(ino & 0xffff_ffffn), abi.littleEndian);
    view.setUint32(4, next, abi.littleEndian);
  } else {
    view.setBigUint64(0, ino, abi.littleEndian);
    view.setBigUint64(8, BigInt(next), abi.littleEndian);
  }
  view.setUint16(2 * word, bytes.length, abi.littleEndian);
  bytes.set(stringBytes(name), 2 * word + 2);
  bytes[bytes.length - 1] = dirType(type);
  return bytes;
}

const rows = (suffix: "" | "64"): readonly SyscallRow[] => {
  const layout = suffix === "" ? ("stat" as const) : ("stat64" as const);
  const fs = suffix === "" ? ("statfs" as const) : ("statfs64" as const);
  return [
    syscall(`stat${suffix}`, ["path", "ptr"], (call, path, at) => statAt(call, layout, AT.FDCWD, path, at, 0)),
    syscall(`lstat${suffix}`, ["path", "ptr"], (call, path, at) => statAt(call, layout, AT.FDCWD, path, at, AT.SYMLINK_NOFOLLOW)),
    syscall(`fstat${suffix}`, ["fd", "ptr"], (call, fd, at) => put(call, layout, at, call.task.files.get(fd).stat())),
    ...(suffix === ""
      ? [
          syscall("statfs", ["path", "ptr"], (call, path, at) => statfs(call, fs, path, at)),
          syscall("fstatfs", ["fd", "ptr"], (call, fd, at) => fstatfs(call, fs, fd, at)),
        ]
      : [
          syscall("statfs64", ["path", "size", "ptr"], (call, path, _size, at) => statfs(call, fs, path, at)),
          syscall("fstatfs64", ["fd", "size", "ptr"], (call, fd, _size, at) => fstatfs(call, fs, fd, at)),
        ]),
  ];
};

export const statRows: readonly SyscallRow[] = [
  ...rows(""),
  ...rows("64"),
  syscall("fstatat64", ["dirfd", "path", "ptr", "hex"], (call, dirfd, path, at, flags) => statAt(call, "stat64", dirfd, path, at, flags)),
  syscall("newfstatat", ["dirfd", "path", "ptr", "hex"], (call, dirfd, path, at, flags) => statAt(call, "stat", dirfd, path, at, flags)),
  syscall("ustat", ["uint", "ptr"], ustat),
  syscall("name_to_handle_at", ["dirfd", "path", "ptr", "ptr", "hex"], nameToHandleAt),
  syscall("statx", ["dirfd", "path", "hex", "hex", "ptr"], statx),
  syscall("getdents", ["fd", "ptr", "size"], (call, fd, buffer, size) => getdents(call, fd, buffer, size, entryOld)),
  syscall("getdents64", ["fd", "ptr", "size"], (call, fd, buffer, size) => getdents(call, fd, buffer, size, entry64)),
];
