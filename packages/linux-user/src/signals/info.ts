/** siginfo_t: what a signal tells beside its number, and how it lies in memory. */
import type { FaultContext, LinuxAbi } from "@tsemu/target";

export interface SignalInfo {
  readonly signal: number;
  readonly code: number;
  /** Who sent it (kill, sigqueue, SIGCHLD). */
  readonly pid?: number;
  readonly uid?: number;
  /** sigqueue's and timers' value, a word. */
  readonly value?: number;
  /** SIGCHLD: exit code or signal. */
  readonly status?: number;
  /** In clock ticks. */
  readonly userTime?: number;
  readonly systemTime?: number;
  /** Faults: the address; a bigint where a number could not hold it. */
  readonly address?: number | bigint;
  readonly fault?: FaultContext;
  /** SIGSYS of seccomp: the call that was not to be made. */
  readonly call?: { readonly address: number; readonly number: number; readonly arch: number; readonly error: number };
  /** POSIX timers. */
  readonly timer?: number;
  readonly overrun?: number;
}

const SIZE = 128;
const SIGCHLD = 17;
const CLD_EXITED = 1;

/** The 128 bytes. The fields after signo, errno and code begin at a word's boundary. */
export function layOutInfo(info: SignalInfo, abi: Pick<LinuxAbi, "wordBytes" | "littleEndian" | "numbers">): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  const { wordBytes, littleEndian } = abi;
  const i32 = (at: number, value: number): void => view.setInt32(at, value, littleEndian);
  const word = (at: number, value: number | bigint): void =>
    wordBytes === 4 ? view.setInt32(at, Number(value) | 0, littleEndian) : view.setBigInt64(at, BigInt(value), littleEndian);
  const fields = wordBytes === 4 ? 12 : 16;
  const own = (signal: number): number => abi.numbers?.ownSignal(signal) ?? signal;
  i32(0, own(info.signal));
  i32(abi.numbers?.infoCodeFirst === true ? 4 : 8, info.code);
  if (info.call !== undefined) {
    i32(abi.numbers?.infoCodeFirst === true ? 8 : 4, info.call.error);
    word(fields, info.call.address);
    i32(fields + wordBytes, info.call.number);
    view.setUint32(fields + wordBytes + 4, info.call.arch, littleEndian);
  } else if (info.address !== undefined) word(fields, info.address);
  else if (info.timer !== undefined) {
    i32(fields, info.timer);
    i32(fields + 4, info.overrun ?? 0);
    word(fields + 8, info.value ?? 0);
  } else {
    i32(fields, info.pid ?? 0);
    i32(fields + 4, info.uid ?? 0);
    if (info.signal === SIGCHLD && info.status !== undefined) {
      const times = wordBytes === 4 ? fields + 12 : fields + 16;
      i32(fields + 8, info.code === CLD_EXITED ? info.status : own(info.status));
      word(times, info.userTime ?? 0);
      word(times + wordBytes, info.systemTime ?? 0);
    } else if (info.value !== undefined) word(fields + 8, info.value);
  }
  return bytes;
}

const SIGNALFD_SIZE = 128;

/** struct signalfd_siginfo: the same fields, all of them in places of their own. */
export function layOutSignalfdInfo(info: SignalInfo, abi: Pick<LinuxAbi, "wordBytes" | "littleEndian" | "numbers">): Uint8Array {
  const { wordBytes, littleEndian, numbers } = abi;
  const bytes = new Uint8Array(SIGNALFD_SIZE);
  const view = new DataView(bytes.buffer);
  const i32 = (at: number, value: number | undefined): void => view.setInt32(at, value ?? 0, littleEndian);
  i32(0, numbers?.ownSignal(info.signal) ?? info.signal);
  i32(8, info.code);
  i32(12, info.pid);
  i32(16, info.uid);
  i32(24, info.timer);
  i32(32, info.overrun);
  i32(40, info.status);
  // The value is a union of a word and an int, which is its first four bytes.
  i32(44, wordBytes === 8 && !littleEndian ? Math.floor((info.value ?? 0) / 2 ** 32) : info.value);
  view.setBigInt64(48, BigInt(info.value ?? 0), littleEndian);
  view.setBigInt64(56, BigInt(info.userTime ?? 0), littleEndian);
  view.setBigInt64(64, BigInt(info.systemTime ?? 0), littleEndian);
  view.setBigInt64(72, BigInt(info.address ?? 0), littleEndian);
  return bytes;
}

/** The same from memory, for rt_sigqueueinfo. */
export function readInfo(signal: number, bytes: Uint8Array, abi: Pick<LinuxAbi, "wordBytes" | "littleEndian" | "numbers">): SignalInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = abi.wordBytes === 4 ? 12 : 16;
  const i32 = (at: number): number => view.getInt32(at, abi.littleEndian);
  const at = fields + 8;
  const value = abi.wordBytes === 4 ? i32(at) : Number(view.getBigInt64(at, abi.littleEndian));
  return { signal, code: i32(abi.numbers?.infoCodeFirst === true ? 4 : 8), pid: i32(fields), uid: i32(fields + 4), value };
}
