/** A 64-bit FNV-1a hash, in hexadecimal, over the names and texts of the given files in order of their names. */
export const hashSources = (files: ReadonlyMap<string, string>): string => {
  const text = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, content]) => `${name}\0${content}\0`);
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(text.join(""))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n);
  }
  return hash.toString(16).padStart(16, "0");
};
