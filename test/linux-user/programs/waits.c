// poll, select, non-blocking pipes, timeouts, clocks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static void nothing(int signal) {}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  int p[2], q[2];
  pipe2(p, O_NONBLOCK);
  pipe(q);
  char b[70000] = {0};
  int r = read(p[0], b, 1);
  printf("empty %d errno %d\n", r, errno);
  int total = 0;
  while ((r = write(p[1], b, 1000)) > 0) total += r;
  printf("full after %d errno %d\n", total, errno);
  struct pollfd f[3] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {q[0], POLLIN, 0}};
  printf("poll %d: %x %x %x\n", poll(f, 3, 0), f[0].revents, f[1].revents, f[2].revents);
  while (read(p[0], b, sizeof b) > 0) {}
  printf("poll %d: %x %x\n", poll(f, 3, 0), f[0].revents, f[1].revents);
  long start = ms();
  r = poll(&f[2], 1, 50);
  long took = ms() - start;
  printf("timeout %d in time %d\n", r, took >= 49 && took < 1000);
  if (fork() == 0) {
    usleep(30000);
    write(q[1], "hi", 2);
    usleep(30000);
    _exit(0);
  }
  printf("poll waits %d %x\n", poll(&f[2], 1, 5000), f[2].revents);
  close(q[1]);
  read(q[0], b, 10);
  r = poll(&f[2], 1, 5000);
  printf("hang up %d %x read %d\n", r, f[2].revents, (int)read(q[0], b, 10));
  wait(NULL);
  f[0].fd = 1000;
  f[1].fd = -1;
  r = poll(f, 2, 0);
  printf("bad fd %d %x %x\n", r, f[0].revents, f[1].revents);
  fd_set reads, writes;
  FD_ZERO(&reads);
  FD_ZERO(&writes);
  FD_SET(p[0], &reads);
  FD_SET(p[1], &writes);
  struct timeval tv = {0, 20000};
  r = select(p[1] + 1, &reads, &writes, NULL, &tv);
  printf("select %d %d %d\n", r, FD_ISSET(p[0], &reads) != 0, FD_ISSET(p[1], &writes) != 0);
  FD_ZERO(&reads);
  FD_SET(p[0], &reads);
  start = ms();
  tv.tv_sec = 0, tv.tv_usec = 30000;
  r = select(p[0] + 1, &reads, NULL, NULL, &tv);
  took = ms() - start;
  printf("select times out %d %d\n", r, took >= 29 && took < 1000);
  signal(SIGALRM, nothing);
  // Again and again: the first may come before the poll begins.
  ualarm(20000, 20000);
  r = poll(&f[1], 1, 5000);
  int failed = errno;
  ualarm(0, 0);
  printf("interrupted %d errno %d\n", r, failed);
  sigset_t all, none;
  sigfillset(&all), sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &all, NULL);
  raise(SIGALRM);
  struct timespec ts = {5, 0};
  r = ppoll(&f[1], 1, &ts, &none);
  printf("ppoll %d errno %d\n", r, errno);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  printf("mask back %d\n", sigismember(&now, SIGALRM));
  start = ms();
  ts.tv_sec = 0, ts.tv_nsec = 25000000;
  printf("nanosleep %d", nanosleep(&ts, NULL));
  printf(" enough %d\n", ms() - start >= 25);
  clock_gettime(CLOCK_MONOTONIC, &ts);
  ts.tv_nsec += 20000000;
  if (ts.tv_nsec > 999999999) ts.tv_sec++, ts.tv_nsec -= 1000000000;
  printf("absolute %d\n", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL));
  ts.tv_nsec = 1000000000;
  r = nanosleep(&ts, NULL);
  printf("bad time %d errno %d\n", r, errno);
  struct timespec res;
  printf("clock_getres %d %d\n", clock_getres(CLOCK_MONOTONIC, &res), res.tv_sec == 0 && res.tv_nsec <= 1000000);
  r = clock_gettime(77, &ts);
  printf("bad clock %d errno %d\n", r, errno);
  return 0;
}
