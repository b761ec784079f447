/** What threads and processes have in common: taking it apart (unshare), and asking (kcmp). */
import { CLONE } from "../clone.ts";
import { fail } from "../errno.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import type { Task } from "../task.ts";

const ALONE = CLONE.THREAD | CLONE.SIGHAND | CLONE.VM;
const KNOWN = ALONE | CLONE.FS | CLONE.FILES | CLONE.SYSVSEM;
const NEWTIME = 0x80;

function unshare({ task }: Call, flags: number): number {
  const namespaces = CLONE.NEWNS | CLONE.NEWCGROUP | CLONE.NEWUTS | CLONE.NEWIPC | CLONE.NEWUSER | CLONE.NEWPID | CLONE.NEWNET | NEWTIME;
  if ((flags & ~(KNOWN | namespaces)) !== 0) return fail("EINVAL");
  // A thread cannot leave its process.
  if ((flags & ALONE) !== 0 && task.process.tasks.size > 1) return fail("EINVAL");
  if ((flags & CLONE.VM) !== 0 && task.space.users > 1) return fail("EINVAL");
  if ((flags & namespaces) !== 0) return fail("EPERM");
  if ((flags & CLONE.FS) !== 0) task.fs = { ...task.fs };
  if ((flags & CLONE.FILES) !== 0) task.unshareFiles();
  return 0;
}

const KCMP = { FILE: 0, VM: 1, FILES: 2, FS: 3, SIGHAND: 4, IO: 5, SYSVSEM: 6 } as const;

/** 0: the same thing; 1 and 2: two, in the order of who has them. */
function kcmp({ kernel, task }: Call, first: number, second: number, kind: number, fd1: number, fd2: number): number {
  const [a, b] = [first, second].map((pid) => kernel.tasks.get(pid) ?? fail("ESRCH")) as [Task, Task];
  const mine = task.process.credentials;
  for (const { process } of [a, b]) if (mine.euid !== 0 && process.credentials.uid !== mine.uid) return fail("EPERM");
  const what = (of: Task, fd: number): unknown => {
    switch (kind) {
      case KCMP.FILE:
        return of.files.get(fd);
      case KCMP.VM:
        return of.space;
      case KCMP.FILES:
        return of.files;
      case KCMP.FS:
        return of.fs;
      case KCMP.SIGHAND:
        return of.process.actions;
      case KCMP.IO:
      case KCMP.SYSVSEM:
        return of.process;
      default:
        return fail("EINVAL");
    }
  };
  if (what(a, fd1) === what(b, fd2)) return 0;
  return first < second || (first === second && fd1 < fd2) ? 1 : 2;
}

export const sharingRows: readonly SyscallRow[] = [
  syscall("unshare", ["cloneFlags"], unshare),
  syscall("kcmp", ["pid", "pid", "int", "uint", "uint"], kcmp),
];
