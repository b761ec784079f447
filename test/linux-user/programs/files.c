// Files: open flags, errors, seeking, vectors, links, directories, renaming, attributes, times.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TRY(what) do { errno = 0; long r = (long)(what); printf("%s = %ld errno %d\n", #what, r < 0 ? -1 : r > 2 ? 3 : r, r < 0 ? errno : 0); } while (0)

static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char dir[] = "/tmp/tsemu-files-XXXXXX";
  mkdtemp(dir);
  chdir(dir);
  umask(022);
  TRY(open("a", O_RDONLY));
  int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);
  TRY(open("a", O_RDWR | O_CREAT | O_EXCL, 0666));
  TRY(mkdir("d", 0777));
  TRY(mkdir("d", 0777));
  TRY(open("d", O_RDWR));
  TRY(open("a/b", O_RDONLY));
  TRY(open("a", O_RDONLY | O_DIRECTORY));
  TRY(symlink("a", "l"));
  TRY(symlink("loop", "loop"));
  TRY(open("loop", O_RDONLY));
  TRY(open("l", O_RDONLY | O_NOFOLLOW));
  TRY(rmdir("a"));
  TRY(unlink("d"));
  TRY(link("a", "h"));
  struct stat st;
  fstat(fd, &st);
  printf("mode %o links %d size %ld\n", st.st_mode, (int)st.st_nlink, (long)st.st_size);
  lstat("l", &st);
  printf("link mode %o size %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
  struct iovec v[3] = {{"hello ", 6}, {"", 0}, {"world\n", 6}};
  printf("writev %d\n", (int)writev(fd, v, 3));
  char b[64] = {0};
  printf("pread %d %s\n", (int)pread(fd, b, 5, 6), b);
  printf("seek %ld %ld", (long)lseek(fd, -6, SEEK_END), (long)lseek(fd, 100, SEEK_CUR));
  TRY(lseek(fd, -1000, SEEK_CUR));
  write(fd, "x", 1);
  fstat(fd, &st);
  printf("size %ld\n", (long)st.st_size);
  lseek(fd, 0, SEEK_SET);
  struct iovec r[2] = {{b, 3}, {b + 10, 5}};
  printf("readv %d %.3s %.5s\n", (int)readv(fd, r, 2), b, b + 10);
  int ap = open("a", O_WRONLY | O_APPEND);
  write(ap, "end", 3);
  printf("flags %x\n", fcntl(ap, F_GETFL) & O_APPEND);
  TRY(read(ap, b, 1));
  TRY(write(open("a", O_RDONLY), b, 1));
  TRY(read(77, b, 1));
  TRY(read(fd, (void *)4, 10));
  TRY(write(fd, (void *)4, 10));
  int copy = dup(fd);
  printf("same position %d\n", lseek(copy, 0, SEEK_CUR) == lseek(fd, 0, SEEK_CUR));
  TRY(fcntl(fd, F_DUPFD, 50) == 50);
  TRY(dup2(fd, 60) == 60);
  TRY(close(60));
  TRY(close(60));
  TRY(rename("h", "d/moved"));
  TRY(rename("nothing", "x"));
  TRY(rename("d", "d/inside"));
  TRY(access("a", R_OK | W_OK));
  TRY(access("a", X_OK));
  TRY(chmod("a", 0751));
  stat("a", &st);
  printf("mode %o\n", st.st_mode & 07777);
  struct timespec times[2] = {{1000000000, 123456000}, {1500000000, 0}};
  TRY(utimensat(AT_FDCWD, "a", times, 0));
  stat("a", &st);
  printf("times %ld %ld\n", (long)st.st_atime, (long)st.st_mtime);
  TRY(truncate("a", 5));
  TRY(ftruncate(fd, 10));
  char link[32];
  int n = readlink("l", link, sizeof link);
  printf("readlink %d %.*s\n", n, n, link);
  TRY(readlink("a", link, sizeof link));
  for (int i = 0; i < 40; i++) {
    char name[32];
    sprintf(name, "d/file-%02d", i);
    close(open(name, O_CREAT | O_WRONLY, 0600));
  }
  DIR *d = opendir("d");
  struct dirent *e;
  char *names[64];
  int count = 0, files = 0;
  while ((e = readdir(d))) {
    names[count++] = strdup(e->d_name);
    files += e->d_type == DT_REG;
  }
  qsort(names, count, sizeof *names, compare);
  printf("%d entries, %d files: %s %s %s .. %s\n", count, files, names[0], names[1], names[2], names[count - 1]);
  rewinddir(d);
  printf("again %s\n", readdir(d) ? "yes" : "no");
  int dfd = dirfd(d);
  TRY(openat(dfd, "file-03", O_RDONLY));
  TRY(faccessat(dfd, "nothing", F_OK, 0));
  TRY(unlinkat(dfd, "file-03", 0));
  TRY(fchdir(dfd));
  char cwd[200];
  printf("cwd %s\n", strcmp(strrchr(getcwd(cwd, sizeof cwd), '/'), "/d") == 0 ? "d" : cwd);
  TRY(getcwd(cwd, 3));
  TRY(chdir(".."));
  TRY(rmdir("d"));
  char longname[300];
  memset(longname, 'n', 299);
  longname[299] = 0;
  TRY(open(longname, O_RDONLY));
  TRY(open("", O_RDONLY));
  TRY(open((char *)4, O_RDONLY));
  TRY(unlink("/"));
  char command[300];
  for (int i = 0; i < count; i++) {
    sprintf(command, "d/%s", names[i]);
    unlink(command);
  }
  unlink("a"), unlink("l"), unlink("loop");
  TRY(rmdir("d"));
  chdir("/");
  TRY(rmdir(dir));
  return 0;
}
