// What goes beside datagrams: hop limits, classes, the address they were sent to, when they came; UDP-Lite.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int on = 1;
static char control[200];

static void receive(const char *what, int fd, int room) {
  char data[20];
  struct iovec iov = {data, sizeof data};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
  int n = recvmsg(fd, &m, 0);
  printf("%s: %d %.*s%s", what, n, n < 0 ? 0 : n, data, m.msg_flags & MSG_CTRUNC ? " cut" : "");
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    int size = c->cmsg_len - CMSG_LEN(0);
    unsigned char *d = CMSG_DATA(c);
    printf(" [%d %d", c->cmsg_level, c->cmsg_type);
    if (c->cmsg_level == SOL_SOCKET)
      printf(" size %d", size == sizeof(struct timeval));
    else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo *info = (void *)d;
      char text[50];
      printf(" %s %d", inet_ntop(AF_INET6, &info->ipi6_addr, text, sizeof text), info->ipi6_ifindex);
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo *info = (void *)d;
      printf(" %s %s", inet_ntoa(info->ipi_addr), inet_ntoa(info->ipi_spec_dst));
      printf(" %d", info->ipi_ifindex);
    } else if (size == sizeof(int)) {
      // An int; its bytes in the same order everywhere.
      for (int i = 0; i < 4; i++) printf(" %02x", *(unsigned *)d >> 8 * i & 255);
    } else
      for (int i = 0; i < size; i++) printf(" %02x", d[i]);
    printf("]");
  }
  printf("\n");
}

static int sendWith(int fd, int level, int type, void *value, int size) {
  char space[CMSG_SPACE(40)];
  memset(space, 0, sizeof space);
  struct iovec iov = {"told", 4};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = CMSG_SPACE(size)};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(c), value, size);
  return sendmsg(fd, &m, 0);
}

static int get(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(fd, level, name, &value, &size);
  return value;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  int r, value;
  // IPv6.
  int to = socket(AF_INET6, SOCK_DGRAM, 0), from = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
  socklen_t size = sizeof a6;
  bind(to, (void *)&a6, size);
  getsockname(to, (void *)&a6, &size);
  inet_pton(AF_INET6, "::1", &a6.sin6_addr);
  connect(from, (void *)&a6, size);
  printf("hops %d %d\n", get(from, IPPROTO_IPV6, IPV6_UNICAST_HOPS), get(from, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
  send(from, "plain", 5, 0);
  receive("nothing asked for", to, sizeof control);
  setsockopt(to, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
  send(from, "plain", 5, 0);
  receive("hop limit", to, sizeof control);
  setsockopt(to, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
  setsockopt(to, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  value = 7;
  printf("sent %d\n", sendWith(from, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof value));
  receive("all", to, sizeof control);
  value = 0x20;
  setsockopt(from, IPPROTO_IPV6, IPV6_TCLASS, &value, sizeof value);
  value = 33;
  setsockopt(from, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof value);
  send(from, "plain", 5, 0);
  receive("by options", to, sizeof control);
  value = 300;
  r = sendWith(from, IPPROTO_IPV6, IPV6_HOPLIMIT, &value, sizeof value);
  printf("too far %d errno %d\n", r, errno);
  r = sendWith(from, IPPROTO_IPV6, IPV6_TCLASS, "12345", 5);
  printf("odd size %d errno %d\n", r, errno);
  r = sendWith(from, IPPROTO_IPV6, 200, &value, sizeof value);
  printf("unknown %d errno %d\n", r, errno);
  value = 0;
  setsockopt(to, IPPROTO_IPV6, IPV6_RECVPKTINFO, &value, sizeof value);
  for (int room = 0; room <= 32; room += 4) {
    send(from, "plain", 5, 0);
    printf("room %d, ", room);
    receive("cut", to, sizeof(long) == 4 ? room : 0);
  }
  r = recv(to, control, 1, MSG_ERRQUEUE | MSG_DONTWAIT);
  printf("no errors %d errno %d\n", r, errno == EAGAIN);
  // IPv4, also to a socket of IPv6.
  int from4 = socket(AF_INET, SOCK_DGRAM, 0), to4 = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = a6.sin6_port};
  sendto(from4, "mapped", 6, 0, (void *)&a4, sizeof a4);
  struct sockaddr_in6 who;
  char text[50], data[20] = "";
  size = sizeof who;
  recvfrom(to, data, sizeof data, 0, (void *)&who, &size);
  printf("%s from %s\n", data, inet_ntop(AF_INET6, &who.sin6_addr, text, sizeof text));
  a4.sin_port = 0;
  bind(to4, (void *)&a4, sizeof a4);
  size = sizeof a4;
  getsockname(to4, (void *)&a4, &size);
  connect(from4, (void *)&a4, size);
  printf("ttl %d loop %d\n", get(from4, IPPROTO_IP, IP_TTL), get(from4, IPPROTO_IP, IP_MULTICAST_LOOP));
  setsockopt(to4, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  setsockopt(to4, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
  setsockopt(to4, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
  send(from4, "plain", 5, 0);
  receive("all", to4, sizeof control);
  value = 9;
  sendWith(from4, IPPROTO_IP, IP_TTL, &value, sizeof value);
  receive("ttl", to4, sizeof control);
  setsockopt(to4, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
  sendWith(from4, IPPROTO_IP, IP_TOS, "\x10", 1);
  receive("tos", to4, sizeof control);
  // One that is connected elsewhere does not hear of it.
  connect(to4, (void *)&a6, sizeof a6);
  struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(9)};
  connect(to4, (void *)&other, sizeof other);
  send(from4, "plain", 5, 0);
  usleep(20000);
  r = recv(to4, data, sizeof data, MSG_DONTWAIT);
  printf("not from its peer %d errno %d\n", r, errno == EAGAIN);
  // Messages of others are passed over by AF_UNIX.
  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  value = 1;
  printf("not for us %d\n", sendWith(pair[0], IPPROTO_IP, IP_TTL, &value, sizeof value));
  r = sendWith(pair[0], SOL_SOCKET, 77, &value, sizeof value);
  printf("unknown %d errno %d\n", r, errno);
  // UDP-Lite: ports of its own.
  int lite = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), lite2 = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
  r = bind(lite, (void *)&a4, sizeof a4);
  printf("same port %d\n", r);
  r = bind(lite2, (void *)&a4, sizeof a4);
  printf("again %d errno %d\n", r, errno == EADDRINUSE);
  printf("sent %d\n", (int)sendto(lite2, "lite", 4, 0, (void *)&a4, sizeof a4));
  memset(data, 0, sizeof data);
  r = recv(lite, data, sizeof data, 0);
  printf("received %d %s protocol %d\n", r, data, get(lite, SOL_SOCKET, SO_PROTOCOL));
  value = 20;
  r = setsockopt(lite, IPPROTO_UDPLITE, 10, &value, sizeof value);
  printf("coverage %d %d\n", r, get(lite, IPPROTO_UDPLITE, 10));
  return 0;
}
