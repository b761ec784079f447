/* Fast Fourier transform of 4096 single-precision complex numbers, radix 2, in place; forth and back. */
#include "bench.h"

enum { LOG = 12, N = 1 << LOG, ROUNDS = 420 };
struct complex {
  float re, im;
};

/* Cosine and sine of an angle up to a quarter turn, by their series: only basic operations, so the same everywhere. */
static void turn(double angle, double *cosine, double *sine) {
  double x = angle * angle, term = 1, c = 1, s = 1;
  for (int i = 1; i < 14; i++) {
    term = -term * x / (2 * i * (2 * i - 1));
    c += term;
    s += term / (2 * i + 1);
  }
  *cosine = c;
  *sine = angle * s;
}

NOINLINE static void transform(struct complex *x, const struct complex *roots, int back) {
  for (uint32_t i = 0, j = 0; i < N; i++) {
    if (i < j) {
      struct complex t = x[i];
      x[i] = x[j], x[j] = t;
    }
    uint32_t bit = N >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
  for (uint32_t half = 1; half < N; half <<= 1)
    for (uint32_t start = 0; start < N; start += 2 * half)
      for (uint32_t k = 0; k < half; k++) {
        struct complex w = roots[k * (N / 2 / half)], *p = x + start + k, *q = p + half;
        if (back) w.im = -w.im;
        float re = q->re * w.re - q->im * w.im, im = q->re * w.im + q->im * w.re;
        q->re = p->re - re, q->im = p->im - im;
        p->re += re, p->im += im;
      }
  if (back)
    for (uint32_t i = 0; i < N; i++) x[i].re *= 1.0f / N, x[i].im *= 1.0f / N;
}

uint32_t fft(void) {
  struct complex *x = allocate(sizeof(struct complex) * N), *roots = allocate(sizeof(struct complex) * N / 2);
  for (int i = 0; i < N / 2; i++) {
    double c, s;
    /* The second quarter is the first one, turned. */
    turn(6.283185307179586 * (i % (N / 4)) / N, &c, &s);
    roots[i].re = (float)(i < N / 4 ? c : -s), roots[i].im = (float)(i < N / 4 ? -s : -c);
  }
  for (int i = 0; i < N; i++) x[i].re = (float)((int32_t)random32() >> 8) / 8388608.0f, x[i].im = 0;
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    transform(x, roots, round & 1);
    for (int i = 0; i < N; i += 7) sum = mix(mix(sum, float_bits(x[i].re)), float_bits(x[i].im));
  }
  return sum;
}
