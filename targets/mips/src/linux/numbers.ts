/** Numbers of Linux for MIPS that are not asm-generic's (arch/mips/include/uapi/asm): as they were in IRIX. */
import type { LinuxAbi, LinuxNumbers } from "@tsemu/target";

const inverse = (map: ReadonlyMap<number, number>): ReadonlyMap<number, number> => new Map([...map].map(([a, b]) => [b, a]));

/** MIPS's signals by asm-generic's; 7 is SIGEMT, which has none. */
const ownSignals = new Map([
  [7, 10],
  [10, 16],
  [12, 17],
  [16, 7],
  [17, 18],
  [18, 25],
  [19, 23],
  [20, 24],
  [21, 26],
  [22, 27],
  [23, 21],
  [24, 30],
  [25, 31],
  [26, 28],
  [27, 29],
  [28, 20],
  [29, 22],
  [30, 19],
  [31, 12],
]);
const genericSignals = inverse(ownSignals);

/** Pairs of bits, asm-generic's and MIPS's. */
type Bits = readonly (readonly [generic: number, own: number])[];

const moved = (flags: number, pairs: Bits, from: 0 | 1): number => {
  let result = flags;
  for (const pair of pairs) result &= ~pair[from];
  for (const pair of pairs) if ((flags & pair[from]) === pair[from]) result |= pair[1 - from]!;
  return result >>> 0;
};

const sigactionBits: Bits = [
  [2, 0x1_0000],
  [4, 8],
];

const mapBits: Bits = [
  [0x20, 0x800],
  [0x100, 0x1000],
  [0x800, 0x2000],
  [0x1000, 0x4000],
  [0x2000, 0x8000],
  [0x4000, 0x400],
  [0x8000, 0x1_0000],
  [0x1_0000, 0x2_0000],
  [0x2_0000, 0x4_0000],
  [0x4_0000, 0x8_0000],
];

/** MIPS's error numbers by asm-generic's; those up to 34 are the same. */
const ownErrors = new Map<number, number>([
  [35, 45],
  [36, 78],
  [37, 46],
  [38, 89],
  [39, 93],
  [40, 90],
  [42, 35],
  [43, 36],
  [71, 71],
  [75, 79],
  [84, 88],
  [87, 94],
  ...Array.from({ length: 12 }, (_, i) => [88 + i, [95, 96, 97, 98, 99, 120, 121, 122, 123, 124, 125, 126][i]!] as [number, number]),
  [100, 127],
  [101, 128],
  [102, 129],
  [103, 130],
  [104, 131],
  [105, 132],
  [106, 133],
  [107, 134],
  [108, 143],
  [109, 144],
  [110, 145],
  [111, 146],
  [112, 147],
  [113, 148],
  [114, 149],
  [115, 150],
  [116, 151],
  [117, 135],
  [118, 137],
  [119, 138],
  [120, 139],
  [121, 140],
  [122, 1133],
  [123, 159],
  [124, 160],
  [125, 158],
  [126, 161],
  [127, 162],
  [128, 163],
  [129, 164],
  [130, 165],
  [131, 166],
  [132, 167],
]);

export const openFlags: LinuxAbi["openFlags"] = {
  append: 0x8,
  dsync: 0x10,
  nonblock: 0x80,
  creat: 0x100,
  trunc: 0x200,
  excl: 0x400,
  noctty: 0x800,
  async: 0x1000,
  largeFile: 0x2000,
  sync: 0x4010,
  direct: 0x8000,
  directory: 0x1_0000,
  noFollow: 0x2_0000,
  noAtime: 0x4_0000,
  cloexec: 0x8_0000,
};

const table =
  (pairs: Readonly<Record<number, number>>) =>
  (own: number): number =>
    pairs[own] ?? own;

/** What the rest does not know is -1: never one of asm-generic's by accident. */
const strict =
  (pairs: Readonly<Record<number, number>>) =>
  (own: number): number =>
    pairs[own] ?? -1;

const how = strict({ 1: 0, 2: 1, 3: 2 });
const resource = table({ 5: 7, 6: 9, 7: 5, 8: 6, 9: 8 });
const fcntlCommand = table({ 14: 5, 23: 9, 24: 8, 33: 12, 34: 13, 35: 14, 5: -1, 8: -1, 9: -1, 12: -1, 13: -1 });
/** SOCK_DGRAM and SOCK_STREAM have changed places; the flags are open flags, which are translated where they are used. */
const socketType = (own: number): number => ((own & 15) === 1 || (own & 15) === 2 ? own ^ 3 : own);

