// Locks between processes, extended attributes, transfers between files, files without a name.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char b[70000];
static int err(long r) { return r < 0 ? -errno : r; }
static int lock(int fd, int command, int type, long start, long length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return err(fcntl(fd, command, &l));
}
static int in_child(int (*act)(int), int argument) {
  pid_t pid = fork();
  if (pid == 0) _exit(act(argument));
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
static int try_read(int fd) { return -lock(fd, F_SETLK, F_RDLCK, 0, 10); }
static int try_write(int fd) { return -lock(fd, F_SETLK, F_WRLCK, 5, 10); }
static int try_behind(int fd) { return -lock(fd, F_SETLK, F_WRLCK, 100, 10); }
static int who(int fd) {
  struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  fcntl(fd, F_GETLK, &l);
  printf("held type %d start %ld length %ld by parent %d\n", l.l_type, (long)l.l_start, (long)l.l_len, l.l_pid == getppid());
  fflush(stdout);
  return 0;
}
static char name[64];
static int try_flock(int operation) {
  int fd = open(name, O_RDWR);
  return flock(fd, operation | LOCK_NB) < 0 ? errno : 0;
}

static void records(int fd) {
  printf("lock %d\n", lock(fd, F_SETLK, F_WRLCK, 0, 10));
  printf("child read %d write %d behind %d\n", in_child(try_read, fd), in_child(try_write, fd), in_child(try_behind, fd));
  in_child(who, fd);
  printf("to read %d\n", lock(fd, F_SETLK, F_RDLCK, 0, 10));
  printf("child read %d write %d\n", in_child(try_read, fd), in_child(try_write, fd));
  lock(fd, F_SETLK, F_UNLCK, 0, 5);
  in_child(who, fd);
  int other = open(name, O_RDONLY);
  close(other);
  printf("closed another: child write %d\n", in_child(try_write, fd));
  lock(fd, F_SETLK, F_WRLCK, 0, 0);
  int p[2];
  pipe(p);
  pid_t pid = fork();
  if (pid == 0) {
    write(p[1], "?", 1);
    _exit(lock(fd, F_SETLKW, F_WRLCK, 50, 1) == 0 ? 42 : 1);
  }
  read(p[0], b, 1);
  usleep(20000);
  printf("waits %d\n", waitpid(pid, NULL, WNOHANG));
  lock(fd, F_SETLK, F_UNLCK, 0, 0);
  int status;
  waitpid(pid, &status, 0);
  printf("got it %d\n", WEXITSTATUS(status));
  // Two who wait for each other.
  lock(fd, F_SETLK, F_WRLCK, 0, 1);
  pid = fork();
  if (pid == 0) {
    lock(fd, F_SETLK, F_WRLCK, 1, 1);
    write(p[1], "?", 1);
    int r = lock(fd, F_SETLKW, F_WRLCK, 0, 1);
    _exit(r == -EDEADLK ? 1 : 0);
  }
  read(p[0], b, 1);
  usleep(20000);
  int r = lock(fd, F_SETLKW, F_WRLCK, 1, 1);
  lock(fd, F_SETLK, F_UNLCK, 0, 0);
  waitpid(pid, &status, 0);
  printf("deadlock %d\n", r == -EDEADLK);
  int read_only = open(name, O_RDONLY);
  printf("no write lock %d bad type %d\n", lock(read_only, F_SETLK, F_WRLCK, 0, 1), lock(fd, F_SETLK, 9, 0, 1));
  close(read_only);
  int a = open(name, O_RDWR), c = open(name, O_RDWR);
  printf("of files %d", lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
  printf(" other %d", lock(c, F_OFD_SETLK, F_WRLCK, 0, 10));
  close(a);
  printf(" after close %d\n", lock(c, F_OFD_SETLK, F_WRLCK, 0, 10));
  close(c);
}

static void flocks(int fd) {
  printf("flock %d\n", flock(fd, LOCK_EX));
  printf("others %d %d\n", in_child(try_flock, LOCK_EX), in_child(try_flock, LOCK_SH));
  printf("shared %d others %d %d\n", flock(fd, LOCK_SH), in_child(try_flock, LOCK_EX), in_child(try_flock, LOCK_SH));
  int d = dup(fd);
  close(d);
  printf("after closing a dup %d\n", in_child(try_flock, LOCK_EX));
  printf("unlock %d %d bad %d\n", flock(fd, LOCK_UN), in_child(try_flock, LOCK_EX), err(flock(fd, 77)));
}

static void attributes(void) {
  int fd = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  struct stat s;
  fstat(fd, &s);
  printf("unnamed %d links %d mode %o\n", fd >= 0, (int)s.st_nlink, s.st_mode);
  printf("not there %d\n", err(fgetxattr(fd, "user.none", b, 10)));
  printf("bad name %d\n", err(fsetxattr(fd, "nonsense.x", "v", 1, 0)));
  close(fd);
}

static void transfers(int fd) {
  ftruncate(fd, 0);
  pwrite(fd, "0123456789abcdef", 16, 0);
  int to = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  struct stat s;
  fstat(to, &s);
  printf("unnamed %d links %d\n", to >= 0, (int)s.st_nlink);
  loff_t from = 4, at = 2;
  printf("copied %d", err(copy_file_range(fd, &from, to, &at, 100, 0)));
  printf(" from %d at %d\n", (int)from, (int)at);
  int n = pread(to, b, 100, 0);
  printf("%d %.*s\n", n, n - 2, b + 2);
  int p[2], q[2];
  pipe(p), pipe(q);
  from = 1;
  printf("splice %d", err(splice(fd, &from, p[1], NULL, 5, 0)));
  printf(" from %d tee %d", (int)from, err(tee(p[0], q[1], 100, 0)));
  n = read(q[0], b, 100);
  printf(" %.*s", n, b);
  lseek(to, 0, SEEK_SET);
  printf(" to file %d", err(splice(p[0], NULL, to, NULL, 100, 0)));
  n = pread(to, b, 100, 0);
  printf(" %.*s\n", n, b);
  printf("no pipe %d empty %d\n", err(splice(fd, NULL, to, NULL, 1, 0)), err(splice(p[0], NULL, to, NULL, 1, SPLICE_F_NONBLOCK)));
  struct iovec v[2] = {{"vm", 2}, {"splice", 6}};
  printf("vmsplice %d", err(vmsplice(p[1], v, 2, 0)));
  n = read(p[0], b, 100);
  printf(" %.*s\n", n, b);
  off_t o = 10;
  printf("sendfile %d", err(sendfile(p[1], fd, &o, 100)));
  n = read(p[0], b, 100);
  printf(" %.*s\n", n, b);
  printf("fallocate %d", err(fallocate(fd, 0, 0, 5000)));
  fstat(fd, &s);
  printf(" size %d", (int)s.st_size);
  printf(" keep %d", err(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 9000)));
  printf(" punch %d", err(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3)));
  fstat(fd, &s);
  n = pread(fd, b, 6, 0);
  printf(" size %d byte %d %d %c\n", (int)s.st_size, b[2], b[4], b[5]);
  printf("bad %d pipe %d\n", err(fallocate(fd, 0, 0, 0)), err(fallocate(p[1], 0, 0, 1)));
}

