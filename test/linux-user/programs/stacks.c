// The stack grows to its limit and no further; alternate stacks.
#include "check.h"

static int depth(int n) {
  volatile char room[1024];
  room[0] = n;
  return n ? depth(n - 1) + room[0] * 0 + 1 : 0;
}
static stack_t seen;
static volatile int on_it, hits;
static char *alt;
static void handler(int signal, siginfo_t *info, void *context) {
  char here;
  on_it = &here >= alt && &here < alt + 65536;
  sigaltstack(NULL, &seen);
  hits++;
  if (signal == SIGSEGV) _exit(on_it && info->si_code == SEGV_MAPERR ? 55 : info->si_code == SEGV_ACCERR ? 55 : 56);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("deep %d\n", depth(6000));
  alt = malloc(65536);
  stack_t s = {.ss_sp = alt, .ss_size = 65536}, old;
  test("none at first", sigaltstack(NULL, &old));
  printf("flags %d size %d\n", old.ss_flags, (int)old.ss_size);
  test("set", sigaltstack(&s, &old));
  s.ss_size = 100;
  test("too small", sigaltstack(&s, NULL));
  s.ss_size = 65536, s.ss_flags = 77;
  test("flags", sigaltstack(&s, NULL));
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  printf("on it %d flags %d\n", on_it, seen.ss_flags);
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  printf("not on it %d flags %d\n", on_it, seen.ss_flags);
  if (fork() == 0) {
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &limit);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
    _exit(depth(1 << 20));
  }
  int status;
  wait(&status);
  printf("overflow handled on the other stack %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
  if (fork() == 0) {
    signal(SIGSEGV, SIG_DFL);
    struct rlimit limit = {1 << 20, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &limit);
    _exit(depth(1 << 20));
  }
  wait(&status);
  printf("without one %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  s.ss_flags = SS_DISABLE;
  test("off", sigaltstack(&s, &old));
  printf("was %d\n", old.ss_sp == alt);
  return 0;
}
