/** Sources of randomness for guests: the host's, or one that repeats. */
import type { RandomPort } from "@tsemu/hw";

/** getRandomValues fills no more at a time. */
const largest = 65_536;

export const systemRandom: RandomPort = {
  fill(into) {
    for (let at = 0; at < into.length; at += largest) crypto.getRandomValues(into.subarray(at, at + largest) as Uint8Array<ArrayBuffer>);
  },
};

/** The same bytes for the same seed (32 bits), by the generator "mulberry32". Not for secrets. */
export const seededRandom = (seed: number): RandomPort => {
  let state = seed >>> 0;
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) {
        state = (state + 0x6d2b_79f5) >>> 0;
        let x = Math.imul(state ^ (state >>> 15), state | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        into[i] = (x ^ (x >>> 14)) >>> 24;
      }
    },
  };
};
