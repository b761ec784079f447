/**
 * -display curses: the machine's screen on the terminal, and the terminal's keys for its keyboard. As with QEMU, Alt-2 shows the monitor and
 * Alt-1 the screen again.
 */
import type { FrameSource, KeyName } from "@tsemu/devices";
import { InputQueue, type Terminal } from "@tsemu/host-node";
import type { CharPort } from "@tsemu/hw";
import { TerminalPainter } from "./draw.ts";
import { keysOf } from "./keys.ts";

export interface CursesOptions {
  readonly terminal: Pick<Terminal, "open" | "write" | "close">;
  /** Calls back again and again until what it returns is called. */
  readonly every: (ms: number, run: () => void) => () => void;
  /** The monitor is shown. */
  readonly onMonitor: () => void;
}

/** What the display shows, and who presses keys. */
export interface CursesMachine {
  readonly display: FrameSource | undefined;
  press(keys: readonly KeyName[]): void;
}

const frameMs = 50;
/** Of the monitor's text this much is shown again. */
const mostText = 8192;
const alternateScreen = "\x1b[?1049h\x1b[0m\x1b[2J";
const usualScreen = "\x1b[0m\x1b[?25h\x1b[?1049l";
const clear = "\x1b[0m\x1b[2J\x1b[H\x1b[?25h";

export class CursesDisplay {
  readonly #o: CursesOptions;
  readonly #painter = new TerminalPainter();
  readonly #input = new InputQueue();
  #machine: CursesMachine | undefined;
  #stop: (() => void) | undefined;
  #monitorText = "";
  #showsMonitor = false;
  readonly monitorPort: CharPort = {
    write: (bytes) => this.#monitorSays(new TextDecoder().decode(bytes)),
    attach: (accept) => this.#input.attach(accept),
    resume: () => this.#input.offer(),
  };

  constructor(o: CursesOptions) {
    this.#o = o;
  }

  start(machine: CursesMachine): void {
    this.#machine = machine;
    this.#o.terminal.open((bytes) => this.#keys(bytes));
    this.#write(alternateScreen);
    this.#stop = this.#o.every(frameMs, () => this.refresh());
  }

  refresh(): void {
    if (this.#showsMonitor) return;
    const out = this.#painter.draw(this.#machine?.display?.frame() ?? { kind: "blank", width: 0, height: 0 });
    if (out !== "") this.#write(out);
  }

  close(): void {
    if (this.#stop === undefined) return;
    this.#stop();
    this.#stop = undefined;
    this.#write(usualScreen);
    this.#o.terminal.close();
  }

  #write(text: string): void {
    this.#o.terminal.write(new TextEncoder().encode(text));
  }

  #monitorSays(text: string): void {
    this.#monitorText = (this.#monitorText + text).slice(-mostText);
    if (this.#showsMonitor) this.#write(text);
  }

  #keys(bytes: Uint8Array): void {
    // oxlint-disable-next-line no-control-regex
    for (const text of String.fromCharCode(...bytes).split(/(\x1b[12])/)) {
      if (text === "\x1b1" || text === "\x1b2") this.#show(text === "\x1b2");
      else if (this.#showsMonitor) this.#input.push(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      else for (const keys of keysOf(text)) this.#machine?.press(keys);
    }
  }

  #show(monitor: boolean): void {
    this.#showsMonitor = monitor;
    this.#write(clear);
    this.#painter.forget();
    if (!monitor) return this.refresh();
    this.#write(this.#monitorText);
    this.#o.onMonitor();
  }
}
