// SSE's RCPPS and RSQRTPS: reciprocals of 12 bits, without exceptions, and whatever MXCSR says. Denormals are zeros, of operands and results.
// Processors differ in the bits of these; here they are the nearest ones.

const SIGN: u32 = 0x8000_0000;
const INFINITY: u32 = 0x7f80_0000;
const QUIET: u32 = 0x40_0000;

/** A finite number to the nearest with 12 bits of significand, of zeros and denormals zero. */
function toTwelveBits(x: f32): u32 {
  const bits = reinterpret<u32>(x);
  if ((bits & INFINITY) == 0) return bits & SIGN;
  return (bits + 0x800) & 0xffff_f000;
}

export function approximateReciprocal(a: u32): u32 {
  const magnitude = a & ~SIGN;
  if (magnitude > INFINITY) return a | QUIET;
  if (magnitude == INFINITY) return a & SIGN;
  if (magnitude < 0x80_0000) return (a & SIGN) | INFINITY;
  return toTwelveBits(1 / reinterpret<f32>(a));
}

export function approximateReciprocalRoot(a: u32): u32 {
  const magnitude = a & ~SIGN;
  if (magnitude > INFINITY) return a | QUIET;
  if (magnitude < 0x80_0000) return (a & SIGN) | INFINITY;
  if (a & SIGN) return SIGN | INFINITY | QUIET;
  if (magnitude == INFINITY) return 0;
  return toTwelveBits(<f32>(1 / sqrt<f64>(reinterpret<f32>(a))));
}
