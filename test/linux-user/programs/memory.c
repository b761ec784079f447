// mmap in its forms, protections, mremap, brk, shared files, generated and rewritten code.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "machine.h"

static void result(const char *what, void *at) {
  if (at == MAP_FAILED) printf("%s: failed with %d\n", what, errno);
  else printf("%s: aligned %d\n", what, ((uintptr_t)at & 4095) == 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char *a = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  result("anonymous", a);
  int zero = 1;
  for (int i = 0; i < 3 * 4096; i++) zero &= a[i] == 0;
  printf("zero %d\n", zero);
  memset(a, 7, 3 * 4096);
  printf("munmap middle %d\n", munmap(a + 4096, 4096));
  printf("around: %d %d\n", a[4095], a[8192]);
  result("hole again", mmap(a + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  result("no replace", mmap(a + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  printf("protect unmapped %d", mprotect((void *)0x20000000, 4096, PROT_READ));
  printf(" errno %d\n", errno);
  result("unaligned", mmap((void *)0x20000001, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  result("no length", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  result("bad fd", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));

  char name[] = "/tmp/tsemu-map-XXXXXX";
  int fd = mkstemp(name);
  char text[6000];
  memset(text, 'a', sizeof text);
  write(fd, text, sizeof text);
  char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  result("shared file", shared);
  shared[10] = 'S';
  private[11] = 'P';
  char got[20];
  pread(fd, got, 14, 5);
  got[14] = 0;
  printf("file has %s, private sees %c%c\n", got, private[10], private[11]);
  pwrite(fd, "W", 1, 4097);
  printf("shared sees %c\n", shared[4097]);
  printf("past the end %d\n", shared[6001]);
  shared[5999] = 'E';
  msync(shared, 8192, MS_SYNC);
  pread(fd, got, 1, 5999);
  printf("last byte %c\n", got[0]);
  if (fork() == 0) {
    shared[20] = 'C';
    private[20] = 'D';
    _exit(0);
  }
  wait(NULL);
  printf("after child: %c %c\n", shared[20], private[20]);
  ftruncate(fd, 100);
  struct stat st;
  fstat(fd, &st);
  printf("size %ld\n", (long)st.st_size);
  int readonly = open(name, O_RDONLY);
  result("writable map of a read-only file", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, readonly, 0));
  unlink(name);

  char *m = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(m + 4096, "moved");
  char *n = mremap(m, 4 * 4096, 100 * 4096, MREMAP_MAYMOVE);
  printf("mremap %s %d\n", n + 4096, n[99 * 4096]);
  n = mremap(n, 100 * 4096, 2 * 4096, 0);
  printf("shrunk %s\n", n + 4096);
  printf("dontneed %d", madvise(n, 8192, MADV_DONTNEED));
  printf(" now %d\n", n[4096]);

  char *brk0 = sbrk(0);
  char *grown = sbrk(100000);
  printf("brk grew %d\n", (char *)sbrk(0) - brk0 == 100000 && grown == brk0);
  memset(grown, 1, 100000);
  sbrk(-100000);
  printf("brk back %d\n", sbrk(0) == brk0);

  // Code that is made, run, changed and run again: returns a number
  uint32_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int sum = 0;
  for (int i = 0; i < 200; i++) {
    RETURN(code, i & 0xff);
    __builtin___clear_cache((char *)code, (char *)(code + 3));
    sum += ((int (*)(void))code)();
  }
  printf("generated code %d\n", sum);
  // The same through two mappings: writing one changes what the other executes.
  char other[] = "/tmp/tsemu-code-XXXXXX";
  int mem = mkstemp(other);
  unlink(other);
  ftruncate(mem, 4096);
  uint32_t *w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mem, 0);
  uint32_t *x = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, mem, 0);
  sum = 0;
  for (int i = 0; i < 50; i++) {
    RETURN(w, i);
    __builtin___clear_cache((char *)x, (char *)(x + 3));
    sum += ((int (*)(void))x)();
  }
  printf("two views %d\n", sum);
  return 0;
}
