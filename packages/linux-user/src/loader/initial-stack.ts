/**
 * The stack that a program begins with, as Linux lays it out, from the top down: a null word; the program's name, the environment's and the
 * arguments' strings; the platform's name; 16 random bytes; then, at the stack pointer, argc, argv, envp and the auxiliary vector.
 */
import type { LinuxAbi } from "@tsemu/target";
import { cString, type UserAccess } from "../mm/user-access.ts";
import type { UserSpace } from "../mm/user-space.ts";

/** Keys of the auxiliary vector. */
export const AT = {
  NULL: 0,
  PHDR: 3,
  PHENT: 4,
  PHNUM: 5,
  PAGESZ: 6,
  BASE: 7,
  FLAGS: 8,
  ENTRY: 9,
  UID: 11,
  EUID: 12,
  GID: 13,
  EGID: 14,
  PLATFORM: 15,
  HWCAP: 16,
  CLKTCK: 17,
  SECURE: 23,
  RANDOM: 25,
  HWCAP2: 26,
  EXECFN: 31,
  MINSIGSTKSZ: 51,
} as const;

export interface InitialStack {
  readonly args: readonly string[];
  readonly environment: readonly string[];
  /** The path that execve was given. */
  readonly name: string;
  readonly platform: string;
  readonly random: Uint8Array;
  /** Entries but for those whose values are addresses on the stack. */
  readonly auxv: readonly (readonly [key: number, value: number])[];
}

/** Writes it; returns the stack pointer. */
export function buildStack(space: UserSpace, memory: UserAccess, top: number, what: InitialStack, abi: LinuxAbi): number {
  const word = abi.wordBytes;
  let at = top - word;
  const push = (text: string): number => {
    const bytes = cString(text);
    at -= bytes.length;
    memory.write(at, bytes);
    return at;
  };
  const name = push(what.name);
  const environmentEnd = at;
  const environment = what.environment.toReversed().map(push).toReversed();
  const argumentsEnd = at;
  const args = what.args.toReversed().map(push).toReversed();
  space.arguments = { start: at, end: argumentsEnd };
  space.environment = { start: argumentsEnd, end: environmentEnd };
  at -= at % 16;
  const platform = push(what.platform);
  at -= what.random.length;
  memory.write(at, what.random);
  const random = at;
  const auxv = [
    ...what.auxv,
    [AT.RANDOM, random] as const,
    [AT.EXECFN, name] as const,
    [AT.PLATFORM, platform] as const,
    [AT.NULL, 0] as const,
  ].flat();
  const words = [args.length, ...args, 0, ...environment, 0, ...auxv];
  const sp = Math.floor((at - words.length * word) / 16) * 16;
  const bytes = new Uint8Array(words.length * word);
  const view = new DataView(bytes.buffer);
  words.forEach((value, i) =>
    word === 4 ? view.setUint32(4 * i, value, abi.littleEndian) : view.setBigUint64(8 * i, BigInt(value), abi.littleEndian),
  );
  memory.write(sp, bytes);
  space.auxv = bytes.slice((words.length - auxv.length) * word);
  return sp;
}
