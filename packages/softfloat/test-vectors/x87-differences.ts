// Compares an operation with a dump that x87.c has made of it: node x87-differences.ts NAME FILE
// Prints the first cases that differ, and how many do; of the functions that are not exact, by how many units in the last place.
import { readFileSync } from "node:fs";
import { X87Machine, x87Operations } from "./x87-operations.ts";
import { runX87Stream } from "./x87-stream.ts";

const [name = "", file = ""] = process.argv.slice(2);
const operation = x87Operations.get(name);
if (operation === undefined || file === "") throw new Error("usage: node x87-differences.ts NAME FILE");

const dump = readFileSync(file);
const words = new Uint32Array(dump.buffer, dump.byteOffset, dump.length / 4);
const machine = new X87Machine();
const c = machine.case;
const run = machine.runner(operation);
const hex = (v: Uint32Array): string =>
  `${v[2]!.toString(16).padStart(4, "0")}:${v[1]!.toString(16).padStart(8, "0")}${v[0]!.toString(16).padStart(8, "0")}`;
/** A number's place in the order of registers with its sign. */
const ordinal = (v: Uint32Array): bigint => {
  const significand = (BigInt(v[1]!) << 32n) | BigInt(v[0]!);
  const exponent = BigInt(v[2]! & 0x7fff);
  return exponent === 0n ? significand : (exponent << 63n) + (significand & 0x7fff_ffff_ffff_ffffn);
};

let at = 0;
let differing = 0;
const units = new Map<string, number>();
const expected = [new Uint32Array(3), new Uint32Array(3)] as const;
const count = (a: Uint32Array, b: Uint32Array): void => {
  const difference = a[2] === 0x7fff || (a[2]! ^ b[2]!) & 0x8000 ? "other" : String(ordinal(a) - ordinal(b));
  const key = a.every((word, i) => word === b[i]) ? "0" : difference;
  units.set(key, (units.get(key) ?? 0) + 1);
};
const isNear = (a: Uint32Array, b: Uint32Array): boolean => {
  const difference = ordinal(a) - ordinal(b);
  return ((a[2]! ^ b[2]!) & 0x8000) === 0 && difference <= 1n && difference >= -1n;
};

runX87Stream(operation, words.length / 7 - enumeratedCases(), c, () => {
  const before = `${hex(c.a)} ${operation.operands.length > 1 ? hex(c.b) : ""}`;
  run();
  expected[0].set(words.subarray(at, at + 3));
  expected[1].set(words.subarray(at + 3, at + 6));
  const status = words[at + 6]!;
  at += 7;
  let same = c.status === status;
  if (operation!.loose) {
    count(c.first, expected[0]);
    if (operation!.hasSecond) count(c.second, expected[1]);
    same &&= isNear(c.first, expected[0]) && isNear(c.second, expected[1]);
  } else {
    same &&= [0, 1, 2].every((i) => c.first[i] === expected[0][i]);
    if (operation!.hasSecond) same &&= [0, 1, 2].every((i) => c.second[i] === expected[1][i]);
  }
  if (!same && differing++ < 20) {
    console.log(`${before} config ${(c.config >>> 0).toString(16)}`);
    for (const [who, a, b, s] of [["expected", ...expected, status] as const, ["computed", c.first, c.second, c.status] as const]) {
      console.log(`    ${who} ${hex(a)} ${operation!.hasSecond ? hex(b) : ""} ${s.toString(16)}`);
    }
  }
});
console.log(`${name}: ${differing} of ${at / 7} cases differ`, operation.loose ? Object.fromEntries(units) : "");

/** How many cases come before the random ones. */
function enumeratedCases(): number {
  let cases = 0;
  runX87Stream(operation!, 0, c, () => cases++);
  return cases;
}
