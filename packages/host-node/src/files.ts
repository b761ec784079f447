/** The host's files through node:fs. Linux's own errors and numbers pass through where the host is Linux. */
import fs from "node:fs";
import { closeStream, readStream, terminal } from "./host-streams.ts";
import { type HostFiles, hostOpen, type HostStat, type HostStatfs } from "@tsemu/hw";

/** Names that are plain ASCII need no bytes. */
const nameOf = (path: string): string | Buffer => {
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) > 0x7f) return Buffer.from(path, "latin1");
  return path;
};

const { constants } = fs;
const openBits: readonly (readonly [bit: number, flag: number])[] = [
  [hostOpen.create, constants.O_CREAT],
  [hostOpen.exclusive, constants.O_EXCL],
  [hostOpen.truncate, constants.O_TRUNC],
  [hostOpen.append, constants.O_APPEND],
  [hostOpen.directory, constants.O_DIRECTORY ?? 0],
  [hostOpen.noFollow, constants.O_NOFOLLOW ?? 0],
  [hostOpen.noControllingTerminal, constants.O_NOCTTY ?? 0],
  [hostOpen.nonBlocking, constants.O_NONBLOCK ?? 0],
  [hostOpen.sync, constants.O_SYNC ?? 0],
];

const openFlags = (flags: number): number => {
  const access = (flags & 3) === 3 ? constants.O_RDWR : (flags & hostOpen.write) !== 0 ? constants.O_WRONLY : constants.O_RDONLY;
  return openBits.reduce((all, [bit, flag]) => ((flags & bit) !== 0 ? all | flag : all), access);
};

const statOf = (s: fs.BigIntStats): HostStat => ({
  dev: s.dev,
  ino: s.ino,
  mode: Number(s.mode),
  nlink: Number(s.nlink),
  uid: Number(s.uid),
  gid: Number(s.gid),
  rdev: s.rdev,
  size: Number(s.size),
  blksize: Number(s.blksize),
  blocks: Number(s.blocks),
  atimeNs: s.atimeNs,
  mtimeNs: s.mtimeNs,
  ctimeNs: s.ctimeNs,
});

const typeOf = (entry: fs.Dirent<Buffer>): number => {
  if (entry.isFile()) return constants.S_IFREG;
  if (entry.isDirectory()) return constants.S_IFDIR;
  if (entry.isSymbolicLink()) return constants.S_IFLNK;
  if (entry.isFIFO()) return constants.S_IFIFO;
  if (entry.isSocket()) return constants.S_IFSOCK;
  if (entry.isCharacterDevice()) return constants.S_IFCHR;
  if (entry.isBlockDevice()) return constants.S_IFBLK;
  return 0;
};

/** Seconds with a fraction, as utimes takes them: exact to some hundred nanoseconds. */
const seconds = (ns: bigint): number => Number(ns) / 1e9;

export const nodeFiles: HostFiles = {
  lstat: (path) => statOf(fs.lstatSync(nameOf(path), { bigint: true })),
  lstatIfThere(path) {
    const found = fs.lstatSync(nameOf(path), { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : statOf(found);
  },
  fstat: (file) => statOf(fs.fstatSync(file, { bigint: true })),
  inherited(file) {
    try {
      const text = fs.readFileSync(`/proc/self/fdinfo/${file}`, "latin1");
      const own = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? "2", 8);
      const access = own & 3;
      return {
        position: Number(/^pos:\s*(\d+)/m.exec(text)?.[1] ?? 0),
        flags:
          (access === 1 ? hostOpen.write : access === 0 ? hostOpen.read : hostOpen.read | hostOpen.write) |
          ((own & constants.O_APPEND) !== 0 ? hostOpen.append : 0),
      };
    } catch {
      // Not every host tells.
      return { position: 0, flags: hostOpen.read | hostOpen.write };
    }
  },
  statfs(path): HostStatfs {
    const s = fs.statfsSync(nameOf(path));
    return { type: s.type, bsize: s.bsize, blocks: s.blocks, bfree: s.bfree, bavail: s.bavail, files: s.files, ffree: s.ffree };
  },
  open: (path, flags, mode) => fs.openSync(nameOf(path), openFlags(flags), mode),
  openLater: (path, flags, mode) =>
    new Promise((resolve, reject) =>
      fs.open(nameOf(path), openFlags(flags), mode, (error, file) => (error ? reject(error) : resolve(file))),
    ),
  close(file) {
    if (!closeStream(file)) fs.closeSync(file);
  },
  read: (file, into, position) => fs.readSync(file, into, 0, into.length, position ?? null),
  write: (file, from, position) => fs.writeSync(file, from, 0, from.length, position ?? null),
  readLater: readStream,
  truncate: (file, size) => fs.ftruncateSync(file, size),
  sync: (file) => fs.fsyncSync(file),
  readdir: (path) =>
    fs
      .readdirSync(nameOf(path), { withFileTypes: true, encoding: "buffer" })
      .map((entry) => ({ name: entry.name.toString("latin1"), type: typeOf(entry) })),
  readlink: (path) => fs.readlinkSync(nameOf(path), { encoding: "buffer" }).toString("latin1"),
  realpath: (path) => fs.realpathSync.native(nameOf(path), { encoding: "buffer" }).toString("latin1"),
  symlink: (target, path) => fs.symlinkSync(nameOf(target), nameOf(path)),
  link: (existing, path) => fs.linkSync(nameOf(existing), nameOf(path)),
  mkdir: (path, mode) => void fs.mkdirSync(nameOf(path), { mode }),
  rmdir: (path) => fs.rmdirSync(nameOf(path)),
  unlink: (path) => fs.unlinkSync(nameOf(path)),
  rename: (from, to) => fs.renameSync(nameOf(from), nameOf(to)),
  chmod: (path, mode) => fs.chmodSync(nameOf(path), mode),
  fchmod: (file, mode) => fs.fchmodSync(file, mode),
  lchown: (path, uid, gid) => fs.lchownSync(nameOf(path), uid, gid),
  lutimes: (path, atimeNs, mtimeNs) => fs.lutimesSync(nameOf(path), seconds(atimeNs), seconds(mtimeNs)),
  ...terminal,
};
