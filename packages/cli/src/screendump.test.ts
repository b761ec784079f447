import { inflateSync } from "node:zlib";
import { expect, it } from "vitest";
import { png, ppm, screendump } from "./screendump.ts";

const picture = { width: 2, height: 2, rgba: Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 1, 2, 3, 255) };

it("writes PNG files", () => {
  const bytes = Buffer.from(png(picture));
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]]).toEqual([2, 2, 8, 2]);
  // Known from elsewhere: the checksum of an empty last chunk.
  expect(bytes.subarray(-12).toString("hex")).toBe("0000000049454e44ae426082");
  const length = bytes.readUInt32BE(33);
  expect([...inflateSync(bytes.subarray(41, 41 + length))]).toEqual([0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 1, 2, 3]);
});

it("writes PPM files", () => {
  expect([...ppm(picture)].slice(-12)).toEqual([255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3]);
  expect(Buffer.from(ppm(picture)).subarray(0, 11).toString()).toBe("P6\n2 2\n255\n");
});

it("says why there is none", () => {
  expect(screendump(undefined, "x.png")).toContain("no console");
  expect(screendump({ frame: () => ({ kind: "blank", width: 1, height: 1 }) }, "/nowhere/x.png")).toBe("Could not open '/nowhere/x.png'\n");
});
