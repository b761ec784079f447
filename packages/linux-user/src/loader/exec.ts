/** execve: finds the program, its interpreter where it has one, builds the new address space and enters it. */
import { E, Errno, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { MAP, type MappedFile, map, mapFixedPage, pageUp, type AddressRange } from "../mm/mmap.ts";
import { byteString, UserAccess } from "../mm/user-access.ts";
import type { UserSpace } from "../mm/user-space.ts";
import { NO_LIMIT, RLIMIT } from "../process.ts";
import { SIG } from "../signals/numbers.ts";
import type { Task } from "../task.ts";
import { O, S } from "../vfs/constants.ts";
import { findFile, mayAccess } from "../vfs/names.ts";
import type { Location } from "../vfs/path.ts";
import type { OpenFile } from "../vfs/types.ts";
import { type ElfImage, PT, type ReadAt, readElf } from "./elf-image.ts";
import { AT, buildStack } from "./initial-stack.ts";
import { loadElf } from "./load-elf.ts";

/** Where an ELF program asks for an interpreter that is not there: -L may be missing. */
export class MissingInterpreter extends Errno {
  readonly path: string;
  constructor(path: string) {
    super("ENOENT");
    this.path = path;
  }
}

/** Longest first line of a script. */
const SCRIPT_LINE = 256;
const MOST_SCRIPTS = 5;
/** The stack must not have less room than that for arguments. */
export const MOST_ARGUMENT_BYTES = 2 << 20;
/** Mappings keep that far from the stack, however small its limit. */
const STACK_GAP = 128 << 20;
/**
 * Left free below that, as Linux leaves room for a stack that begins at random. Not a multiple of what the TLB spans: the pages used most, at the
 * tops of the stack and of the mappings, are not to have the same entries.
 */
const RANDOM_GAP = 0x120_0000;

interface OpenProgram {
  readonly at: Location;
  readonly file: OpenFile;
  readonly head: Uint8Array;
  readonly readAt: ReadAt;
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
  /** Already resolved, for execveat. */
  readonly at?: Location;
}

async function openProgram(kernel: Kernel, task: Task, path: string, found?: Location): Promise<OpenProgram> {
  const at = found ?? (await findFile(kernel, task, path));
  if (at.inode.type !== S.IFREG) return fail("EACCES");
  await mayAccess(task, at.inode, 1);
  const file = await at.inode.open(O.RDONLY, task);
  const readAt: ReadAt = async (offset, length) => {
    const bytes = new Uint8Array(length);
    let got = 0;
    while (got < length) {
      const n = await file.readAt(bytes.subarray(got), offset + got);
      if (n === 0) break;
      got += n;
    }
    return bytes.subarray(0, got);
  };
  return { at, file, head: await readAt(0, SCRIPT_LINE), readAt };
}

/** `#!interpreter argument`: the interpreter and its argument, if it is that. */
function scriptLine(head: Uint8Array): readonly [interpreter: string, argument: string | undefined] | undefined {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const text = byteString(head.subarray(2));
  const end = text.indexOf("\n");
  if (end < 0 && !/^[ \t]*[^ \t]+[ \t]/.test(text) && head.length === SCRIPT_LINE) return fail("ENOEXEC");
  const line = (end < 0 ? text : text.slice(0, end)).replace(/\0.*$/s, "").replace(/^[ \t]+|[ \t]+$/g, "");
  const match = /^([^ \t]+)(?:[ \t]+(.*))?$/.exec(line);
  return match === null ? fail("ENOEXEC") : [match[1]!, match[2]];
}

/** Replaces what the task runs. Fails before anything of the old program is gone, or not at all. */
export async function exec(kernel: Kernel, task: Task, program: Program): Promise<void> {
  let { path, at } = program;
  let args = program.args;
  let opened: OpenProgram;
  for (let scripts = 0; ; scripts++) {
    opened = await openProgram(kernel, task, path, at);
    const script = scriptLine(opened.head);
    if (script === undefined) break;
    await opened.file.release();
    if (scripts === MOST_SCRIPTS) return fail("ELOOP");
    const [interpreter, argument] = script;
    args = [interpreter, ...(argument === undefined ? [] : [argument]), path, ...args.slice(1)];
    path = interpreter;
    at = undefined;
  }
  const { file, head, readAt } = opened;
  try {
    const image = await readElf(head, readAt, kernel.abi);
    const size = [...args, ...program.environment].reduce((sum, text) => sum + text.length + 1 + kernel.abi.wordBytes, 0);
    if (size > MOST_ARGUMENT_BYTES) return fail("E2BIG");
    const interpreter = await openInterpreter(kernel, task, image, readAt);
    await enter(kernel, task, { ...program, args }, path, opened, image, interpreter);
  } finally {
    await file.release();
  }
}

async function openInterpreter(kernel: Kernel, task: Task, image: ElfImage, readAt: ReadAt) {
  const header = image.headers.find((h) => h.type === PT.INTERP);
  if (header === undefined) return undefined;
  const name = byteString(await readAt(header.offset, Math.min(header.fileSize, 4096))).replace(/\0.*$/s, "");
  let opened: OpenProgram;
  try {
    opened = await openProgram(kernel, task, name);
  } catch (error) {
    if (error instanceof Errno && error.number === E.ENOENT) throw new MissingInterpreter(name);
    throw error;
  }
  try {
    return { opened, image: await readElf(opened.head, opened.readAt, kernel.abi) };
  } catch (error) {
    await opened.file.release();
    throw error instanceof Errno && error.number === E.ENOEXEC ? new Errno("ELIBBAD") : error;
  }
}

async function mappedFile({ at, file }: OpenProgram): Promise<MappedFile> {
  const stat = await file.stat();
  return { source: await file.pageSource(), name: at.path, device: Number(stat.dev), inode: Number(stat.ino), mayWrite: false };
}

/** Where mappings go in a process with that stack limit. */
export function addressRange(kernel: Kernel, stackLimit: number): AddressRange {
  const { layout } = kernel.abi;
  const gap = Math.max(STACK_GAP, Math.min(stackLimit, Math.floor(layout.taskSize / 6) * 5));
  return { bottom: layout.mmapMin, top: layout.taskSize, searchTop: layout.stackTop - pageUp(gap) - RANDOM_GAP };
}

async function enter(
  kernel: Kernel,
  task: Task,
  program: Program,
  path: string,
  opened: OpenProgram,
  image: ElfImage,
  interpreter: { readonly opened: OpenProgram; readonly image: ElfImage } | undefined,
): Promise<void> {
  const { abi } = kernel;
  const stackLimit = Math.min(task.process.limits[RLIMIT.STACK]!.soft, NO_LIMIT);
  const space = kernel.newSpace();
  const memory = new UserAccess(() => space, kernel.pool, abi.littleEndian);
  const stackHeader = image.headers.find((h) => h.type === PT.GNU_STACK);
  const isExecutable = stackHeader === undefined ? abi.defaultExecutableStack : (stackHeader.flags & 1) !== 0;
  space.readImpliesExec = stackHeader === undefined && abi.defaultExecutableStack;
  space.stackLimit = stackLimit;
  const range = addressRange(kernel, stackLimit);
  let sp: number;
  let entry: number;
  try {
    mapStack(space, abi.layout.stackTop, isExecutable, range);
    for (const page of kernel.fixedPages) mapFixedPage(space, page.va, page.source, page.name);
    const base = interpreter === undefined ? undefined : abi.layout.pieBase;
    const main = loadElf(space, memory, image, await mappedFile(opened), base, range);
    space.heapStart = space.heapEnd = pageUp(main.end);
    const linker =
      interpreter === undefined
        ? undefined
        : loadElf(space, memory, interpreter.image, await mappedFile(interpreter.opened), undefined, range);
    entry = linker?.entry ?? main.entry;
    const random = new Uint8Array(16);
    kernel.options.random.fill(random);
    const { uid, euid, gid, egid } = task.process.credentials;
    const { hwcap, hwcap2, platform } = abi.hwcap(kernel.vcpu.cpu);
    const minSignalStack = abi.minSignalStack?.(kernel.vcpu.cpu);
    sp = buildStack(
      space,
      memory,
      abi.layout.stackTop,
      {
        args: program.args,
        environment: program.environment,
        name: path,
        platform,
        random,
        auxv: [
          [AT.HWCAP, hwcap],
          [AT.PAGESZ, 4096],
          [AT.CLKTCK, 100],
          [AT.PHDR, main.headers],
          [AT.PHENT, image.headerSize],
          [AT.PHNUM, image.headers.length],
          [AT.BASE, linker?.bias ?? 0],
          [AT.FLAGS, 0],
          [AT.ENTRY, main.entry],
          [AT.UID, uid],
          [AT.EUID, euid],
          [AT.GID, gid],
          [AT.EGID, egid],
          [AT.SECURE, 0],
          [AT.HWCAP2, hwcap2],
          ...(minSignalStack === undefined ? [] : [[AT.MINSIGSTKSZ, minSignalStack] as const]),
        ],
      },
      abi,
    );
  } catch (error) {
    space.leave();
    throw error;
  } finally {
    await interpreter?.opened.file.release();
  }
  replace(kernel, task, space, opened.at, path);
  kernel.switchTo(task);
  abi.start(kernel.vcpu.cpu, entry, sp);
}

function mapStack(space: UserSpace, top: number, isExecutable: boolean, range: AddressRange): void {
  const size = 0x2_1000;
  map(
    space,
    {
      va: top - size,
      length: size,
      prot: isExecutable ? 7 : 3,
      flags: MAP.PRIVATE | MAP.FIXED | MAP.ANONYMOUS,
      name: "[stack]",
      growsDown: true,
    },
    range,
  );
}

/** From here on there is no way back: the old program goes, and the process's other threads. */
function replace(kernel: Kernel, task: Task, space: UserSpace, at: Location, path: string): void {
  const { process } = task;
  for (const other of Array.from(process.tasks)) if (other !== task) kernel.exitTask(other, 0);
  const old = task.space;
  task.space = space;
  old.leave();
  task.unshareFiles();
  task.files.closeOnExec();
  process.actions = process.actions.copy();
  process.actions.resetForExec();
  process.dropTimers();
  task.altStack = { sp: 0, size: 0, flags: 2 };
  task.clearChildTid = 0;
  task.robustList = 0;
  task.name = path.slice(path.lastIndexOf("/") + 1).slice(0, 15);
  process.executable = at;
  process.exitSignal = process.parent === undefined ? process.exitSignal : SIG.SIGCHLD;
  // The address space of a vfork's parent is its own again.
  process.memoryLeft.wake();
}