static void fifos(void) {
  char fifo[80];
  sprintf(fifo, "%s.fifo", name);
  printf("mkfifo %d again %d\n", mkfifo(fifo, 0600), err(mkfifo(fifo, 0600)));
  printf("nobody reads %d\n", err(open(fifo, O_WRONLY | O_NONBLOCK)));
  if (fork() == 0) {
    int fd = open(fifo, O_WRONLY);
    write(fd, "through a fifo", 14);
    _exit(0);
  }
  int fd = open(fifo, O_RDONLY);
  int n = read(fd, b, 100);
  printf("%.*s", n, b);
  n = read(fd, b, 100);
  printf(" end %d\n", n);
  wait(NULL);
  struct stat s;
  stat(fifo, &s);
  printf("fifo %d unlink %d gone %d\n", S_ISFIFO(s.st_mode), unlink(fifo), err(stat(fifo, &s)));
}

static void capabilities(void) {
  unsigned header[2] = {0x20080522, 0}, data[6] = {0}, unknown[2] = {1, 0};
  int r = err(syscall(SYS_capget, header, data));
  printf("capget %d all %d", r, data[0] == (geteuid() == 0 ? data[1] : 0));
  r = err(syscall(SYS_capget, unknown, data));
  printf(" bad version %d %x\n", r, unknown[0]);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  sprintf(name, "/tmp/tsemu-locks-%d", getpid());
  int fd = open(name, O_CREAT | O_RDWR, 0600);
  records(fd);
  flocks(fd);
  attributes();
  transfers(fd);
  fifos();
  capabilities();
  unlink(name);
  return 0;
}
