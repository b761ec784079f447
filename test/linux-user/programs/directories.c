// Directory streams: reading, seeking, changes meanwhile, removal, the current directory.
#include "check.h"

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char folder[] = "/tmp/tsemu-dir-XXXXXX", name[50], b[4200];
  mkdtemp(folder);
  chdir(folder);
  for (int i = 0; i < 200; i++) {
    sprintf(name, "file%03d", i);
    close(open(name, O_CREAT | O_WRONLY, 0600));
  }
  mkdir("sub", 0700);
  symlink("sub", "link");
  struct dirent **list, *e;
  int n = scandir(".", &list, NULL, by_name);
  printf("entries %d first %s %s last %s types %d %d\n", n, list[0]->d_name, list[1]->d_name, list[n - 1]->d_name, list[2]->d_type == DT_REG, list[n - 1]->d_type == DT_DIR);
  DIR *d = opendir(".");
  for (int i = 0; i < 50; i++) readdir(d);
  long at = telldir(d);
  e = readdir(d);
  strcpy(name, e->d_name);
  for (int i = 0; i < 30; i++) readdir(d);
  seekdir(d, at);
  e = readdir(d);
  printf("the same again %d\n", !strcmp(name, e->d_name));
  rewinddir(d);
  int count = 0;
  while ((e = readdir(d))) {
    count++;
    if (e->d_type == DT_REG) unlink(e->d_name);
  }
  printf("removed while reading %d\n", count);
  rewinddir(d);
  count = 0;
  while ((e = readdir(d))) count++;
  printf("left %d\n", count);
  struct stat st;
  fstat(dirfd(d), &st);
  printf("links %d\n", (int)st.st_nlink);
  close(open("sub/x", O_CREAT | O_WRONLY, 0600));
  test("not empty", rmdir("sub"));
  test("no directory", rmdir("link"));
  test("a dot", rmdir("sub/."));
  test("two dots", rmdir("sub/.."));
  test("unlink a directory", unlink("sub"));
  test("open to write", open("sub", O_WRONLY));
  test("make again", mkdir("sub", 0700));
  test("in nothing", mkdir("none/x", 0700));
  test("in a file", mkdir("sub/x/y", 0700));
  memset(b, 'a', 4199);
  b[256] = 0;
  test("name too long", mkdir(b, 0700));
  b[256] = 'a', b[4198] = 0;
  test("path too long", open(b, O_RDONLY));
  test("chdir", chdir("sub"));
  test("no directory", chdir("x"));
  getcwd(b, sizeof b);
  printf("in %d\n", !strcmp(b + strlen(folder), "/sub"));
  test("no room", (long)getcwd(b, 5) == 0 ? -1 : 0);
  unlink("x");
  rmdir("../sub");
  test("gone", open("new", O_CREAT | O_WRONLY, 0600));
  chdir(folder);
  closedir(d);
  unlink("link");
  chdir("/");
  test("remove", rmdir(folder));
  return 0;
}
