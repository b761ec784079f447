/** Pictures of the display as files: PPM, as QEMU writes by default, and PNG (PNG specification 1.2: one IDAT chunk, no filters). */
import { writeFileSync } from "node:fs";
import { type FrameSource, paint, type Picture } from "@tsemu/devices";
import { crc32 } from "node:zlib";
import { zlibSync } from "fflate";

/** What the monitor says. */
export const screendump = (display: FrameSource | undefined, file: string): string => {
  if (display === undefined) return "There is no console to take a screendump from.\n";
  const picture = paint(display.frame());
  try {
    writeFileSync(file, file.endsWith(".png") ? png(picture) : ppm(picture));
    return "";
  } catch {
    return `Could not open '${file}'\n`;
  }
};

/** Rows of three bytes a dot, each after `before` bytes of zero. */
const rows = ({ width, height, rgba }: Picture, before: number): Uint8Array => {
  const pitch = before + 3 * width;
  const out = new Uint8Array(pitch * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      out.set(rgba.subarray(from, from + 3), y * pitch + before + 3 * x);
    }
  return out;
};

export const ppm = (picture: Picture): Uint8Array => {
  const header = new TextEncoder().encode(`P6\n${picture.width} ${picture.height}\n255\n`);
  return concatenate([header, rows(picture, 0)]);
};

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
// Eight bits a component, red, green and blue; the usual compression and filters; lines in their order.
const format = [8, 2, 0, 0, 0] as const;

export const png = (picture: Picture): Uint8Array => {
  const header = Uint8Array.from([...big(picture.width), ...big(picture.height), ...format]);
  return concatenate([signature, chunk("IHDR", header), chunk("IDAT", zlibSync(rows(picture, 1))), chunk("IEND", new Uint8Array(0))]);
};

const big = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const named = concatenate([new TextEncoder().encode(type), data]);
  return concatenate([Uint8Array.from(big(data.length)), named, Uint8Array.from(big(crc32(named)))]);
};

const concatenate = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
