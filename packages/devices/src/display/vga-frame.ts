/** The picture that a VGA's registers and memory make: text, planes of sixteen colours, CGA's packed dots, 256 colours, the Bochs extension's modes. */
import type { Frame, TextFrame } from "./frame.ts";
import type { VbeMode } from "./vbe.ts";
import { attr, crtc, gfx, seq, type VgaRegisters } from "./vga-registers.ts";

// Graphics controller's miscellaneous register
const GRAPHICS = 1;
// Attribute controller's mode
const LINE_GRAPHICS = 0x04;
const BLINK = 0x08;
const SELECT_54 = 0x80;
// CRT controller
const DOUBLE_SCAN = 0x80;
const CURSOR_OFF = 0x20;
const NOT_CGA_BANKS = 1;
const EIGHT_DOTS = 1;
const SCREEN_OFF = 0x20;
const usual = { width: 720, height: 400 } as const;
/** More than any monitor of its time; registers may hold anything. */
const mostDots = 2048;

export const vgaFrame = (r: VgaRegisters, memory: Uint8Array, mode: VbeMode | undefined): Frame => {
  if (mode !== undefined) return mode.bitsPerPixel === 4 ? planar(r, memory, geometryOf(mode)) : packed(r, memory, mode);
  if (!r.displayOn || (r.seq[seq.clocking]! & SCREEN_OFF) !== 0) return { kind: "blank", ...usual };
  if ((r.gfx[gfx.misc]! & GRAPHICS) === 0) return text(r, memory);
  const geometry = vgaGeometry(r);
  const shift = (r.gfx[gfx.mode]! >>> 5) & 3;
  if (shift >= 2) return eightBits(r, memory, { ...geometry, width: geometry.width >>> 1 });
  return shift === 1 ? cga(r, memory, geometry) : planar(r, memory, geometry);
};

interface Geometry {
  readonly width: number;
  readonly height: number;
  /** Addresses (of four bytes each) from line to line, and of the first one. */
  readonly pitch: number;
  readonly start: number;
  /** Odd lines lie in a bank of their own, 8 KiB behind. */
  readonly banks: boolean;
}

const geometryOf = ({ width, height, pitch, start }: VbeMode): Geometry => ({
  width,
  height,
  pitch: pitch >>> 2,
  start: start >>> 2,
  banks: false,
});

const startOf = (r: VgaRegisters): number => (r.crtc[crtc.startHigh]! << 8) | r.crtc[crtc.startLow]!;

/** Lines that the CRT controller scans. */
const scanned = (r: VgaRegisters): number => {
  const overflow = r.crtc[crtc.overflow]!;
  return (r.crtc[crtc.verticalEnd]! | ((overflow & 2) << 7) | ((overflow & 0x40) << 3)) + 1;
};

const vgaGeometry = (r: VgaRegisters): Geometry => {
  const scan = r.crtc[crtc.maximumScan]!;
  const banks = (r.crtc[crtc.mode]! & NOT_CGA_BANKS) === 0;
  const each = ((scan & 0x1f) + 1) * ((scan & DOUBLE_SCAN) !== 0 ? 2 : 1);
  // CGA's two banks are what is scanned twice.
  const lines = Math.floor(scanned(r) / each) * (banks && each === 2 ? 2 : 1);
  return {
    width: Math.min(mostDots, (r.crtc[crtc.displayEnd]! + 1) * 8),
    height: Math.min(mostDots, banks ? Math.min(lines, 200) : lines),
    pitch: r.crtc[crtc.offset]! * 2,
    start: startOf(r),
    banks,
  };
};

/** 0xrrggbb of a colour of the DAC. */
const colour = (r: VgaRegisters, index: number): number => {
  const at = 3 * (index & r.pixelMask);
  const wide = (component: number): number => {
    const value = r.palette[at + component]!;
    return r.wideDac ? value : ((value << 2) | (value >>> 4)) & 0xff;
  };
  return (wide(0) << 16) | (wide(1) << 8) | wide(2);
};

/** The sixteen colours of the attribute controller. */
const sixteen = (r: VgaRegisters): Uint32Array =>
  Uint32Array.from({ length: 16 }, (_, i) => {
    const select = r.attr[attr.select]!;
    const own = r.attr[i]!;
    const index = (r.attr[attr.mode]! & SELECT_54) !== 0 ? (own & 0xf) | ((select & 0xf) << 4) : (own & 0x3f) | ((select & 0xc) << 4);
    return colour(r, index);
  });

const fontAt = (memory: Uint8Array, which: number): Uint8Array => {
  const base = ((which & 3) * 2 + (which >>> 2)) * 0x2000;
  return Uint8Array.from({ length: 0x2000 }, (_, i) => memory[4 * (base + i) + 2] ?? 0);
};

