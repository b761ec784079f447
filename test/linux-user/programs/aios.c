// Asynchronous input and output with io_setup and its relatives.
#include "check.h"
#include <linux/aio_abi.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static aio_context_t context;
static struct io_event events[10];
static void tell(const char *what, long least, long most, struct timespec *time) {
  long n = syscall(SYS_io_getevents, context, least, most, events, time);
  if (n < 0) printf("%s: errno %d\n", what, errno);
  else printf("%s: %ld", what, n);
  for (long i = 0; i < n; i++) printf(" [%d: %d]", (int)events[i].data, (int)events[i].res);
  if (n >= 0) printf("\n");
}
static long submit(struct iocb *a, struct iocb *b) {
  struct iocb *list[2] = {a, b};
  return syscall(SYS_io_submit, context, b ? 2 : 1, list);
}
static struct iocb make(int data, int op, int fd, void *at, long size, long offset) {
  return (struct iocb){.aio_data = data, .aio_lio_opcode = op, .aio_fildes = fd, .aio_buf = (uintptr_t)at, .aio_nbytes = size, .aio_offset = offset};
}
static void *writer(void *fd) {
  usleep(30000);
  write((long)fd, "x", 1);
  return NULL;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct timespec now = {0, 0}, soon = {0, 20000000};
  test("none", syscall(SYS_io_setup, 0, &context));
  context = 7;
  test("not zero", syscall(SYS_io_setup, 10, &context));
  context = 0;
  test("setup", syscall(SYS_io_setup, 10, &context));
  char name[] = "/tmp/aiosXXXXXX", b[100] = "", c[100] = "";
  int fd = mkstemp(name);
  unlink(name);
  struct iocb one = make(1, IOCB_CMD_PWRITE, fd, "hello world", 11, 5), two = make(2, IOCB_CMD_PREAD, fd, b, 50, 11);
  test("submit", submit(&one, &two));
  tell("events", 2, 10, NULL);
  printf("%s, object %d\n", b, events[0].obj == (uintptr_t)&one && events[1].obj == (uintptr_t)&two);
  tell("no more", 0, 10, NULL);
  tell("no more in time", 1, 10, &soon);
  struct iovec v[2] = {{b, 3}, {c, 4}};
  one = make(3, IOCB_CMD_PREADV, fd, v, 2, 5);
  two = make(4, IOCB_CMD_FSYNC, fd, NULL, 0, 0);
  test("vectors and sync", submit(&one, &two));
  tell("one at a time", 1, 1, NULL);
  tell("the other", 1, 1, NULL);
  printf("%.3s|%.4s\n", b, c);
  // An eventfd hears of it.
  int heard = eventfd(0, EFD_NONBLOCK);
  one = make(5, IOCB_CMD_PREAD, fd, b, 4, 5);
  one.aio_flags = IOCB_FLAG_RESFD;
  one.aio_resfd = heard;
  two = one;
  two.aio_data = 6;
  test("with eventfd", submit(&one, &two));
  uint64_t count = 0;
  read(heard, &count, 8);
  printf("heard %d\n", (int)count);
  tell("events", 2, 10, NULL);
  one.aio_resfd = fd;
  test("no eventfd", submit(&one, NULL));
  // What goes wrong.
  one = make(7, IOCB_CMD_PREAD, 900, b, 4, 0);
  test("not open", submit(&one, NULL));
  one = make(7, 99, fd, b, 4, 0);
  test("no operation", submit(&one, NULL));
  one = make(7, IOCB_CMD_PREAD, fd, b, 4, 0);
  two = make(8, 99, fd, b, 4, 0);
  test("the second is wrong", submit(&one, &two));
  tell("the first", 1, 10, NULL);
  one = make(9, IOCB_CMD_PREAD, fd, (void *)16, 4, 5);
  test("bad buffer", submit(&one, NULL));
  tell("is its result", 1, 10, NULL);
  one = make(9, IOCB_CMD_PREAD, fd, b, 4, -5);
  test("negative", submit(&one, NULL));
  test("count", syscall(SYS_io_submit, context, -1L, NULL));
  test("context", syscall(SYS_io_submit, context + 4096, 0, NULL));
  test("bad list", syscall(SYS_io_submit, context, 1, (void *)16));
  tell("least above most", 3, 2, &now);
  // Pipes have no places.
  int ends[2];
  pipe(ends);
  write(ends[1], "pipe", 4);
  memset(b, 0, sizeof b);
  one = make(10, IOCB_CMD_PREAD, ends[0], b, 10, 0);
  test("pipe", submit(&one, NULL));
  tell("pipe", 1, 1, NULL);
  printf("%s\n", b);
  // Polls go on by themselves.
  one = make(11, IOCB_CMD_POLL, ends[0], (void *)(long)POLLIN, 0, 0);
  test("poll", submit(&one, NULL));
  tell("not yet", 0, 1, &now);
  pthread_t thread;
  pthread_create(&thread, NULL, writer, (void *)(long)ends[1]);
  tell("then", 1, 1, NULL);
  pthread_join(thread, NULL);
  read(ends[0], b, 1);
  two = make(12, IOCB_CMD_POLL, ends[0], (void *)(long)POLLIN, 0, 0);
  test("poll", submit(&two, NULL));
  test("cancel", syscall(SYS_io_cancel, context, &two, events));
  tell("its event", 1, 1, NULL);
  test("cancel what has ended", syscall(SYS_io_cancel, context, &one, events));
  one = make(13, IOCB_CMD_POLL, ends[1], (void *)(long)POLLOUT, 0, 0);
  test("poll", submit(&one, NULL));
  tell("at once", 1, 1, &soon);
  test("destroy", syscall(SYS_io_destroy, context));
  test("again", syscall(SYS_io_destroy, context));
  return 0;
}
