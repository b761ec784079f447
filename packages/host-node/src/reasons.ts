/** What the C library calls the errors that users meet; Node's own messages name system calls. */
const texts: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EIO: "Input/output error",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ELOOP: "Too many levels of symbolic links",
  ETXTBSY: "Text file busy",
  ENXIO: "No such device or address",
  EFBIG: "File too large",
  EDQUOT: "Disk quota exceeded",
};

/** Why a call of node:fs failed, in a few words. */
export const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined && texts[code] !== undefined) return texts[code];
  return error instanceof Error ? error.message : String(error);
};
