/** Shared memory of System V: shmget, shmat, shmdt, shmctl. */
import { fail } from "../errno.ts";
import { READ, WRITE, IPC } from "../ipc/ipc-table.ts";
import { MOST_SEGMENTS, Segment } from "../ipc/shared-segments.ts";
import { addressRange } from "../loader/exec.ts";
import { MAP, map, pageUp } from "../mm/mmap.ts";
import { PAGE } from "../mm/page-pool.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { ipcSet, ipcStat, IPC_64, seconds } from "./ipc-common.ts";

const SHM = {
  RDONLY: 0o10000,
  RND: 0o20000,
  REMAP: 0o40000,
  EXEC: 0o100000,
  LOCK: 11,
  UNLOCK: 12,
  STAT: 13,
  INFO: 14,
  STAT_ANY: 15,
} as const;

function shmget({ kernel, task }: Call, key: number, size: number, flags: number): number {
  const { segments, pool } = kernel;
  const { credentials, pid } = task.process;
  return segments.table.get(
    key,
    flags,
    credentials,
    (id) => {
      if (size === 0 || size > pool.count * PAGE) fail(size === 0 ? "EINVAL" : "ENOMEM");
      const owner = { credentials, pid, nowNs: kernel.realtimeNs() };
      return new Segment(id, key, flags, owner, { size, pool, unmapped: (segment) => segments.dropIfUnused(segment) });
    },
    (old) => void (size > old.size && fail("EINVAL")),
  );
}

function shmat({ kernel, task }: Call, id: number, address: number, flags: number): number {
  const segment = kernel.segments.table.find(id);
  const isReadOnly = (flags & SHM.RDONLY) !== 0;
  segment.check(isReadOnly ? READ : READ | WRITE, task.process.credentials);
  // Where caches can have a line twice, addresses are chosen so that they do not: four pages on this architecture's older models.
  const { sharedAlignment } = kernel.abi;
  const offset = address % sharedAlignment;
  const va = (flags & SHM.RND) !== 0 ? address - offset : offset !== 0 ? fail("EINVAL") : address;
  if (va === 0 && (flags & SHM.REMAP) !== 0) return fail("EINVAL");
  const fixed = va === 0 ? 0 : (flags & SHM.REMAP) !== 0 ? MAP.FIXED : MAP.FIXED_NOREPLACE;
  const range = addressRange(kernel, task.space.stackLimit);
  if (va !== 0 && (flags & SHM.REMAP) === 0 && task.space.vmas.overlapping(va, va + pageUp(segment.size)).length > 0) return fail("EINVAL");
  const at = map(
    task.space,
    {
      va,
      length: segment.size,
      prot: 1 | (isReadOnly ? 0 : 2) | ((flags & SHM.EXEC) !== 0 ? 4 : 0),
      flags: MAP.SHARED | fixed,
      file: {
        source: segment.source,
        name: `/SYSV${(segment.key >>> 0).toString(16).padStart(8, "0")} (deleted)`,
        device: 1,
        inode: segment.id,
        mayWrite: !isReadOnly,
      },
    },
    range,
  );
  segment.attachedNs = kernel.realtimeNs();
  segment.lastPid = task.process.pid;
  return at;
}

function shmdt({ kernel, task }: Call, address: number): number {
  const first = task.space.vmas.at(address);
  const segment = first?.start === address ? kernel.segments.of(first) : undefined;
  if (segment === undefined || first === undefined || first.offset !== 0) return fail("EINVAL");
  segment.detachedNs = kernel.realtimeNs();
  segment.lastPid = task.process.pid;
  // What of it is still mapped where it was attached.
  for (const vma of task.space.vmas.overlapping(address, address + pageUp(segment.size)))
    if (vma.source === segment.source && vma.start - address === vma.offset) task.space.unmap(vma.start, vma.end);
  return 0;
}

function info({ kernel, memory }: Call, at: number): number {
  const { table } = kernel.segments;
  const unlimited = 0x7fff_ffff;
  memory.write(
    at,
    kernel.layout("shminfo64").build({ shmmax: unlimited, shmmin: 1, shmmni: MOST_SEGMENTS, shmseg: MOST_SEGMENTS, shmall: unlimited }),
  );
  return table.highest;
}

function usage({ kernel, memory }: Call, at: number): number {
  const { table } = kernel.segments;
  const pages = table.all.reduce((sum, { size }) => sum + pageUp(size) / PAGE, 0);
  memory.write(at, kernel.layout("shm_info").build({ used_ids: table.all.length, shm_tot: pages, shm_rss: pages }));
  return table.highest;
}

function shmctl(call: Call, id: number, given: number, at: number): number {
  const { kernel, task } = call;
  const { table } = kernel.segments;
  const command = given & ~IPC_64;
  if (id < 0) return fail("EINVAL");
  switch (command) {
    case IPC.RMID: {
      const segment = table.find(id);
      segment.checkOwner(task.process.credentials);
      kernel.segments.remove(segment);
      return 0;
    }
    case IPC.SET:
      ipcSet(call, table.find(id), at, "shmid64_ds");
      return 0;
    case IPC.STAT:
    case SHM.STAT:
    case SHM.STAT_ANY:
      return ipcStat(call, table, id, { byPlace: command !== IPC.STAT, any: command === SHM.STAT_ANY }, at, "shmid64_ds", (segment) => ({
        segsz: segment.size,
        atime: seconds(segment.attachedNs),
        dtime: seconds(segment.detachedNs),
        cpid: segment.creatorPid,
        lpid: segment.lastPid,
        nattch: segment.source.mappings,
      }));
    case IPC.INFO:
      return info(call, at);
    case SHM.INFO:
      return usage(call, at);
    case SHM.LOCK:
    case SHM.UNLOCK:
      // No page is ever taken away.
      table.find(id).checkOwner(task.process.credentials);
      return 0;
    default:
      return fail("EINVAL");
  }
}

export const shmRows: readonly SyscallRow[] = [
  syscall("shmget", ["int", "size", "oct"], shmget),
  syscall("shmat", ["int", "ptr", "oct"], shmat),
  syscall("shmdt", ["ptr"], shmdt),
  syscall("shmctl", ["int", "hex", "ptr"], shmctl),
];
