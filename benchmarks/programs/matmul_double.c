/* Product of double-precision matrices. */
#include "bench.h"

enum { N = 100, ROUNDS = 60 };
typedef double matrix[N][N];

uint32_t matmul_double(void) {
  matrix *a = allocate(sizeof(matrix)), *b = allocate(sizeof(matrix)), *c = allocate(sizeof(matrix));
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      (*a)[i][j] = (double)(int32_t)random32() / 2147483648.0;
      (*b)[i][j] = (double)(int32_t)random32() / 2147483648.0 / 6;
    }
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double x = 0;
        for (int k = 0; k < N; k++) x += (*a)[i][k] * (*b)[k][j];
        (*c)[i][j] = x;
        sum = mix(sum, double_bits(x));
      }
    matrix *t = a;
    a = c, c = t;
  }
  return sum;
}
