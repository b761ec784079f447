/* The Mandelbrot set in double precision: a short loop of additions, multiplications and one comparison. */
#include "bench.h"

enum { SIDE = 420, LIMIT = 200 };

uint32_t mandelbrot(void) {
  uint32_t sum = 0;
  for (int row = 0; row < SIDE; row++)
    for (int column = 0; column < SIDE; column++) {
      double re = -2.1 + 2.8 * column / SIDE, im = -1.3 + 2.6 * row / SIDE, x = 0, y = 0, xx = 0, yy = 0;
      uint32_t n = 0;
      while (n < LIMIT && xx + yy < 4.0) {
        y = 2 * x * y + im;
        x = xx - yy + re;
        xx = x * x, yy = y * y;
        n++;
      }
      sum = mix(sum, n);
    }
  return sum;
}
