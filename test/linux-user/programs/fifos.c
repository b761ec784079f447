// FIFOs: who waits for whom, both ends, errors, hang-ups.
#include "check.h"

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  char folder[] = "/tmp/tsemu-fifo-XXXXXX", b[20];
  mkdtemp(folder);
  chdir(folder);
  test("make", mkfifo("f", 0600));
  test("again", mkfifo("f", 0600));
  struct stat s;
  stat("f", &s);
  printf("is one %d mode %o\n", S_ISFIFO(s.st_mode), s.st_mode & 0777);
  test("nobody reads", open("f", O_WRONLY | O_NONBLOCK));
  int r = open("f", O_RDONLY | O_NONBLOCK);
  test("read without a writer", read(r, b, 10));
  struct pollfd p = {r, POLLIN};
  printf("poll %d %x\n", poll(&p, 1, 0), p.revents);
  int w = open("f", O_WRONLY | O_NONBLOCK);
  test("empty", read(r, b, 10));
  test("write", write(w, "abc", 3));
  test("read", read(r, b, 10));
  close(w);
  test("the writer left", read(r, b, 10));
  int n = poll(&p, 1, 0);
  printf("poll %d %x\n", n, p.revents);
  close(r);
  if (fork() == 0) {
    usleep(30000);
    int fd = open("f", O_WRONLY);
    write(fd, "child", 5);
    _exit(0);
  }
  r = open("f", O_RDONLY);
  printf("waited for a writer %d\n", r >= 0);
  test("read", read(r, b, 10));
  wait(NULL);
  close(r);
  int both = open("f", O_RDWR);
  test("both ends", write(both, "xy", 2));
  test("read", read(both, b, 10));
  close(both);
  r = open("f", O_RDONLY | O_NONBLOCK), w = open("f", O_WRONLY);
  close(r);
  test("nobody reads any more", write(w, "x", 1));
  p.fd = w, p.events = POLLOUT;
  n = poll(&p, 1, 0);
  printf("poll %d %x\n", n, p.revents);
  signal(SIGPIPE, SIG_DFL);
  if (fork() == 0) {
    write(w, "x", 1);
    _exit(0);
  }
  int status;
  wait(&status);
  printf("killed by %d\n", WTERMSIG(status));
  int q[2];
  pipe2(q, O_DIRECT);
  write(q[1], "one", 3), write(q[1], "two", 3);
  test("in packets", read(q[0], b, 20));
  test("rest of a packet is lost", read(q[0], b, 1));
  fcntl(q[0], F_SETFL, O_NONBLOCK);
  test("nothing", read(q[0], b, 20));
  pipe(q);
  test("size", fcntl(q[0], F_GETPIPE_SZ));
  test("larger", fcntl(q[0], F_SETPIPE_SZ, 100000));
  test("of a file", fcntl(0, F_GETPIPE_SZ) >= 0 || errno == EBADF);
  test("rename", rename("f", "g"));
  test("remove", unlink("g"));
  chdir("/");
  rmdir(folder);
  return 0;
}
