/** RLIMIT_FSIZE: files are not written beyond it. */
import { fail } from "../errno.ts";
import { RLIMIT } from "../process.ts";
import type { Call } from "../syscall-table.ts";
import { O, S } from "../vfs/constants.ts";
import type { OpenFile } from "../vfs/types.ts";
import { andThen, type Awaitable } from "../awaitable.ts";

/** As much of the bytes as may be written there (by default where the file stands). Fails with EFBIG, and a signal, where it is none. */
export function withinFileLimit({ task }: Call, file: OpenFile, from: Uint8Array, offset?: number): Awaitable<Uint8Array> {
  const limit = task.process.limits[RLIMIT.FSIZE]!.soft;
  if (limit === Number.POSITIVE_INFINITY || from.length === 0) return from;
  return andThen(file.stat(), ({ mode, size }) => {
    if ((mode & S.IFMT) !== S.IFREG) return from;
    const at = offset ?? ((file.flags & O.APPEND) !== 0 ? size : file.position);
    if (at + from.length <= limit) return from;
    if (at < limit) return from.subarray(0, limit - at);
    task.signal("SIGXFSZ");
    return fail("EFBIG");
  });
}

/** The same for a file that is to get another size. */
export function checkFileSize({ task }: Call, size: number): void {
  if (size <= task.process.limits[RLIMIT.FSIZE]!.soft) return;
  task.signal("SIGXFSZ");
  fail("EFBIG");
}
