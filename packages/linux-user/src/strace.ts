/** Lines of -strace, as QEMU writes them: PID name(arguments) = result. */
import { E, Errno, errnoName } from "./errno.ts";
import { errorText } from "./error-text.ts";
import type { Kernel } from "./kernel.ts";
import { signalName } from "./signals/numbers.ts";
import { type ArgType, type CallResult, NO_RESULT, type SyscallRow } from "./syscall-table.ts";
import { genericOpenFlags } from "./syscalls/open.ts";
import type { Task } from "./task.ts";
import { O } from "./vfs/constants.ts";

type Bits = readonly (readonly [value: number, name: string])[];

const bits = (value: number, table: Bits, none: string): string => {
  const names: string[] = [];
  let rest = value;
  for (const [bit, name] of table)
    if (bit !== 0 && (rest & bit) === bit) {
      names.push(name);
      rest &= ~bit;
    }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.length === 0 ? none : names.join("|");
};

const openBits: Bits = [
  [0o4010000, "O_SYNC"],
  [1, "O_WRONLY"],
  [2, "O_RDWR"],
  [0o100, "O_CREAT"],
  [0o200, "O_EXCL"],
  [0o400, "O_NOCTTY"],
  [0o1000, "O_TRUNC"],
  [0o2000, "O_APPEND"],
  [0o4000, "O_NONBLOCK"],
  [0o2000000, "O_CLOEXEC"],
  [0o10000000, "O_PATH"],
];
const protBits: Bits = [
  [1, "PROT_READ"],
  [2, "PROT_WRITE"],
  [4, "PROT_EXEC"],
];
const mapBits: Bits = [
  [1, "MAP_SHARED"],
  [2, "MAP_PRIVATE"],
  [0x10, "MAP_FIXED"],
  [0x20, "MAP_ANONYMOUS"],
  [0x800, "MAP_DENYWRITE"],
  [0x4000, "MAP_NORESERVE"],
  [0x20000, "MAP_STACK"],
  [0x100000, "MAP_FIXED_NOREPLACE"],
];
const cloneBits: Bits = [
  [0x100, "CLONE_VM"],
  [0x200, "CLONE_FS"],
  [0x400, "CLONE_FILES"],
  [0x800, "CLONE_SIGHAND"],
  [0x4000, "CLONE_VFORK"],
  [0x1_0000, "CLONE_THREAD"],
  [0x4_0000, "CLONE_SYSVSEM"],
  [0x8_0000, "CLONE_SETTLS"],
  [0x10_0000, "CLONE_PARENT_SETTID"],
  [0x20_0000, "CLONE_CHILD_CLEARTID"],
  [0x100_0000, "CLONE_CHILD_SETTID"],
];

const LONGEST_BUFFER = 32;

function quoted(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
  const escape = (c: string): string => escapes[c] ?? (c < " " || c > "~" ? `\\${c.charCodeAt(0).toString(8)}` : c);
  return `"${[...text].map(escape).join("")}"`;
}

const hex = (value: number): string => `0x${(value < 0 ? value >>> 0 : value).toString(16)}`;

function argument(kernel: Kernel, task: Task, type: ArgType, value: number, next: number | undefined): string {
  const { memory } = task;
  switch (type) {
    case "hex":
      return hex(value);
    case "ptr":
      return value === 0 ? "NULL" : hex(value);
    case "oct":
      return `0${value.toString(8)}`;
    case "dirfd":
      return value === -100 ? "AT_FDCWD" : String(value);
    case "path":
    case "str":
      try {
        return value === 0 ? "NULL" : quoted(memory.string(value));
      } catch {
        return hex(value);
      }
    case "buf":
      try {
        const length = Math.min(next ?? 0, LONGEST_BUFFER);
        const more = (next ?? 0) > LONGEST_BUFFER ? "..." : "";
        return `${quoted(String.fromCharCode(...memory.bytes(value, length)))}${more}`;
      } catch {
        return hex(value);
      }
    case "signal":
      return value === 0 ? "0" : signalName(value);
    case "openFlags":
      return bits(
        genericOpenFlags(kernel, value),
        [...openBits, [O.DIRECTORY, "O_DIRECTORY"], [O.NOFOLLOW, "O_NOFOLLOW"], [O.LARGEFILE, "O_LARGEFILE"]],
        "O_RDONLY",
      );
    case "prot":
      return bits(value, protBits, "PROT_NONE");
    case "mapFlags":
      return bits(value, mapBits, "0");
    case "cloneFlags":
      return (
        [bits(value & ~0xff, cloneBits, ""), (value & 0xff) === 0 ? "" : signalName(value & 0xff)].filter((x) => x !== "").join("|") || "0"
      );
    default:
      return String(value);
  }
}

export const formatCall = (kernel: Kernel, task: Task, row: SyscallRow, args: readonly number[]): string =>
  `${row.name}(${row.args.map((type, i) => argument(kernel, task, type, args[i]!, args[i + 1])).join(",")})`;

export function formatResult(result: CallResult | Errno): string {
  if (result === NO_RESULT) return "?";
  if (result instanceof Errno) {
    if (result.number >= E.ERESTARTSYS) return "? (interrupted)";
    return `-1 errno=${result.number} (${errorText(result.number) ?? errnoName(result.number)})`;
  }
  return Math.abs(result) > 0xffff ? hex(result) : String(result);
}
