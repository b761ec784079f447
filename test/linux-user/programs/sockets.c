// AF_UNIX and AF_INET sockets.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char b[70000];

static int err(int r) { return r < 0 ? -errno : r; }

static void show(const char *what, int n) {
  if (n < 0) printf("%s: errno %d\n", what, errno);
  else printf("%s: %d %.*s\n", what, n, n, b);
}

static void pairs(void) {
  int s[2];
  printf("socketpair %d\n", socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  write(s[0], "hello", 5);
  write(s[0], "world", 5);
  show("peek", recv(s[1], b, 7, MSG_PEEK));
  show("stream", read(s[1], b, sizeof b));
  show("nothing", recv(s[1], b, 10, MSG_DONTWAIT));
  struct pollfd f = {s[1], POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&f, 1, 0);
  printf("poll %x\n", f.revents);
  send(s[0], "last", 4, 0);
  printf("shutdown %d\n", shutdown(s[0], SHUT_WR));
  poll(&f, 1, 0);
  printf("poll %x\n", f.revents);
  show("rest", read(s[1], b, 10));
  show("end", read(s[1], b, 10));
  int r = err(send(s[0], "x", 1, MSG_NOSIGNAL));
  printf("after shutdown %d other way %d\n", r, (int)write(s[1], "back", 4));
  show("back", read(s[0], b, 10));
  close(s[0]);
  poll(&f, 1, 0);
  printf("poll %x\n", f.revents);
  signal(SIGPIPE, SIG_IGN);
  printf("broken %d\n", err(write(s[1], "x", 1)));
  close(s[1]);

  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s);
  printf("flags %d %d\n", fcntl(s[0], F_GETFD), (fcntl(s[0], F_GETFL) & O_NONBLOCK) != 0);
  send(s[0], "first packet", 12, 0);
  send(s[0], "second", 6, 0);
  show("cut", recv(s[1], b, 5, 0));
  show("packet", recv(s[1], b, 50, 0));
  close(s[0]);
  show("end", recv(s[1], b, 50, 0));
  close(s[1]);

  socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
  send(s[0], "one", 3, 0);
  send(s[0], "", 0, 0);
  send(s[0], "three", 5, 0);
  show("datagram", recv(s[1], b, 2, MSG_TRUNC));
  show("empty", recv(s[1], b, 10, 0));
  show("third", recv(s[1], b, 10, 0));
  struct timeval tv = {0, 20000};
  setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  show("timeout", recv(s[1], b, 10, 0));
  close(s[0]), close(s[1]);
}

static socklen_t unix_name(struct sockaddr_un *a, const char *name) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  if (name[0] == '@') {
    strcpy(a->sun_path + 1, name + 1);
    return 2 + strlen(name);
  }
  strcpy(a->sun_path, name);
  return 2 + strlen(name) + 1;
}

static void named(const char *name) {
  struct sockaddr_un a, other;
  socklen_t n = unix_name(&a, name), m = sizeof other;
  int l = socket(AF_UNIX, SOCK_STREAM, 0);
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  printf("nobody %d", err(connect(c, (void *)&a, n)));
  printf(" bind %d", err(bind(l, (void *)&a, n)));
  printf(" again %d", err(bind(c, (void *)&a, n)));
  printf(" not listening %d\n", err(connect(c, (void *)&a, n)));
  printf("listen %d\n", listen(l, 5));
  getsockname(l, (void *)&other, &m);
  printf("name %d same %d\n", m, !memcmp(&a, &other, n));
  int on = 0;
  socklen_t size = sizeof on;
  getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &on, &size);
  printf("accepts %d size %d\n", on, size);
  pid_t pid = fork();
  if (pid == 0) {
    close(l);
    if (connect(c, (void *)&a, n) < 0) _exit(1);
    write(c, "from child", 10);
    int r = read(c, b, 100);
    _exit(r == 8 && !memcmp(b, "to child", 8) ? 42 : 2);
  }
  close(c);
  int s = accept(l, (void *)&other, (m = sizeof other, &m));
  printf("accepted family %d length %d\n", other.sun_family, m);
  struct ucred u;
  size = sizeof u;
  getsockopt(s, SOL_SOCKET, SO_PEERCRED, &u, &size);
  printf("peer is child %d uid %d\n", u.pid == pid, u.uid == getuid());
  show("accepted", recv(s, b, 10, MSG_WAITALL));
  write(s, "to child", 8);
  int status;
  wait(&status);
  printf("child %d\n", WEXITSTATUS(status));
  show("gone", read(s, b, 10));
  close(s), close(l);
  if (name[0] != '@') {
    struct stat st;
    stat(name, &st);
    printf("a socket %d unlink %d\n", S_ISSOCK(st.st_mode), unlink(name));
  }
}

