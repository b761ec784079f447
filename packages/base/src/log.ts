/** The items of `-d`, with QEMU's names where the meaning is QEMU's. */
export const logItems = {
  in_asm: "show guest instructions for each translated block",
  op: "show the IR of each translated block",
  op_opt: "show the IR after optimization",
  out_wat: "show the WebAssembly text of each compiled region (alias out_asm)",
  int: "show interrupts and exceptions in short format",
  exec: "show each block entered (see also nochain)",
  nochain: "do not chain blocks, so that exec and cpu show every one",
  cpu: "show CPU registers before entering a block",
  fpu: "include floating-point registers in the cpu log",
  mmu: "log MMU-related activities",
  tier: "log compilation and invalidation of code",
  unimp: "log unimplemented functionality",
  guest_errors: "log when the guest does something invalid",
  page: "user mode: dump the mappings at the beginning of the program",
  strace: "user mode: log every system call, its arguments and its result",
} as const;

export type LogItem = keyof typeof logItems;

/** Both ends included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** Where log text goes, and which items are wanted. One per machine, handed to whoever logs. */
export class Logger {
  readonly #enabled: Set<LogItem>;
  readonly #write: (text: string) => void;
  readonly #ranges: readonly AddressRange[] | undefined;

  constructor(items: Iterable<LogItem> = [], write: (text: string) => void = () => {}, ranges?: readonly AddressRange[]) {
    this.#enabled = new Set(items);
    this.#write = write;
    this.#ranges = ranges;
  }

  /** Whether what concerns code at that address is wanted (`-dfilter`). */
  covers(pc: number): boolean {
    return this.#ranges === undefined || this.#ranges.some(({ first, last }) => pc >= first && pc <= last);
  }

  on(item: LogItem): boolean {
    return this.#enabled.has(item);
  }

  /** Writes one line if the item is enabled. `text` may be a function, called only then. */
  log(item: LogItem, text: string | (() => string)): void {
    if (this.#enabled.has(item)) this.#write(`${typeof text === "string" ? text : text()}\n`);
  }
}
