// waitid and SIGCHLD: stops, continuations, peeking, children that nobody waits for.
#include "check.h"

static siginfo_t got;
static volatile int hits;
static void handler(int signal, siginfo_t *info, void *context) {
  got = *info;
  hits++;
}
static void show(const char *what, int r, siginfo_t *i, pid_t pid) {
  if (r == -1) printf("%s: errno %d\n", what, errno);
  else printf("%s: pid %d code %d status %d signal %d\n", what, i->si_pid == pid, i->si_code, i->si_status, i->si_signo);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGCHLD, &action, NULL);
  siginfo_t i;
  test("no children", waitid(P_ALL, 0, &i, WEXITED));
  pid_t pid = fork();
  if (pid == 0)
    for (;;) pause();
  test("no kind", waitid(P_ALL, 0, &i, 0));
  test("flags", waitid(P_ALL, 0, &i, WEXITED | 0x100));
  memset(&i, 9, sizeof i);
  int r = waitid(P_PID, pid, &i, WEXITED | WNOHANG);
  printf("not yet %d pid %d signal %d\n", r, i.si_pid, i.si_signo);
  kill(pid, SIGSTOP);
  show("stopped", waitid(P_PID, pid, &i, WSTOPPED | WNOWAIT), &i, pid);
  show("still", waitid(P_PID, pid, &i, WSTOPPED), &i, pid);
  printf("told %d code %d status %d\n", hits, got.si_code, got.si_status);
  kill(pid, SIGCONT);
  show("continued", waitid(P_PID, pid, &i, WCONTINUED), &i, pid);
  kill(pid, SIGTERM);
  show("ended", waitid(P_PID, pid, &i, WEXITED | WNOWAIT), &i, pid);
  show("by group", waitid(P_PGID, getpgrp(), &i, WEXITED), &i, pid);
  printf("told code %d status %d\n", got.si_code, got.si_status);
  show("gone", waitid(P_PID, pid, &i, WEXITED), &i, pid);
  action.sa_flags |= SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, NULL);
  hits = 0;
  if ((pid = fork()) == 0)
    for (;;) pause();
  kill(pid, SIGSTOP);
  int status;
  waitpid(pid, &status, WUNTRACED);
  printf("stopped quietly %d hits %d\n", WIFSTOPPED(status), hits);
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  printf("killed while stopped %d\n", WTERMSIG(status));
  action.sa_flags = SA_NOCLDWAIT | SA_SIGINFO;
  sigaction(SIGCHLD, &action, NULL);
  if ((pid = fork()) == 0) _exit(3);
  test("not wanted", waitpid(pid, &status, 0));
  signal(SIGCHLD, SIG_IGN);
  if ((pid = fork()) == 0) _exit(3);
  test("ignored", waitpid(-1, &status, 0));
  signal(SIGCHLD, SIG_DFL);
  struct rusage usage;
  if ((pid = fork()) == 0) _exit(9);
  test("wait4", wait4(pid, &status, 0, &usage) == pid);
  test("no such option", wait4(-1, &status, 64, NULL));
  pid_t leader = fork();
  if (leader == 0) {
    setpgid(0, 0);
    if (fork() == 0) _exit(1);
    _exit(2);
  }
  setpgid(leader, leader);
  printf("by group %d\n", waitpid(-leader, &status, 0) == leader);
  return 0;
}
