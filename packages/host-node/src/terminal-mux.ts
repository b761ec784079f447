/**
 * Several streams on one terminal, and the escape keys of `-nographic`: after the escape character (Ctrl-A, or what -echr says) one
 * key is a command to the emulator.
 */
import type { CharPort } from "@tsemu/hw";
import { InputQueue } from "./input-queue.ts";
import type { Terminal } from "./terminal.ts";

export interface MuxOptions {
  readonly terminal: Pick<Terminal, "open" | "write" | "held">;
  /** The escape character's code; undefined: the terminal is one stream's alone, without commands. */
  readonly escape?: number | undefined;
  /** Ctrl-A x */
  readonly onQuit: () => void;
  /** For time stamps, in ms. */
  readonly now: () => number;
}

/** More waiting input than this is left in the host's hands. */
const mostWaiting = 65_536;

interface Key {
  readonly keys: string;
  readonly help: string;
  run(mux: TerminalMux): void;
}

/** The keys after the escape character. */
const keys: readonly Key[] = [
  { keys: "h?", help: "print this help", run: (mux) => mux.help() },
  { keys: "x", help: "exit the emulator", run: (mux) => mux.quit() },
  {
    keys: "s",
    help: "save disk data back to file (nothing to do: -snapshot disks are never saved)",
    run: (mux) => mux.say("nothing to save"),
  },
  { keys: "t", help: "toggle time stamps on the console", run: (mux) => mux.toggleTimestamps() },
  { keys: "b", help: "send break (magic sysrq)", run: (mux) => mux.sendBreak() },
  { keys: "c", help: "switch between console and monitor", run: (mux) => mux.nextFocus() },
];

const LF = 10;

class MuxPort implements CharPort {
  readonly queue = new InputQueue();
  readonly #mux: TerminalMux;
  readonly onFocus: (() => void) | undefined;
  onBreak: (() => void) | undefined;

  constructor(mux: TerminalMux, onFocus: (() => void) | undefined) {
    this.#mux = mux;
    this.onFocus = onFocus;
  }

  write(bytes: Uint8Array): void {
    this.#mux.output(bytes);
  }

  attach(accept: (bytes: Uint8Array) => number, onBreak?: () => void): void {
    this.queue.attach(accept);
    this.onBreak = onBreak;
  }

  resume(): void {
    this.queue.offer();
    this.#mux.balance();
  }
}

export class TerminalMux {
  readonly #o: MuxOptions;
  readonly #ports: MuxPort[] = [];
  #focus = 0;
  #escaped = false;
  #timestamps = false;
  #firstStamp: number | undefined;
  #lineStart = true;

  constructor(o: MuxOptions) {
    this.#o = o;
  }

  /** One more stream on this terminal. The first has the keyboard at first. `onFocus`: the keyboard was switched to it. */
  port(onFocus?: () => void): CharPort {
    const port = new MuxPort(this, onFocus);
    this.#ports.push(port);
    return port;
  }

  /** Starts to read the terminal. */
  open(): void {
    this.#o.terminal.open((bytes) => this.#input(bytes));
  }

  #input(bytes: Uint8Array): void {
    const { escape } = this.#o;
    let plainFrom = 0;
    const passOn = (end: number): void => this.#ports[this.#focus]?.queue.push(bytes.slice(plainFrom, end));
    for (let i = 0; i < bytes.length && escape !== undefined; i++) {
      const byte = bytes[i]!;
      if (this.#escaped) {
        this.#escaped = false;
        // Twice the escape character is the character itself.
        plainFrom = byte === escape ? i : i + 1;
        if (byte !== escape) keys.find((k) => k.keys.includes(String.fromCharCode(byte)))?.run(this);
      } else if (byte === escape) {
        passOn(i);
        plainFrom = i + 1;
        this.#escaped = true;
      }
    }
    passOn(bytes.length);
    this.balance();
  }

  /** Reads on only while the guest keeps up. */
  balance(): void {
    this.#o.terminal.held = this.#ports.some((port) => port.queue.length > mostWaiting);
  }

  output(bytes: Uint8Array): void {
    if (!this.#timestamps) {
      this.#o.terminal.write(bytes);
      return;
    }
    for (let from = 0; from < bytes.length; ) {
      const newline = bytes.indexOf(LF, from);
      const end = newline < 0 ? bytes.length : newline + 1;
      if (this.#lineStart) this.#print(this.#stamp());
      this.#lineStart = newline >= 0;
      this.#o.terminal.write(bytes.subarray(from, end));
      from = end;
    }
  }

  /** Time since the first stamp. */
  #stamp(): string {
    const now = Math.floor(this.#o.now());
    this.#firstStamp ??= now;
    const ms = now - this.#firstStamp;
    const two = (x: number): string => String(Math.floor(x)).padStart(2, "0");
    return `[${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}] `;
  }

  #print(text: string): void {
    this.#o.terminal.write(new TextEncoder().encode(text));
  }

  say(text: string): void {
    this.#print(`\r\n${text}\r\n`);
  }

  help(): void {
    const name = this.#keyName();
    this.#print(`\r\n${keys.map((k) => `${name} ${k.keys[0]}    ${k.help}\r\n`).join("")}${name} ${name}  send ${name}\r\n`);
  }

  #keyName(): string {
    const code = this.#o.escape ?? 0;
    return code > 0 && code < 27 ? `C-${String.fromCharCode(code + 96)}` : `<${code}>`;
  }

  quit(): void {
    this.#print("tsemu: Terminated\n\r");
    this.#o.onQuit();
  }

  toggleTimestamps(): void {
    this.#timestamps = !this.#timestamps;
    this.#firstStamp = undefined;
    this.#lineStart = false;
  }

  sendBreak(): void {
    this.#ports[this.#focus]?.onBreak?.();
  }

  nextFocus(): void {
    if (this.#ports.length < 2) this.say("there is nothing else on this terminal to switch to");
    else this.#focus = (this.#focus + 1) % this.#ports.length;
    this.#ports[this.#focus]?.onFocus?.();
  }
}
