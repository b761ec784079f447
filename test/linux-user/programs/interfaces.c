// Network interfaces: getifaddrs, if_nameindex, ioctl, netlink's errors. The loopback interface is the same everywhere.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int nl;
static void ask(const char *what, int type, int flags, int family) {
  struct {
    struct nlmsghdr h;
    struct ifinfomsg i;
  } request = {{sizeof request, type, NLM_F_REQUEST | flags, 77, 0}, {family}};
  static char b[65536];
  send(nl, &request, sizeof request, 0);
  int count = 0, n;
  for (int done = 0; !done;) {
    n = recv(nl, b, sizeof b, 0);
    if (n <= 0) break;
    for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_seq != 77 || h->nlmsg_pid == 0) printf("stray ");
      if (h->nlmsg_type == NLMSG_DONE) done = 1, printf("%s: some %d, then done\n", what, count > 0);
      else if (h->nlmsg_type == NLMSG_ERROR) done = 1, printf("%s: error %d\n", what, -((struct nlmsgerr *)NLMSG_DATA(h))->error);
      else count++;
    }
  }
}
static int ioctl_of(int s, int request, struct ifreq *r, const char *name) {
  memset(r, 0, sizeof *r);
  strcpy(r->ifr_name, name);
  return ioctl(s, request, r);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct ifaddrs *all, *a;
  printf("getifaddrs %d\n", getifaddrs(&all));
  int packets = 0;
  for (a = all; a; a = a->ifa_next) {
    if (strcmp(a->ifa_name, "lo") || !a->ifa_addr) continue;
    char address[64] = "", mask[64] = "";
    if (a->ifa_addr->sa_family == AF_INET) {
      inet_ntop(AF_INET, &((struct sockaddr_in *)a->ifa_addr)->sin_addr, address, 64);
      inet_ntop(AF_INET, &((struct sockaddr_in *)a->ifa_netmask)->sin_addr, mask, 64);
      printf("lo %s/%s", address, mask);
    } else if (a->ifa_addr->sa_family == AF_PACKET) printf("lo packet");
    else continue;
    printf(" up %d loopback %d running %d\n", (a->ifa_flags & IFF_UP) != 0, (a->ifa_flags & IFF_LOOPBACK) != 0, (a->ifa_flags & IFF_RUNNING) != 0);
  }
  freeifaddrs(all);
  struct if_nameindex *names = if_nameindex();
  printf("if_nameindex %d first %d %s\n", names != NULL, names[0].if_index, names[0].if_name);
  char name[IF_NAMESIZE];
  printf("lo is %d, 1 is %s\n", if_nametoindex("lo"), if_indextoname(1, name));
  int r = if_nametoindex("none");
  printf("none is %d errno %d\n", r, errno);
  printf("9999 is %s", if_indextoname(9999, name) ?: "nothing");
  printf(" errno %d\n", errno);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq q;
  r = ioctl_of(s, SIOCGIFFLAGS, &q, "lo");
  printf("flags %d %d\n", r, (q.ifr_flags & (IFF_UP | IFF_LOOPBACK)) == (IFF_UP | IFF_LOOPBACK));
  r = ioctl_of(s, SIOCGIFADDR, &q, "lo");
  printf("address %d %s family %d\n", r, inet_ntoa(((struct sockaddr_in *)&q.ifr_addr)->sin_addr), q.ifr_addr.sa_family);
  r = ioctl_of(s, SIOCGIFNETMASK, &q, "lo");
  printf("mask %d %s\n", r, inet_ntoa(((struct sockaddr_in *)&q.ifr_netmask)->sin_addr));
  r = ioctl_of(s, SIOCGIFBRDADDR, &q, "lo");
  printf("broadcast %d %s\n", r, inet_ntoa(((struct sockaddr_in *)&q.ifr_broadaddr)->sin_addr));
  r = ioctl_of(s, SIOCGIFMTU, &q, "lo");
  printf("mtu %d %d\n", r, q.ifr_mtu);
  r = ioctl_of(s, SIOCGIFHWADDR, &q, "lo");
  printf("hardware %d type %d %02x\n", r, q.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK, q.ifr_hwaddr.sa_data[0]);
  r = ioctl_of(s, SIOCGIFINDEX, &q, "lo");
  printf("index %d %d\n", r, q.ifr_ifindex);
  r = ioctl_of(s, SIOCGIFMTU, &q, "none");
  printf("none %d errno %d\n", r, errno);
  struct ifreq list[20];
  struct ifconf c = {sizeof list};
  c.ifc_req = list;
  r = ioctl(s, SIOCGIFCONF, &c);
  printf("list %d", r);
  for (int i = 0; i < c.ifc_len / sizeof *list; i++)
    if (!strcmp(list[i].ifr_name, "lo")) printf(" %s %s", list[i].ifr_name, inet_ntoa(((struct sockaddr_in *)&list[i].ifr_addr)->sin_addr));
  c.ifc_req = NULL;
  ioctl(s, SIOCGIFCONF, &c);
  printf(" needs %d\n", c.ifc_len >= sizeof *list && c.ifc_len % sizeof *list == 0);
  // netlink
  nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  struct sockaddr_nl me = {AF_NETLINK};
  socklen_t length = sizeof me;
  printf("bind %d", bind(nl, (void *)&me, sizeof me));
  getsockname(nl, (void *)&me, &length);
  printf(" port %d length %d\n", me.nl_pid == getpid(), length);
  ask("links", RTM_GETLINK, NLM_F_DUMP, AF_UNSPEC);
  ask("addresses", RTM_GETADDR, NLM_F_DUMP, AF_INET);
  ask("a link without a name", RTM_GETLINK, 0, AF_UNSPEC);
  ask("of no kind", 1000, NLM_F_ACK, AF_UNSPEC);
  r = recv(nl, &q, 4, MSG_DONTWAIT);
  printf("nothing left %d errno %d\n", r, errno);
  r = socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE);
  printf("a stream %d errno %d\n", r, errno);
  r = listen(nl, 1);
  printf("listen %d errno %d\n", r, errno);
  return 0;
}
