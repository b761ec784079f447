// /proc: a process as it tells of itself.
#include "check.h"

static char b[20000];
static int slurp(const char *name) {
  int fd = open(name, O_RDONLY), n = fd < 0 ? -1 : read(fd, b, sizeof b - 1);
  close(fd);
  b[n < 0 ? 0 : n] = 0;
  return n;
}
static void *thread(void *x) {
  pause();
  return NULL;
}
static int field(int n) {
  char *at = strrchr(b, ')') + 2;
  for (int i = 3; i < n; i++) at = strchr(at, ' ') + 1;
  return atoi(at);
}
int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  slurp("/proc/self/stat");
  printf("stat %d state %c parent %d group %d session %d threads %d\n", atoi(b) == getpid(), strrchr(b, ')')[2], field(4) == getppid(), field(5) == getpgrp(), field(6) == getsid(0), field(20));
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  slurp("/proc/self/stat");
  printf("threads %d\n", field(20));
  slurp("/proc/self/status");
  char *at = strstr(b, "Threads:");
  printf("status %d %d\n", at && atoi(at + 8), strstr(b, "\nPid:\t") && atoi(strstr(b, "\nPid:\t") + 6) == getpid());
  prctl(PR_SET_NAME, "renamed");
  slurp("/proc/self/comm");
  printf("comm %s", b);
  slurp("/proc/thread-self/comm");
  printf("comm %s", b);
  int n = readlink("/proc/self", b, 100);
  b[n] = 0;
  printf("self %d\n", atoi(b) == getpid());
  int fd = open("/dev/null", O_RDONLY);
  char name[60];
  sprintf(name, "/proc/self/fd/%d", fd);
  n = readlink(name, b, 100);
  b[n] = 0;
  printf("descriptor %s\n", b);
  int p[2];
  pipe(p);
  sprintf(name, "/proc/self/fd/%d", p[0]);
  n = readlink(name, b, 100);
  b[n] = 0;
  printf("pipe %.6s\n", b);
  struct stat s;
  test("stat of it", stat(name, &s));
  printf("is a pipe %d\n", S_ISFIFO(s.st_mode));
  chdir("/tmp");
  n = readlink("/proc/self/cwd", b, 100);
  b[n] = 0;
  printf("cwd %s\n", b);
  n = readlink("/proc/self/root", b, 100);
  b[n] = 0;
  printf("root %s\n", b);
  slurp("/proc/self/maps");
  printf("maps %d %d %d\n", strstr(b, "[stack]") != NULL, strstr(b, "[heap]") != NULL, strstr(b, "r-xp") != NULL);
  printf("statm %d\n", slurp("/proc/self/statm") > 5);
  slurp("/proc/uptime");
  printf("uptime %d\n", atof(b) > 0);
  slurp("/proc/meminfo");
  printf("meminfo %d\n", strstr(b, "MemTotal:") == b);
  slurp("/proc/version");
  printf("version %d\n", !strncmp(b, "Linux version", 13));
  slurp("/proc/sys/kernel/ostype");
  printf("ostype %s", b);
  test("no such process", open("/proc/4000000/stat", O_RDONLY));
  test("make", mkdir("/proc/x", 0700));
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  usleep(30000);
  sprintf(name, "/proc/%d/stat", pid);
  slurp(name);
  printf("dead %c\n", strrchr(b, ')')[2]);
  wait(NULL);
  test("waited for", open(name, O_RDONLY));
  DIR *d = opendir("/proc/self/task");
  int count = 0;
  while (readdir(d)) count++;
  printf("tasks %d\n", count - 2);
  slurp("/proc/mounts");
  printf("mounts %d\n", strstr(b, " /proc ") != NULL);
  slurp("/proc/self/limits");
  printf("limits %d\n", strstr(b, "Max open files") != NULL);
  return 0;
}
