// Handlers, masks, nested signals, the frame's context, alternate stacks, restart of calls, sigsuspend, queued signals.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include "machine.h"

static volatile int count, value, depth, deepest;
static sigjmp_buf env;

static void count_it(int signal) { count += signal; }
static void nested(int signal) {
  if (++depth > deepest) deepest = depth;
  if (signal == SIGUSR1) raise(SIGUSR2);
  depth--;
}
static void with_info(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  // Where the program's own code lies depends on what it was linked with: relative to pc.
  char *base = signal == SIGILL && info->si_code != SI_KERNEL ? (char *)PC(uc) : 0;
  printf("signal %d code %d addr 0x%lx trap %lu pc set %d\n", signal, info->si_code, (unsigned long)((char *)info->si_addr - base),
         TRAP_NO(uc), PC(uc) != 0);
  siglongjmp(env, 1);
}
static void queued(int signal, siginfo_t *info, void *context) {
  printf("queued %d code %d value %d from self %d\n", signal - SIGRTMIN, info->si_code, info->si_value.sival_int, info->si_pid == getpid());
}
static void on_alt(int signal, siginfo_t *info, void *context) {
  char here;
  stack_t now;
  sigaltstack(NULL, &now);
  printf("on alternate stack %d flags %d\n", &here > (char *)now.ss_sp && &here < (char *)now.ss_sp + now.ss_size, now.ss_flags);
}
// A handler that changes the registers of what it interrupted.
static void skip(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  PC(uc) += SKIP(uc);
  REGISTER(uc) = 77;
}
static void fp(int signal) {
  volatile double x = 1.5;
  for (int i = 0; i < 10; i++) x = x * 2.5;
  count = (int)x;
}

static void handle(int signal, void *handler, int flags) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_sigaction = handler;
  sa.sa_flags = flags;
  sigaction(signal, &sa, NULL);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  handle(SIGUSR1, count_it, 0);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  printf("count %d\n", count);
  sigset_t set, old, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigpending(&pending);
  printf("blocked: count %d pending %d\n", count, sigismember(&pending, SIGUSR1));
  sigprocmask(SIG_SETMASK, &old, NULL);
  printf("unblocked: count %d\n", count);
  handle(SIGUSR1, nested, 0);
  handle(SIGUSR2, nested, 0);
  raise(SIGUSR1);
  printf("deepest %d\n", deepest);
  handle(SIGSEGV, with_info, SA_SIGINFO);
  handle(SIGBUS, with_info, SA_SIGINFO);
  handle(SIGILL, with_info, SA_SIGINFO);
  if (!sigsetjmp(env, 1)) *(volatile int *)0x123454 = 1;
  char *page = mmap((void *)0x30000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (!sigsetjmp(env, 1)) page[16] = 1;
  if (!sigsetjmp(env, 1)) ((void (*)(void))0x30000020)();
  char name[] = "/tmp/tsemu-bus-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  char *beyond = mmap((void *)0x30010000, 8192, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
  if (!sigsetjmp(env, 1)) value = beyond[4096];
  if (!sigsetjmp(env, 1)) __asm__ volatile(UNDEFINED);
  struct sigaction sa;
  sigaction(SIGSEGV, NULL, &sa);
  printf("flags %x\n", sa.sa_flags & ~0x04000000);
  handle(SIGRTMIN + 1, queued, SA_SIGINFO);
  handle(SIGRTMIN + 2, queued, SA_SIGINFO);
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  sigaddset(&set, SIGRTMIN + 2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (int i = 1; i <= 3; i++) sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i});
  sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 9});
  siginfo_t info = {0};
  printf("waited %d value %d\n", sigwaitinfo(&set, &info) - SIGRTMIN, info.si_value.sival_int);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  static char stack[16384];
  stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alt, NULL);
  handle(SIGUSR1, on_alt, SA_SIGINFO | SA_ONSTACK);
  raise(SIGUSR1);
  handle(SIGILL, skip, SA_SIGINFO);
  register int r5 __asm__(REGISTER_NAME) = 1;
  __asm__ volatile(UNDEFINED_2 : "+r"(r5));
  printf("r5 %d\n", r5);
  handle(SIGUSR2, fp, 0);
  double x = 3.25;
  raise(SIGUSR2);
  printf("x %.2f count %d\n", x * 2, count);
  // A call that a signal interrupts: with SA_RESTART it goes on, without it fails.
  int fds[2];
  pipe(fds);
  for (int restart = 0; restart < 2; restart++) {
    handle(SIGALRM, count_it, restart ? SA_RESTART : 0);
    count = 0;
    pid_t pid = fork();
    if (pid == 0) {
      // Again and again, since the parent may not be in its call yet.
      struct timespec t = {0, 20000000};
      for (int i = 0; i < 5 || !restart; i++) {
        nanosleep(&t, NULL);
        kill(getppid(), SIGALRM);
      }
      nanosleep(&t, NULL);
      write(fds[1], "y", 1);
      _exit(0);
    }
    char c = 'n';
    int n = read(fds[0], &c, 1);
    int failed = n < 0 ? errno : 0;
    if (!restart) kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    printf("restart %d: read %d errno %d got %c handled %d\n", restart, n, failed, c, count > 0);
  }
  struct timespec t = {0, 10000000};
  handle(SIGALRM, count_it, SA_RESTART);
  ualarm(20000, 20000);
  t.tv_sec = 5;
  struct timespec rest = {0, 0};
  int slept = nanosleep(&t, &rest);
  int failed = slept < 0 ? errno : 0;
  ualarm(0, 0);
  printf("sleep %d errno %d some of it left: %d\n", slept, failed, rest.tv_sec >= 1);
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  count = 0;
  ualarm(1000, 0);
  sigemptyset(&old);
  int r = sigsuspend(&old);
  sigprocmask(SIG_BLOCK, NULL, &old);
  printf("suspend %d errno %d count %d still blocked %d\n", r, errno, count, sigismember(&old, SIGALRM));
  signal(SIGPIPE, SIG_IGN);
  close(fds[0]);
  r = write(fds[1], "x", 1);
  printf("write to nobody %d errno %d\n", r, errno);
  signal(SIGCHLD, SIG_IGN);
  if (fork() == 0) _exit(3);
  r = wait(NULL);
  printf("ignored children: %d errno %d\n", r, errno);
  signal(SIGCHLD, SIG_DFL);
  int gate[2];
  pipe(gate);
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    /* Not gone before it was seen to have continued. */
    char go;
    read(gate[0], &go, 1);
    _exit(4);
  }
  int status;
  waitpid(pid, &status, WUNTRACED);
  printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  printf("continued %d\n", WIFCONTINUED(status));
  write(gate[1], "", 1);
  waitpid(pid, &status, 0);
  printf("then exited %d\n", WEXITSTATUS(status));
  signal(SIGTERM, SIG_DFL);
  fflush(stdout);
  raise(SIGTERM);
  return 1;
}
