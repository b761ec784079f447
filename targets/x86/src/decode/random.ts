/** Random encodings of a row, for tests. */
import type { Prng } from "@tsemu/decode";
import type { X86Row } from "./row.ts";
import { encodeVex } from "./vex.ts";

export interface RandomOptions {
  readonly code64: boolean;
  /** Also prefixes that change operands and addresses; yes unless told. */
  readonly prefixes?: boolean;
}

/** With registers that the mode has, and L and W at random where the row does not ask for them. */
function pushVex(bytes: number[], { vex, map, prefix }: X86Row, prng: Prng, code64: boolean): void {
  const coin = (): boolean => prng.u32() % 2 === 0;
  bytes.push(
    ...encodeVex({
      map,
      prefix: prefix === "any" ? "NP" : prefix,
      long: vex!.long ?? coin(),
      w: vex!.w ?? coin(),
      extensions: code64 ? prng.u32() & 7 : 0,
      register: vex!.usesRegister ? prng.u32() & (code64 ? 15 : 7) : 0,
      short: coin(),
    }),
  );
}

/** Bytes that begin with an encoding of the row; what follows it is random. */
export function randomEncoding(row: X86Row, prng: Prng, { code64, prefixes = true }: RandomOptions): number[] {
  const bytes: number[] = [];
  const coin = (oneIn: number): boolean => prng.u32() % oneIn === 0;
  if (prefixes) {
    if (coin(4)) bytes.push(0x67);
    if (row.prefix === "any" && coin(3)) bytes.push(0x66);
    if (coin(6)) bytes.push(code64 ? 0x64 + (prng.u32() & 1) : [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65][prng.u32() % 6]!);
    if (row.rep === true && coin(2)) bytes.push(0xf2 + (prng.u32() & 1));
    if (row.lock === true && coin(4)) bytes.push(0xf0);
  }
  if (row.vex !== undefined) pushVex(bytes, row, prng, code64);
  else if (row.prefix === "66" || row.prefix === "F3" || row.prefix === "F2") bytes.push(Number.parseInt(row.prefix, 16));
  if (row.vex === undefined && code64 && prefixes && coin(2)) bytes.push(0x40 | (prng.u32() & 15));
  if (row.vex === undefined && row.map > 0) bytes.push(0x0f);
  if (row.vex === undefined && row.map > 1) bytes.push(row.map === 2 ? 0x38 : 0x3a);
  bytes.push(row.byte);
  if (row.hasModRm) {
    const mod = row.mod === "reg" ? 3 : row.mod === "mem" ? prng.u32() % 3 : prng.u32() & 3;
    const reg = row.digit >= 0 ? row.digit : prng.u32() & 7;
    const rm = row.rm >= 0 ? row.rm : prng.u32() & 7;
    bytes.push((mod << 6) | (reg << 3) | rm);
  }
  while (bytes.length < 16) bytes.push(prng.u32() & 0xff);
  return bytes;
}
