/** Error numbers of Linux as in asm-generic, and how a call fails: by throwing one of them as an Errno. */
export const E = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENOMSG: 42,
  EIDRM: 43,
  ENODATA: 61,
  ETIME: 62,
  EOVERFLOW: 75,
  ELIBBAD: 80,
  EILSEQ: 84,
  EUSERS: 87,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ESTALE: 116,
  EDQUOT: 122,
  ECANCELED: 125,
  EOWNERDEAD: 130,
  /** Inside the kernel only: a signal came; what becomes of the call depends on what the signal does (signals/deliver.ts). */
  ERESTARTSYS: 512,
  ERESTARTNOINTR: 513,
  ERESTARTNOHAND: 514,
} as const;

export type ErrnoName = keyof typeof E;

/** Thrown by whatever carries out a call. No Error: it needs no stack trace, and is thrown often. */
export class Errno {
  readonly number: number;
  constructor(name: ErrnoName) {
    this.number = E[name];
  }
}

/** Fails the call. */
export const fail = (name: ErrnoName): never => {
  throw new Errno(name);
};

/** The error of a call that a signal interrupted and that never begins anew by itself, whatever SA_RESTART says; others as they are. */
export const notRestarted = (error: unknown): unknown =>
  error instanceof Errno && error.number === E.ERESTARTSYS ? new Errno("EINTR") : error;

const names = new Map<number, ErrnoName>(Object.entries(E).map(([name, number]) => [number, name as ErrnoName]));

export const errnoName = (number: number): string => names.get(number) ?? `errno ${number}`;

/** The Errno for an error of a host port, which carries the name in `code`. Anything else is a bug and thrown on. */
export const fromHost = (error: unknown): Errno => {
  if (error instanceof Errno) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === "string" && Object.hasOwn(E, code)) return new Errno(code as ErrnoName);
  if (code === "ENOTSUP") return new Errno("EOPNOTSUPP");
  // A number that the host cannot even be asked about.
  if (code === "ERR_OUT_OF_RANGE") return new Errno("EINVAL");
  throw error;
};

/** Runs a call of a host port with its errors as Errno. */
export function host<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw fromHost(error);
  }
}
