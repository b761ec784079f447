/* Sieve of Eratosthenes: byte stores with a growing stride, and counting. */
#include "bench.h"

enum { LIMIT = 1000000, ROUNDS = 80 };

uint32_t sieve(void) {
  uint8_t *composite = allocate(LIMIT + 1);
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    memset(composite, 0, LIMIT + 1);
    for (uint32_t i = 2; i * i <= LIMIT; i++)
      if (!composite[i])
        for (uint32_t j = i * i; j <= LIMIT; j += i) composite[j] = 1;
    uint32_t count = 0;
    for (uint32_t i = 2; i <= LIMIT; i++) count += !composite[i];
    sum = mix(sum, count);
  }
  return sum;
}
