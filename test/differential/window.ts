/** Where recorded instruction tests have their code, and the memory that they may touch. */
export const codeAddress = 0x80_0000;
export const windowAddress = 0x90_0000;
export const windowSize = 512;

/** The window's bytes before each test: no two words alike, sign bits both ways. */
export const initialWindow: Uint8Array = Uint8Array.from({ length: windowSize }, (_, i) => (i * 0x9d + (i >> 3) * 0x35 + 0x7b) & 0xff);

export function changedMemory(window: Uint8Array): Record<string, number> {
  const changed: Record<string, number> = {};
  window.forEach((byte, offset) => {
    if (byte !== initialWindow[offset]) changed[offset] = byte;
  });
  return changed;
}
