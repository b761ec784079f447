/* 64-bit division for SPARC V8: Debian's libgcc for 32 bits has instructions of V9. Bit by bit. */
#include "bench.h"

static uint64_t divide_bits(uint64_t n, uint64_t d, uint64_t *rest) {
  uint64_t quotient = 0, bit = 1;
  if (d == 0) __builtin_trap();
  while (d < n && !(d >> 63)) d <<= 1, bit <<= 1;
  for (; bit > 0; d >>= 1, bit >>= 1)
    if (n >= d) n -= d, quotient |= bit;
  *rest = n;
  return quotient;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  return divide_bits(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  divide_bits(n, d, &rest);
  return rest;
}

int64_t __divdi3(int64_t n, int64_t d) {
  uint64_t rest, q = divide_bits(n < 0 ? -(uint64_t)n : (uint64_t)n, d < 0 ? -(uint64_t)d : (uint64_t)d, &rest);
  return (int64_t)((n < 0) == (d < 0) ? q : -q);
}
