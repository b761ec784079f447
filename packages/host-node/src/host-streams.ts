/**
 * Reads of pipes, sockets and terminals that wait without a thread: one that sleeps in a read would hold up the end of the process.
 * No more is taken from a stream than was asked for. node:net and node:tty are loaded when they are first needed.
 */
import { readSync } from "node:fs";
import type * as Net from "node:net";
import type * as Tty from "node:tty";

const tty = (): typeof Tty => process.getBuiltinModule("node:tty");
const net = (): typeof Net => process.getBuiltinModule("node:net");

interface Reading {
  readonly into: Uint8Array;
  resolve(count: number): void;
  reject(error: unknown): void;
}

class HostReader {
  readonly #socket: Net.Socket;
  #reading: Reading | undefined;
  #ended = false;
  #error: unknown;

  constructor(file: number) {
    // One byte tells that there is something; the rest is taken at once, from a handle that does not wait. The buffer could not be the
    // reader's: it has to be named before anybody reads.
    const onread: Net.OnReadOpts = {
      buffer: new Uint8Array(1),
      callback: (_count, byte) => {
        const reading = this.#reading;
        this.#reading = undefined;
        if (reading !== undefined) reading.resolve(this.#rest(reading.into, byte[0]!));
        return false;
      },
    };
    const options = { onread, readable: true, writable: false };
    // ReadStream hands its options on to the socket that it is.
    this.#socket = tty().isatty(file)
      ? new (tty().ReadStream)(file, options as Net.SocketConstructorOpts)
      : new (net().Socket)({ ...options, fd: file });
    this.#socket.on("end", () => this.#end(undefined));
    this.#socket.on("close", () => this.#end(undefined));
    this.#socket.on("error", (error) => this.#end(error));
  }

  /** Fills the buffer behind its first byte. */
  #rest(into: Uint8Array, first: number): number {
    into[0] = first;
    const { fd } = (this.#socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
    if (into.length === 1 || !(fd >= 0)) return 1;
    try {
      return 1 + readSync(fd, into, 1, into.length - 1, null);
    } catch {
      // There is no more for now, or what is wrong shows at the next read.
      return 1;
    }
  }

  #end(error: unknown): void {
    this.#ended = true;
    this.#error ??= error;
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading === undefined) return;
    if (error === undefined) reading.resolve(0);
    else reading.reject(error);
  }

  read(into: Uint8Array): Promise<number> {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      this.#reading = { into, resolve, reject };
      this.#socket.resume();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  setRaw(raw: boolean): void {
    (this.#socket as Partial<Tty.ReadStream>).setRawMode?.(raw);
  }
}

const readers = new Map<number, HostReader>();

const readerOf = (file: number): HostReader => {
  let reader = readers.get(file);
  if (reader === undefined) {
    reader = new HostReader(file);
    readers.set(file, reader);
  }
  return reader;
};

export const readStream = (file: number, into: Uint8Array): Promise<number> => readerOf(file).read(into);

/** Closes a file that was read from as a stream; false if it was not. */
export function closeStream(file: number): boolean {
  const reader = readers.get(file);
  readers.delete(file);
  reader?.close();
  return reader !== undefined;
}

/** The part of HostFiles that is about terminals. */
export const terminal = {
  isTerminal: (file: number): boolean => tty().isatty(file),
  windowSize(file: number): { rows: number; columns: number } {
    const known = file === 0 ? process.stdout : file === 1 ? process.stdout : process.stderr;
    return { rows: known.rows ?? 24, columns: known.columns ?? 80 };
  },
  setRaw: (file: number, raw: boolean): void => readerOf(file).setRaw(raw),
} as const;
