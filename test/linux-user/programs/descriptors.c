/* What /proc/self/fd leads to, limits of files' sizes, and datagram sockets that are connected to port 0. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];
static const char *of(int fd) {
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return path;
}
static int result;
/* The call before errno. */
#define TELL(what, call) (errno = 0, result = (call), printf("%s %d errno %d signals %d\n", what, result < 0 ? -1 : result, errno, signals))
static volatile int signals;
static void count(int s) { signals++; }

int main(void) {
  char buffer[8192], link[64];
  struct stat a, b;
  setvbuf(stdout, 0, _IONBF, 0);

  int p[2];
  pipe(p);
  int again = open(of(p[0]), O_RDONLY);
  printf("pipe opened again %d\n", again > p[1]);
  write(p[1], "through", 7);
  printf("read %zd\n", read(again, buffer, sizeof buffer));
  memset(link, 0, sizeof link);
  readlink(of(p[0]), link, sizeof link - 1);
  fstat(p[0], &a);
  stat(of(p[0]), &b);
  snprintf(buffer, sizeof buffer, "pipe:[%llu]", (unsigned long long)a.st_ino);
  printf("name %d, same file %d, fifo %d\n", strcmp(link, buffer), a.st_ino == b.st_ino, S_ISFIFO(b.st_mode));
  int writer = open(of(p[0]), O_WRONLY | O_NONBLOCK);
  printf("the other end through this one %zd\n", write(writer, "back", 4));
  printf("read %zd\n", read(p[0], buffer, sizeof buffer));
  close(writer);
  close(p[1]);
  printf("nobody writes any more: %zd\n", read(again, buffer, 1));
  int late = open(of(p[0]), O_RDONLY);
  printf("opening it waits for nobody: %d, read %zd\n", late >= 0, read(late, buffer, 1));

  int s[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  TELL("socket", open(of(s[0]), O_RDWR));
  int e = eventfd(0, 0);
  TELL("eventfd", open(of(e), O_RDWR));
  stat(of(s[0]), &a);
  printf("is a socket %d\n", S_ISSOCK(a.st_mode));

  char name[] = "/tmp/descriptorsXXXXXX";
  int file = mkstemp(name);
  write(file, "0123456789", 10);
  int second = open(of(file), O_RDONLY);
  printf("a place of its own %zd\n", read(second, buffer, 4));
  unlink(name);
  int third = open(of(file), O_RDONLY);
  printf("also when the name is gone %zd\n", read(third, buffer, sizeof buffer));

  struct rlimit limit = {1000, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
  signal(SIGXFSZ, count);
  memset(buffer, 'x', sizeof buffer);
  printf("up to the limit %zd\n", write(file, buffer, sizeof buffer));
  TELL("beyond", write(file, buffer, 1));
  printf("pwrite %zd\n", pwrite(file, buffer, 100, 950));
  TELL("pwrite beyond", pwrite(file, buffer, 100, 2000));
  TELL("truncate", ftruncate(file, 1001));
  printf("shorter %d\n", ftruncate(file, 5));
  printf("a pipe has no limit %zd\n", (pipe(p), write(p[1], buffer, 2000)));

  int u = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = 0, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, local;
  socklen_t size = sizeof local;
  printf("connect to port 0: %d\n", connect(u, (struct sockaddr *)&to, sizeof to));
  getsockname(u, (struct sockaddr *)&local, &size);
  printf("from %s\n", inet_ntoa(local.sin_addr));
  TELL("sendto port 0", sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&to, sizeof to));
  return 0;
}
