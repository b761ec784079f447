// sendfile, splice, tee, vmsplice, copy_file_range, fallocate, holes.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static long test(const char *what, long r) {
  if (r == -1) printf("%s: errno %d\n", what, errno);
  else printf("%s: %ld\n", what, r);
  return r;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char name[] = "/tmp/tsemu-transfer-XXXXXX", other[] = "/tmp/tsemu-transfer2-XXXXXX", b[200] = {0};
  int a = mkstemp(name), c = mkstemp(other), p[2], q[2];
  unlink(name), unlink(other);
  write(a, "0123456789abcdefghij", 20);
  pipe(p), pipe(q);
  off_t at = 5;
  test("sendfile", sendfile(p[1], a, &at, 7));
  printf("then at %d stands at %d\n", (int)at, (int)lseek(a, 0, SEEK_CUR));
  read(p[0], b, 100);
  printf("got %s\n", b);
  lseek(a, 10, SEEK_SET);
  test("from where it stands", sendfile(c, a, NULL, 100));
  printf("stands at %d\n", (int)lseek(a, 0, SEEK_CUR));
  test("from a pipe", sendfile(c, p[0], NULL, 1));
  loff_t from = 2, to = 1;
  test("splice in", splice(a, &from, p[1], NULL, 6, 0));
  test("tee", tee(p[0], q[1], 4, 0));
  test("splice out", splice(p[0], NULL, c, &to, 100, SPLICE_F_NONBLOCK));
  test("empty", splice(p[0], NULL, c, &to, 100, SPLICE_F_NONBLOCK));
  memset(b, 0, sizeof b);
  read(q[0], b, 100);
  printf("teed %s, at %d %d\n", b, (int)from, (int)to);
  memset(b, 0, sizeof b);
  pread(c, b, 100, 0);
  printf("copied %s\n", b);
  test("no pipe", splice(a, NULL, c, NULL, 5, 0));
  test("both with an offset", splice(p[0], &from, c, &to, 5, 0));
  test("tee of files", tee(a, c, 5, 0));
  from = 0, to = 30;
  test("copy_file_range", copy_file_range(a, &from, c, &to, 100, 0));
  struct stat s;
  fstat(c, &s);
  printf("size %d\n", (int)s.st_size);
  test("past the end", copy_file_range(a, &from, c, &to, 100, 0));
  test("flags", copy_file_range(a, &from, c, &to, 100, 1));
  struct iovec v[2] = {{"vec", 3}, {"tors", 4}};
  test("vmsplice", vmsplice(p[1], v, 2, 0));
  memset(b, 0, sizeof b);
  read(p[0], b, 100);
  printf("got %s\n", b);
  test("fallocate", fallocate(c, 0, 0, 10000));
  fstat(c, &s);
  printf("size %d\n", (int)s.st_size);
  test("keep the size", fallocate(c, FALLOC_FL_KEEP_SIZE, 0, 20000));
  test("punch", fallocate(c, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1, 3));
  pread(c, b, 8, 0);
  printf("zeros %d %d %d then %c\n", b[1], b[2], b[3], b[4]);
  test("no length", fallocate(c, 0, 0, 0));
  test("negative", fallocate(c, 0, -1, 5));
  test("a pipe", fallocate(p[1], 0, 0, 5));
  lseek(c, 50000, SEEK_SET);
  write(c, "end", 3);
  memset(b, 1, 10);
  pread(c, b, 3, 40000);
  printf("a hole %d %d\n", b[0], b[2]);
  test("seek before the beginning", lseek(c, -1, SEEK_SET));
  test("no such whence", lseek(c, 0, 99));
  test("seek in a pipe", lseek(p[0], 0, SEEK_SET));
  test("hole at the end", lseek(a, 0, SEEK_HOLE));
  test("data beyond", lseek(a, 100, SEEK_DATA));
  return 0;
}
