/** The first process: its standard files, its limits, its program. */
import { Kernel } from "./kernel.ts";
import { exec } from "./loader/exec.ts";
import type { KernelOptions } from "./ports.ts";
import { type Limit, NO_LIMIT, Process, RLIMIT } from "./process.ts";
import { SignalActions } from "./signals/actions.ts";
import { Task } from "./task.ts";
import { O, S } from "./vfs/constants.ts";
import { Descriptors } from "./vfs/descriptors.ts";
import { HostRegular } from "./vfs/host-file.ts";
import { HostStream } from "./vfs/host-stream.ts";
import type { OpenFile } from "./vfs/types.ts";

export interface FirstProgram {
  /** Path, arguments and environment with one character a byte. */
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

const DEFAULT_STACK = 8 << 20;
const LIMIT_COUNT = 16;

function limits(stackBytes: number): Limit[] {
  const list: Limit[] = Array.from({ length: LIMIT_COUNT }, () => ({ soft: NO_LIMIT, hard: NO_LIMIT }));
  list[RLIMIT.STACK] = { soft: stackBytes, hard: NO_LIMIT };
  list[RLIMIT.CORE] = { soft: 0, hard: NO_LIMIT };
  list[RLIMIT.NPROC] = { soft: 4096, hard: 4096 };
  list[RLIMIT.NOFILE] = { soft: 1024, hard: 1_048_576 };
  list[RLIMIT.MEMLOCK] = { soft: 8 << 20, hard: 8 << 20 };
  list[RLIMIT.SIGPENDING] = { soft: 4096, hard: 4096 };
  list[RLIMIT.MSGQUEUE] = { soft: 819_200, hard: 819_200 };
  list[RLIMIT.NICE] = { soft: 0, hard: 0 };
  list[RLIMIT.RTPRIO] = { soft: 0, hard: 0 };
  return list;
}

/** Standard input, output and error, as they were given to the emulator. */
function standardFiles(kernel: Kernel): Descriptors {
  const { files } = kernel.options;
  const table = new Descriptors();
  for (const fd of [0, 1, 2]) {
    let type: number;
    try {
      type = files.fstat(fd).mode & S.IFMT;
    } catch {
      // It was closed.
      continue;
    }
    const file = type === S.IFREG ? HostRegular.inherited(files, kernel.pages, fd) : new HostStream(files, fd, O.RDWR);
    table.put(fd, file, false);
  }
  return table;
}

function tableOf(files: readonly OpenFile[]): Descriptors {
  const table = new Descriptors();
  files.forEach((file, fd) => table.put(fd, file, false));
  return table;
}

/**
 * A kernel with its first process about to run the program. Fails with an Errno where it cannot be run. `given`: its files from 0 on; by
 * default those of the emulator.
 */
export async function start(options: KernelOptions, program: FirstProgram, given?: readonly OpenFile[]): Promise<Kernel> {
  const kernel = new Kernel(options);
  const { uid, gid, cwd, umask } = options.identity;
  const credentials = { uid, euid: uid, suid: uid, gid, egid: gid, sgid: gid, groups: [gid] };
  const pid = kernel.allocatePid();
  const process = new Process(
    pid,
    undefined,
    new SignalActions(),
    credentials,
    limits(options.stackBytes ?? DEFAULT_STACK),
    kernel.nowNs(),
  );
  kernel.addProcess(process);
  const root = kernel.mounts.root();
  const task = new Task(
    pid,
    process,
    {
      space: kernel.newSpace(),
      files: given === undefined ? standardFiles(kernel) : tableOf(given),
      fs: { root, cwd: root, umask },
      name: "",
      registers: kernel.vcpu.state.bytes.slice(),
    },
    kernel.services,
    kernel.abi.littleEndian,
  );
  if (options.root !== undefined && options.sysroot !== undefined)
    kernel.sysroot = await kernel.mounts.find(options.sysroot, { root, cwd: root, followLast: true });
  task.fs.cwd = await kernel.mounts.find(cwd, { root, cwd: root, followLast: true });
  await exec(kernel, task, program);
  kernel.add(task);
  return kernel;
}
