/* Division: 64 bits (a library call on 32-bit machines), 32 bits signed and unsigned, and a greatest common divisor. */
#include "bench.h"

enum { TURNS = 400000 };

NOINLINE static uint32_t common_divisor(uint32_t a, uint32_t b) {
  while (b != 0) {
    uint32_t r = a % b;
    a = b, b = r;
  }
  return a;
}

uint32_t divide(void) {
  uint64_t x = 0x123456789abcdef1ull, sum = 0;
  for (uint32_t i = 1; i <= TURNS; i++) {
    x = x * 6364136223846793005ull + 1442695040888963407ull;
    sum += x / (i | 1);
    sum ^= x % ((uint64_t)i * i * 4093 + 7);
    sum += (uint64_t)((int64_t)x / -(int64_t)(x >> 40 | 1));
    uint32_t high = (uint32_t)(x >> 32);
    sum += high / (i & 0xfff | 1) + (uint32_t)((int32_t)high % (int32_t)(i + 3));
    if (i % 4 == 0) sum += common_divisor(high, (uint32_t)x);
  }
  return (uint32_t)(sum ^ sum >> 32);
}
