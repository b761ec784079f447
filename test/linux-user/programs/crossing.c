/* Loads and stores that cross from a page into the next, in loops that get compiled: the pages lie apart in the emulator's memory. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ROUNDS 3000

static unsigned char *pages;

static unsigned expected(unsigned offset, int size) {
  unsigned value = 0;
  for (int i = size - 1; i >= 0; i--) value = value << 8 | (unsigned char)((offset + i) * 7 + (offset + i) / 4096);
  return value;
}

#ifdef __arm__
__attribute__((noinline)) static unsigned load4(const unsigned char *p) {
  unsigned value;
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(p) : "memory");
  return value;
}

__attribute__((noinline)) static unsigned load2(const unsigned char *p) {
  unsigned value;
  __asm__ volatile("ldrh %0, [%1]" : "=r"(value) : "r"(p) : "memory");
  return value;
}

__attribute__((noinline)) static void store4(unsigned char *p, unsigned value) {
  __asm__ volatile("str %0, [%1]" : : "r"(value), "r"(p) : "memory");
}

__attribute__((noinline)) static unsigned long long load8(const unsigned char *p) {
  unsigned low, high;
  __asm__ volatile("ldrd %0, %1, [%2]" : "=r"(low), "=r"(high) : "r"(p) : "memory");
  return (unsigned long long)high << 32 | low;
}

__attribute__((noinline)) static unsigned long long vector8(const unsigned char *p) {
  unsigned long long value;
  __asm__ volatile("vld1.8 {d0}, [%1]\n\tvmov %Q0, %R0, d0" : "=r"(value) : "r"(p) : "d0", "memory");
  return value;
}
#else
#define LOAD(name, type) __attribute__((noinline)) static type name(const unsigned char *p) { type value; memcpy(&value, p, sizeof value); return value; }
LOAD(load4, unsigned)
LOAD(load2, unsigned short)
LOAD(load8, unsigned long long)
LOAD(vector8, unsigned long long)
__attribute__((noinline)) static void store4(unsigned char *p, unsigned value) { memcpy(p, &value, 4); }
#endif

int main(void) {
  /* Every second page in use, from the last to the first; then the others. */
  pages = mmap(0, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 14; i >= 0; i -= 2) pages[i * 4096] = 1;
  for (int i = 1; i < 16; i += 2) pages[i * 4096] = 1;
  for (unsigned i = 0; i < 16 * 4096; i++) pages[i] = i * 7 + i / 4096;
  int wrong[6] = {0};
  for (int round = 0; round < ROUNDS; round++) {
    unsigned at = (1 + round % 14) * 4096 - 8 + round % 13;
    /* First a place in the next page, so that it is the one that was found last. */
    wrong[0] += load4(pages + at + 16) != expected(at + 16, 4);
    wrong[0] += load4(pages + at) != expected(at, 4);
    wrong[1] += load2(pages + at + 16) != expected(at + 16, 2);
    wrong[1] += load2(pages + at) != expected(at, 2);
    unsigned aligned = at & ~3;
    wrong[2] += load8(pages + aligned + 16) != (expected(aligned + 16, 4) | (unsigned long long)expected(aligned + 20, 4) << 32);
    wrong[2] += load8(pages + aligned) != (expected(aligned, 4) | (unsigned long long)expected(aligned + 4, 4) << 32);
    wrong[3] += vector8(pages + at + 16) != (expected(at + 16, 4) | (unsigned long long)expected(at + 20, 4) << 32);
    wrong[3] += vector8(pages + at) != (expected(at, 4) | (unsigned long long)expected(at + 4, 4) << 32);
    store4(pages + at + 16, expected(at + 16, 4));
    store4(pages + at, ~expected(at, 4));
    for (int i = 0; i < 4; i++) {
      wrong[4] += pages[at + i] != (unsigned char)~((at + i) * 7 + (at + i) / 4096);
      pages[at + i] = ~pages[at + i];
    }
  }
  for (unsigned i = 0; i < 16 * 4096; i++) wrong[5] += pages[i] != (unsigned char)(i * 7 + i / 4096);
  const char *names[] = {"ldr", "ldrh", "ldrd", "vld1", "str", "bytes beside"};
  for (int i = 0; i < 6; i++) printf("%s: %d wrong\n", names[i], wrong[i]);
  return 0;
}
