/**
 * The registers of a VGA (IBM, PS/2 Hardware Interface Technical Reference, "Video Subsystem"): sequencer, CRT controller, graphics controller,
 * attribute controller, DAC, at ports 0x3b0 to 0x3df. What they mean for memory is vga-memory.ts', for the picture vga-frame.ts'.
 * Not modelled: timing (the retrace bits change with each read), interrupts at the retrace, the light pen, monochrome status.
 */
import type { MmioDevice } from "@tsemu/hw";

/** Indexes of registers that others look at. */
export const seq = { clocking: 1, mapMask: 2, fonts: 3, memoryMode: 4 } as const;
export const crtc = {
  displayEnd: 0x01,
  overflow: 0x07,
  maximumScan: 0x09,
  cursorStart: 0x0a,
  cursorEnd: 0x0b,
  startHigh: 0x0c,
  startLow: 0x0d,
  cursorHigh: 0x0e,
  cursorLow: 0x0f,
  retraceEnd: 0x11,
  verticalEnd: 0x12,
  offset: 0x13,
  mode: 0x17,
} as const;
export const gfx = {
  setReset: 0,
  enableSetReset: 1,
  compare: 2,
  rotate: 3,
  readMap: 4,
  mode: 5,
  misc: 6,
  dontCare: 7,
  bitMask: 8,
} as const;
export const attr = { mode: 0x10, planes: 0x12, panning: 0x13, select: 0x14 } as const;

const counts = { seq: 8, crtc: 0x20, gfx: 16, attr: 0x15 } as const;
/** Of the attribute controller's index: the palette belongs to the display. */
const DISPLAY_ON = 0x20;
// Miscellaneous output
const COLOUR = 0x01;
// Input status 1
const RETRACE_AND_BLANK = 0x09;
/** Protects the CRT controller's first eight registers. */
const PROTECT = 0x80;
const LINE_COMPARE_8 = 0x10;

export class VgaRegisters implements MmioDevice {
  readonly seq = new Uint8Array(counts.seq);
  readonly crtc = new Uint8Array(counts.crtc);
  readonly gfx = new Uint8Array(counts.gfx);
  readonly attr = new Uint8Array(counts.attr);
  /** Red, green and blue of 256 colours, in six bits or eight. */
  readonly palette = new Uint8Array(3 * 256);
  pixelMask = 0xff;
  /** The DAC takes eight bits a component. */
  wideDac = false;
  displayOn = false;
  #misc = 0;
  #feature = 0;
  #status = 0;
  #seqIndex = 0;
  #crtcIndex = 0;
  #gfxIndex = 0;
  #attrIndex = 0;
  /** The attribute controller's port takes data next. */
  #attrData = false;
  #dacRead = 0;
  #dacWrite = 0;
  #dacState = 0;
  #component = 0;
  readonly #latched = new Uint8Array(3);

  reset(): void {
    for (const bank of [this.seq, this.crtc, this.gfx, this.attr, this.palette]) bank.fill(0);
    this.pixelMask = 0xff;
    this.wideDac = this.displayOn = this.#attrData = false;
    this.#misc = this.#feature = this.#status = this.#component = 0;
    this.#seqIndex = this.#crtcIndex = this.#gfxIndex = this.#attrIndex = 0;
    this.#dacRead = this.#dacWrite = this.#dacState = 0;
  }

  /** The port of the CRT controller and of the status is among those of colour or of monochrome displays; the other ones nobody answers. */
  #isOurs(port: number): boolean {
    const isColour = (this.#misc & COLOUR) !== 0;
    return port >= 0x3c0 && port < 0x3d0 ? true : port >= 0x3d0 === isColour;
  }

