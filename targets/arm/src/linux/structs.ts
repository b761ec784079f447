/** Structures of the EABI that differ from asm-generic's (arch/arm/include/uapi/asm/stat.h, statfs.h). */
import type { CStruct } from "@tsemu/target";

/** The first stat, still used by stat, fstat, lstat. */
const stat: CStruct = [
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
  ["st_atime", "u32"],
  ["st_atime_nsec", "u32"],
  ["st_mtime", "u32"],
  ["st_mtime_nsec", "u32"],
  ["st_ctime", "u32"],
  ["st_ctime_nsec", "u32"],
  ["__unused", "u32", 2],
];

const stat64: CStruct = [
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
  ["st_atime", "u32"],
  ["st_atime_nsec", "u32"],
  ["st_mtime", "u32"],
  ["st_mtime_nsec", "u32"],
  ["st_ctime", "u32"],
  ["st_ctime_nsec", "u32"],
  ["st_ino", "u64"],
];

/** Packed to a multiple of 4, unlike what alignment would make of it. */
const statfs64: CStruct = [
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

export const structs: Readonly<Record<string, CStruct>> = { stat, stat64, statfs64 };
