/*
 * What a benchmark program may use. Programs are plain C11 without a C library; each is one function that does the same work whenever it
 * is called and returns a checksum, which is the same on every architecture: integers have fixed widths, the order of bytes in
 * memory is not looked at, floating point is IEEE without contraction or excess precision.
 */
#ifndef BENCH_H
#define BENCH_H
#include <stddef.h>
#include <stdint.h>

/* 16-byte aligned, not cleared; everything is given back when the program returns. */
void *allocate(size_t bytes);
/* xorshift; starts anew with every call of a program. */
uint32_t random32(void);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);

/* FNV-1a, a word at a time. */
static inline uint32_t mix(uint32_t sum, uint32_t word) { return (sum ^ word) * 0x01000193u; }
static inline uint32_t float_bits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits;
}
static inline uint32_t double_bits(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, 8);
  return (uint32_t)(bits ^ bits >> 32);
}
static inline uint32_t rotate_right(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

#define NOINLINE __attribute__((noinline, noclone))

/* What the runtime needs of the machine it is for. */
void platform_print(const char *text, size_t length);
uint64_t platform_microseconds(void);
/* Runs the programs that the words name; the platform calls it. 0 if all names are known. */
int bench_main(const char *words);
#endif
