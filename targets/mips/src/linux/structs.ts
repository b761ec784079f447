/** Structures that differ from asm-generic's (arch/mips/include/uapi/asm: stat.h, statfs.h, signal.h, fcntl.h). */
import type { CStruct } from "@tsemu/target";

const stat32: CStruct = [
  ["st_dev", "u32"],
  ["st_pad1", "u32", 3],
  ["st_ino", "u32"],
  ["st_mode", "u32"],
  ["st_nlink", "u32"],
  ["st_uid", "u32"],
  ["st_gid", "u32"],
  ["st_rdev", "u32"],
  ["st_pad2", "u32", 2],
  ["st_size", "i32"],
  ["st_pad3", "u32"],
  ["st_atime", "u32"],
  ["st_atime_nsec", "u32"],
  ["st_mtime", "u32"],
  ["st_mtime_nsec", "u32"],
  ["st_ctime", "u32"],
  ["st_ctime_nsec", "u32"],
  ["st_blksize", "u32"],
  ["st_blocks", "u32"],
  ["st_pad4", "u32", 14],
];

/** stat64 of o32, and the only one of n32 and n64. */
const wideStat: CStruct = [
  ["st_dev", "u32"],
  ["st_pad0", "u32", 3],
  ["st_ino", "u64"],
  ["st_mode", "u32"],
  ["st_nlink", "u32"],
  ["st_uid", "u32"],
  ["st_gid", "u32"],
  ["st_rdev", "u32"],
  ["st_pad1", "u32", 3],
  ["st_size", "i64"],
  ["st_atime", "u32"],
  ["st_atime_nsec", "u32"],
  ["st_mtime", "u32"],
  ["st_mtime_nsec", "u32"],
  ["st_ctime", "u32"],
  ["st_ctime_nsec", "u32"],
  ["st_blksize", "u32"],
  ["st_pad2", "u32"],
  ["st_blocks", "i64"],
];

const statfs: CStruct = [
  ["f_type", "long"],
  ["f_bsize", "long"],
  ["f_frsize", "long"],
  ["f_blocks", "ulong"],
  ["f_bfree", "ulong"],
  ["f_files", "ulong"],
  ["f_ffree", "ulong"],
  ["f_bavail", "ulong"],
  ["f_fsid", "i32", 2],
  ["f_namelen", "long"],
  ["f_flags", "long"],
  ["f_spare", "long", 5],
];

const statfs64: CStruct = [
  ["f_type", "u32"],
  ["f_bsize", "u32"],
  ["f_frsize", "u32"],
  ["__pad", "u32"],
  ["f_blocks", "u64"],
  ["f_bfree", "u64"],
  ["f_files", "u64"],
  ["f_ffree", "u64"],
  ["f_bavail", "u64"],
  ["f_fsid", "i32", 2],
  ["f_namelen", "u32"],
  ["f_flags", "u32"],
  ["f_spare", "u32", 5],
];

const sigaction: CStruct = [
  ["flags", "u32"],
  ["handler", "ptr"],
  ["mask", "ulong"],
  ["mask_rest", "u8", 8],
];

const sigactionOfWords: CStruct = [
  ["flags", "u32"],
  ["handler", "ptr"],
  ["mask", "u32", 4],
];

const sigaltstack: CStruct = [
  ["sp", "ptr"],
  ["size", "ulong"],
  ["flags", "i32"],
];

const flock32: CStruct = [
  ["type", "i16"],
  ["whence", "i16"],
  ["start", "long"],
  ["len", "long"],
  ["sysid", "long"],
  ["pid", "i32"],
  ["pad", "long", 4],
];

const ipcPermissions: CStruct = [
  ["key", "i32"],
  ["uid", "u32"],
  ["gid", "u32"],
  ["cuid", "u32"],
  ["cgid", "u32"],
  ["mode", "u32"],
  ["seq", "u16"],
  ["__pad2", "u16"],
  ["__unused", "ulong", 2],
];

const shmid: CStruct = [
  ...ipcPermissions,
  ["segsz", "ulong"],
  ["atime", "ulong"],
  ["dtime", "ulong"],
  ["ctime", "ulong"],
  ["cpid", "i32"],
  ["lpid", "i32"],
  ["nattch", "ulong"],
];

const semid: CStruct = [...ipcPermissions, ["otime", "ulong"], ["ctime", "ulong"], ["nsems", "ulong"], ["__unused1", "ulong", 2]];

const msqidEnd: CStruct = [
  ["cbytes", "ulong"],
  ["qnum", "ulong"],
  ["qbytes", "ulong"],
  ["lspid", "i32"],
  ["lrpid", "i32"],
  ["__unused4", "ulong", 2],
];

/** The upper halves of times are behind the rest, as far as there is room, or in the order of bytes. */
const ipc32 = (bigEndian: boolean): Readonly<Record<string, CStruct>> => ({
  shmid64_ds: [...shmid, ["high", "u16", 4]],
  semid64_ds: semid,
  msqid64_ds: [
    ...ipcPermissions,
    ...["stime", "rtime", "ctime"].flatMap((name): CStruct => {
      const halves: CStruct = [
        [name, "ulong"],
        [`${name}_high`, "ulong"],
      ];
      return bigEndian ? halves.toReversed() : halves;
    }),
    ...msqidEnd,
  ],
});

export const structs32 = (bigEndian: boolean): Readonly<Record<string, CStruct>> => ({
  ...ipc32(bigEndian),
  stat: stat32,
  stat64: wideStat,
  statfs,
  statfs64,
  sigaction: sigactionOfWords,
  // The call without room for real-time signals takes one word of the mask, and clears the others where it answers.
  old_sigaction: sigactionOfWords.slice(0, 2).concat([
    ["mask", "ulong"],
    ["restOfMask", "ulong", 3],
  ]),
  sigaltstack,
  flock: flock32,
});

export const structs64: Readonly<Record<string, CStruct>> = {
  stat: wideStat,
  statfs,
  sigaction,
  sigaltstack,
};

/** As o32's, but that there is only one stat. */
export const structsN32 = (bigEndian: boolean): Readonly<Record<string, CStruct>> => ({ ...structs32(bigEndian), stat: wideStat });
