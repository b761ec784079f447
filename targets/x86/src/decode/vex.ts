/** Writes VEX prefixes, for tests. */
export interface VexBits {
  readonly map: number;
  readonly prefix: "NP" | "66" | "F3" | "F2";
  readonly long: boolean;
  readonly w: boolean;
  /** R, X and B as REX has them. */
  readonly extensions: number;
  readonly register: number;
  /** In two bytes where that is possible. */
  readonly short: boolean;
}

export function encodeVex({ map, prefix, long, w, extensions, register, short }: VexBits): number[] {
  const last = ((~register & 15) << 3) | (long ? 4 : 0) | ["NP", "66", "F3", "F2"].indexOf(prefix);
  if (short && map === 1 && !w && (extensions & 3) === 0) return [0xc5, ((extensions & 4) === 0 ? 0x80 : 0) | last];
  return [0xc4, ((~extensions & 7) << 5) | map, (w ? 0x80 : 0) | last];
}
