/** What every Ethernet controller computes: the frame check sequence, and which frames an address filter lets through (IEEE 802.3, 3). */

/** Reflected polynomial. */
const POLYNOMIAL = 0xedb8_8320;

const remainder = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (POLYNOMIAL & -(crc & 1));
  }
  return crc >>> 0;
};

/** As a little-endian word after the frame. */
export const frameCheck = (frame: Uint8Array): number => ~remainder(frame) >>> 0;

export interface AddressFilter {
  readonly address: Uint8Array | undefined;
  readonly broadcast: boolean;
  /** 64 bits: which hashes of multicast addresses get through. */
  readonly hashes: Uint8Array;
}

/** Whether the frame's destination is one of ours. */
export const accepts = (frame: Uint8Array, { address, broadcast, hashes }: AddressFilter): boolean => {
  const to = frame.subarray(0, 6);
  if (to.every((byte) => byte === 0xff)) return broadcast;
  if ((to[0]! & 1) === 0) return address !== undefined && to.every((byte, i) => byte === address[i]);
  // The hash is the upper six bits of the address' check sequence.
  const hash = remainder(to) >>> 26;
  return ((hashes[hash >>> 3]! >>> (hash & 7)) & 1) !== 0;
};
