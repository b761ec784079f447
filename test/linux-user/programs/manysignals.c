// Architectures whose signals go beyond 64 (MIPS: to 127): the same as of any real-time signal, in masks, frames, queues and descriptors.
#include "check.h"
#include <sys/signalfd.h>

static volatile int order[200], count;
static void note(int signal, siginfo_t *info, void *context) { order[count++] = signal * 1000 + info->si_value.sival_int; }

/* Says what is blocked while it runs, and has 70 blocked after its end. */
static void edit(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  printf("in %d: blocked", signal);
  for (int i = 60; i < SIGRTMAX; i++)
    if (sigismember(&now, i)) printf(" %d", i);
  printf(", before");
  for (int i = 60; i < SIGRTMAX; i++)
    if (sigismember(&uc->uc_sigmask, i)) printf(" %d", i);
  printf("\n");
  sigaddset(&uc->uc_sigmask, 70);
}

static void ends(const char *what, int signal) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    syscall(SYS_kill, getpid(), signal);
    _exit(3);
  }
  waitpid(child, &status, 0);
  printf("%s: status %#x\n", what, status);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO}, old;
  printf("last %d\n", SIGRTMAX);
  sigset_t all, set, pending;
  sigfillset(&action.sa_mask);
  sigemptyset(&all);
  int failed = 0;
  for (int i = 64; i <= SIGRTMAX; i++) sigaddset(&all, i), failed += sigaction(i, &action, NULL) != 0;
  printf("actions that failed: %d\n", failed);
  test("129", sigaction(129, &action, NULL));
  test("kill 129", kill(getpid(), 129));
  for (int i = 64; i <= SIGRTMAX; i++) failed += raise(i) != 0;
  int sum = 0;
  for (int i = 0; i < count; i++) sum += order[i] / 1000;
  printf("raised %d, sum %d, failed %d\n", count, sum, failed);

  sigprocmask(SIG_BLOCK, &all, NULL);
  count = 0;
  int sent[] = {127002, 65001, 96001, 97001, 127001, 64003, 96002};
  for (int i = 0; i < 7; i++) sigqueue(getpid(), sent[i] / 1000, (union sigval){sent[i] % 1000});
  sigpending(&pending);
  printf("pending");
  for (int i = 1; i <= SIGRTMAX; i++)
    if (sigismember(&pending, i)) printf(" %d", i);
  printf("\n");
  char line[200];
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status))
    if (!strncmp(line, "SigBlk", 6) || !strncmp(line, "ShdPnd", 6)) fputs(line, stdout);
  fclose(status);
  siginfo_t info;
  sigemptyset(&set), sigaddset(&set, 96);
  printf("taken %d", sigwaitinfo(&set, &info));
  printf(" value %d code %d\n", info.si_value.sival_int, info.si_code);
  sigaddset(&set, 97);
  int fd = signalfd(-1, &set, 0);
  struct signalfd_siginfo read_info;
  for (int i = 0; i < 2; i++) {
    long got = read(fd, &read_info, sizeof read_info);
    printf("read %ld: %d value %d\n", got, read_info.ssi_signo, read_info.ssi_int);
  }
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  for (int i = 0; i < count; i++) printf("%d ", order[i]);
  printf("\n");

  action.sa_sigaction = edit;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, 126), sigaddset(&action.sa_mask, 66);
  sigaction(100, &action, NULL);
  sigaction(100, NULL, &old);
  printf("kept: %d %d %d\n", sigismember(&old.sa_mask, 126), sigismember(&old.sa_mask, 66), sigismember(&old.sa_mask, 67));
  sigemptyset(&set), sigaddset(&set, 110), sigaddset(&set, 63);
  sigprocmask(SIG_SETMASK, &set, NULL);
  raise(100);
  raise(100);
  sigprocmask(SIG_SETMASK, &set, &pending);
  printf("after: 70 %d, 110 %d, 100 %d\n", sigismember(&pending, 70), sigismember(&pending, 110), sigismember(&pending, 100));

  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 110, .sigev_value.sival_int = 42};
  timer_t timer;
  struct itimerspec when = {.it_value.tv_nsec = 1000000};
  test("timer", timer_create(CLOCK_MONOTONIC, &event, &timer));
  timer_settime(timer, 0, &when, NULL);
  sigemptyset(&set), sigaddset(&set, 110);
  printf("from the timer %d", sigwaitinfo(&set, &info));
  printf(" value %d\n", info.si_value.sival_int);
  // Waits with everything blocked but one.
  action.sa_sigaction = note, count = 0;
  sigaction(90, &action, NULL);
  sigaddset(&set, 90), sigaddset(&set, 91);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(91), raise(90);
  sigdelset(&set, 90);
  test("suspended", sigsuspend(&set));
  printf("handled %d of %d\n", order[0] / 1000, count);

  signal(100, SIG_DFL), signal(64, SIG_DFL), signal(126, SIG_DFL), signal(127, SIG_DFL);
  sigemptyset(&set), sigprocmask(SIG_SETMASK, &set, NULL);
  ends("64", 64), ends("100", 100), ends("126", 126);
  return 0;
}
