/**
 * The terminal that the emulator was started in, as programs set it: what its line discipline does is the host's business; here are
 * the settings as programs read them back, and the switch between lines and single keys.
 */
import type { HostFiles } from "@tsemu/hw";
import { fail, host } from "../errno.ts";
import type { IoctlMemory } from "./types.ts";

/** Numbers of asm-generic/ioctls.h. */
const TCGETS = 0x5401;
const TCSETS = 0x5402;
const TCSETSF = 0x5404;
const TIOCGWINSZ = 0x5413;

/** struct termios of asm-generic: four flag words, the line discipline, 19 control characters. */
const TERMIOS_SIZE = 36;
const ICANON = 2;

/** The settings that a terminal has to begin with. */
function initialTermios(): Uint8Array {
  const bytes = new Uint8Array(TERMIOS_SIZE);
  const view = new DataView(bytes.buffer);
  // ICRNL IXON IUTF8; OPOST ONLCR; B38400 CS8 CREAD; ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN.
  [0x4500, 0x5, 0xbf, 0x8a3b].forEach((word, i) => view.setUint32(4 * i, word, true));
  bytes.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22], 17);
  return bytes;
}

/** The four flag words in the other byte order. */
function wordsSwapped(termios: Uint8Array): Uint8Array {
  const bytes = termios.slice();
  for (let at = 0; at < 16; at += 4) bytes.subarray(at, at + 4).reverse();
  return bytes;
}

export class HostTerminal {
  readonly #files: HostFiles;
  readonly #handle: number;
  readonly #termios = initialTermios();
  #raw = false;

  constructor(files: HostFiles, handle: number) {
    this.#files = files;
    this.#handle = handle;
  }

  #setRaw(raw: boolean): void {
    if (raw === this.#raw) return;
    this.#raw = raw;
    this.#files.setRaw(this.#handle, raw);
  }

  /** As it was found. */
  restore(): void {
    this.#setRaw(false);
  }

  ioctl(request: number, argument: number, memory: IoctlMemory): number {
    const { littleEndian } = memory;
    if (request === TCGETS) memory.write(argument, littleEndian ? this.#termios : wordsSwapped(this.#termios));
    else if (request >= TCSETS && request <= TCSETSF) {
      const wanted = new Uint8Array(TERMIOS_SIZE);
      memory.read(argument, wanted);
      this.#termios.set(littleEndian ? wanted : wordsSwapped(wanted));
      this.#setRaw((this.#termios[12]! & ICANON) === 0);
    } else if (request === TIOCGWINSZ) {
      const { rows, columns } = host(() => this.#files.windowSize(this.#handle));
      const size = new Uint8Array(8);
      new DataView(size.buffer).setUint16(0, rows, littleEndian);
      new DataView(size.buffer).setUint16(2, columns, littleEndian);
      memory.write(argument, size);
    } else return fail("ENOTTY");
    return 0;
  }
}
