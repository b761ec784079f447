// Processes as descriptors: pidfd_open, signals, polling, waitid, clone's; the memory of other processes; who ends with whom.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int got, got_code, got_value;
static void handler(int signal, siginfo_t *info, void *context) {
  got = signal;
  got_code = info->si_code;
  got_value = info->si_value.sival_int;
}
static int pidfd_open(int pid, int flags) { return syscall(SYS_pidfd_open, pid, flags); }
static int pidfd_send(int fd, int signal, siginfo_t *info) { return syscall(SYS_pidfd_send_signal, fd, signal, info, 0); }
static char secret[100] = "a secret";

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  int r, go[2];
  pipe(go);
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    secret[0] = 'A';
    while (read(go[0], &c, 1) < 0) {}
    _exit(got == SIGUSR1 ? 7 : 8);
  }
  int fd = pidfd_open(pid, 0);
  printf("open %d cloexec %d\n", fd >= 0, fcntl(fd, F_GETFD));
  struct pollfd p = {fd, POLLIN};
  printf("poll while it runs %d\n", poll(&p, 1, 0));
  char b[100];
  r = read(fd, b, sizeof b);
  printf("read %d errno %d\n", r, errno);
  r = pidfd_open(4000000, 0);
  printf("nobody %d errno %d\n", r, errno);
  r = pidfd_open(-1, 0);
  printf("negative %d errno %d\n", r, errno);
  r = pidfd_open(pid, 1);
  printf("flags %d errno %d\n", r, errno);
  printf("signal 0 %d\n", pidfd_send(fd, 0, NULL));
  r = pidfd_send(fd, 129, NULL);
  printf("bad signal %d errno %d\n", r, errno);
  r = pidfd_send(0, 0, NULL);
  printf("no pidfd %d errno %d\n", r, errno == EBADF || errno == EINVAL);
  // A directory of /proc does as well, but not those in it.
  snprintf(b, sizeof b, "/proc/%d", pid);
  int directory = open(b, O_RDONLY | O_DIRECTORY);
  printf("by /proc/PID %d\n", pidfd_send(directory, 0, NULL));
  int inside = openat(directory, "task", O_RDONLY | O_DIRECTORY);
  r = pidfd_send(inside, 0, NULL);
  printf("by what is in it %d errno %d\n", r, errno);
  close(inside);
  r = waitid(P_PIDFD, directory, &(siginfo_t){0}, WEXITED | WNOHANG);
  printf("for waitid it is none %d errno %d\n", r, errno);
  // Its memory.
  struct iovec mine[2] = {{b, 3}, {b + 10, 20}}, its[2] = {{secret, 5}, {secret + 5, 4}};
  usleep(20000);
  printf("read its memory %d", (int)process_vm_readv(pid, mine, 2, its, 2, 0));
  printf(" %.3s %s\n", b, b + 10);
  strcpy(b, "changed");
  mine[0].iov_len = 8;
  its[0].iov_len = 8;
  printf("write %d\n", (int)process_vm_writev(pid, mine, 1, its, 1, 0));
  memset(b, 0, sizeof b);
  process_vm_readv(pid, mine, 1, its, 1, 0);
  printf("now %s, mine %s\n", b, secret);
  its[0].iov_base = (void *)16;
  r = process_vm_readv(pid, mine, 1, its, 1, 0);
  printf("bad address %d errno %d\n", r, errno);
  r = process_vm_readv(4000000, mine, 1, its, 1, 0);
  printf("nobody %d errno %d\n", r, errno);
  r = process_vm_readv(pid, mine, 1, its, 1, 1);
  printf("flags %d errno %d\n", r, errno);
  printf("send %d\n", pidfd_send(fd, SIGUSR1, NULL));
  usleep(20000);
  write(go[1], "x", 1);
  r = poll(&p, 1, 5000);
  printf("poll %d %x\n", r, p.revents & POLLIN);
  printf("signal to one that ended %d\n", pidfd_send(fd, SIGUSR1, NULL));
  siginfo_t info = {0};
  printf("waitid %d", waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT));
  printf(" pid %d code %d status %d\n", info.si_pid == pid, info.si_code, info.si_status);
  printf("again %d\n", waitid(P_PIDFD, fd, &info, WEXITED));
  r = waitid(P_PIDFD, fd, &info, WEXITED);
  printf("and again %d errno %d\n", r, errno);
  r = pidfd_send(fd, SIGUSR1, NULL);
  printf("signal to one that is gone %d errno %d\n", r, errno);
  r = pidfd_send(directory, SIGUSR1, NULL);
  printf("by /proc/PID %d errno %d\n", r, errno);
  close(directory);
  close(fd);
  // Non-blocking.
  pid = fork();
  if (pid == 0) {
    char c;
    read(go[0], &c, 1);
    raise(SIGKILL);
  }
  fd = pidfd_open(pid, O_NONBLOCK);
  r = waitid(P_PIDFD, fd, &info, WEXITED);
  printf("not yet %d errno %d\n", r, errno);
  r = waitid(P_PIDFD, fd, &info, WEXITED | WNOHANG);
  printf("not yet %d pid %d\n", r, info.si_pid);
  write(go[1], "x", 1);
  poll(&p, 0, 0);
  p.fd = fd;
  poll(&p, 1, 5000);
  r = waitid(P_PIDFD, fd, &info, WEXITED);
  printf("then %d code %d status %d\n", r, info.si_code, info.si_status);
  r = waitid(P_PIDFD, 0, &info, WEXITED);
  printf("no pidfd %d errno %d\n", r, errno);
  r = waitid(P_PIDFD, 1000, &info, WEXITED);
  printf("no descriptor %d errno %d\n", r, errno);
  close(fd);
  // A queued signal to oneself.
  fd = pidfd_open(getpid(), 0);
  siginfo_t queued = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  queued.si_value.sival_int = 99;
  r = pidfd_send(fd, SIGUSR1, &queued);
  printf("queued %d code %d value %d\n", r, got_code, got_value);
  r = pidfd_send(fd, SIGUSR2, &queued);
  printf("another number %d errno %d\n", r, errno);
  // Its descriptors.
  int inner[2];
  pipe(inner);
  write(inner[1], "through", 7);
  int copy = syscall(SYS_pidfd_getfd, fd, inner[0], 0);
  memset(b, 0, sizeof b);
  read(copy, b, 7);
  printf("getfd %s cloexec %d\n", b, fcntl(copy, F_GETFD));
  r = syscall(SYS_pidfd_getfd, fd, 900, 0);
  printf("not open there %d errno %d\n", r, errno);
  // From clone.
  int made = -1;
  pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &made, 0, 0);
  if (pid == 0) _exit(3);
  printf("from clone %d", made >= 0);
  printf(" waitid %d", waitid(P_PIDFD, made, &info, WEXITED));
  printf(" status %d\n", info.si_status);
  r = syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &made, 0, 0);
  printf("both %d errno %d\n", r, errno);
  // An orphan's parent, and a signal at the parent's end.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int is = 0;
  prctl(PR_GET_CHILD_SUBREAPER, &is);
  printf("subreaper %d\n", is);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  if ((pid = fork()) == 0) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGUSR2);
      prctl(PR_GET_PDEATHSIG, &is);
      write(go[1], "r", 1);
      sigwaitinfo(&set, &info);
      printf("parent ended, signal %d is %d, parent now the reaper %d\n", info.si_signo, is, getppid() > 1);
      _exit(9);
    }
    char c;
    read(go[0], &c, 1);
    _exit(4);
  }
  int status, first = waitpid(-1, &status, 0), code = WEXITSTATUS(status), second = waitpid(-1, &status, 0);
  printf("first the child %d %d then the orphan %d %d\n", first == pid, code, second > 0, WEXITSTATUS(status));
  r = waitpid(-1, &status, WNOHANG);
  printf("nobody left %d errno %d\n", r, errno);
  return 0;
}
