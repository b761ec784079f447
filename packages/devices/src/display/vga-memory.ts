/**
 * Display memory as a VGA shows it between 0xa0000 and 0xbffff: four planes of 64 KiB, through latches and a barrel shifter, or one after the
 * other (PS/2 Hardware Interface Technical Reference). The planes lie side by side, a byte of each in a word:
 *
 *   byte of plane p at address a  =  memory[4 * a + p]
 *
 * so that chain-4 addressing is the memory itself, as the linear frame buffer of the Bochs extension shows it.
 */
import type { MmioDevice } from "@tsemu/hw";
import { gfx, seq, type VgaRegisters } from "./vga-registers.ts";

// Sequencer's memory mode
const NOT_ODD_EVEN = 4;
const CHAIN_4 = 8;
// Graphics controller's mode
const READ_COMPARE = 8;
const HOST_ODD_EVEN = 0x10;

/** Bits 0 to 3 as bytes of ones. */
const planes = Uint32Array.from({ length: 16 }, (_, bits) =>
  [0, 1, 2, 3].reduce((word, n) => ((bits >>> n) & 1 ? word + 0xff * 2 ** (8 * n) : word), 0),
);
const spread = (byte: number): number => Math.imul(byte & 0xff, 0x0101_0101);

export class VgaMemory implements MmioDevice {
  readonly #registers: VgaRegisters;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  #latch = 0;
  /** Where the Bochs extension lets the window begin. */
  bankOffset = 0;

  constructor(registers: VgaRegisters, bytes: Uint8Array) {
    this.#registers = registers;
    this.#bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  }

  reset(): void {
    this.#latch = this.bankOffset = 0;
  }

  /** The address within the window that the graphics controller has chosen, or -1 outside of it. */
  #address(offset: number): number {
    switch ((this.#registers.gfx[gfx.misc]! >>> 2) & 3) {
      case 0:
        return offset;
      case 1:
        return offset < 0x1_0000 ? offset + this.bankOffset : -1;
      case 2:
        return offset >= 0x1_0000 && offset < 0x1_8000 ? offset - 0x1_0000 : -1;
      default:
        return offset >= 0x1_8000 ? offset - 0x1_8000 : -1;
    }
  }

  read(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += this.#readByte(offset + i) * 2 ** (8 * i);
    return value;
  }

  write(offset: number, value: number, size: number): void {
    for (let i = 0; i < size; i++) this.#writeByte(offset + i, (value >>> (8 * i)) & 0xff);
  }

  #readByte(offset: number): number {
    const address = this.#address(offset);
    const { seq: sequencer, gfx: graphics } = this.#registers;
    if (address < 0) return 0xff;
    if ((sequencer[seq.memoryMode]! & CHAIN_4) !== 0) return this.#bytes[address] ?? 0xff;
    if ((graphics[gfx.mode]! & HOST_ODD_EVEN) !== 0) {
      const plane = (graphics[gfx.readMap]! & 2) | (address & 1);
      return this.#bytes[((address & ~1) << 1) | plane] ?? 0xff;
    }
    const latch = (this.#latch = this.#words[address] ?? 0xffff_ffff);
    if ((graphics[gfx.mode]! & READ_COMPARE) === 0) return (latch >>> (8 * (graphics[gfx.readMap]! & 3))) & 0xff;
    // Where all planes that count are as the colour says, the bit is one.
    const differs = (latch ^ planes[graphics[gfx.compare]! & 0xf]!) & planes[graphics[gfx.dontCare]! & 0xf]!;
    return ~(differs | (differs >>> 8) | (differs >>> 16) | (differs >>> 24)) & 0xff;
  }

  #writeByte(offset: number, byte: number): void {
    const address = this.#address(offset);
    const { seq: sequencer, gfx: graphics } = this.#registers;
    if (address < 0) return;
    const mapMask = sequencer[seq.mapMask]! & 0xf;
    if ((sequencer[seq.memoryMode]! & CHAIN_4) !== 0) {
      if (((mapMask >>> (address & 3)) & 1) !== 0 && address < this.#bytes.length) this.#bytes[address] = byte;
      return;
    }
    if ((sequencer[seq.memoryMode]! & NOT_ODD_EVEN) === 0) {
      // Even addresses are in planes 0 and 2, odd ones in 1 and 3.
      for (const plane of (address & 1) === 0 ? evenPlanes : oddPlanes) {
        const at = ((address & ~1) << 1) | plane;
        if (((mapMask >>> plane) & 1) !== 0 && at < this.#bytes.length) this.#bytes[at] = byte;
      }
      return;
    }
    if (address >= this.#words.length) return;
    const mask = planes[mapMask]!;
    this.#words[address] = (this.#combined(byte, graphics) & mask) | (this.#words[address]! & ~mask);
  }

  /** The four bytes that a byte of the CPU becomes. */
  #combined(byte: number, graphics: Uint8Array): number {
    const rotate = graphics[gfx.rotate]!;
    const count = rotate & 7;
    const rotated = ((byte >>> count) | (byte << (8 - count))) & 0xff;
    const setReset = planes[graphics[gfx.setReset]! & 0xf]!;
    let word: number;
    let bitMask = graphics[gfx.bitMask]!;
    switch (graphics[gfx.mode]! & 3) {
      case 0: {
        const fixed = planes[graphics[gfx.enableSetReset]! & 0xf]!;
        word = (spread(rotated) & ~fixed) | (setReset & fixed);
        break;
      }
      case 1:
        return this.#latch;
      case 2:
        word = planes[byte & 0xf]!;
        break;
      default:
        bitMask &= rotated;
        word = setReset;
    }
    switch ((rotate >>> 3) & 3) {
      case 1:
        word &= this.#latch;
        break;
      case 2:
        word |= this.#latch;
        break;
      case 3:
        word ^= this.#latch;
        break;
      default:
        break;
    }
    const bits = spread(bitMask);
    return (word & bits) | (this.#latch & ~bits);
  }
}

const evenPlanes = [0, 2] as const;
const oddPlanes = [1, 3] as const;
