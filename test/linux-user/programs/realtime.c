// Real-time signals: order, values, waiting, masks of threads, one-shot and nested handlers.
#include "check.h"

static volatile int order[50], count, nested, deepest;
static void handler(int signal, siginfo_t *info, void *context) { order[count++] = (signal - SIGRTMIN) * 100 + info->si_value.sival_int; }
static void nest(int signal) {
  if (++nested > deepest) deepest = nested;
  if (deepest < 3) raise(signal);
  nested--;
}
static void *in_thread(void *set) {
  int signal;
  pthread_sigmask(SIG_BLOCK, set, NULL);
  sigwait(set, &signal);
  return (void *)(long)(signal - SIGRTMIN);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO}, old;
  sigset_t set, pending;
  sigemptyset(&set);
  for (int i = 0; i < 4; i++) sigaddset(&set, SIGRTMIN + i), sigaction(SIGRTMIN + i, &action, NULL);
  sigfillset(&action.sa_mask);
  for (int i = 0; i < 4; i++) sigaction(SIGRTMIN + i, &action, NULL);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int sent[] = {203, 101, 1, 202, 303, 102, 2};
  for (int i = 0; i < 7; i++) sigqueue(getpid(), SIGRTMIN + sent[i] / 100, (union sigval){sent[i] % 100});
  sigpending(&pending);
  printf("pending %d %d\n", sigismember(&pending, SIGRTMIN + 2), sigismember(&pending, SIGRTMIN + 5));
  siginfo_t info;
  sigset_t one;
  sigemptyset(&one), sigaddset(&one, SIGRTMIN + 2);
  int r = sigwaitinfo(&one, &info);
  printf("taken %d value %d code %d\n", r - SIGRTMIN, info.si_value.sival_int, info.si_code);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  for (int i = 0; i < count; i++) printf("%d ", order[i]);
  printf("\n");
  struct timespec t = {0, 20000000};
  test("in time", sigtimedwait(&one, &info, &t));
  test("bad signal", sigqueue(getpid(), 129, (union sigval){0}));
  test("nobody", sigqueue(4000000, SIGRTMIN, (union sigval){0}));
  struct sigaction nesting = {.sa_handler = nest, .sa_flags = SA_NODEFER};
  sigaction(SIGUSR1, &nesting, NULL);
  raise(SIGUSR1);
  printf("nested %d\n", deepest);
  nesting.sa_flags = SA_RESETHAND;
  sigaction(SIGUSR1, &nesting, NULL);
  raise(SIGUSR1);
  sigaction(SIGUSR1, NULL, &old);
  printf("reset %d\n", old.sa_handler == SIG_DFL);
  signal(SIGTERM, SIG_IGN);
  kill(getpid(), SIGTERM);
  test("kill's", sigaction(SIGKILL, &nesting, NULL));
  test("no signal", sigaction(129, NULL, &old));
  pthread_t thread;
  sigprocmask(SIG_BLOCK, &set, NULL);
  pthread_create(&thread, NULL, in_thread, &set);
  usleep(20000);
  pthread_kill(thread, SIGRTMIN + 1);
  void *got;
  pthread_join(thread, &got);
  printf("the thread got %ld\n", (long)got);
  if (fork() == 0) {
    sigpending(&pending);
    printf("a child has none pending %d\n", !sigismember(&pending, SIGRTMIN));
    _exit(0);
  }
  kill(getpid(), SIGRTMIN);
  wait(NULL);
  return 0;
}
