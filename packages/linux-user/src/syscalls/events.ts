/** Descriptors of things that have no name: epoll, eventfd, timerfd, signalfd, memfd. */
import { fail, notRestarted } from "../errno.ts";
import { RLIMIT } from "../process.ts";
import { readSignalSet, signalSetBytes } from "../signals/guest-set.ts";
import { SignalSet } from "../signals/signal-set.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { O } from "../vfs/constants.ts";
import { EpollFile } from "../vfs/epoll.ts";
import { EventFile } from "../vfs/eventfd.ts";
import { SignalFile } from "../vfs/signalfd.ts";
import { TimerFile } from "../vfs/timerfd.ts";
import type { OpenFile } from "../vfs/types.ts";
import { genericOpenFlags } from "./open.ts";
import { masked } from "./poll.ts";
import { clockOf, isMonotonic, isRealtime } from "./clocks.ts";
import { armingOf, readTimespec, writeSetting } from "./time-values.ts";

const newFile = ({ task }: Call, file: OpenFile, flags: number): number =>
  task.files.add(file, task.process.limits[RLIMIT.NOFILE]!.soft, (flags & O.CLOEXEC) !== 0);

const onlyFlags = ({ kernel }: Call, given: number, allowed: number): number => {
  const flags = genericOpenFlags(kernel, given);
  return (flags & ~allowed) === 0 ? flags : fail("EINVAL");
};

// ---- epoll

const CTL = { ADD: 1, DEL: 2, MOD: 3 } as const;

const epollFile = ({ task }: Call, fd: number): EpollFile => {
  const file = task.files.get(fd);
  return file instanceof EpollFile ? file : fail("EINVAL");
};

function epollControl(call: Call, epollFd: number, operation: number, fd: number, at: number): number {
  const { kernel, task, memory } = call;
  const layout = kernel.layout("epoll_event");
  const bytes = operation === CTL.DEL ? layout.build({}) : memory.bytes(at, layout.size);
  const file = task.files.get(fd);
  const epoll = epollFile(call, epollFd);
  const data = bytes.slice(layout.offset("data"), layout.offset("data") + 8);
  const events = layout.get(bytes, "events");
  if (operation === CTL.ADD) epoll.add(fd, file, events, data, task);
  else if (operation === CTL.MOD) epoll.modify(fd, file, events, data, task);
  else if (operation === CTL.DEL) epoll.remove(fd, file);
  else return fail("EINVAL");
  return 0;
}

async function epollWait(call: Call, fd: number, at: number, most: number, timeoutNs: number | undefined): Promise<number> {
  const { kernel, task, memory } = call;
  const layout = kernel.layout("epoll_event");
  if (most <= 0 || most > Math.floor(0x7fff_ffff / layout.size)) return fail("EINVAL");
  const epoll = epollFile(call, fd);
  const deadline = timeoutNs === undefined ? undefined : kernel.nowNs() + timeoutNs;
  for (;;) {
    epoll.expectReadiness();
    const results = epoll.collect(most, task);
    results.forEach(({ events, data }, i) => memory.write(at + i * layout.size, layout.build({ events, data })));
    if (results.length > 0 || timeoutNs === 0) return results.length;
    try {
      if (!(await task.wait([epoll.readiness], deadline))) timeoutNs = 0;
    } catch (error) {
      // It never begins anew, whatever SA_RESTART says.
      throw notRestarted(error);
    }
  }
}

const ms = (timeout: number): number | undefined => (timeout < 0 ? undefined : timeout * 1e6);

const epollRows: readonly SyscallRow[] = [
  syscall("epoll_create", ["int"], (call, size) =>
    size <= 0 ? fail("EINVAL") : newFile(call, new EpollFile(call.kernel.realtimeNs()), 0),
  ),
  syscall("epoll_create1", ["openFlags"], (call, given) => {
    const flags = onlyFlags(call, given, O.CLOEXEC);
    return newFile(call, new EpollFile(call.kernel.realtimeNs()), flags);
  }),
  syscall("epoll_ctl", ["fd", "int", "fd", "ptr"], epollControl),
  syscall("epoll_wait", ["fd", "ptr", "int", "int"], (call, fd, at, most, timeout) => epollWait(call, fd, at, most, ms(timeout))),
  syscall("epoll_pwait", ["fd", "ptr", "int", "int", "ptr", "size"], (call, fd, at, most, timeout, mask) =>
    masked(call, mask, () => epollWait(call, fd, at, most, ms(timeout))),
  ),
  syscall("epoll_pwait2", ["fd", "ptr", "int", "ptr", "ptr", "size"], (call, fd, at, most, time, mask) =>
    masked(call, mask, () => epollWait(call, fd, at, most, time === 0 ? undefined : readTimespec(call, time, true))),
  ),
];