  /** Offsets are from port 0x3b0. */
  read(offset: number): number {
    const port = 0x3b0 + offset;
    if (!this.#isOurs(port)) return 0xff;
    switch (port) {
      case 0x3c0:
        return this.#attrData ? 0 : this.#attrIndex;
      case 0x3c1:
        return this.attr[this.#attrIndex & 0x1f] ?? 0;
      case 0x3c2:
        return 0;
      case 0x3c4:
        return this.#seqIndex;
      case 0x3c5:
        return this.seq[this.#seqIndex]!;
      case 0x3c6:
        return this.pixelMask;
      case 0x3c7:
        return this.#dacState;
      case 0x3c8:
        return this.#dacWrite;
      case 0x3c9:
        return this.#readDac();
      case 0x3ca:
        return this.#feature;
      case 0x3cc:
        return this.#misc;
      case 0x3ce:
        return this.#gfxIndex;
      case 0x3cf:
        return this.gfx[this.#gfxIndex]!;
      case 0x3b4:
      case 0x3d4:
        return this.#crtcIndex;
      case 0x3b5:
      case 0x3d5:
        return this.crtc[this.#crtcIndex]!;
      case 0x3ba:
      case 0x3da:
        this.#attrData = false;
        this.#status ^= RETRACE_AND_BLANK;
        return this.#status;
      default:
        return 0;
    }
  }

  write(offset: number, value: number): void {
    const port = 0x3b0 + offset;
    const byte = value & 0xff;
    if (!this.#isOurs(port)) return;
    switch (port) {
      case 0x3c0:
        return this.#writeAttr(byte);
      case 0x3c2:
        this.#misc = byte & ~0x10;
        return;
      case 0x3c4:
        this.#seqIndex = byte & 7;
        return;
      case 0x3c5:
        this.seq[this.#seqIndex] = byte;
        return;
      case 0x3c6:
        this.pixelMask = byte;
        return;
      case 0x3c7:
        this.#dacRead = byte;
        this.#component = 0;
        this.#dacState = 3;
        return;
      case 0x3c8:
        this.#dacWrite = byte;
        this.#component = 0;
        this.#dacState = 0;
        return;
      case 0x3c9:
        return this.#writeDac(byte);
      case 0x3ce:
        this.#gfxIndex = byte & 0xf;
        return;
      case 0x3cf:
        this.gfx[this.#gfxIndex] = byte;
        return;
      case 0x3b4:
      case 0x3d4:
        this.#crtcIndex = byte & 0x1f;
        return;
      case 0x3b5:
      case 0x3d5:
        return this.#writeCrtc(byte);
      case 0x3ba:
      case 0x3da:
        this.#feature = byte & 0x10;
        return;
      default:
        return;
    }
  }

  #writeAttr(byte: number): void {
    this.#attrData = !this.#attrData;
    if (this.#attrData) {
      this.#attrIndex = byte & 0x3f;
      this.displayOn = (byte & DISPLAY_ON) !== 0;
      return;
    }
    const index = this.#attrIndex & 0x1f;
    // Also while the display has the palette, as on the clones that programs were written for.
    if (index < 0x10) this.attr[index] = byte & 0x3f;
    else if (index >= 0x10 && index < counts.attr) this.attr[index] = byte;
  }

  #writeCrtc(byte: number): void {
    const index = this.#crtcIndex;
    if (index <= crtc.overflow && (this.crtc[crtc.retraceEnd]! & PROTECT) !== 0) {
      // Of the overflow register one bit is not protected.
      if (index === crtc.overflow) this.crtc[index] = (this.crtc[index]! & ~LINE_COMPARE_8) | (byte & LINE_COMPARE_8);
      return;
    }
    this.crtc[index] = byte;
  }

  #readDac(): number {
    const value = this.palette[3 * this.#dacRead + this.#component]!;
    if (++this.#component === 3) {
      this.#component = 0;
      this.#dacRead = (this.#dacRead + 1) & 0xff;
    }
    return value;
  }

  /** A colour changes with its third component. */
  #writeDac(byte: number): void {
    this.#latched[this.#component] = this.wideDac ? byte : byte & 0x3f;
    if (++this.#component < 3) return;
    this.#component = 0;
    this.palette.set(this.#latched, 3 * this.#dacWrite);
    this.#dacWrite = (this.#dacWrite + 1) & 0xff;
  }
}
