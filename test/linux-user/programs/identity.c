// Process groups, sessions, limits, names, and the memory that the program begins with.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 2; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
  printf("argv[argc] %p aligned %d\n", (void *)argv[argc], ((unsigned long)&argv[-1] & 7) == 0);
  for (char **e = environ; *e; e++)
    if (!strncmp(*e, "TEST_", 5)) printf("environment %s\n", *e);
  printf("pagesz %lu phent %lu clktck %lu random %d hwcap neon %d\n", getauxval(AT_PAGESZ), getauxval(AT_PHENT), getauxval(AT_CLKTCK),
         getauxval(AT_RANDOM) != 0, (getauxval(AT_HWCAP) & (1 << 12)) != 0);
  struct utsname u;
  uname(&u);
  printf("%s %s\n", u.sysname, u.machine);
  int fds[2];
  pipe(fds);
  if (fork() == 0) {
    printf("new session %d", setsid() == getpid());
    printf(" group %d session %d", getpgrp() == getpid(), getsid(0) == getpid());
    int r = setsid();
    printf(" again %d errno %d\n", r, errno);
    _exit(0);
  }
  wait(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    printf("own group %d\n", getpgrp() == getpid());
    _exit(0);
  }
  wait(NULL);
  int r = setpgid(999999, 0);
  printf("setpgid %d errno %d\n", r, errno);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 20;
  setrlimit(RLIMIT_NOFILE, &limit);
  int fd, last = -1;
  while ((fd = dup(0)) >= 0) last = fd;
  printf("last descriptor %d errno %d\n", last, errno);
  limit.rlim_cur = 30, limit.rlim_max = 20;
  r = setrlimit(RLIMIT_NOFILE, &limit);
  printf("soft above hard %d errno %d\n", r, errno);
  prctl(PR_SET_NAME, "a name that is too long");
  char name[17] = {0};
  prctl(PR_GET_NAME, name);
  printf("name %s\n", name);
  printf("ids equal %d\n", getuid() == geteuid() && getgid() == getegid());
  // The stack grows as far as it is touched.
  char *volatile deep = alloca(4 << 20);
  deep[0] = 1;
  deep[2 << 20] = 2;
  printf("stack %d\n", deep[0] + deep[2 << 20]);
  return 0;
}