// ---- eventfd, signalfd

const EFD_SEMAPHORE = 1;

function eventfd(call: Call, count: number, given: number): number {
  const { kernel } = call;
  const flags = onlyFlags(call, given & ~EFD_SEMAPHORE, O.CLOEXEC | O.NONBLOCK);
  return newFile(call, new EventFile(count, (given & EFD_SEMAPHORE) !== 0, flags, kernel.abi.littleEndian, kernel.realtimeNs()), flags);
}

function signalfd(call: Call, fd: number, at: number, size: number, given: number): number {
  const { kernel, task, memory } = call;
  const flags = onlyFlags(call, given, O.CLOEXEC | O.NONBLOCK);
  if (size !== signalSetBytes(kernel.abi)) return fail("EINVAL");
  const set = readSignalSet(kernel.abi, memory, at).minus(SignalSet.of(9, 19));
  if (fd === -1) return newFile(call, new SignalFile(kernel, set, flags), flags);
  const file = task.files.get(fd);
  if (!(file instanceof SignalFile)) return fail("EINVAL");
  file.set = set;
  kernel.signalArrived.wake();
  return fd;
}

// ---- timerfd

const timerFile = ({ task }: Call, fd: number): TimerFile => {
  const file = task.files.get(fd);
  return file instanceof TimerFile ? file : fail("EINVAL");
};

const ABSTIME = 1;
const CANCEL_ON_SET = 2;

const timerfdRows = (suffix: "" | "64", wide: boolean): readonly SyscallRow[] => [
  syscall(`timerfd_settime${suffix}`, ["fd", "hex", "ptr", "ptr"], (call, fd, flags, at, old) => {
    if ((flags & ~(ABSTIME | CANCEL_ON_SET)) !== 0) return fail("EINVAL");
    const file = timerFile(call, fd);
    const { deadlineNs, intervalNs } = armingOf(call, at, wide, (flags & ABSTIME) !== 0, file.clock);
    if (old !== 0) writeSetting(call, old, file.setting, wide);
    file.set(deadlineNs, intervalNs);
    return 0;
  }),
  syscall(`timerfd_gettime${suffix}`, ["fd", "ptr"], (call, fd, at) => {
    writeSetting(call, at, timerFile(call, fd).setting, wide);
    return 0;
  }),
];

const MFD = { CLOEXEC: 1, ALLOW_SEALING: 2, NOEXEC_SEAL: 8, EXEC: 16 } as const;
const LONGEST_NAME = 249;

function memfd(call: Call, nameAt: number, flags: number): number {
  const { kernel, memory } = call;
  if ((flags & ~(MFD.CLOEXEC | MFD.ALLOW_SEALING | MFD.NOEXEC_SEAL | MFD.EXEC)) !== 0) return fail("EINVAL");
  const name = memory.string(nameAt);
  if (name.length > LONGEST_NAME) return fail("EINVAL");
  const file = kernel.unnamedFiles.openUnnamed(0o777, O.RDWR | O.LARGEFILE);
  if ((flags & MFD.ALLOW_SEALING) !== 0) file.content.seals = 0;
  file.title = `/memfd:${name} (deleted)`;
  return newFile(call, file, (flags & MFD.CLOEXEC) !== 0 ? O.CLOEXEC : 0);
}

export const eventRows: readonly SyscallRow[] = [
  ...epollRows,
  syscall("eventfd", ["uint"], (call, count) => eventfd(call, count, 0)),
  syscall("eventfd2", ["uint", "openFlags"], eventfd),
  syscall("signalfd", ["fd", "ptr", "size"], (call, fd, at, size) => signalfd(call, fd, at, size, 0)),
  syscall("signalfd4", ["fd", "ptr", "size", "openFlags"], signalfd),
  syscall("timerfd_create", ["int", "openFlags"], (call, clock, given) => {
    const flags = onlyFlags(call, given, O.CLOEXEC | O.NONBLOCK);
    if (!isRealtime(clock) && !isMonotonic(clock)) return fail("EINVAL");
    return newFile(call, new TimerFile(call.kernel, clockOf(call, clock), flags), flags);
  }),
  syscall("memfd_create", ["str", "hex"], memfd),
  ...timerfdRows("", false),
  ...timerfdRows("64", true),
];
