// Terminals: VMIN and VTIME, ^S and ^Q, ^V, jobs in the background that read, write and set, hanging up.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char b[2000];
static int m, s;
static struct termios t;
static long ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
static void show(const char *what, int n) {
  printf("%s: ", what);
  if (n < 0) printf("errno %d", errno);
  for (int i = 0; i < n; i++)
    if (b[i] < 32 || b[i] == 127) printf("<%d>", b[i]);
    else putchar(b[i]);
  printf("\n");
}
static void min_time(int min, int time) {
  t.c_cc[VMIN] = min;
  t.c_cc[VTIME] = time;
  tcsetattr(s, TCSANOW, &t);
}
// A child types, each part after a while.
static pid_t typist(int after, const char *a, int then, const char *c) {
  pid_t pid = fork();
  if (pid == 0) {
    usleep(after * 1000);
    write(m, a, strlen(a));
    usleep(then * 1000);
    if (c) write(m, c, strlen(c));
    _exit(0);
  }
  return pid;
}
static void raw(void) {
  tcgetattr(s, &t);
  cfmakeraw(&t);
  struct pollfd p = {s, POLLIN};
  int r;
  min_time(0, 0);
  show("min 0 time 0", read(s, b, 10));
  min_time(0, 1);
  long start = ms();
  r = read(s, b, 10);
  long took = ms() - start;
  printf("min 0 time 1: %d in time %d\n", r, took >= 90 && took < 2000);
  pid_t pid = typist(20, "x", 0, NULL);
  min_time(0, 50);
  show("min 0 time 50", read(s, b, 10));
  waitpid(pid, NULL, 0);
  min_time(3, 0);
  pid = typist(10, "ab", 40, "cd");
  usleep(30000);
  r = poll(&p, 1, 0);
  printf("two of three: poll %d\n", r);
  show("min 3", read(s, b, 10));
  waitpid(pid, NULL, 0);
  min_time(3, 1);
  pid = typist(10, "ab", 0, NULL);
  show("min 3 time 1, two", read(s, b, 10));
  waitpid(pid, NULL, 0);
  min_time(5, 0);
  write(m, "yz", 2);
  show("a read of two", read(s, b, 2));
  min_time(5, 1);
  write(m, "1", 1);
  usleep(10000);
  r = poll(&p, 1, 0);
  printf("with a time: poll %d\n", r);
  fcntl(s, F_SETFL, O_NONBLOCK);
  show("non-blocking", read(s, b, 10));
  show("nothing", read(s, b, 10));
  fcntl(s, F_SETFL, 0);
}
static void flow(void) {
  t.c_iflag = ICRNL | IXON;
  t.c_lflag = ICANON | ECHO | ECHOCTL | ISIG | IEXTEN;
  t.c_cc[VMIN] = 1, t.c_cc[VTIME] = 0;
  tcsetattr(s, TCSAFLUSH, &t);
  fcntl(m, F_SETFL, O_NONBLOCK);
  write(m, "\023", 1);
  usleep(10000);
  fcntl(s, F_SETFL, O_NONBLOCK);
  int r = write(s, "held", 4);
  printf("stopped %d errno %d\n", r, errno);
  write(m, "\021", 1);
  usleep(10000);
  r = write(s, "let go", 6);
  usleep(10000);
  printf("went on %d\n", r);
  show("printed", read(m, b, 100));
  tcflow(s, TCOOFF);
  r = write(s, "held", 4);
  printf("tcflow stopped %d errno %d\n", r, errno);
  tcflow(s, TCOON);
  printf("tcflow on %d\n", (int)write(s, "!", 1));
  usleep(10000);
  show("printed", read(m, b, 100));
  write(m, "a\026\003b\n", 5);
  usleep(10000);
  show("literal", read(s, b, 100));
  show("echo", read(m, b, 100));
  r = tcflush(s, 9);
  printf("tcflush %d errno %d\n", r, errno);
  r = tcflow(s, 9);
  printf("tcflow %d errno %d\n", r, errno);
  int x = -1;
  printf("discipline %d", ioctl(s, TIOCGETD, &x));
  printf(" %d\n", x);
  ioctl(s, TIOCEXCL);
  ioctl(s, TIOCGEXCL, &x);
  printf("exclusive %d\n", x);
  ioctl(s, TIOCNXCL);
}
static int job(const char *what, void (*act)(void), int ignore) {
  pid_t pid = fork();
  int status;
  if (pid == 0) {
    setpgid(0, 0);
    signal(SIGTTOU, ignore ? SIG_IGN : SIG_DFL);
    signal(SIGTTIN, ignore ? SIG_IGN : SIG_DFL);
    act();
    _exit(errno);
  }
  setpgid(pid, pid);
  waitpid(pid, &status, WUNTRACED);
  if (WIFSTOPPED(status)) {
    printf("%s: stopped by %d", what, WSTOPSIG(status));
    tcsetpgrp(s, pid);
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    printf(", in front ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    tcsetpgrp(s, getpgrp());
  } else printf("%s: ended with %d\n", what, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
static void prints(void) { errno = 0, write(s, "job\n", 4) == 4 && (errno = 0); }
static void sets(void) { errno = 0, tcsetattr(s, TCSANOW, &t); }
static void flushes(void) { errno = 0, tcflush(s, TCIFLUSH); }
static void fronts(void) { errno = 0, tcsetpgrp(s, getpgrp()); }
static void reads(void) { errno = 0, read(s, b, 1) >= 0 && (errno = 0); }
static void jobs(void) {
  fcntl(s, F_SETFL, 0);
  t.c_lflag &= ~TOSTOP;
  tcsetattr(s, TCSANOW, &t);
  // As shells do: setting the terminal is not to stop it.
  signal(SIGTTOU, SIG_IGN);
  job("prints", prints, 0);
  job("sets", sets, 0);
  job("flushes", flushes, 0);
  job("in front", fronts, 0);
  tcsetpgrp(s, getpgrp());
  job("sets, ignoring", sets, 1);
  job("reads, ignoring", reads, 1);
  t.c_lflag |= TOSTOP;
  tcsetattr(s, TCSANOW, &t);
  job("prints with TOSTOP", prints, 0);
  job("prints with TOSTOP, ignoring", prints, 1);
  int r = tcsetpgrp(s, 4000000);
  printf("no such group %d errno %d\n", r, errno);
}
// The other side's signals reach the job in front.
static void signals(void) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    pause();
    _exit(1);
  }
  setpgid(pid, pid);
  tcsetpgrp(s, pid);
  int r = ioctl(m, TIOCSIG, SIGTSTP);
  waitpid(pid, &status, WUNTRACED);
  printf("TIOCSIG %d stopped by it %d\n", r, WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
  r = ioctl(m, TIOCSIG, SIGUSR1);
  printf("not a terminal's %d errno %d\n", r, errno);
  kill(pid, SIGCONT);
  r = ioctl(m, TIOCSIG, SIGQUIT);
  waitpid(pid, &status, 0);
  printf("TIOCSIG %d ended by it %d\n", r, WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
  tcsetpgrp(s, getpgrp());
}
static void on_hup(int signal) { write(2, "", 0); _exit(77); }
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  m = posix_openpt(O_RDWR | O_NOCTTY);
  unlockpt(m);
  s = open(ptsname(m), O_RDWR | O_NOCTTY);
  raw();
  flow();
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    printf("controlling %d", ioctl(s, TIOCSCTTY, 0));
    printf(" front %d\n", tcgetpgrp(s) == getpid());
    jobs();
    signals();
    // Its end hangs up on the job in front.
    int go[2];
    pipe(go);
    pid_t front = fork();
    if (front == 0) {
      setpgid(0, 0);
      signal(SIGHUP, on_hup);
      tcsetpgrp(s, getpgrp());
      write(go[1], "x", 1);
      pause();
      _exit(1);
    }
    read(go[0], b, 1);
    _exit(5);
  }
  waitpid(pid, &status, 0);
  printf("session ended with %d\n", WEXITSTATUS(status));
  usleep(50000);
  // A pseudo-terminal itself is not hung up, but belongs to nobody.
  int r = write(s, "x", 1);
  printf("still works %d", r);
  r = tcgetpgrp(m);
  printf(" in front %d\n", r);
  return 0;
}
