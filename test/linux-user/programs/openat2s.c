// openat2's restrictions, statx, preadv2 and pwritev2.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct how {
  uint64_t flags, mode, resolve;
};
static int dir;
static void try(const char *what, int at, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct how how = {flags, mode, resolve};
  int fd = syscall(SYS_openat2, at, path, &how, sizeof how);
  if (fd < 0) printf("%s: errno %d\n", what, errno);
  else {
    char b[10] = "";
    int n = read(fd, b, 9);
    printf("%s: opened, read %d %s\n", what, n, n > 0 ? b : "");
    close(fd);
  }
}
enum { NO_XDEV = 1, NO_MAGIC = 2, NO_LINKS = 4, BENEATH = 8, IN_ROOT = 16 };

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char folder[] = "/tmp/tsemu-openat2-XXXXXX";
  mkdtemp(folder);
  chdir(folder);
  mkdir("in", 0755);
  mkdir("in/sub", 0755);
  int fd = open("in/file", O_CREAT | O_WRONLY, 0644);
  write(fd, "inside", 6);
  close(fd);
  fd = open("out", O_CREAT | O_WRONLY, 0644);
  write(fd, "outside", 7);
  close(fd);
  symlink("file", "in/link");
  symlink("../out", "in/up");
  symlink("/file", "in/absolute");
  symlink("../file", "in/sub/back");
  dir = open("in", O_RDONLY | O_DIRECTORY);
  try("plain", dir, "file", O_RDONLY, 0, 0);
  try("up", dir, "../out", O_RDONLY, 0, 0);
  try("no links, a file", dir, "file", O_RDONLY, 0, NO_LINKS);
  try("no links, a link", dir, "link", O_RDONLY, 0, NO_LINKS);
  try("beneath, a file", dir, "file", O_RDONLY, 0, BENEATH);
  try("beneath, dots", dir, "sub/../file", O_RDONLY, 0, BENEATH);
  try("beneath, up", dir, "../out", O_RDONLY, 0, BENEATH);
  try("beneath, a link", dir, "link", O_RDONLY, 0, BENEATH);
  try("beneath, a link up and back", dir, "sub/back", O_RDONLY, 0, BENEATH);
  try("beneath, a link out", dir, "up", O_RDONLY, 0, BENEATH);
  try("beneath, an absolute link", dir, "absolute", O_RDONLY, 0, BENEATH);
  try("beneath, absolute", dir, "/etc/passwd", O_RDONLY, 0, BENEATH);
  try("in root, up", dir, "../../../file", O_RDONLY, 0, IN_ROOT);
  try("in root, absolute", dir, "/file", O_RDONLY, 0, IN_ROOT);
  try("in root, an absolute link", dir, "absolute", O_RDONLY, 0, IN_ROOT);
  try("in root, out", dir, "up", O_RDONLY, 0, IN_ROOT);
  try("in root, /", dir, "/", O_RDONLY | O_DIRECTORY, 0, IN_ROOT);
  try("both", dir, "file", O_RDONLY, 0, IN_ROOT | BENEATH);
  try("mounts", AT_FDCWD, "/proc/version", O_RDONLY, 0, NO_XDEV);
  try("magic", AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, NO_MAGIC);
  try("no restriction of that kind", dir, "file", O_RDONLY, 0, 64);
  try("no flag of that kind", dir, "file", 1ull << 40, 0, 0);
  try("a mode without need", dir, "file", O_RDONLY, 0644, 0);
  try("a strange mode", dir, "new", O_CREAT | O_WRONLY, 0100000, 0);
  try("made", dir, "new", O_CREAT | O_RDWR, 0600, BENEATH);
  struct {
    struct how how;
    uint64_t more;
  } large = {{O_RDONLY, 0, 0}, 0};
  printf("larger %d", syscall(SYS_openat2, dir, "file", &large, sizeof large) >= 0);
  large.more = 1;
  int r = syscall(SYS_openat2, dir, "file", &large, sizeof large);
  printf(" with something in it %d errno %d\n", r, errno);
  r = syscall(SYS_openat2, dir, "file", &large, 16);
  printf("smaller %d errno %d\n", r, errno);
  // statx
  struct statx s;
  printf("statx %d", statx(dir, "file", 0, STATX_ALL, &s));
  printf(" mode %o size %llu links %u mask %d\n", s.stx_mode, (long long)s.stx_size, s.stx_nlink, (s.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
  printf("a link %d", statx(dir, "link", AT_SYMLINK_NOFOLLOW, STATX_ALL, &s));
  printf(" mode %o\n", s.stx_mode);
  fd = open("in/file", O_RDWR);
  printf("by descriptor %d", statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &s));
  printf(" size %llu\n", (long long)s.stx_size);
  r = statx(fd, "", 0, STATX_SIZE, &s);
  printf("empty %d errno %d\n", r, errno);
  r = statx(dir, "file", 0x10000, STATX_SIZE, &s);
  printf("flags %d errno %d\n", r, errno);
  r = statx(dir, "file", 0x6000, STATX_SIZE, &s);
  printf("two ways to look %d errno %d\n", r, errno);
  r = statx(dir, "file", 0, 0x80000000, &s);
  printf("mask %d errno %d\n", r, errno);
  // preadv2
  char a[4] = "", b[4] = "";
  struct iovec v[2] = {{a, 2}, {b, 3}};
  printf("preadv2 %d %s %s", (int)preadv2(fd, v, 2, 1, 0), a, b);
  printf(" stands at %d\n", (int)lseek(fd, 0, SEEK_CUR));
  printf("where it stands %d %s\n", (int)preadv2(fd, v, 2, -1, 0), a);
  printf("stands at %d\n", (int)lseek(fd, 0, SEEK_CUR));
  r = preadv2(fd, v, 2, -2, 0);
  printf("negative %d errno %d\n", r, errno);
  r = preadv2(fd, v, 2, 0, 0x8000);
  printf("flags %d errno %d\n", r, errno);
  v[0].iov_base = "12";
  printf("append %d\n", (int)pwritev2(fd, v, 1, 0, RWF_APPEND));
  char all[20] = "";
  pread(fd, all, 19, 0);
  printf("then %s\n", all);
  printf("pwritev2 %d\n", (int)pwritev2(fd, v, 1, 3, RWF_DSYNC));
  pread(fd, all, 19, 0);
  printf("then %s\n", all);
  system("rm -r /tmp/tsemu-openat2-*");
  return 0;
}
