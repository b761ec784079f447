// User and group numbers: what may be set to what, and what follows from it.
#include "check.h"
#include <grp.h>
#include <sys/fsuid.h>

static void show(const char *what) {
  unsigned r, e, s, a, b, c;
  getresuid(&r, &e, &s), getresgid(&a, &b, &c);
  printf("%s: %d %d %d, %d %d %d\n", what, r, e, s, a, b, c);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (geteuid() != 0) {
    puts("not tried");
    return 0;
  }
  gid_t groups[3] = {5, 6, 7}, got[10];
  test("setgroups", setgroups(3, groups));
  int n = getgroups(10, got);
  printf("groups %d %d %d %d\n", n, got[0], got[1], got[2]);
  test("no room", getgroups(2, got));
  test("count", getgroups(0, NULL));
  test("setresgid", setresgid(100, 101, 102));
  test("setresuid", setresuid(1000, 0, 2000));
  show("with root's rights");
  test("seteuid", seteuid(2000));
  show("without");
  test("setuid to real", setuid(1000));
  show("effective");
  test("back to nobody's", setuid(0));
  test("to another's", setresuid(-1, 3000, -1));
  test("to its saved", setresuid(-1, 2000, -1));
  test("swap", setreuid(2000, 1000));
  show("swapped");
  test("saved too", setresuid(1000, 1000, 1000));
  show("all the same");
  test("no way back", setreuid(2000, -1));
  test("group", setgid(102));
  show("group");
  test("another group", setgid(0));
  test("setgroups", setgroups(1, groups));
  test("fsuid", setfsuid(-1));
  test("sethostname", sethostname("x", 1));
  return 0;
}
