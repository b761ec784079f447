/* Integer vectors of 16 bytes: blending of pictures, sums of absolute differences, a filter. Where there are none the compiler makes
 * scalar code of it. */
#include "bench.h"

enum { PIXELS = 64 * 1024, ROUNDS = 1080 };
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x8 __attribute__((vector_size(8)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));

/* (a * weight + b * (256 - weight)) / 256 */
NOINLINE static void blend(u8x8 *to, const u8x8 *a, const u8x8 *b, uint16_t weight) {
  const u16x8 w = {weight, weight, weight, weight, weight, weight, weight, weight}, rest = 256 - w;
  for (int i = 0; i < PIXELS / 8; i++) {
    u16x8 x = __builtin_convertvector(a[i], u16x8), y = __builtin_convertvector(b[i], u16x8);
    to[i] = __builtin_convertvector((x * w + y * rest) >> 8, u8x8);
  }
}

NOINLINE static u32x4 differences(const u8x16 *a, const u8x16 *b) {
  u32x4 sum = {0, 0, 0, 0};
  for (int i = 0; i < PIXELS / 16; i++) {
    u8x16 mask = (u8x16)(a[i] > b[i]);
    u8x16 d = ((a[i] - b[i]) & mask) | ((b[i] - a[i]) & ~mask);
    u32x4 words = (u32x4)d;
    sum += (words & 0xff) + (words >> 8 & 0xff) + (words >> 16 & 0xff) + (words >> 24);
  }
  return sum;
}

NOINLINE static void filter(u32x4 *data) {
  u32x4 before = data[0];
  for (int i = 1; i < PIXELS / 16; i++) {
    u32x4 x = data[i];
    before = (x ^ before << 3) + (before >> 5) * 7;
    data[i] = before;
  }
}

uint32_t simd_int(void) {
  uint8_t *a = allocate(PIXELS), *b = allocate(PIXELS), *c = allocate(PIXELS);
  uint32_t *words = allocate(PIXELS), sum = 0;
  for (int i = 0; i < PIXELS; i++) a[i] = (uint8_t)random32(), b[i] = (uint8_t)random32();
  for (int i = 0; i < PIXELS / 4; i++) words[i] = random32();
  for (int round = 0; round < ROUNDS; round++) {
    blend((u8x8 *)c, (const u8x8 *)a, (const u8x8 *)b, (uint16_t)(round * 3 & 255));
    u32x4 d = differences((const u8x16 *)c, (const u8x16 *)b);
    filter((u32x4 *)words);
    /* The order of bytes in a word differs between machines; the sum of all four lanes does not show it. */
    sum = mix(sum, d[0] + d[1] + d[2] + d[3]) + words[round] + words[PIXELS / 4 - 1 - round];
    uint8_t *t = b;
    b = c, c = t;
  }
  return sum;
}
