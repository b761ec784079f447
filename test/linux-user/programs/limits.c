// Resource limits: files, descriptors, size, memory, processes.
#include "check.h"

static volatile int hits;
static void handler(int signal) { hits++; }
static int set(int what, long soft, long hard) {
  struct rlimit limit = {soft, hard};
  return setrlimit(what, &limit);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (geteuid() == 0) setresgid(65534, 65534, 65534), setresuid(65534, 65534, 65534);
  struct rlimit limit;
  test("no such limit", getrlimit(99, &limit));
  test("soft above hard", set(RLIMIT_NOFILE, 200, 100));
  test("descriptors", set(RLIMIT_NOFILE, 30, 100));
  test("raise", set(RLIMIT_NOFILE, 60, 100));
  test("hard", set(RLIMIT_NOFILE, 60, 2000));
  test("dup2 beyond", dup2(0, 60));
  test("dup from", fcntl(0, F_DUPFD, 60));
  int fd;
  while ((fd = dup(0)) >= 0) {}
  test("full", fd);
  int p[2];
  close(59);
  test("pipe needs two", pipe(p));
  close(58);
  char name[] = "/tmp/tsemu-limit-XXXXXX", b[5000] = {0};
  close(57);
  fd = mkstemp(name);
  unlink(name);
  signal(SIGXFSZ, handler);
  test("size", set(RLIMIT_FSIZE, 3000, 3000));
  test("as far as it goes", write(fd, b, 5000));
  test("no further", write(fd, b, 1));
  printf("signals %d\n", hits);
  test("beyond", pwrite(fd, b, 1, 4000));
  test("within", pwrite(fd, b, 1, 2999));
  test("truncate", ftruncate(fd, 3001));
  printf("signals %d\n", hits);
  test("core", set(RLIMIT_CORE, 0, 0));
  test("processes", set(RLIMIT_NPROC, 1, 1));
  getrlimit(RLIMIT_NPROC, &limit);
  printf("is %d %d\n", (int)limit.rlim_cur, (int)limit.rlim_max);
  test("address space", set(RLIMIT_AS, 400 << 20, 400 << 20));
  test("too much", (long)mmap(NULL, 500 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  printf("some %d\n", mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  test("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &limit));
  printf("is %d %d\n", (int)limit.rlim_cur, (int)limit.rlim_max);
  test("of nobody", prlimit(4000000, RLIMIT_NOFILE, NULL, &limit));
  return 0;
}
