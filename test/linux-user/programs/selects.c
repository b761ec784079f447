// select, pselect and poll at their edges.
#include "check.h"

static volatile int hits;
static void handler(int signal) { hits++; }
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  int p[2], q[2];
  pipe(p), pipe(q);
  fd_set r, w;
  struct timespec ts;
  struct timeval t = {0, 1000};
  FD_ZERO(&r);
  test("nothing to wait for", select(0, NULL, NULL, NULL, &t));
  test("negative", select(-1, NULL, NULL, NULL, &t));
  FD_SET(p[0], &r);
  t.tv_usec = -1;
  test("bad time", select(p[0] + 1, &r, NULL, NULL, &t));
  t.tv_usec = 1000;
  FD_ZERO(&r); FD_SET(40, &r);
  test("not open", select(41, &r, NULL, NULL, &t));
  FD_ZERO(&r); FD_SET(p[0], &r), FD_SET(q[0], &r);
  FD_ZERO(&w); FD_SET(p[1], &w);
  write(q[1], "x", 1);
  test("two ready", select(q[1] + 1, &r, &w, NULL, NULL));
  printf("%d %d %d\n", FD_ISSET(p[0], &r), FD_ISSET(q[0], &r) != 0, FD_ISSET(p[1], &w) != 0);
  dup2(q[0], 900);
  FD_ZERO(&r); FD_SET(900, &r);
  test("a high one", select(901, &r, NULL, NULL, NULL));
  signal(SIGUSR1, handler);
  sigset_t set, none;
  sigemptyset(&set), sigemptyset(&none), sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGUSR1);
  FD_ZERO(&r); FD_SET(p[0], &r);
  ts.tv_sec = 5, ts.tv_nsec = 0;
  test("pselect lets it through", pselect(p[0] + 1, &r, NULL, NULL, &ts, &none));
  printf("handled %d\n", hits);
  raise(SIGUSR1);
  ts.tv_sec = 0, ts.tv_nsec = 10000000;
  test("blocked", pselect(p[0] + 1, &r, NULL, NULL, &ts, &set));
  test("poll lets it through", ppoll(NULL, 0, &ts, &none));
  printf("handled %d\n", hits);
  struct pollfd f[2] = {{p[0], POLLIN, 77}, {-5, POLLIN, 77}};
  test("poll", poll(f, 2, 0));
  printf("%x %x\n", f[0].revents, f[1].revents);
  close(p[1]);
  test("hang-up", poll(f, 1, -1));
  printf("%x\n", f[0].revents);
  f[0].events = 0;
  test("even if nobody asked", poll(f, 1, -1));
  close(q[0]);
  close(900);
  f[0].fd = q[1], f[0].events = POLLOUT;
  test("nobody reads", poll(f, 1, 0));
  printf("%x\n", f[0].revents & ~POLLOUT);
  int fd = open("/dev/null", O_RDWR);
  f[0].fd = fd, f[0].events = POLLIN | POLLOUT;
  test("a device", poll(f, 1, 0));
  printf("%x\n", f[0].revents);
  test("nowhere", poll((void *)16, 1, 0));
  int s[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  shutdown(s[0], SHUT_WR);
  f[0].fd = s[1], f[0].events = POLLIN | POLLRDHUP;
  test("half closed", poll(f, 1, 0));
  printf("%x\n", f[0].revents);
  return 0;
}
