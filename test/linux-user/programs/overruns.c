// timer_create: overruns, intervals, threads, what is left; nanosleep's rest.
#include "check.h"

static volatile int hits, value, overrun;
static timer_t id;
static void handler(int signal, siginfo_t *info, void *context) {
  hits++;
  value = info->si_value.sival_int;
  overrun += timer_getoverrun(id);
}
static void nothing(int signal) {}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN, &action, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 7};
  test("create", timer_create(CLOCK_MONOTONIC, &event, &id));
  struct itimerspec spec = {{0, 2000000}, {0, 2000000}}, left;
  sigset_t set;
  sigemptyset(&set), sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  test("settime", timer_settime(id, 0, &spec, NULL));
  usleep(50000);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  timer_gettime(id, &left);
  spec.it_value.tv_nsec = spec.it_interval.tv_nsec = 0;
  timer_settime(id, 0, &spec, NULL);
  printf("once for many %d value %d left %d interval %ld\n", hits >= 1 && overrun >= 15, value, left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 2000000, left.it_interval.tv_nsec);
  timer_gettime(id, &left);
  printf("off %ld %ld\n", left.it_value.tv_sec, left.it_value.tv_nsec);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  hits = 0;
  spec.it_value = now;
  test("in the past", timer_settime(id, TIMER_ABSTIME, &spec, NULL));
  usleep(10000);
  printf("at once %d\n", hits);
  spec.it_value.tv_nsec = -1;
  test("bad time", timer_settime(id, 0, &spec, NULL));
  test("delete", timer_delete(id));
  test("again", syscall(SYS_timer_delete, id));
  event.sigev_notify = SIGEV_THREAD_ID;
  event._sigev_un._tid = 4000000;
  test("nobody's thread", timer_create(CLOCK_MONOTONIC, &event, &id));
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = 129;
  test("no signal", timer_create(CLOCK_MONOTONIC, &event, &id));
  test("no clock", timer_create(77, NULL, &id));
  signal(SIGALRM, nothing);
  struct itimerval soon = {{0, 0}, {0, 30000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  struct timespec t = {5, 0}, rest = {0, 0};
  test("interrupted", nanosleep(&t, &rest));
  printf("rest %d\n", rest.tv_sec == 4 && rest.tv_nsec > 0);
  test("alarm", alarm(10));
  test("was", alarm(0) >= 9);
  test("none", alarm(0));
  return 0;
}