static void datagrams(void) {
  struct sockaddr_un a, other;
  socklen_t n = unix_name(&a, "@tsemu-test-a"), m = sizeof other;
  int s = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind(s, (void *)&a, n);
  struct sockaddr_un mine;
  socklen_t k = unix_name(&mine, "@tsemu-test-b");
  bind(c, (void *)&mine, k);
  printf("sendto %d\n", (int)sendto(c, "hi", 2, 0, (void *)&a, n));
  show("recvfrom", recvfrom(s, b, 10, 0, (void *)&other, &m));
  printf("from b %d\n", m == k && !memcmp(&other, &mine, k));
  printf("unconnected %d", err(send(c, "x", 1, 0)));
  printf(" connect %d", connect(c, (void *)&a, n));
  printf(" send %d\n", err(send(c, "x", 1, 0)));
  close(s);
  printf("closed %d\n", err(send(c, "x", 1, 0)));
  close(c);
}

static void rights(void) {
  int s[2], p[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  if (fork() == 0) {
    pipe(p);
    write(p[1], "through a pipe", 14);
    struct iovec v = {"msg", 3};
    char control[CMSG_SPACE(2 * sizeof(int))];
    struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(2 * sizeof(int));
    memcpy(CMSG_DATA(c), p, sizeof p);
    sendmsg(s[1], &h, 0);
    _exit(0);
  }
  wait(NULL);
  char control[100], one[2], two[10];
  struct iovec v[2] = {{one, 2}, {two, 10}};
  struct msghdr h = {.msg_iov = v, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
  int r = recvmsg(s[0], &h, MSG_CMSG_CLOEXEC);
  struct cmsghdr *c = CMSG_FIRSTHDR(&h);
  printf("recvmsg %d %.2s %.1s control %d type %d length %d\n", r, one, two, (int)h.msg_controllen, c->cmsg_type, (int)c->cmsg_len);
  memcpy(p, CMSG_DATA(c), sizeof p);
  printf("cloexec %d\n", fcntl(p[0], F_GETFD));
  close(p[1]);
  show("passed", read(p[0], b, 100));
  show("passed end", read(p[0], b, 100));
  int on = 1;
  setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  write(s[1], "c", 1);
  h.msg_controllen = sizeof control;
  recvmsg(s[0], &h, 0);
  c = CMSG_FIRSTHDR(&h);
  struct ucred u;
  memcpy(&u, CMSG_DATA(c), sizeof u);
  printf("credentials %d mine %d\n", c->cmsg_type, u.pid == getpid() && u.uid == getuid());
  close(s[0]), close(s[1]);
}

static void tcp(int family) {
  struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr *a = family == AF_INET ? (void *)&a4 : (void *)&a6;
  socklen_t n = family == AF_INET ? sizeof a4 : sizeof a6, m;
  int l = socket(family, SOCK_STREAM, 0), on = 1;
  printf("reuse %d\n", setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  printf("bind %d listen %d\n", err(bind(l, a, n)), err(listen(l, 5)));
  getsockname(l, a, (m = n, &m));
  int port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
  printf("length %d port %d\n", m, port > 0);
  int other = socket(family, SOCK_STREAM, 0);
  printf("in use %d\n", err(bind(other, a, n)));
  close(other);
  pid_t pid = fork();
  if (pid == 0) {
    close(l);
    int c = socket(family, SOCK_STREAM, 0);
    if (connect(c, a, n) < 0) _exit(errno);
    setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    memset(b, 'x', sizeof b);
    for (int i = 0; i < 20; i++)
      if (write(c, b, 50000) != 50000) _exit(1);
    shutdown(c, SHUT_WR);
    int r = read(c, b, 100);
    _exit(r == 6 && !memcmp(b, "answer", 6) && read(c, b, 1) == 0 ? 42 : 2);
  }
  struct sockaddr_storage peer;
  int s = accept4(l, (void *)&peer, (m = sizeof peer, &m), SOCK_CLOEXEC);
  printf("accepted %d family %d length %d cloexec %d\n", s >= 0, peer.ss_family == family, m, fcntl(s, F_GETFD));
  long total = 0;
  int r;
  while ((r = read(s, b, sizeof b)) > 0) total += r;
  printf("total %ld end %d\n", total, r);
  write(s, "answer", 6);
  close(s);
  int status;
  waitpid(pid, &status, 0);
  printf("child %d\n", WEXITSTATUS(status));
  close(l);
  int c = socket(family, SOCK_STREAM, 0);
  printf("refused %d\n", err(connect(c, a, n)));
  printf("unconnected %d\n", err(recv(c, b, 1, 0)));
  close(c);
  c = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  r = err(connect(c, a, n));
  struct pollfd f = {c, POLLOUT, 0};
  poll(&f, 1, 5000);
  int error;
  getsockopt(c, SOL_SOCKET, SO_ERROR, &error, (m = sizeof error, &m));
  printf("in progress %d error %d\n", r == -EINPROGRESS || r == -ECONNREFUSED, r == -ECONNREFUSED ? ECONNREFUSED : error);
  close(c);
}

static void udp(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from;
  socklen_t n = sizeof a;
  int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
  printf("bind %d\n", err(bind(s, (void *)&a, n)));
  getsockname(s, (void *)&a, &n);
  printf("sendto %d\n", (int)sendto(c, "packet", 6, 0, (void *)&a, n));
  show("recvfrom", recvfrom(s, b, 100, 0, (void *)&from, &n));
  printf("from %s length %d\n", inet_ntoa(from.sin_addr), n);
  printf("reply %d\n", (int)sendto(s, "reply", 5, 0, (void *)&from, n));
  show("reply", recv(c, b, 100, 0));
  printf("no destination %d", err(send(c, "x", 1, 0)));
  printf(" connect %d", connect(c, (void *)&a, n));
  printf(" send %d\n", (int)send(c, "connected", 9, 0));
  show("connected", recv(s, b, 100, 0));
  n = sizeof from;
  printf("peer %d same port %d\n", getpeername(c, (void *)&from, &n), from.sin_port == a.sin_port);
  show("nothing", recv(s, b, 100, MSG_DONTWAIT));
  struct pollfd f = {s, POLLIN, 0};
  printf("poll %d\n", poll(&f, 1, 10));
  close(s), close(c);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  pairs();
  named("@tsemu-test-stream");
  char name[64];
  sprintf(name, "/tmp/tsemu-test-%07d", getpid());
  named(name);
  datagrams();
  rights();
  tcp(AF_INET);
  tcp(AF_INET6);
  udp();
  printf("no socket %d\n", err(send(1, "x", 1, 0)) == -ENOTSOCK);
  printf("bad family %d bad type %d\n", err(socket(123, SOCK_STREAM, 0)), err(socket(AF_UNIX, 9, 0)));
  return 0;
}
