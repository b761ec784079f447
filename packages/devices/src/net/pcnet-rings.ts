/**
 * The PCnet's structures in memory (Am79C970A data sheet, "Initialization Block", "Descriptor Rings"): software styles 0 (16 bits, as the
 * LANCE), 2 and 3 (32 bits, 3 in another order).
 */
import type { DmaPort } from "@tsemu/hw";

/** Bits 31 to 16 of the word with the status. */
export const descriptor = {
  OWN: 0x8000,
  ERR: 0x4000,
  /** Reception: no room for the frame; transmission: its end is missing. */
  BUFF: 0x0400,
  STP: 0x0200,
  ENP: 0x0100,
} as const;

/** The second status word of a transmission: it was cut off. */
const UFLO = 0x4000_0000;

export interface Descriptor {
  readonly pa: number;
  /** Where the buffer is, and its length. */
  readonly buffer: number;
  readonly length: number;
  readonly status: number;
}

export interface InitBlock {
  readonly mode: number;
  readonly address: Uint8Array;
  readonly filter: Uint8Array;
  readonly receiveRing: number;
  readonly transmitRing: number;
  readonly receiveLength: number;
  readonly transmitLength: number;
}

/** More than 512 descriptors a ring does not have. */
const ringLength = (code: number): number => 2 ** Math.min(code, 9);

export const readInitBlock = (dma: DmaPort, pa: number, wide: boolean): InitBlock => {
  const bytes = new Uint8Array(28);
  dma.read(pa, bytes);
  const view = new DataView(bytes.buffer);
  const mode = view.getUint16(0, true);
  if (wide) {
    return {
      mode,
      address: bytes.slice(4, 10),
      filter: bytes.slice(12, 20),
      receiveRing: view.getUint32(20, true),
      transmitRing: view.getUint32(24, true),
      receiveLength: ringLength(bytes[2]! >>> 4),
      transmitLength: ringLength(bytes[3]! >>> 4),
    };
  }
  // 24 bits of address, and the length's three bits above.
  const [receive, transmit] = [view.getUint32(16, true), view.getUint32(20, true)];
  return {
    mode,
    address: bytes.slice(2, 8),
    filter: bytes.slice(8, 16),
    receiveRing: receive & 0xff_fff8,
    transmitRing: transmit & 0xff_fff8,
    receiveLength: ringLength(receive >>> 29),
    transmitLength: ringLength(transmit >>> 29),
  };
};

const negated12 = (value: number): number => (4096 - (value & 0xfff)) & 0xfff || 4096;

export const readDescriptor = (dma: DmaPort, ring: number, n: number, style: number): Descriptor => {
  if (style === 0) {
    const pa = ring + 8 * n;
    const view = readView(dma, pa, 8);
    const first = view.getUint32(0, true);
    return { pa, buffer: first & 0xff_ffff, length: negated12(view.getUint16(4, true)), status: (first >>> 16) & 0xff00 };
  }
  const pa = ring + 16 * n;
  const view = readView(dma, pa, 16);
  const second = view.getUint32(4, true);
  return { pa, buffer: view.getUint32(style === 3 ? 8 : 0, true), length: negated12(second), status: second >>> 16 };
};

const readView = (dma: DmaPort, pa: number, size: number): DataView => {
  const bytes = new Uint8Array(size);
  dma.read(pa, bytes);
  return new DataView(bytes.buffer);
};

/** Gives a descriptor back: its status, after what goes with it. A frame's length is told with its last buffer. */
export const finishDescriptor = (
  dma: DmaPort,
  { pa, status: before }: Descriptor,
  style: number,
  o: { status: number; messageLength?: number; cutOff?: boolean },
): void => {
  const word = (at: number, value: number, size: number): void => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = value >>> (8 * i);
    dma.write(pa + at, bytes);
  };
  if (style === 0) {
    if (o.messageLength !== undefined || o.cutOff === true) word(6, o.cutOff === true ? UFLO >>> 16 : o.messageLength!, 2);
    return word(3, o.status >>> 8, 1);
  }
  const extra = o.cutOff === true ? UFLO : o.messageLength;
  if (extra !== undefined) word(style === 3 ? 0 : 8, extra, 4);
  word(6, o.status | (before & 0xff), 2);
};