const SOL_SOCKET = 0xffff;
const socketOptions: Readonly<Record<number, number>> = {
  0x0001: 1,
  0x0004: 2,
  0x0008: 9,
  0x0010: 5,
  0x0020: 6,
  0x0080: 13,
  0x0100: 10,
  0x0200: 15,
  0x1001: 7,
  0x1002: 8,
  0x1003: 19,
  0x1004: 18,
  0x1005: 21,
  0x1006: 20,
  0x1007: 4,
  0x1008: 3,
  0x1009: 30,
  0x1028: 38,
  0x1029: 39,
  17: 16,
  18: 17,
};
const level = (own: number): number => (own === SOL_SOCKET ? 1 : own === 1 ? -1 : own);
const optionName = (own: number, args: readonly number[]): number => (args[1] === SOL_SOCKET ? (socketOptions[own] ?? own) : own);

const ioctls: Readonly<Record<number, number>> = {
  0x5405: 0x5409,
  0x5406: 0x540a,
  0x5407: 0x540b,
  0x540d: 0x5401,
  0x540e: 0x5402,
  0x540f: 0x5403,
  0x5410: 0x5404,
  0x5471: 0x5422,
  0x5472: 0x5412,
  0x7400: 0x5424,
  0x7401: 0x5423,
  0x740d: 0x540c,
  0x740e: 0x540d,
  0x5480: 0x540e,
  0x5486: 0x5425,
  0x6601: 0x5451,
  0x6602: 0x5450,
  0x667d: 0x5452,
  0x667e: 0x5421,
  0x467f: 0x541b,
  0x7416: 0x5429,
  0x7472: 0x5411,
  0x40047477: 0x540f,
  0x80047476: 0x5410,
  0x40087468: 0x5413,
  0x80087467: 0x5414,
};

/** A request; those that tell a direction and a size have three bits for the direction where asm-generic has two. */
function ioctlRequest(own: number): number {
  const request = own >>> 0;
  const known = ioctls[request];
  if (known !== undefined) return known;
  const direction = request >>> 29;
  // asm-generic's terminals must not be met by accident; what others have is the same (sockets).
  if (direction === 0) return request >>> 8 === 0x54 ? -1 : request;
  const [read, write] = [(direction & 2) !== 0, (direction & 4) !== 0];
  return ((read ? 0x8000_0000 : 0) | (write ? 0x4000_0000 : 0) | (request & 0x1fff_ffff)) >>> 0;
}

const TIOCSIG = 0x8004_5436;
/** TIOCSIG's argument is a signal. */
const ioctlArgument = (own: number, args: readonly number[]): number =>
  args[1]! >>> 0 === TIOCSIG ? (genericSignals.get(own) ?? own) : own;

/** Of c_lflag: IEXTEN, TOSTOP, FLUSHO. */
const lflagBits: Bits = [
  [0x8000, 0x100],
  [0x100, 0x8000],
  [0x1000, 0x2000],
];
/** Places in c_cc, from VINTR on, for each of asm-generic's. */
const ccPlaces = [0, 1, 2, 3, 16, 5, 4, 7, 8, 9, 10, 17, 12, 13, 14, 15, 6];
const CC = 17;
const LFLAG = 12;
const TERMIOS = 40;
const GENERIC_TERMIOS = 36;

function moveTermios(from: Uint8Array, size: number, littleEndian: boolean, side: 0 | 1): Uint8Array {
  const to = new Uint8Array(size);
  to.set(from.subarray(0, CC));
  const view = new DataView(to.buffer);
  view.setUint32(LFLAG, moved(view.getUint32(LFLAG, littleEndian), lflagBits, side), littleEndian);
  ccPlaces.forEach((own, generic) => {
    if (side === 0) to[CC + own] = from[CC + generic]!;
    else to[CC + generic] = from[CC + own]!;
  });
  return to;
}

export const numbers: LinuxNumbers = {
  signal: (own) => genericSignals.get(own) ?? own,
  ownSignal: (signal) => ownSignals.get(signal) ?? signal,
  signalSetBytes: 16,
  suspendsByAddress: true,
  sigactionFlags: (own) => moved(own, sigactionBits, 1),
  ownSigactionFlags: (flags) => moved(flags, sigactionBits, 0),
  mapFlags: (own) => moved(own, mapBits, 1),
  ownError: (error) => ownErrors.get(error) ?? error,
  infoCodeFirst: true,
  termiosBytes: TERMIOS,
  termios: (own, littleEndian) => moveTermios(own, GENERIC_TERMIOS, littleEndian, 1),
  ownTermios: (termios, littleEndian) => moveTermios(termios, TERMIOS, littleEndian, 0),
  ownSocketLevel: SOL_SOCKET,
  ownSocketType: socketType,
  noLimit: 0x7fff_ffff,
  arguments: {
    rt_sigprocmask: [how],
    sigprocmask: [how],
    fcntl: [undefined, fcntlCommand],
    fcntl64: [undefined, fcntlCommand],
    getrlimit: [resource],
    setrlimit: [resource],
    prlimit64: [undefined, resource],
    socket: [undefined, socketType],
    socketpair: [undefined, socketType],
    getsockopt: [undefined, level, optionName],
    setsockopt: [undefined, level, optionName],
    ioctl: [undefined, ioctlRequest, ioctlArgument],
  },
};
