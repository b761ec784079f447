// inotify: events of files and of directories, moves, removal, masks, one shot, polling, errors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd;
static const char *names[32] = {"ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN", "MOVED_FROM", "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF"};
static void show(const char *after) {
  char b[8192] __attribute__((aligned(8)));
  int waiting = 0;
  ioctl(fd, FIONREAD, &waiting);
  printf("%s:", after);
  int n = read(fd, b, sizeof b);
  printf(" %s", n < 0 ? "nothing" : n == waiting ? "" : "FIONREAD differs");
  unsigned cookie = 0;
  for (int i = 0; i < n;) {
    struct inotify_event *e = (void *)(b + i);
    printf(" %d", e->wd);
    for (int bit = 0; bit < 12; bit++)
      if (e->mask & 1 << bit) printf(" %s", names[bit]);
    if (e->mask & IN_ISDIR) printf(" dir");
    if (e->mask & IN_IGNORED) printf(" IGNORED");
    if (e->mask & IN_Q_OVERFLOW) printf(" OVERFLOW");
    if (e->len) printf(" %s(%u)", e->name, e->len);
    if (e->mask & IN_MOVED_FROM) cookie = e->cookie;
    if (e->mask & IN_MOVED_TO) printf(" pair %d", e->cookie == cookie);
    printf(";");
    i += sizeof *e + e->len;
  }
  printf("\n");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char folder[] = "/tmp/tsemu-inotify-XXXXXX", b[100];
  mkdtemp(folder);
  chdir(folder);
  mkdir("other", 0755);
  fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  printf("init %d watch %d\n", fd >= 0, inotify_add_watch(fd, ".", IN_ALL_EVENTS));
  show("nothing yet");
  int f = open("file", O_CREAT | O_RDWR, 0644);
  show("create");
  write(f, "hello", 5);
  write(f, "again", 5);
  show("write twice");
  lseek(f, 0, SEEK_SET);
  read(f, b, 3);
  show("read");
  read(f, b, 0);
  show("read nothing");
  fchmod(f, 0600);
  show("fchmod");
  ftruncate(f, 3);
  show("ftruncate");
  close(f);
  show("close");
  close(open("file", O_RDONLY));
  show("open and close");
  close(open("file", O_WRONLY | O_TRUNC));
  show("truncate");
  chmod("file", 0644);
  show("chmod");
  utimensat(AT_FDCWD, "file", NULL, 0);
  show("utimes");
  struct timespec t[2] = {{1, 0}, {0, UTIME_OMIT}};
  utimensat(AT_FDCWD, "file", t, 0);
  show("access time");
  truncate("file", 100);
  show("truncate by name");
  printf("watch the file too %d\n", inotify_add_watch(fd, "file", IN_ALL_EVENTS));
  f = open("file", O_WRONLY | O_APPEND);
  write(f, "x", 1);
  close(f);
  show("written");
  link("file", "hard");
  show("link");
  rename("file", "renamed");
  show("rename");
  symlink("renamed", "soft");
  show("symlink");
  mkdir("sub", 0755);
  show("mkdir");
  rename("sub", "other/sub");
  show("moved out");
  rename("other/sub", "sub");
  show("moved in");
  rmdir("sub");
  show("rmdir");
  mkfifo("fifo", 0600);
  show("mkfifo");
  unlink("fifo");
  show("unlink");
  unlink("hard");
  show("one name less");
  f = open("renamed", O_RDONLY);
  show("open");
  unlink("renamed");
  show("removed while it is open");
  close(f);
  show("closed");
  f = open("victim", O_CREAT | O_WRONLY, 0600);
  close(f);
  printf("watch %d\n", inotify_add_watch(fd, "victim", IN_ALL_EVENTS));
  close(open("new", O_CREAT | O_WRONLY, 0600));
  show("two files");
  rename("new", "victim");
  show("replaced");
  unlink("victim");
  unlink("soft");
  show("removed");
  // Masks.
  int w = inotify_add_watch(fd, ".", IN_CREATE);
  close(open("a", O_CREAT | O_WRONLY, 0600));
  show("only creation");
  printf("the same watch %d\n", inotify_add_watch(fd, ".", IN_DELETE | IN_MASK_ADD) == w);
  close(open("b", O_CREAT | O_WRONLY, 0600));
  unlink("b");
  show("and removal");
  printf("replaced %d\n", inotify_add_watch(fd, ".", IN_OPEN) == w);
  close(open("a", O_WRONLY));
  unlink("a");
  show("only opening");
  int r = inotify_add_watch(fd, ".", IN_OPEN | IN_MASK_CREATE);
  printf("there is one %d errno %d\n", r, errno);
  printf("remove %d\n", inotify_rm_watch(fd, w));
  show("after it");
  r = inotify_rm_watch(fd, w);
  printf("again %d errno %d\n", r, errno);
  close(open("a", O_CREAT | O_WRONLY, 0600));
  show("no watch");
  w = inotify_add_watch(fd, "a", IN_OPEN | IN_ONESHOT);
  close(open("a", O_RDONLY));
  close(open("a", O_RDONLY));
  show("one shot");
  // Another process, and waiting.
  fcntl(fd, F_SETFL, 0);
  w = inotify_add_watch(fd, "other", IN_CREATE);
  if (fork() == 0) {
    usleep(30000);
    mkdir("other/made", 0700);
    _exit(0);
  }
  struct pollfd p = {fd, POLLIN};
  r = poll(&p, 1, 5000);
  printf("poll %d %x\n", r, p.revents);
  show("from the child");
  wait(NULL);
  if (fork() == 0) {
    usleep(30000);
    rmdir("other/made");
    mkdir("other/more", 0700);
    _exit(0);
  }
  show("a read that waits");
  wait(NULL);
  // Errors.
  r = inotify_add_watch(fd, "nothing", IN_OPEN);
  printf("not there %d errno %d\n", r, errno);
  r = inotify_add_watch(fd, "a", IN_OPEN | IN_ONLYDIR);
  printf("no directory %d errno %d\n", r, errno);
  r = inotify_add_watch(fd, "a", 0);
  printf("no mask %d errno %d\n", r, errno);
  r = inotify_add_watch(0, "a", IN_OPEN);
  printf("no inotify %d errno %d\n", r, errno);
  r = inotify_add_watch(900, "a", IN_OPEN);
  printf("no descriptor %d errno %d\n", r, errno);
  r = inotify_init1(5);
  printf("flags %d errno %d\n", r, errno);
  inotify_add_watch(fd, "a", IN_ATTRIB);
  chmod("a", 0640);
  r = read(fd, b, 10);
  printf("no room %d errno %d\n", r, errno);
  show("still there");
  r = write(fd, b, 1);
  printf("write %d errno %d\n", r, errno);
  // The directory itself.
  inotify_add_watch(fd, "other", IN_ALL_EVENTS);
  rmdir("other/more");
  show("in it");
  rmdir("other");
  show("itself");
  unlink("a");
  chdir("/");
  rmdir(folder);
  return 0;
}
