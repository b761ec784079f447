/** Pictures that the monitor's screendump wrote as PNG: eight bits a colour, lines without filters. */
import { inflateSync } from "node:zlib";

export interface Dots {
  readonly width: number;
  readonly height: number;
  /** Three bytes a dot. */
  readonly rgb: Uint8Array;
}

/** Undefined if the file is not whole. */
export const readPng = (file: Uint8Array): Dots | undefined => {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  let [width, height] = [0, 0];
  for (let at = 8; at + 12 <= file.length; ) {
    const size = view.getUint32(at);
    const type = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    const data = file.subarray(at + 8, at + 8 + size);
    if (type === "IHDR") [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (type === "IDAT" && data.length === size) return { width, height, rgb: withoutFilters(inflateSync(data), width, height) };
    at += 12 + size;
  }
  return undefined;
};

const withoutFilters = (lines: Uint8Array, width: number, height: number): Uint8Array => {
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) rgb.set(lines.subarray(y * (3 * width + 1) + 1, (y + 1) * (3 * width + 1)), 3 * width * y);
  return rgb;
};

/** The part of the dots that differ, from 0 to 1. */
export const difference = (a: Dots, b: Dots): number => {
  if (a.width !== b.width || a.height !== b.height) return 1;
  let count = 0;
  for (let i = 0; i < a.rgb.length; i += 3)
    if (a.rgb[i] !== b.rgb[i] || a.rgb[i + 1] !== b.rgb[i + 1] || a.rgb[i + 2] !== b.rgb[i + 2]) count++;
  return count / (a.width * a.height);
};
