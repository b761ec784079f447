/** inotify calls. */
import { fail } from "../errno.ts";
import { RLIMIT } from "../process.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { O } from "../vfs/constants.ts";
import { InotifyFile } from "../vfs/inotify.ts";
import { findFile, mayAccess } from "../vfs/names.ts";
import { fileKey, IN } from "../vfs/notifications.ts";
import { genericOpenFlags } from "./open.ts";

/** What may be asked for: the events, and how. */
const KNOWN =
  0xfff |
  0x2000 |
  IN.Q_OVERFLOW |
  IN.IGNORED |
  IN.ONLYDIR |
  IN.DONT_FOLLOW |
  IN.EXCL_UNLINK |
  IN.MASK_CREATE |
  IN.MASK_ADD |
  IN.ISDIR |
  IN.ONESHOT;
const MOST_WATCHES = 65_536;
/** In one process; Linux counts those of a user. */
const MOST_INSTANCES = 128;

function init(call: Call, given: number): number {
  const { kernel, task } = call;
  const flags = genericOpenFlags(kernel, given);
  if ((flags & ~(O.CLOEXEC | O.NONBLOCK)) !== 0) return fail("EINVAL");
  const instances = task.files.all.filter(([, file]) => file instanceof InotifyFile).length;
  if (instances >= MOST_INSTANCES) return fail("EMFILE");
  const file = new InotifyFile(kernel.notifications, flags, kernel.abi.littleEndian, kernel.realtimeNs());
  return task.files.add(file, task.process.limits[RLIMIT.NOFILE]!.soft, (flags & O.CLOEXEC) !== 0);
}

const inotifyFile = ({ task }: Call, fd: number): InotifyFile => {
  const file = task.files.get(fd);
  return file instanceof InotifyFile ? file : fail("EINVAL");
};

async function addWatch(call: Call, fd: number, path: number, mask: number): Promise<number> {
  const { kernel, task, memory } = call;
  if ((mask & KNOWN) === 0) return fail("EINVAL");
  const asked = task.files.get(fd);
  if ((mask & IN.MASK_ADD) !== 0 && (mask & IN.MASK_CREATE) !== 0) return fail("EINVAL");
  if (!(asked instanceof InotifyFile)) return fail("EINVAL");
  const { inode } = await findFile(kernel, task, memory.path(path), { follow: (mask & IN.DONT_FOLLOW) === 0, sysroot: false });
  if ((mask & IN.ONLYDIR) !== 0 && !inode.isDirectory) return fail("ENOTDIR");
  await mayAccess(task, inode, 4);
  if (asked.watchCount >= MOST_WATCHES) return fail("ENOSPC");
  return asked.add(fileKey(await inode.stat()), mask);
}

export const inotifyRows: readonly SyscallRow[] = [
  syscall("inotify_init", [], (call) => init(call, 0)),
  syscall("inotify_init1", ["openFlags"], init),
  syscall("inotify_add_watch", ["fd", "path", "hex"], addWatch),
  syscall("inotify_rm_watch", ["fd", "int"], (call, fd, wd) => {
    inotifyFile(call, fd).remove(wd);
    return 0;
  }),
];
