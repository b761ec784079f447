// Extended attributes in memory, sealed files, unnamed files.
#include "check.h"

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char b[100];
  char file[60];
  sprintf(file, "/dev/shm/tsemu-%d", getpid());
  int fd = open(file, O_CREAT | O_RDWR, 0600);
  test("none", getxattr(file, "trusted.a", b, 100));
  test("no name space", setxattr(file, "a", "1", 1, 0));
  test("of nobody", setxattr(file, "nobody.a", "1", 1, 0));
  test("list", listxattr(file, b, 100) >= 0);
  int m = memfd_create("named", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  printf("cloexec %d\n", fcntl(m, F_GETFD));
  sprintf(b, "/proc/self/fd/%d", m);
  char target[100] = {0};
  readlink(b, target, 99);
  printf("called %s\n", target);
  ftruncate(m, 5000);
  test("seals", fcntl(m, F_GET_SEALS));
  test("no shrinking", fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK));
  test("shrink", ftruncate(m, 10));
  test("grow", ftruncate(m, 6000));
  test("no growing", fcntl(m, F_ADD_SEALS, F_SEAL_GROW));
  test("grow", ftruncate(m, 7000));
  test("write beyond", pwrite(m, "x", 1, 8000));
  void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
  test("no writing while it is mapped", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  munmap(map, 4096);
  test("no writing", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  test("write", write(m, "x", 1));
  test("map to write", (long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0));
  test("no more seals", fcntl(m, F_ADD_SEALS, F_SEAL_SEAL));
  test("seal", fcntl(m, F_ADD_SEALS, F_SEAL_WRITE));
  test("seals", fcntl(m, F_GET_SEALS));
  test("of a file", fcntl(fd, F_GET_SEALS) >= 0);
  int t = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
  write(t, "unnamed", 7);
  struct stat s;
  fstat(t, &s);
  printf("names %d size %d\n", (int)s.st_nlink, (int)s.st_size);
  sprintf(b, "/proc/self/fd/%d", t);
  sprintf(target, "/dev/shm/tsemu-linked-%d", getpid());
  test("a name for it", linkat(AT_FDCWD, b, AT_FDCWD, target, AT_SYMLINK_FOLLOW));
  char got[20] = {0};
  int again = open(target, O_RDONLY);
  read(again, got, 19);
  printf("by name %s\n", got);
  test("to read only", open("/dev/shm", O_TMPFILE | O_RDONLY, 0600));
  test("no directory", open(file, O_TMPFILE | O_RDWR, 0600));
  unlink(target), unlink(file);
  return 0;
}
