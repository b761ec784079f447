// CPU time: its clocks, what sleeps and timers go by it, setitimer's two that do, RLIMIT_CPU.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double read_clock(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t)) return -errno;
  return t.tv_sec + t.tv_nsec / 1e9;
}
static void burn(double seconds) {
  double end = read_clock(CLOCK_PROCESS_CPUTIME_ID) + seconds;
  volatile int x = 0;
  while (read_clock(CLOCK_PROCESS_CPUTIME_ID) < end)
    for (int i = 0; i < 1000; i++) x += i;
}
static volatile int hits[65], code, value;
static void handler(int signal, siginfo_t *info, void *context) {
  hits[signal]++;
  code = info->si_code;
  value = info->si_value.sival_int;
}
static void *burner(void *seconds) {
  double before = read_clock(CLOCK_THREAD_CPUTIME_ID);
  burn(0.05);
  double used = read_clock(CLOCK_THREAD_CPUTIME_ID) - before;
  printf("the thread's own clock went on %d\n", used > 0.001);
  return NULL;
}
static void *waiter(void *clock) {
  usleep(20000);
  burn(0.06);
  return NULL;
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (int signal = 1; signal < 32; signal++) sigaction(signal, &action, NULL);
  double process = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  usleep(60000);
  printf("sleeping costs little %d\n", read_clock(CLOCK_PROCESS_CPUTIME_ID) - process < 0.05);
  pthread_t thread;
  pthread_create(&thread, NULL, burner, NULL);
  pthread_join(thread, NULL);
  printf("the process's clock has the thread's %d\n", read_clock(CLOCK_PROCESS_CPUTIME_ID) - process >= 0.05);
  clockid_t clock;
  printf("clock of a process %d", clock_getcpuclockid(0, &clock));
  printf(" reads %d\n", read_clock(clock) > 0);
  printf("of one that is not there %d\n", clock_getcpuclockid(4000000, &clock));
  pthread_getcpuclockid(pthread_self(), &clock);
  printf("clock of a thread %d\n", read_clock(clock) > 0);
  struct timespec resolution;
  int r = clock_getres(CLOCK_PROCESS_CPUTIME_ID, &resolution);
  printf("resolution %d %ld\n", r, resolution.tv_nsec);
  // A sleep by the time that another thread uses.
  pthread_create(&thread, NULL, waiter, NULL);
  struct timespec t = {0, 30000000};
  double start = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  printf("sleep by CPU time %d", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &t, NULL));
  printf(" enough %d\n", read_clock(CLOCK_PROCESS_CPUTIME_ID) - start >= 0.03);
  pthread_join(thread, NULL);
  printf("by a thread's own %d\n", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL));
  printf("by a coarse one %d\n", clock_nanosleep(CLOCK_MONOTONIC_COARSE, 0, &t, NULL));
  // setitimer
  struct itimerval timer = {{0, 10000}, {0, 10000}}, old;
  printf("setitimer %d %d\n", setitimer(ITIMER_VIRTUAL, &timer, NULL), setitimer(ITIMER_PROF, &timer, NULL));
  for (int i = 0; i < 100 && (hits[SIGVTALRM] < 3 || hits[SIGPROF] < 3); i++) burn(0.02);
  printf("fired %d %d code %x\n", hits[SIGVTALRM] >= 3, hits[SIGPROF] >= 3, code);
  memset(&timer, 0, sizeof timer);
  setitimer(ITIMER_VIRTUAL, &timer, &old);
  printf("interval %ld left %d\n", old.it_interval.tv_usec >= 10000, old.it_value.tv_usec > 0);
  setitimer(ITIMER_PROF, &timer, NULL);
  timer.it_value.tv_usec = 1000000;
  r = setitimer(ITIMER_VIRTUAL, &timer, NULL);
  printf("too many microseconds %d errno %d\n", r, errno);
  r = setitimer(5, &timer, NULL);
  printf("no such timer %d errno %d\n", r, errno);
  r = getitimer(3, &timer);
  printf("no such timer %d errno %d\n", r, errno);
  // timer_create
  timer_t id;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
  printf("timer_create %d\n", timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &id));
  struct itimerspec spec = {{0, 0}, {0, 20000000}};
  timer_settime(id, 0, &spec, NULL);
  for (int i = 0; i < 100 && !hits[SIGUSR1]; i++) burn(0.02);
  printf("fired %d value %d code %d\n", hits[SIGUSR1], value, code);
  timer_delete(id);
  event.sigev_signo = SIGUSR2;
  printf("of the thread %d\n", timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &id));
  spec.it_interval.tv_nsec = 5000000;
  timer_settime(id, 0, &spec, NULL);
  for (int i = 0; i < 100 && hits[SIGUSR2] < 2; i++) burn(0.02);
  printf("fired %d\n", hits[SIGUSR2] >= 2);
  timer_delete(id);
  for (int c = 4; c < 7; c++) {
    r = timer_create(c, &event, &id);
    printf("clock %d %d errno %d\n", c, r, errno);
  }
  // The limit: a signal each second, the end at the hard one.
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit limit = {0, 1};
    signal(SIGXCPU, SIG_DFL);
    getrlimit(RLIMIT_CPU, &limit);
    printf("no limit at first %d\n", limit.rlim_cur == RLIM_INFINITY);
    limit.rlim_cur = 1;
    limit.rlim_max = 2;
    sigaction(SIGXCPU, &action, NULL);
    setrlimit(RLIMIT_CPU, &limit);
    for (;;) {
      burn(0.05);
      if (hits[SIGXCPU] == 1) printf("over the soft limit at %d s\n", (int)read_clock(CLOCK_PROCESS_CPUTIME_ID)), hits[SIGXCPU]++;
    }
  }
  int status;
  struct rusage usage;
  wait4(pid, &status, 0, &usage);
  printf("ended by %d after %d s\n", WTERMSIG(status), (int)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6));
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("in the children's %d\n", usage.ru_utime.tv_sec + usage.ru_stime.tv_sec >= 1);
  struct tms tms;
  times(&tms);
  printf("times %d\n", tms.tms_cutime + tms.tms_cstime >= 150);
  return 0;
}
