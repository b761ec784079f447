/** Signals by name, with asm-generic's numbers, and what they do to who does not handle them. */
export const SIG = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

export type SignalName = keyof typeof SIG;

/** First real-time signal. */
export const SIGRTMIN = 32;
/** As many as any architecture has. */
export const MOST_SIGNALS = 128;

export type DefaultAction = "terminate" | "core" | "ignore" | "stop" | "continue";

const defaults: Readonly<Partial<Record<number, DefaultAction>>> = {
  [SIG.SIGQUIT]: "core",
  [SIG.SIGILL]: "core",
  [SIG.SIGTRAP]: "core",
  [SIG.SIGABRT]: "core",
  [SIG.SIGBUS]: "core",
  [SIG.SIGFPE]: "core",
  [SIG.SIGSEGV]: "core",
  [SIG.SIGXCPU]: "core",
  [SIG.SIGXFSZ]: "core",
  [SIG.SIGSYS]: "core",
  [SIG.SIGCHLD]: "ignore",
  [SIG.SIGURG]: "ignore",
  [SIG.SIGWINCH]: "ignore",
  [SIG.SIGCONT]: "continue",
  [SIG.SIGSTOP]: "stop",
  [SIG.SIGTSTP]: "stop",
  [SIG.SIGTTIN]: "stop",
  [SIG.SIGTTOU]: "stop",
};

export const defaultAction = (signal: number): DefaultAction => defaults[signal] ?? "terminate";

const names = new Map<number, string>(Object.entries(SIG).map(([name, number]) => [number, name]));
export const signalName = (signal: number): string =>
  names.get(signal) ?? (signal >= SIGRTMIN ? `SIGRT_${signal - SIGRTMIN}` : String(signal));

/** sa_flags. */
export const SA = {
  NOCLDSTOP: 1,
  NOCLDWAIT: 2,
  SIGINFO: 4,
  RESTORER: 0x0400_0000,
  ONSTACK: 0x0800_0000,
  RESTART: 0x1000_0000,
  NODEFER: 0x4000_0000,
  RESETHAND: 0x8000_0000,
} as const;

export const SIG_DFL = 0;
export const SIG_IGN = 1;

/** si_code. */
export const SI = {
  USER: 0,
  KERNEL: 0x80,
  QUEUE: -1,
  TIMER: -2,
  MESGQ: -3,
  TKILL: -6,
  TRAP_BRKPT: 1,
  SEGV_MAPERR: 1,
  SEGV_ACCERR: 2,
  BUS_ADRALN: 1,
  BUS_ADRERR: 2,
  CLD_EXITED: 1,
  CLD_KILLED: 2,
  CLD_DUMPED: 3,
  CLD_STOPPED: 5,
  CLD_CONTINUED: 6,
} as const;
