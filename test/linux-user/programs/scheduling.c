// Priorities and policies, membarrier, kcmp, unshare, close_range, prctl, and calls that nobody may make.
#include "check.h"
#include <sys/mount.h>
#include <sys/reboot.h>

static void *thread(void *fd) {
  int dup2fd = (int)(long)fd;
  printf("shared with the thread %d\n", fcntl(dup2fd, F_GETFD) >= 0);
  test("unshare files", unshare(CLONE_FILES));
  close(dup2fd);
  test("unshare fs", unshare(CLONE_FS));
  chdir("/");
  test("a thread cannot unshare memory", unshare(CLONE_VM));
  return NULL;
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  // As anybody: what the superuser may is not tried.
  if (geteuid() == 0) setresgid(65534, 65534, 65534), setresuid(65534, 65534, 65534);
  errno = 0;
  test("nice at first", getpriority(PRIO_PROCESS, 0));
  test("nice 5", nice(5));
  test("back", nice(-2));
  test("getpriority", getpriority(PRIO_PROCESS, 0));
  test("setpriority", setpriority(PRIO_PROCESS, 0, 100));
  test("getpriority", getpriority(PRIO_PROCESS, getpid()));
  test("lower", setpriority(PRIO_PROCESS, 0, 3));
  test("nobody", getpriority(PRIO_PROCESS, 4000000));
  test("no kind", getpriority(7, 0));
  struct sched_param param = {0};
  test("policy", sched_getscheduler(0));
  test("batch", sched_setscheduler(0, SCHED_BATCH, &param));
  test("policy", sched_getscheduler(0));
  param.sched_priority = 5;
  test("batch with priority", sched_setscheduler(0, SCHED_BATCH, &param));
  test("fifo", sched_setscheduler(0, SCHED_FIFO, &param));
  test("no policy", sched_setscheduler(0, 55, &param));
  test("nobody", sched_getscheduler(4000000));
  test("negative", sched_getscheduler(-2));
  param.sched_priority = 0;
  test("reset on fork", sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &param));
  test("policy", sched_getscheduler(0));
  test("and not back", sched_setscheduler(0, SCHED_BATCH, &param));
  test("getparam", sched_getparam(0, &param));
  test("max fifo", sched_get_priority_max(SCHED_FIFO));
  test("min rr", sched_get_priority_min(SCHED_RR));
  test("max other", sched_get_priority_max(SCHED_OTHER));
  test("max of none", sched_get_priority_max(44));
  struct {
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
  } attr;
  test("getattr", syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0));
  printf("size %u policy %u flags %llu nice %d\n", attr.size, attr.policy, attr.flags, attr.nice);
  test("small", syscall(SYS_sched_getattr, 0, &attr, 20, 0));
  attr.policy = SCHED_IDLE;
  test("setattr", syscall(SYS_sched_setattr, 0, &attr, 0));
  test("policy", sched_getscheduler(0));
  cpu_set_t set;
  test("affinity", sched_getaffinity(0, sizeof set, &set));
  printf("cpu 0 %d\n", CPU_ISSET(0, &set) != 0);
  CPU_ZERO(&set);
  test("no cpu", sched_setaffinity(0, sizeof set, &set));
  // membarrier
  test("membarrier", (syscall(SYS_membarrier, 0, 0, 0) & 0x7f) == 0x7f);
  test("not registered", syscall(SYS_membarrier, 8, 0, 0));
  test("register", syscall(SYS_membarrier, 16, 0, 0));
  test("private", syscall(SYS_membarrier, 8, 0, 0));
  test("no command", syscall(SYS_membarrier, 3, 0, 0));
  test("flags", syscall(SYS_membarrier, 1, 77, 0));
  // kcmp, unshare
  int a = dup(1), b = open("/dev/null", O_RDONLY);
  int me = getpid();
  test("the same file", syscall(SYS_kcmp, me, me, 0, 1, a));
  test("others", syscall(SYS_kcmp, me, me, 0, 1, b) > 0);
  test("not open", syscall(SYS_kcmp, me, me, 0, 1, 999));
  test("memory", syscall(SYS_kcmp, me, me, 1, 0, 0));
  test("nobody", syscall(SYS_kcmp, me, 4000000, 1, 0, 0));
  pthread_t t;
  char before[100], after[100];
  getcwd(before, sizeof before);
  pthread_create(&t, NULL, thread, (void *)(long)b);
  pthread_join(t, NULL);
  printf("still open here %d, directory the same %d\n", fcntl(b, F_GETFD) >= 0, !strcmp(before, getcwd(after, sizeof after)));
  test("unshare nothing", unshare(0));
  test("unshare what is not there", unshare(0x40));
  // close_range
  int c = dup(1), d = dup(1);
  test("cloexec", syscall(SYS_close_range, c, d, 4));
  printf("flag %d\n", fcntl(c, F_GETFD));
  test("close", syscall(SYS_close_range, a, ~0u, 0));
  printf("open %d %d\n", fcntl(a, F_GETFD), fcntl(d, F_GETFD));
  test("backwards", syscall(SYS_close_range, 9, 8, 0));
  test("flags", syscall(SYS_close_range, 8, 9, 64));
  test("unshare", syscall(SYS_close_range, 100, 200, 2));
  // prctl
  test("dumpable", prctl(PR_SET_DUMPABLE, 5, 0, 0, 0));
  test("set", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  test("is", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  test("no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  test("set", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  test("is", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  test("not back", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  test("timer slack", prctl(PR_SET_TIMERSLACK, 12345, 0, 0, 0));
  test("is", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
  test("default", prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0));
  test("is", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
  test("keep capabilities", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
  test("is", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
  test("death signal", prctl(PR_SET_PDEATHSIG, 129, 0, 0, 0));
  test("no such option", prctl(9999, 0, 0, 0, 0));
  if (fork() == 0) {
    printf("inherited: no new privileges %d, policy %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), sched_getscheduler(0));
    _exit(0);
  }
  wait(NULL);
  // Nobody's business.
  test("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
  test("umount", umount2("/", 0));
  test("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x01234567, NULL));
  test("sethostname", sethostname("x", 1));
  test("setdomainname", setdomainname("x", 1));
  test("pivot_root", syscall(SYS_pivot_root, "/", "/"));
  test("vhangup", vhangup());
  test("acct", acct("/tmp"));
  test("new mounts", unshare(CLONE_NEWNS));
  return 0;
}
