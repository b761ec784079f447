/** Modified immediates of Advanced SIMD. */
/** AdvSIMDExpandImm (A7.4.6): the 64 bits that op, cmode and imm8 stand for. */
export function AdvSIMDExpandImm(op: number, cmode: number, imm8: number): bigint {
  const repeat = (bits: bigint, value: bigint): bigint => {
    let all = value;
    for (let width = bits; width < 64n; width *= 2n) all |= all << width;
    return all;
  };
  const byte = BigInt(imm8);
  if (cmode < 8) return repeat(32n, byte << BigInt(8 * (cmode >> 1)));
  if (cmode < 12) return repeat(16n, byte << BigInt(8 * ((cmode >> 1) & 1)));
  if (cmode === 12) return repeat(32n, (byte << 8n) | 0xffn);
  if (cmode === 13) return repeat(32n, (byte << 16n) | 0xffffn);
  if (cmode === 14) {
    if (op === 0) return repeat(8n, byte);
    let all = 0n;
    for (let bit = 0; bit < 8; bit++) if ((imm8 >> bit) & 1) all |= 0xffn << BigInt(8 * bit);
    return all;
  }
  const exponent = (imm8 & 0x40 ? 0x3e00_0000 : 0x4000_0000) | ((imm8 & 0x3f) << 19);
  return repeat(32n, BigInt(((imm8 & 0x80 ? 0x8000_0000 : 0) | exponent) >>> 0));
}
