// mremap in all its forms, brk, msync, madvise, mincore.
#include "check.h"

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char *area = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *a, *b;
  a = mmap(area, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  strcpy(a, "first"), strcpy(a + 3 * 4096, "fourth");
  test("no room to grow", (long)mremap(a, 4 * 4096, 5 * 4096, 0));
  munmap(area + 4 * 4096, 4 * 4096);
  printf("grows in place %d\n", mremap(a, 4 * 4096, 6 * 4096, 0) == a);
  printf("zero %d kept %s\n", a[5 * 4096], a + 3 * 4096);
  printf("to a place %d\n", mremap(a + 2 * 4096, 2 * 4096, 3 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, area + 20 * 4096) == area + 20 * 4096);
  printf("there %s\n", area + 21 * 4096);
  test("over itself", (long)mremap(area + 20 * 4096, 3 * 4096, 3 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, area + 21 * 4096));
  test("fixed without move", (long)mremap(area + 20 * 4096, 4096, 4096, MREMAP_FIXED, area + 30 * 4096));
  test("unaligned", (long)mremap(area + 20 * 4096 + 1, 4096, 4096, 0));
  test("nothing", (long)mremap(area + 20 * 4096, 4096, 0, 0));
  test("flags", (long)mremap(area + 20 * 4096, 4096, 4096, 64));
  test("not mapped", (long)mremap((void *)0x1000, 4096, 8192, MREMAP_MAYMOVE));
  printf("shrinks %d\n", mremap(a, 2 * 4096, 4096, 0) == a);
  char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  b = mremap(shared, 0, 4096, MREMAP_MAYMOVE);
  strcpy(shared, "twice");
  printf("a second time %s\n", b);
  test("of private ones not", (long)mremap(a, 0, 4096, MREMAP_MAYMOVE));
  b = mremap(a, 4096, 4096, MREMAP_MAYMOVE | 4, NULL);
  if (b == MAP_FAILED) printf("no DONTUNMAP: errno %d\n", errno);
  else printf("the old one stays, empty: %d %d %s\n", b != a, a[0], b);
  char *end = sbrk(0);
  test("brk up", brk(end + 10000));
  end[9999] = 7;
  test("brk down", brk(end));
  test("and up", brk(end + 10000));
  printf("zero again %d\n", end[9999]);
  test("below the beginning", brk((void *)0x1000));
  test("far too high", brk((void *)-4096));
  test("msync", msync(b, 4096, MS_SYNC));
  test("msync both", msync(b, 4096, MS_SYNC | MS_ASYNC));
  test("msync nothing", msync((void *)0x2000, 4096, MS_SYNC));
  unsigned char in[4] = {9, 9, 9, 9};
  a = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  a[4096] = 1;
  test("mincore", mincore(a, 3 * 4096, in));
  printf("there %d %d %d %d\n", in[0] & 1, in[1] & 1, in[2] & 1, in[3]);
  test("mincore nothing", mincore((void *)0x2000, 4096, in));
  test("madvise", madvise(a, 3 * 4096, MADV_WILLNEED));
  test("no advice", madvise(a, 4096, 999));
  test("unaligned", madvise(a + 1, 4096, MADV_NORMAL));
  test("mlock", mlock(a, 4096));
  test("mlock nothing", mlock((void *)0x2000, 4096));
  test("munmap nothing", munmap((void *)0x2000, 4096));
  test("munmap unaligned", munmap(a + 1, 4096));
  test("munmap no length", munmap(a, 0));
  return 0;
}
