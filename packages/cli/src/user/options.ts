/** The options of user mode as rows, with the environment variables that stand for them. */
export interface UserOptionRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What follows it; absent if it stands alone. */
  readonly arg?: string;
  /** Name of the environment variable, after TSEMU_ or QEMU_. */
  readonly variable?: string;
  readonly help: string;
  /** Taken and ignored, for the sake of scripts written for QEMU. */
  readonly ignored?: true;
}

export const userOptions: readonly UserOptionRow[] = [
  { name: "h", aliases: ["help"], help: "print this help" },
  { name: "g", arg: "port", variable: "GDB", help: "wait for gdb at the TCP port, or socket path, 'port'" },
  { name: "L", arg: "path", variable: "LD_PREFIX", help: "set the elf interpreter prefix to 'path'" },
  { name: "root", arg: "path", variable: "ROOT", help: "the program sees the files under 'path' and no others" },
  { name: "s", arg: "size", variable: "STACK_SIZE", help: "set the stack size to 'size' bytes" },
  { name: "cpu", arg: "model", variable: "CPU", help: "select CPU (-cpu help for list)" },
  { name: "E", arg: "var=value", variable: "SET_ENV", help: "sets targets environment variable" },
  { name: "U", arg: "var", variable: "UNSET_ENV", help: "unsets targets environment variable" },
  { name: "0", arg: "argv0", variable: "ARGV0", help: "forces target process argv[0] to be 'argv0'" },
  { name: "r", arg: "uname", variable: "UNAME", help: "set the uname release string to 'uname'" },
  { name: "B", arg: "address", variable: "GUEST_BASE", help: "ignored: guest addresses are translated", ignored: true },
  { name: "R", arg: "size", variable: "RESERVED_VA", help: "ignored: nothing has to be reserved", ignored: true },
  { name: "d", arg: "item[,...]", variable: "LOG", help: "enable logging of specified items ('-d help' for a list)" },
  { name: "dfilter", arg: "range[,...]", variable: "DFILTER", help: "filter logging based on address range" },
  { name: "D", arg: "logfile", variable: "LOG_FILENAME", help: "write logs to 'logfile' (default stderr)" },
  { name: "p", arg: "pagesize", variable: "PAGESIZE", help: "ignored: pages are those of the guest", ignored: true },
  { name: "singlestep", variable: "SINGLESTEP", help: "ignored", ignored: true },
  { name: "m", arg: "size", variable: "MEMORY", help: "memory of all processes together, in MiB or with a suffix K, M or G (default 3G)" },
  { name: "nproc", arg: "number", variable: "NPROC", help: "threads of all processes together (default 4096)" },
  { name: "strace", variable: "STRACE", help: "log system calls" },
  { name: "seed", arg: "seed", variable: "RAND_SEED", help: "seed for the random numbers that the program gets" },
  { name: "tier", arg: "0|1|mixed", help: "0: interpret only; 1: compile everything before it runs; mixed: what is hot" },
  {
    name: "code-cache",
    arg: "dir|off",
    variable: "CODE_CACHE",
    help: "where translated code is kept for the next run (default ~/.cache/tsemu)",
  },
  { name: "version", variable: "VERSION", help: "display version information and exit" },
];

const byName = new Map(userOptions.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)));

export const findUserOption = (name: string): UserOptionRow | undefined => byName.get(name);

export const DEFAULT_STACK = 8 << 20;

/** -help, in QEMU's layout. */
export const userHelp = (program: string, target: string): string => {
  const rows = userOptions.flatMap((row) =>
    [row.name, ...(row.aliases ?? [])].map((name, i) => {
      const left = `-${name}${row.arg === undefined ? "" : ` ${row.arg}`}`;
      return `${left.padEnd(20)} ${(row.variable === undefined ? "" : `TSEMU_${row.variable}`).padEnd(18)} ${i === 0 ? row.help : ""}`.trimEnd();
    }),
  );
  return `usage: ${program} [options] program [arguments...]
Linux CPU emulator (for programs made for ${target})

Options and associated environment variables:

Argument             Env-variable       Description
${rows.join("\n")}

Defaults:
TSEMU_STACK_SIZE = ${DEFAULT_STACK} byte

The environment variables are also read under the names that begin with QEMU_.
You can use -E and -U, or the variables TSEMU_SET_ENV and TSEMU_UNSET_ENV, to set and
unset environment variables of the program; several ones with commas between them.
`;
};
