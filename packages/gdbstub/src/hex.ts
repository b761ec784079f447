/** Bytes and numbers as digits, the way gdb writes them. */

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const hexOfText = (text: string): string => hexOf(new TextEncoder().encode(text));

/** Undefined where they are no pairs of digits. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Undefined where it is no number. Addresses in the upper half of 64 bits are negative (debugAddress). */
export const numberOfHex = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9a-fA-F]{1,16}$/.test(text) ? Number(BigInt.asIntN(64, BigInt(`0x${text}`))) : undefined;

/** A register's value in the guest's byte order. */
export function bytesOfValue(value: bigint, bits: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(bits / 8);
  for (let i = 0; i < bytes.length; i++) bytes[littleEndian ? i : bytes.length - 1 - i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return bytes;
}

export function valueOfBytes(bytes: Uint8Array, littleEndian: boolean): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[littleEndian ? i : bytes.length - 1 - i]!);
  return value;
}