const text = (r: VgaRegisters, memory: Uint8Array): TextFrame => {
  const columns = Math.min(r.crtc[crtc.displayEnd]! + 1, 160);
  const cellHeight = (r.crtc[crtc.maximumScan]! & 0x1f) + 1;
  const scannedTwice = (r.crtc[crtc.maximumScan]! & DOUBLE_SCAN) !== 0 ? 2 : 1;
  const rows = Math.max(1, Math.min(Math.floor(scanned(r) / (cellHeight * scannedTwice)), 100));
  const [start, pitch] = [startOf(r), r.crtc[crtc.offset]! * 2];
  const cells = new Uint16Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = 4 * (start + row * pitch + column);
      cells[row * columns + column] = (memory[at] ?? 0) | ((memory[at + 1] ?? 0) << 8);
    }
  const fonts = r.seq[seq.fonts]!;
  // Font A is that of cells with bit 3 set, font B of the others.
  const a = ((fonts >>> 2) & 3) | ((fonts >>> 3) & 4);
  const b = (fonts & 3) | ((fonts >>> 2) & 4);
  const place = ((r.crtc[crtc.cursorHigh]! << 8) | r.crtc[crtc.cursorLow]!) - start;
  const [first, last] = [r.crtc[crtc.cursorStart]!, r.crtc[crtc.cursorEnd]! & 0x1f];
  const isShown = (first & CURSOR_OFF) === 0 && (first & 0x1f) <= last && place >= 0 && pitch > 0;
  const [row, column] = [Math.floor(place / Math.max(1, pitch)), place % Math.max(1, pitch)];
  return {
    kind: "text",
    columns,
    rows,
    cellWidth: (r.seq[seq.clocking]! & EIGHT_DOTS) !== 0 ? 8 : 9,
    cellHeight,
    cells,
    fonts: [fontAt(memory, b), fontAt(memory, a)],
    colours: sixteen(r),
    blinks: (r.attr[attr.mode]! & BLINK) !== 0,
    joins: (r.attr[attr.mode]! & LINE_GRAPHICS) !== 0,
    cursor: isShown && row < rows && column < columns ? { row, column, first: first & 0x1f, last } : undefined,
  };
};

/** A picture dot by dot; `dot` gives 0xrrggbb. */
const picture = (width: number, height: number, line: (y: number) => (x: number) => number): Frame => {
  const rgba = new Uint8Array(4 * width * height);
  const out = new DataView(rgba.buffer);
  for (let y = 0; y < height; y++) {
    const dot = line(y);
    for (let x = 0; x < width; x++) out.setUint32(4 * (y * width + x), ((dot(x) << 8) | 0xff) >>> 0);
  }
  return { kind: "picture", width, height, rgba };
};

const lineStart = ({ start, pitch, banks }: Geometry, y: number): number =>
  banks ? start + (y >>> 1) * pitch + (y & 1) * 0x2000 : start + y * pitch;

const planar = (r: VgaRegisters, memory: Uint8Array, g: Geometry): Frame => {
  const colours = sixteen(r);
  const enabled = r.attr[attr.planes]! & 0xf;
  return picture(g.width, g.height, (y) => {
    const first = lineStart(g, y);
    return (x) => {
      const at = 4 * (first + (x >>> 3));
      const bit = 7 - (x & 7);
      let index = 0;
      for (let plane = 0; plane < 4; plane++) index |= (((memory[at + plane] ?? 0) >>> bit) & 1) << plane;
      return colours[index & enabled]!;
    };
  });
};

/** Two bits a dot; bytes lie in planes 0 and 1 in turn. */
const cga = (r: VgaRegisters, memory: Uint8Array, g: Geometry): Frame => {
  const colours = sixteen(r);
  return picture(g.width, g.height, (y) => {
    const first = lineStart(g, y);
    return (x) => {
      const byte = memory[4 * (first + (x >>> 3)) + ((x >>> 2) & 1)] ?? 0;
      return colours[(byte >>> (6 - 2 * (x & 3))) & 3]!;
    };
  });
};

const eightBits = (r: VgaRegisters, memory: Uint8Array, g: Geometry): Frame => {
  const colours = Uint32Array.from({ length: 256 }, (_, i) => colour(r, i));
  return picture(g.width, g.height, (y) => {
    const first = 4 * lineStart(g, y);
    return (x) => colours[memory[first + x] ?? 0]!;
  });
};

const packed = (r: VgaRegisters, memory: Uint8Array, { width, height, bitsPerPixel, pitch, start }: VbeMode): Frame => {
  const colours = bitsPerPixel === 8 ? Uint32Array.from({ length: 256 }, (_, i) => colour(r, i)) : undefined;
  const bytes = (bitsPerPixel + 7) >>> 3;
  const five = (value: number): number => (value << 3) | (value >>> 2);
  return picture(width, height, (y) => (x) => {
    const at = start + y * pitch + x * bytes;
    if (colours !== undefined) return colours[memory[at] ?? 0]!;
    const low = (memory[at] ?? 0) | ((memory[at + 1] ?? 0) << 8);
    if (bitsPerPixel === 15) return (five((low >>> 10) & 31) << 16) | (five((low >>> 5) & 31) << 8) | five(low & 31);
    if (bitsPerPixel === 16) {
      const six = (low >>> 5) & 63;
      return (five((low >>> 11) & 31) << 16) | (((six << 2) | (six >>> 4)) << 8) | five(low & 31);
    }
    return low | ((memory[at + 2] ?? 0) << 16);
  });
};
