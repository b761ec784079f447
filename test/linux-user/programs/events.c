// epoll, eventfd, timerfd, signalfd, memfd_create, timer_create.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ep;
static void ready(const char *what, int timeout) {
  struct epoll_event e[4];
  int n = epoll_wait(ep, e, 4, timeout);
  printf("%s: %d", what, n);
  if (n < 0) printf(" errno %d", errno);
  for (int i = 0; i < n; i++) printf(" %x:%d", e[i].events, (int)e[i].data.u64);
  printf("\n");
}
static int ctl(int op, int fd, uint32_t events, int data) {
  struct epoll_event e = {events, {.u64 = data}};
  int r = epoll_ctl(ep, op, fd, &e);
  return r < 0 ? -errno : r;
}

static void epolls(void) {
  int p[2];
  char b[100];
  pipe2(p, O_NONBLOCK);
  ep = epoll_create1(EPOLL_CLOEXEC);
  printf("cloexec %d\n", fcntl(ep, F_GETFD));
  printf("add %d again %d mod unknown %d self %d regular %d\n", ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 1), ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 1),
         ctl(EPOLL_CTL_MOD, p[1], EPOLLIN, 1), ctl(EPOLL_CTL_ADD, ep, EPOLLIN, 1),
         ctl(EPOLL_CTL_ADD, open("/proc/self/exe", O_RDONLY), EPOLLIN, 1));
  ready("nothing", 0);
  write(p[1], "abc", 3);
  ready("level", 100);
  ready("level again", 0);
  ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2);
  ready("edge", 0);
  ready("edge again", 0);
  read(p[0], b, 1);
  ready("after a read", 0);
  write(p[1], "d", 1);
  ready("after a write", 0);
  ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 3);
  ready("once", 0);
  write(p[1], "e", 1);
  ready("no more", 0);
  ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 4);
  ready("set anew", 0);
  printf("add writer %d\n", ctl(EPOLL_CTL_ADD, p[1], EPOLLOUT, 5));
  ready("writer", 0);
  printf("del %d again %d\n", ctl(EPOLL_CTL_DEL, p[1], 0, 0), ctl(EPOLL_CTL_DEL, p[1], 0, 0));
  ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLRDHUP, 6);
  while (read(p[0], b, sizeof b) > 0) {}
  if (fork() == 0) {
    usleep(30000);
    write(p[1], "x", 1);
    _exit(0);
  }
  ready("from a child", 5000);
  wait(NULL);
  close(p[1]);
  ready("hung up", 0);
  int second = epoll_create(1);
  struct epoll_event e = {EPOLLIN, {.u64 = 9}};
  printf("nested %d\n", epoll_ctl(second, EPOLL_CTL_ADD, ep, &e));
  struct pollfd f = {second, POLLIN, 0};
  printf("poll of epoll %d %x\n", poll(&f, 1, 0), f.revents);
  printf("loop %d\n", ctl(EPOLL_CTL_ADD, second, EPOLLIN, 1));
  close(p[0]);
  ready("closed", 0);
  int r = epoll_wait(ep, &e, 0, 0);
  printf("no room %d errno %d\n", r, errno);
  r = epoll_wait(0, &e, 1, 0);
  printf("no epoll %d errno %d\n", r, errno);
}

static void on_alarm(int signal) {}

