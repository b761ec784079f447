// POSIX message queues: priorities, limits, waiting, being told by a signal or by a thread.
#include "check.h"
#include <mqueue.h>

static volatile int got, got_code, got_value, got_pid, called;
static void handler(int signal, siginfo_t *info, void *context) {
  got = signal;
  got_code = info->si_code;
  got_value = info->si_value.sival_int;
  got_pid = info->si_pid;
}
static void function(union sigval value) { called = value.sival_int; }
static void receive(const char *what, mqd_t q) {
  char b[200] = "";
  unsigned priority = 99;
  int n = mq_receive(q, b, sizeof b, &priority);
  if (n < 0) printf("%s: errno %d\n", what, errno);
  else printf("%s: %.*s, priority %u\n", what, n, b, priority);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  char name[50], b[300];
  sprintf(name, "/tsemu-%d", getpid());
  test("not there", mq_open(name, O_RDWR));
  struct mq_attr attr = {0, 4, 100};
  mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
  printf("made %d\n", q >= 0);
  test("exclusive", mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
  test("a slash", mq_open("/a/b", O_RDWR | O_CREAT, 0600, &attr));
  test("no slash", mq_open("a", O_RDWR | O_CREAT, 0600, &attr));
  test("only a slash", mq_open("/", O_RDWR | O_CREAT, 0600, &attr));
  struct mq_attr bad = {0, 0, 100};
  test("no messages", mq_open("/tsemu-bad", O_RDWR | O_CREAT, 0600, &bad));
  mq_getattr(q, &attr);
  printf("flags %lx most %ld longest %ld now %ld\n", attr.mq_flags, attr.mq_maxmsg, attr.mq_msgsize, attr.mq_curmsgs);
  receive("empty", q);
  test("send", mq_send(q, "low", 3, 1));
  mq_send(q, "high", 4, 20);
  mq_send(q, "low again", 9, 1);
  mq_send(q, "", 0, 5);
  test("full", mq_send(q, "x", 1, 0));
  struct pollfd p = {q, POLLIN | POLLOUT};
  int r = poll(&p, 1, 0);
  printf("poll %d %x\n", r, p.revents);
  mq_getattr(q, &attr);
  printf("now %ld\n", attr.mq_curmsgs);
  test("too long", mq_send(q, b, 101, 0));
  test("no such priority", mq_send(q, "x", 1, 32768));
  r = mq_receive(q, b, 99, NULL);
  printf("no room %d errno %d\n", r, errno);
  for (int i = 0; i < 4; i++) receive("next", q);
  mqd_t writer = mq_open(name, O_WRONLY), reader = mq_open(name, O_RDONLY);
  receive("to write only", writer);
  test("to read only", mq_send(reader, "x", 1, 0));
  test("no queue", mq_send(0, "x", 1, 0));
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += 30000000;
  if (t.tv_nsec > 999999999) t.tv_sec++, t.tv_nsec -= 1000000000;
  r = mq_timedreceive(reader, b, sizeof b, NULL, &t);
  printf("in time %d errno %d\n", r, errno);
  t.tv_nsec = -1;
  r = mq_timedreceive(reader, b, sizeof b, NULL, &t);
  printf("bad time %d errno %d\n", r, errno);
  if (fork() == 0) {
    usleep(20000);
    mq_send(writer, "from the child", 14, 3);
    _exit(0);
  }
  receive("a wait", reader);
  wait(NULL);
  // Being told.
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 33};
  test("notify", mq_notify(q, &event));
  test("twice", mq_notify(q, &event));
  if (fork() == 0) {
    test("another process", mq_notify(q, &event));
    _exit(0);
  }
  wait(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    mq_send(writer, "news", 4, 0);
    _exit(0);
  }
  wait(NULL);
  usleep(1000);
  printf("told %d code %d value %d by the child %d\n", got == SIGUSR1, got_code, got_value, got_pid == pid);
  got = 0;
  mq_send(writer, "more", 4, 0);
  printf("once only %d\n", got);
  receive("first", q);
  receive("second", q);
  test("again", mq_notify(q, &event));
  test("not any more", mq_notify(q, NULL));
  mq_send(writer, "quiet", 5, 0);
  printf("told %d\n", got);
  receive("quiet", q);
  event.sigev_notify = SIGEV_NONE;
  test("nothing", mq_notify(q, &event));
  close(q);
  q = mq_open(name, O_RDWR);
  test("free after close", mq_notify(q, &event));
  mq_notify(q, NULL);
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = function;
  event.sigev_notify_attributes = NULL;
  test("by a thread", mq_notify(q, &event));
  mq_send(writer, "call", 4, 0);
  for (int i = 0; i < 200 && !called; i++) usleep(5000);
  printf("called with %d\n", called);
  attr.mq_flags = O_NONBLOCK;
  test("setattr", mq_setattr(reader, &attr, &bad));
  printf("was %lx\n", bad.mq_flags);
  receive("left", reader);
  receive("does not wait now", reader);
  attr.mq_flags = O_APPEND;
  test("no such flag", mq_setattr(reader, &attr, NULL));
  memset(b, 0, sizeof b);
  r = read(reader, b, sizeof b);
  printf("as a file %d %.17s\n", r > 50, b);
  test("unlink", mq_unlink(name));
  test("again", mq_unlink(name));
  test("still open", mq_send(writer, "x", 1, 0));
  test("by name", mq_open(name, O_RDWR));
  return 0;
}
