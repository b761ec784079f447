/* The functions that compilers call without being asked, and sqrt where the instruction set has none. In plain C, so that an emulator
 * is measured with the same code everywhere. Compiled without builtins: these loops must not become calls of themselves. */
#include "bench.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *t = to;
  const uint8_t *f = from;
  if ((((uintptr_t)t | (uintptr_t)f) & 3) == 0) {
    typedef uint32_t __attribute__((may_alias)) word;
    for (; bytes >= 16; bytes -= 16, t += 16, f += 16) {
      const word *wf = (const word *)f;
      word a = wf[0], b = wf[1], c = wf[2], d = wf[3];
      word *wt = (word *)t;
      wt[0] = a, wt[1] = b, wt[2] = c, wt[3] = d;
    }
  }
  while (bytes-- > 0) *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  uint8_t *t = to;
  const uint8_t *f = from;
  if (t <= f || t >= f + bytes) return memcpy(to, from, bytes);
  while (bytes-- > 0) t[bytes] = f[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *t = to;
  for (; bytes > 0 && ((uintptr_t)t & 3) != 0; bytes--) *t++ = (uint8_t)value;
  typedef uint32_t __attribute__((may_alias)) word;
  word four = (uint8_t)value * 0x01010101u;
  for (; bytes >= 16; bytes -= 16, t += 16) {
    word *w = (word *)t;
    w[0] = four, w[1] = four, w[2] = four, w[3] = four;
  }
  while (bytes-- > 0) *t++ = (uint8_t)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  const uint8_t *x = a, *y = b;
  for (; bytes > 0; bytes--, x++, y++)
    if (*x != *y) return *x < *y ? -1 : 1;
  return 0;
}

size_t strlen(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

/* Correctly rounded for positive normal numbers, which is all that the programs ask for: the square root of the significand as a
 * 54-bit integer, bit by bit, then rounded. */
double sqrt(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, 8);
  if (bits == 0) return 0;
  int exponent = (int)(bits >> 52) - 1023;
  uint64_t significand = (bits & 0xfffffffffffffull) | 1ull << 52;
  if (exponent & 1) significand <<= 1, exponent--;
  uint64_t root = 0, rest = 0;
  for (int i = 0; i < 54; i++) {
    /* Two more bits of the significand, which has 54 and is followed by zeros. */
    rest = rest << 2 | (i < 27 ? significand >> (52 - 2 * i) & 3 : 0);
    uint64_t trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) rest -= trial, root |= 1;
  }
  /* 54 bits: the last is the half; a square root is never exactly halfway. */
  root = (root + 1) >> 1;
  bits = ((uint64_t)(exponent / 2 + 1023) << 52) + (root - (1ull << 52));
  __builtin_memcpy(&x, &bits, 8);
  return x;
}

/* What division calls where the divisor is 0: no program does that. */
int raise(int signal) {
  (void)signal;
  __builtin_trap();
}