static void interrupted(void) {
  struct sigaction a = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &a, NULL);
  ualarm(20000, 20000);
  ready("interrupted", 5000);
  ualarm(0, 0);
  sigset_t all, none;
  sigfillset(&all), sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &all, NULL);
  raise(SIGALRM);
  struct epoll_event e;
  int r = epoll_pwait(ep, &e, 1, 5000, &none);
  printf("epoll_pwait %d errno %d\n", r, errno);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void eventfds(void) {
  uint64_t v = 5;
  int fd = eventfd(3, EFD_NONBLOCK);
  printf("write %d", (int)write(fd, &v, 8));
  printf(" read %d", (int)read(fd, &v, 8));
  printf(" value %d", (int)v);
  printf(" read %d errno %d\n", (int)read(fd, &v, 8), errno);
  v = UINT64_MAX;
  printf("too much %d errno %d", (int)write(fd, &v, 8), errno);
  v = UINT64_MAX - 1;
  printf(" most %d", (int)write(fd, &v, 8));
  v = 1;
  printf(" full %d errno %d short %d errno %d\n", (int)write(fd, &v, 8), errno, (int)write(fd, &v, 4), errno);
  struct pollfd f = {fd, POLLIN | POLLOUT, 0};
  printf("poll %d %x\n", poll(&f, 1, 0), f.revents);
  int s = eventfd(2, EFD_SEMAPHORE);
  for (int i = 0; i < 2; i++) {
    read(s, &v, 8);
    printf("semaphore %d\n", (int)v);
  }
  if (fork() == 0) {
    usleep(20000);
    v = 7;
    write(s, &v, 8);
    _exit(0);
  }
  read(s, &v, 8);
  printf("waited %d\n", (int)v);
  wait(NULL);
}

static void timerfds(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  uint64_t v = 0;
  struct itimerspec its = {{0, 10000000}, {0, 10000000}}, now;
  printf("settime %d", timerfd_settime(fd, 0, &its, NULL));
  timerfd_gettime(fd, &now);
  printf(" interval %ld left %d\n", now.it_interval.tv_nsec, now.it_value.tv_sec == 0 && now.it_value.tv_nsec <= 10000000);
  int r = read(fd, &v, 8);
  struct pollfd f = {fd, POLLIN, 0};
  printf("poll %d %x\n", poll(&f, 1, 5000), f.revents);
  usleep(50000);
  r = read(fd, &v, 8);
  printf("read %d several %d\n", r, v >= 5);
  memset(&its, 0, sizeof its);
  timerfd_settime(fd, 0, &its, NULL);
  r = read(fd, &v, 8);
  printf("off %d errno %d\n", r, errno);
  timerfd_gettime(fd, &now);
  printf("left %ld %ld\n", (long)now.it_value.tv_sec, now.it_value.tv_nsec);
  int real = timerfd_create(CLOCK_REALTIME, 0);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  its.it_value = t;
  its.it_value.tv_nsec += 20000000;
  if (its.it_value.tv_nsec >= 1000000000) its.it_value.tv_sec++, its.it_value.tv_nsec -= 1000000000;
  timerfd_settime(real, TFD_TIMER_ABSTIME, &its, NULL);
  r = read(real, &v, 8);
  printf("absolute %d %d\n", r, (int)v);
  its.it_value.tv_nsec = 1000000000;
  r = timerfd_settime(real, 0, &its, NULL);
  printf("bad time %d errno %d", r, errno);
  r = timerfd_create(99, 0);
  printf(" bad clock %d errno %d\n", r, errno);
}

