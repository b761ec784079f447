/**
 * The extension of Bochs and QEMU to the VGA (QEMU's docs/specs/standard-vga): an index and a data port of 16 bits for modes of any size, whose
 * picture lies in memory line by line.
 */
import { crtc, gfx, seq, type VgaRegisters } from "./vga-registers.ts";

const ID = 0;
const XRES = 1;
const YRES = 2;
const BPP = 3;
const ENABLE = 4;
const BANK = 5;
const VIRT_WIDTH = 6;
const VIRT_HEIGHT = 7;
const X_OFFSET = 8;
const Y_OFFSET = 9;
const MEMORY = 10;
const registers = 11;
const newestId = 0xb0c5;
const oldestId = 0xb0c0;
const most = { [XRES]: 16_000, [YRES]: 12_000, [BPP]: 32 } as const;
// ENABLE
const ENABLED = 0x01;
const GET_CAPABILITIES = 0x02;
const WIDE_DAC = 0x20;
const LINEAR = 0x40;
const KEEP_MEMORY = 0x80;
const bank = 0x1_0000;

export interface VbeMode {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  /** Bytes from line to line, and where the first one begins. */
  readonly pitch: number;
  readonly start: number;
}

export interface VbeOptions {
  readonly registers: VgaRegisters;
  readonly memory: Uint8Array;
  readonly setBank: (offset: number) => void;
}

export class Vbe {
  readonly #o: VbeOptions;
  readonly #values = new Uint16Array(registers);
  #index = 0;

  constructor(o: VbeOptions) {
    this.#o = o;
    this.reset();
  }

  reset(): void {
    this.#values.fill(0);
    this.#values[ID] = newestId;
    this.#index = 0;
  }

  get index(): number {
    return this.#index;
  }

  set index(value: number) {
    this.#index = value & 0xffff;
  }

  get data(): number {
    return this.get(this.#index);
  }

  set data(value: number) {
    this.set(this.#index, value);
  }

  get(index: number): number {
    if (index === MEMORY) return this.#o.memory.length / bank;
    if ((index === XRES || index === YRES || index === BPP) && (this.#values[ENABLE]! & GET_CAPABILITIES) !== 0) return most[index];
    return this.#values[index] ?? 0;
  }

  set(index: number, value: number): void {
    switch (index) {
      case ID:
        if (value >= oldestId && value <= newestId) this.#values[ID] = value;
        return;
      case XRES:
      case YRES:
      case VIRT_WIDTH:
      case X_OFFSET:
      case Y_OFFSET:
        this.#values[index] = value;
        return this.#fit();
      case BPP:
        this.#values[BPP] = value === 0 ? 8 : value;
        return this.#fit();
      case BANK:
        this.#values[BANK] = Math.min(value, this.#o.memory.length / bank - 1);
        this.#o.setBank(this.#isEnabled ? this.#values[BANK]! * bank : 0);
        return;
      case ENABLE:
        return this.#enable(value);
      default:
        return;
    }
  }

  get #isEnabled(): boolean {
    return (this.#values[ENABLE]! & ENABLED) !== 0;
  }

  get #pitch(): number {
    return this.#values[BPP] === 4 ? this.#values[VIRT_WIDTH]! >>> 1 : this.#values[VIRT_WIDTH]! * ((this.#values[BPP]! + 7) >>> 3);
  }

  /** The largest picture that there is memory for, of what is wished. */
  #fit(): void {
    if (!this.#isEnabled) return;
    const v = this.#values;
    if (![4, 8, 15, 16, 24, 32].includes(v[BPP]!)) v[BPP] = 8;
    v[XRES] = Math.max(8, Math.min(v[XRES]! & ~7, most[XRES]));
    v[VIRT_WIDTH] = Math.max(v[XRES]!, Math.min(v[VIRT_WIDTH]! & ~7, most[XRES]));
    const lines = Math.floor(this.#o.memory.length / this.#pitch);
    v[YRES] = Math.max(1, Math.min(v[YRES]!, most[YRES], lines));
    v[VIRT_HEIGHT] = Math.min(lines, 0xffff);
    v[X_OFFSET] = Math.min(v[X_OFFSET]!, v[VIRT_WIDTH]! - v[XRES]!);
    v[Y_OFFSET] = Math.min(v[Y_OFFSET]!, Math.max(0, lines - v[YRES]!));
  }

  #enable(value: number): void {
    const starts = (value & ENABLED) !== 0 && !this.#isEnabled;
    this.#values[ENABLE] = value & (ENABLED | GET_CAPABILITIES | WIDE_DAC | LINEAR | KEEP_MEMORY);
    const { registers: vga, memory, setBank } = this.#o;
    vga.wideDac = (value & WIDE_DAC) !== 0;
    if (!this.#isEnabled) {
      this.#values[BANK] = 0;
      setBank(0);
      return;
    }
    if (!starts) return this.#fit();
    const v = this.#values;
    v[VIRT_WIDTH] = v[XRES]!;
    v[X_OFFSET] = v[Y_OFFSET] = 0;
    this.#fit();
    if ((value & KEEP_MEMORY) === 0) memory.fill(0, 0, v[YRES]! * this.#pitch);
    // The window at 0xa0000 shows the memory itself, and so do reads of the old registers say.
    const packed = v[BPP] !== 4;
    vga.gfx[gfx.misc] = (vga.gfx[gfx.misc]! & ~0x0c) | 0x05;
    vga.gfx[gfx.mode] = (vga.gfx[gfx.mode]! & ~0x60) | (packed ? 0x40 : 0);
    vga.seq[seq.mapMask] = vga.seq[seq.mapMask]! | 0x0f;
    vga.seq[seq.memoryMode] = (vga.seq[seq.memoryMode]! & ~8) | 4 | (packed ? 8 : 0);
    vga.crtc[crtc.mode] = vga.crtc[crtc.mode]! | 3;
    vga.crtc[crtc.maximumScan] = vga.crtc[crtc.maximumScan]! & ~0x9f;
  }

  /** The mode that is shown, or undefined: the VGA's. */
  get mode(): VbeMode | undefined {
    if (!this.#isEnabled) return undefined;
    const [width, height, bitsPerPixel] = [this.#values[XRES]!, this.#values[YRES]!, this.#values[BPP]!];
    const pitch = this.#pitch;
    const x = this.#values[X_OFFSET]!;
    const start = this.#values[Y_OFFSET]! * pitch + (bitsPerPixel === 4 ? x >>> 1 : x * ((bitsPerPixel + 7) >>> 3));
    return { width, height, bitsPerPixel, pitch, start };
  }
}
