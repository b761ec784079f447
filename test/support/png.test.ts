import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { difference, readPng } from "./png.ts";

it("reads the monitor's pictures, and says how much of two differs", () => {
  const file = readFileSync(new URL("../guests/screens/installer-language.png", import.meta.url));
  const picture = readPng(file)!;
  expect([picture.width, picture.height, ...picture.rgb.subarray(0, 3)]).toEqual([1024, 768, 0, 0, 0xaa]);
  const other = { ...picture, rgb: Uint8Array.from(picture.rgb) };
  other.rgb.fill(1, 0, 3 * 1024);
  expect([difference(picture, picture), difference(picture, other), difference(picture, { ...other, width: 1 })]).toEqual([0, 1 / 768, 1]);
  expect(readPng(file.subarray(0, 5000))).toBeUndefined();
});
