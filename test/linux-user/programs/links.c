// Links: hard and symbolic, loops, reading, renaming over each other.
#include "check.h"

static int nlink_of(const char *name) {
  struct stat s;
  return stat(name, &s) ? -errno : (int)s.st_nlink;
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char folder[] = "/tmp/tsemu-links-XXXXXX", b[100];
  mkdtemp(folder);
  chdir(folder);
  close(open("a", O_CREAT | O_WRONLY, 0600));
  mkdir("dir", 0700);
  test("link", link("a", "b"));
  printf("names %d %d\n", nlink_of("a"), nlink_of("b"));
  test("again", link("a", "b"));
  test("a directory", link("dir", "dir2"));
  test("nothing", link("none", "x"));
  symlink("a", "soft");
  test("link to a link", link("soft", "soft2"));
  struct stat s;
  lstat("soft2", &s);
  printf("is a link %d\n", S_ISLNK(s.st_mode));
  test("following", linkat(AT_FDCWD, "soft", AT_FDCWD, "hard", AT_SYMLINK_FOLLOW));
  lstat("hard", &s);
  printf("is a file %d names %d\n", S_ISREG(s.st_mode), (int)s.st_nlink);
  memset(b, 0, sizeof b);
  test("readlink", readlink("soft", b, 100));
  test("cut", readlink("soft", b, 0));
  test("no link", readlink("a", b, 100));
  symlink("loop2", "loop1"), symlink("loop1", "loop2");
  test("loop", open("loop1", O_RDONLY));
  test("stat of a loop", stat("loop1", &s));
  test("lstat", lstat("loop1", &s));
  symlink("nowhere", "dangling");
  test("dangling", open("dangling", O_RDONLY));
  test("makes it", open("dangling", O_CREAT | O_WRONLY, 0600) >= 0);
  printf("there %d\n", nlink_of("nowhere"));
  test("exclusively not", open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
  test("no follow", open("soft", O_RDONLY | O_NOFOLLOW));
  test("empty", symlink("", "e"));
  test("there is one", symlink("x", "a"));
  test("rename the same", rename("a", "b"));
  printf("both there %d %d\n", nlink_of("a"), nlink_of("b"));
  test("a file over a directory", rename("a", "dir"));
  test("a directory over a file", rename("dir", "a"));
  mkdir("dir/in", 0700);
  test("into itself", rename("dir", "dir/in/x"));
  mkdir("full", 0700), mkdir("full/x", 0700);
  test("over a full one", rename("dir", "full"));
  test("a dot", rename("dir/.", "y"));
  test("over an empty one", rename("full/x", "dir/in"));
  test("no replace", renameat2(AT_FDCWD, "a", AT_FDCWD, "hard", 1));
  test("no replace, free", renameat2(AT_FDCWD, "hard", AT_FDCWD, "moved", 1));
  test("exchange", renameat2(AT_FDCWD, "soft", AT_FDCWD, "moved", 2));
  lstat("moved", &s);
  printf("exchanged %d\n", S_ISLNK(s.st_mode));
  test("slash", rename("a", "z/"));
  chdir("/");
  char command[100];
  sprintf(command, "rm -r %s", folder);
  return system(command);
}
