/**
 * The terminal that the emulator runs in, or whatever stands in its place: standard input and output. A terminal is put in raw mode
 * while the guest has it, and given back as it was on every way out of the process: `close` is called at its exit too.
 */
import type { Readable, Writable } from "node:stream";
import { OutputBuffer } from "./output-buffer.ts";

/** A tty.ReadStream, or any other readable stream. */
export type TerminalInput = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

export interface TerminalOptions {
  readonly input: TerminalInput;
  readonly output: Writable;
  /** Whether ^C, ^Z and ^\ act on the emulator, rather than go to the guest. */
  readonly signals: boolean;
  readonly onSignal: (signal: "SIGINT" | "SIGTSTP" | "SIGQUIT") => void;
}

const signalKeys: ReadonlyMap<number, "SIGINT" | "SIGTSTP" | "SIGQUIT"> = new Map([
  [0x03, "SIGINT"],
  [0x1a, "SIGTSTP"],
  [0x1c, "SIGQUIT"],
]);

export class Terminal {
  readonly #o: TerminalOptions;
  readonly #buffer: OutputBuffer;
  #open = false;
  #broken = false;
  readonly #restore = (): void => this.close();

  constructor(o: TerminalOptions) {
    this.#o = o;
    this.#buffer = new OutputBuffer((bytes) => {
      if (!this.#broken) o.output.write(bytes);
    });
  }

  /** Starts reading. The end of the input is no event: the machine goes on without it. */
  open(listener: (bytes: Uint8Array) => void): void {
    const { input, output } = this.#o;
    // Nobody reads any more: what the guest prints is lost, and it goes on.
    output.on("error", () => {
      this.#broken = true;
    });
    input.on("error", () => {});
    this.#open = true;
    this.raw(true);
    process.on("exit", this.#restore);
    input.on("data", (bytes: Uint8Array) => listener(this.#takeSignals(bytes)));
  }

  #takeSignals(bytes: Uint8Array): Uint8Array {
    if (!this.#o.signals || this.#o.input.isTTY !== true) return bytes;
    const rest: number[] = [];
    for (const byte of bytes) {
      const signal = signalKeys.get(byte);
      if (signal === undefined) rest.push(byte);
      else this.#o.onSignal(signal);
    }
    return rest.length === bytes.length ? bytes : Uint8Array.from(rest);
  }

  /** Raw mode on or off, if this is a terminal. */
  raw(on: boolean): void {
    const { input } = this.#o;
    if (!this.#open || input.isTTY !== true) return;
    try {
      input.setRawMode?.(on);
    } catch {
      // The terminal is gone: there is nothing to set.
    }
  }

  write(bytes: Uint8Array): void {
    this.#buffer.write(bytes);
  }

  /** Holds back further input, or lets it come again. */
  set held(held: boolean) {
    if (!this.#open || this.#o.input.isPaused() === held) return;
    if (held) this.#o.input.pause();
    else this.#o.input.resume();
  }

  /** Writes out what waits, and gives the terminal back as it was. */
  close(): void {
    this.#buffer.flush();
    if (!this.#open) return;
    this.raw(false);
    this.#open = false;
    process.off("exit", this.#restore);
    this.#o.input.pause();
  }
}
