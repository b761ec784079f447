/* Product of 32-bit integer matrices: multiply and accumulate, with one of the operands read by columns. */
#include "bench.h"

enum { N = 160, ROUNDS = 42 };
typedef int32_t matrix[N][N];

uint32_t matmul_int(void) {
  matrix *a = allocate(sizeof(matrix)), *b = allocate(sizeof(matrix)), *c = allocate(sizeof(matrix));
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      (*a)[i][j] = (int32_t)random32() >> 8;
      (*b)[i][j] = (int32_t)random32() >> 8;
    }
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        uint32_t x = 0;
        for (int k = 0; k < N; k++) x += (uint32_t)(*a)[i][k] * (uint32_t)(*b)[k][j];
        (*c)[i][j] = (int32_t)x;
        sum = mix(sum, x);
      }
    matrix *t = a;
    a = c, c = t;
  }
  return sum;
}
