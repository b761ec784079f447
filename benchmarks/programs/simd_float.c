/*
 * Single-precision vectors of four: a filter with 16 taps, and points turned by a matrix. No value comes near those that Advanced SIMD
 * flushes to zero, so the results are IEEE's. On ARM the operations are asked for by name, since the compiler makes scalar code
 * of the operators for just that reason.
 */
#include "bench.h"
#ifdef __ARM_NEON
#include <arm_neon.h>
typedef float32x4_t f32x4;
#define ADD vaddq_f32
#define MULTIPLY vmulq_f32
#define ALL vdupq_n_f32
#define LOAD vld1q_f32
#define STORE vst1q_f32
#else
typedef float f32x4 __attribute__((vector_size(16)));
static inline f32x4 ADD(f32x4 a, f32x4 b) { return a + b; }
static inline f32x4 MULTIPLY(f32x4 a, f32x4 b) { return a * b; }
static inline f32x4 ALL(float x) { return (f32x4){x, x, x, x}; }
static inline f32x4 LOAD(const float *p) {
  f32x4 v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
static inline void STORE(float *p, f32x4 v) { __builtin_memcpy(p, &v, sizeof v); }
#endif

enum { SAMPLES = 8192, TAPS = 16, POINTS = 2048, ROUNDS = 260 };

NOINLINE static void filter(float *to, const float *from, const float *taps) {
  for (int i = 0; i < SAMPLES; i += 4) {
    f32x4 sum = ALL(0.5f);
    for (int t = 0; t < TAPS; t++) sum = ADD(sum, MULTIPLY(LOAD(from + i + t), ALL(taps[t])));
    STORE(to + i, sum);
  }
}

NOINLINE static void turn(float *points, const float *matrix) {
  for (float *p = points; p < points + 4 * POINTS; p += 4) {
    f32x4 sum = MULTIPLY(LOAD(matrix), ALL(p[0]));
    for (int k = 1; k < 4; k++) sum = ADD(sum, MULTIPLY(LOAD(matrix + 4 * k), ALL(p[k])));
    STORE(p, sum);
  }
}

static float random_fraction(void) { return (float)(random32() >> 8) / 16777216.0f + 0.25f; }

uint32_t simd_float(void) {
  float *samples = allocate(4 * (SAMPLES + TAPS)), *filtered = allocate(4 * (SAMPLES + TAPS)), *points = allocate(16 * POINTS);
  float taps[TAPS], matrix[16];
  uint32_t sum = 0;
  for (int i = 0; i < SAMPLES + TAPS; i++) samples[i] = filtered[i] = random_fraction();
  for (int i = 0; i < TAPS; i++) taps[i] = random_fraction() / (2 * TAPS);
  for (int i = 0; i < 16; i++) matrix[i] = random_fraction() / 4;
  for (int i = 0; i < 4 * POINTS; i++) points[i] = random_fraction();
  for (int round = 0; round < ROUNDS; round++) {
    filter(filtered, samples, taps);
    turn(points, matrix);
    for (int i = 0; i < 4 * POINTS; i += 4) points[i] += 0.5f;
    for (int i = 0; i < SAMPLES; i += 9) sum = mix(sum, float_bits(filtered[i]));
    for (int i = 0; i < 4 * POINTS; i += 9) sum = mix(sum, float_bits(points[i]));
    float *t = samples;
    samples = filtered, filtered = t;
  }
  return sum;
}
