/** Structures that differ from asm-generic's (arch/x86/include/uapi/asm: stat.h, statfs.h, ipcbuf.h, msgbuf.h, sembuf.h, shmbuf.h). */
import type { CField, CStruct } from "@tsemu/target";

const times: readonly CField[] = [
  ["st_atime", "ulong"],
  ["st_atime_nsec", "ulong"],
  ["st_mtime", "ulong"],
  ["st_mtime_nsec", "ulong"],
  ["st_ctime", "ulong"],
  ["st_ctime_nsec", "ulong"],
];

const stat32: CStruct = [
  ["st_dev", "u32"],
  ["st_ino", "u32"],
  ["st_mode", "u16"],
  ["st_nlink", "u16"],
  ["st_uid", "u16"],
  ["st_gid", "u16"],
  ["st_rdev", "u32"],
  ["st_size", "u32"],
  ["st_blksize", "u32"],
  ["st_blocks", "u32"],
  ...times,
  ["__unused", "u32", 2],
];

const stat64Of32: CStruct = [
  ["st_dev", "u64"],
  ["__pad0", "u8", 4],
  ["__st_ino", "u32"],
  ["st_mode", "u32"],
  ["st_nlink", "u32"],
  ["st_uid", "u32"],
  ["st_gid", "u32"],
  ["st_rdev", "u64"],
  ["__pad3", "u8", 4],
  ["st_size", "i64"],
  ["st_blksize", "u32"],
  ["st_blocks", "u64"],
  ...times,
  ["st_ino", "u64"],
];

const stat64: CStruct = [
  ["st_dev", "u64"],
  ["st_ino", "u64"],
  ["st_nlink", "u64"],
  ["st_mode", "u32"],
  ["st_uid", "u32"],
  ["st_gid", "u32"],
  ["__pad0", "u32"],
  ["st_rdev", "u64"],
  ["st_size", "i64"],
  ["st_blksize", "i64"],
  ["st_blocks", "i64"],
  ...times,
  ["__unused", "i64", 3],
];

const statfs64Of32: CStruct = [
  ["f_type", "u32"],
  ["f_bsize", "u32"],
  ["f_blocks", "u64"],
  ["f_bfree", "u64"],
  ["f_bavail", "u64"],
  ["f_files", "u64"],
  ["f_ffree", "u64"],
  ["f_fsid", "i32", 2],
  ["f_namelen", "u32"],
  ["f_frsize", "u32"],
  ["f_flags", "u32"],
  ["f_spare", "u32", 4],
];

const semid64: CStruct = [
  ["key", "i32"],
  ["uid", "u32"],
  ["gid", "u32"],
  ["cuid", "u32"],
  ["cgid", "u32"],
  ["mode", "u32"],
  ["seq", "u16"],
  ["__pad2", "u16"],
  ["__unused1", "ulong", 2],
  ["otime", "ulong"],
  ["__unused_otime", "ulong"],
  ["ctime", "ulong"],
  ["__unused_ctime", "ulong"],
  ["nsems", "ulong"],
  ["__unused3", "ulong", 2],
];

/** Packed, so that it is as on i386. */
const epollEvent: CStruct = [
  ["events", "u32"],
  ["data", "u8", 8],
];

export const structs = {
  i386: { stat: stat32, stat64: stat64Of32, statfs64: statfs64Of32 },
  x86_64: { stat: stat64, semid64_ds: semid64, epoll_event: epollEvent },
} as const satisfies Record<string, Readonly<Record<string, CStruct>>>;