static void signalfds(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int fd = signalfd(-1, &set, SFD_NONBLOCK);
  struct signalfd_siginfo i[4];
  int r = read(fd, i, sizeof i);
  printf("empty %d errno %d\n", r, errno);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  union sigval value = {.sival_int = 42};
  sigqueue(getpid(), SIGRTMIN + 1, value);
  value.sival_int = 43;
  sigqueue(getpid(), SIGRTMIN + 1, value);
  struct pollfd f = {fd, POLLIN, 0};
  printf("poll %d %x\n", poll(&f, 1, 0), f.revents);
  r = read(fd, i, sizeof i);
  printf("read %d\n", r);
  for (int n = 0; n < r / (int)sizeof *i; n++)
    printf("signal %d code %d int %d mine %d\n", i[n].ssi_signo, i[n].ssi_code, i[n].ssi_int, i[n].ssi_pid == getpid());
  fcntl(fd, F_SETFL, 0);
  pid_t parent = getpid();
  if (fork() == 0) {
    usleep(20000);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  r = read(fd, i, sizeof i);
  printf("waited %d signal %d\n", r, i[0].ssi_signo);
  wait(NULL);
  ep = epoll_create1(0);
  ctl(EPOLL_CTL_ADD, fd, EPOLLIN, 8);
  raise(SIGUSR1);
  ready("signal in epoll", 100);
  read(fd, i, sizeof i);
}

static volatile int fired, last_value, last_code;
static void on_timer(int signal, siginfo_t *info, void *context) {
  fired++;
  last_value = info->si_value.sival_int;
  last_code = info->si_code;
}

static void timers(void) {
  struct sigaction a = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR2, &a, NULL);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 77};
  timer_t t, second;
  printf("create %d", timer_create(CLOCK_MONOTONIC, &e, &t));
  struct itimerspec its = {{0, 5000000}, {0, 5000000}}, now;
  printf(" settime %d\n", timer_settime(t, 0, &its, NULL));
  for (int i = 0; i < 1000 && fired < 3; i++) usleep(2000);
  printf("fired %d value %d code %d\n", fired >= 3, last_value, last_code);
  timer_gettime(t, &now);
  printf("interval %ld left %d\n", now.it_interval.tv_nsec, now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 5000000);
  sigset_t set, old;
  sigemptyset(&set), sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, &old);
  usleep(60000);
  fired = 0;
  int more = timer_getoverrun(t) >= 0;
  memset(&its, 0, sizeof its);
  timer_settime(t, 0, &its, &now);
  printf("overruns %d old interval %ld\n", more, now.it_interval.tv_nsec);
  sigprocmask(SIG_SETMASK, &old, NULL);
  printf("delete %d\n", timer_delete(t));
  e.sigev_notify = SIGEV_THREAD_ID;
  e._sigev_un._tid = syscall(SYS_gettid);
  printf("thread %d", timer_create(CLOCK_REALTIME, &e, &second));
  fired = 0;
  its.it_value.tv_nsec = 1000000;
  timer_settime(second, 0, &its, NULL);
  for (int i = 0; i < 1000 && !fired; i++) usleep(2000);
  printf(" fired %d\n", fired);
  timer_gettime(second, &now);
  printf("over %ld\n", now.it_value.tv_nsec);
  e.sigev_signo = 129;
  int r = timer_create(CLOCK_REALTIME, &e, &t);
  printf("bad signal %d errno %d\n", r, errno);
}

static void memfds(void) {
  int fd = memfd_create("some", MFD_ALLOW_SEALING);
  struct stat s;
  printf("truncate %d", ftruncate(fd, 10000));
  fstat(fd, &s);
  printf(" size %d links %d mode %o\n", (int)s.st_size, (int)s.st_nlink, s.st_mode);
  char *m = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  strcpy(m + 5000, "stored");
  char b[100] = {0};
  pread(fd, b, 6, 5000);
  printf("read %s", b);
  pwrite(fd, "written", 8, 100);
  printf(" mapped %s\n", m + 100);
  if (fork() == 0) {
    strcpy(m, "child");
    _exit(0);
  }
  wait(NULL);
  printf("shared %s\n", m);
  readlink("/proc/self/fd/0", b, 0);
  char name[64], target[64] = {0};
  sprintf(name, "/proc/self/fd/%d", fd);
  readlink(name, target, sizeof target - 1);
  printf("%s\n", target);
  printf("seals %x", fcntl(fd, F_GET_SEALS));
  printf(" add %d", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  int r = ftruncate(fd, 10);
  printf(" shrink %d errno %d grow %d\n", r, errno, ftruncate(fd, 20000));
  munmap(m, 10000);
  fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL);
  r = write(fd, "x", 1);
  printf("sealed %d errno %d", r, errno);
  r = fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
  printf(" again %d errno %d\n", r, errno);
  printf("seek %d\n", (int)lseek(fd, -10, SEEK_END));
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  epolls();
  interrupted();
  eventfds();
  timerfds();
  signalfds();
  timers();
  memfds();
  return 0;
}
