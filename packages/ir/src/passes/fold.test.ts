/** What the passes make of a value: the block computes it into `out`. */
import { expect, it } from "vitest";
import { optimize, parseBlock, printBlock, StateLayoutBuilder } from "../index.ts";

const builder = new StateLayoutBuilder();
for (const name of ["pc", "flags", "a", "out"]) builder.slot(name, "i32");
for (const name of ["b", "out64"]) builder.slot(name, "i64");
const layout = builder.build();
const names = { slot: (name: string) => layout.find(name), helper: () => undefined };

const optimized = (...lines: string[]): string[] => {
  const text = ["insn 0x1000", ...lines, "stop 0"].join("\n");
  return printBlock(optimize(parseBlock(text, names)))
    .trim()
    .split("\n")
    .slice(1, -1)
    .map((line) => line.trim());
};

it.each(["s", "u"])("the lower half of an extension (extend_i32_%s) is what was extended", (sign) => {
  expect(
    optimized("v0:i32 = get a", `v1:i64 = i64.extend_i32_${sign} v0`, "set out64, v1", "v2:i32 = i32.wrap_i64 v1", "set out, v2"),
  ).toEqual(["v0:i32 = get a", `v1:i64 = i64.extend_i32_${sign} v0`, "set out64, v1", "set out, v0"]);
});

it("that of another value stays", () => {
  expect(optimized("v0:i64 = get b", "v1:i32 = i32.wrap_i64 v0", "set out, v1")).toEqual([
    "v0:i64 = get b",
    "v1:i32 = i32.wrap_i64 v0",
    "set out, v1",
  ]);
});

it("neutral constants vanish, and constants are computed", () => {
  const lines = ["v0:i32 = get a", "v1:i32 = const 0x0", "v2:i32 = i32.add v0, v1", "set out, v2"];
  expect(optimized(...lines)).toEqual(["v0:i32 = get a", "set out, v0"]);
  expect(optimized("v0:i32 = const 0x7", "v1:i32 = const 0x3", "v2:i32 = i32.mul v0, v1", "set out, v2")).toEqual([
    "v2:i32 = const 0x15",
    "set out, v2",
  ]);
});
