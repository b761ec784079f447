// Pseudo-terminals: line discipline, signals, job control.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char b[2000];
static void show(const char *what, int n) {
  printf("%s: ", what);
  if (n < 0) printf("errno %d", errno);
  for (int i = 0; i < n; i++)
    if (b[i] < 32 || b[i] == 127) printf("<%d>", b[i]);
    else putchar(b[i]);
  printf("\n");
}
static void on_signal(int signal) { write(2, "", 0); }
// What is written arrives a little later.
static void type(int fd, const char *text, int n) {
  write(fd, text, n);
  usleep(30000);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  int m = posix_openpt(O_RDWR | O_NOCTTY);
  printf("grant %d unlock %d name %d tty %d\n", grantpt(m), unlockpt(m), strncmp(ptsname(m), "/dev/pts/", 9), isatty(m));
  int s = open(ptsname(m), O_RDWR | O_NOCTTY);
  struct stat st;
  fstat(s, &st);
  printf("device %d tty %d\n", S_ISCHR(st.st_mode), isatty(s));
  struct termios t;
  tcgetattr(s, &t);
  printf("termios %o %o %o %o\n", t.c_iflag, t.c_oflag, t.c_cflag & ~CBAUD, t.c_lflag);
  fcntl(s, F_SETFL, O_NONBLOCK);
  type(m, "half", 4);
  show("half a line", read(s, b, 100));
  type(m, "X\177 line\rmore\n", 13);
  show("echo", read(m, b, 1000));
  show("line", read(s, b, 100));
  show("part", read(s, b, 2));
  show("rest", read(s, b, 100));
  type(m, "word other\027\025abc\004", 15);
  show("echo", read(m, b, 1000));
  show("end of input", read(s, b, 100));
  type(m, "\004", 1);
  show("end", read(s, b, 100));
  type(s, "printed\n", 8);
  show("printed", read(m, b, 100));
  t.c_lflag &= ~(ICANON | ECHO);
  tcsetattr(s, TCSANOW, &t);
  type(m, "raw\177\003", 4);
  show("raw", read(s, b, 100));
  cfmakeraw(&t);
  tcsetattr(s, TCSANOW, &t);
  type(m, "\003\r", 2);
  show("rawer", read(s, b, 100));
  type(s, "x\n", 2);
  show("as it is", read(m, b, 100));
  struct winsize w = {25, 81, 0, 0}, w2;
  printf("size %d", ioctl(m, TIOCSWINSZ, &w));
  ioctl(s, TIOCGWINSZ, &w2);
  printf(" %d %d\n", w2.ws_row, w2.ws_col);
  close(s);
  show("deserted", read(m, b, 100));
  close(m);

  m = posix_openpt(O_RDWR | O_NOCTTY);
  unlockpt(m);
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    s = open(ptsname(m), O_RDWR);
    close(m);
    printf("session %d group %d\n", tcgetsid(s) == getpid(), tcgetpgrp(s) == getpid());
    int tty = open("/dev/tty", O_RDWR);
    write(tty, "by /dev/tty\n", 12);
    signal(SIGINT, on_signal);
    siginterrupt(SIGINT, 1);
    write(s, "ready\n", 6);
    int r = read(s, b, 100);
    printf("interrupted %d\n", r < 0 && errno == EINTR);
    pid_t job = fork();
    if (job == 0) {
      setpgid(0, 0);
      read(s, b, 100);
      _exit(0);
    }
    int status;
    waitpid(job, &status, WUNTRACED);
    printf("job stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status) == SIGTTIN);
    kill(job, SIGKILL);
    waitpid(job, &status, 0);
    signal(SIGHUP, SIG_DFL);
    write(s, "again\n", 6);
    pause();
    _exit(0);
  }
  int n = 0;
  while (n < 1000 && !memmem(b, n, "ready", 5)) n += read(m, b + n, sizeof b - n);
  usleep(50000);
  write(m, "\003", 1);
  n = 0;
  while (n < 1000 && !memmem(b, n, "again", 5)) n += read(m, b + n, sizeof b - n);
  close(m);
  int status;
  waitpid(pid, &status, 0);
  printf("hung up %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
  return 0;
}
