/** The memory that instructions under test may touch: a window of known bytes. */

export const windowAddress = 0x0080_0000;
export const windowSize = 512;

/** Its bytes before each test: no two words alike, sign bits both ways. */
export const initialWindow: Uint8Array = Uint8Array.from({ length: windowSize }, (_, i) => (i * 0x9d + (i >> 3) * 0x35 + 0x7b) & 0xff);
