/** The kernel's accesses to the memory of a process: they fail with EFAULT where the process's own would fault. */
import type { UserMemory } from "@tsemu/target";
import { Errno, type ErrnoName, fail } from "../errno.ts";
import { PAGE, type PagePool } from "./page-pool.ts";
import type { UserSpace } from "./user-space.ts";

/** Thrown where a page must be waited for: the call is carried out again after that. */
export class PageWait {
  readonly pending: Promise<unknown>;
  constructor(pending: Promise<unknown>) {
    this.pending = pending;
  }
}

/** Longest string that a call takes: paths, arguments. */
const LONGEST_STRING = 0x2_0000;

export class UserAccess implements UserMemory {
  readonly #space: () => UserSpace;
  readonly #pool: PagePool;
  readonly littleEndian: boolean;
  readonly #word = new Uint8Array(8);
  readonly #view = new DataView(this.#word.buffer);

  /** `space`: the address space that is meant, asked at each access. */
  constructor(space: () => UserSpace, pool: PagePool, littleEndian: boolean) {
    this.#space = space;
    this.#pool = pool;
    this.littleEndian = littleEndian;
  }

  #page(va: number, access: "read" | "write"): number {
    const page = this.#space().pageFor(va, access);
    if (typeof page === "number") return page;
    if (page.reason === "wait") throw new PageWait(page.pending!);
    throw new Errno("EFAULT");
  }

  read(va: number, into: Uint8Array): void {
    for (let at = 0; at < into.length; ) {
      const inPage = (va + at) % PAGE;
      const n = Math.min(into.length - at, PAGE - inPage);
      const bytes = this.#pool.bytes(this.#page(va + at, "read"));
      into.set(bytes.subarray(inPage, inPage + n), at);
      at += n;
    }
  }

  bytes(va: number, length: number): Uint8Array {
    const into = new Uint8Array(length);
    this.read(va, into);
    return into;
  }

  write(va: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const inPage = (va + at) % PAGE;
      const n = Math.min(bytes.length - at, PAGE - inPage);
      this.#pool.write(this.#page(va + at, "write"), inPage, bytes.subarray(at, at + n));
      at += n;
    }
  }

  /** Bytes from va on that may be written without a fault, up to `length`. */
  writable(va: number, length: number): number {
    for (let at = 0; at < length; at += PAGE - ((va + at) % PAGE))
      if (typeof this.#space().pageFor(va + at, "write") !== "number") return at;
    return length;
  }

  u8(va: number): number {
    return this.#pool.bytes(this.#page(va, "read"))[va % PAGE]!;
  }

  u32(va: number): number {
    this.read(va, this.#word.subarray(0, 4));
    return this.#view.getUint32(0, this.littleEndian);
  }

  i32(va: number): number {
    return this.u32(va) | 0;
  }

  /** A 64-bit number; beyond 2^53 its low bits are lost. */
  i64(va: number): number {
    this.read(va, this.#word);
    return Number(this.#view.getBigInt64(0, this.littleEndian));
  }

  /** A word of that many bytes, unsigned. */
  word(va: number, bytes: 4 | 8): number {
    if (bytes === 4) return this.u32(va);
    this.read(va, this.#word);
    return Number(this.#view.getBigUint64(0, this.littleEndian));
  }

  setU8(va: number, value: number): void {
    this.#word[0] = value;
    this.write(va, this.#word.subarray(0, 1));
  }

  setU32(va: number, value: number): void {
    this.#view.setUint32(0, value, this.littleEndian);
    this.write(va, this.#word.subarray(0, 4));
  }

  setI64(va: number, value: number): void {
    this.#view.setBigInt64(0, BigInt(Math.trunc(value)), this.littleEndian);
    this.write(va, this.#word);
  }

  setWord(va: number, value: number, bytes: 4 | 8): void {
    if (bytes === 4) this.setU32(va, value);
    else this.setI64(va, value);
  }

  /** A string that ends with 0, one character a byte. Fails (`otherwise`) if it has more than `longest` bytes. */
  string(va: number, longest = LONGEST_STRING, otherwise: ErrnoName = "ENAMETOOLONG"): string {
    let text = "";
    for (let at = va; ; ) {
      const bytes = this.#pool.bytes(this.#page(at, "read")).subarray(at % PAGE);
      const end = bytes.indexOf(0);
      text += byteString(end < 0 ? bytes : bytes.subarray(0, end));
      if (text.length > longest) fail(otherwise);
      if (end >= 0) return text;
      at += bytes.length;
    }
  }

  /** A path. */
  path(va: number): string {
    return this.string(va, 4095);
  }
}

/** Bytes as a string of as many characters: names of files are bytes, whatever their encoding. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x1000) text += String.fromCharCode(...bytes.subarray(at, at + 0x1000));
  return text;
}

/** The bytes of such a string. */
export function stringBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The same with a 0 at the end. */
export function cString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length + 1);
  bytes.set(stringBytes(text));
  return bytes;
}
