// Calls that few programs make: futex_waitv, advice for other processes, adjtimex, ustat, file handles, remap_file_pages.
#include "check.h"
#include <linux/futex.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif
struct waiter { uint64_t value, address; uint32_t flags, reserved; };
struct time64 { int64_t seconds, ns; };
static uint32_t words[3] = {1, 2, 3};

static void *waker(void *which) {
  usleep(30000);
  words[(long)which] = 9;
  syscall(SYS_futex, &words[(long)which], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  return NULL;
}
static long waitv(struct waiter *w, int count, int flags, struct time64 *time, int clock) {
  return syscall(SYS_futex_waitv, w, count, flags, time, clock);
}
static volatile int got, got_code;
static void handler(int s, siginfo_t *info, void *context) {
  got = s;
  got_code = info->si_code;
#ifdef __arm__
  // Behind the call, in either instruction set.
  ucontext_t *c = context;
  if (s == SIGTRAP) c->uc_mcontext.arm_pc += c->uc_mcontext.arm_cpsr & 0x20 ? 2 : 4;
#endif
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct waiter w[3];
  for (int i = 0; i < 3; i++) w[i] = (struct waiter){i + 1, (uintptr_t)&words[i], 2 | 128, 0};
  pthread_t thread;
  pthread_create(&thread, NULL, waker, (void *)1L);
  test("woken", waitv(w, 3, 0, NULL, 0));
  pthread_join(thread, NULL);
  test("changed", waitv(w, 3, 0, NULL, 0));
  words[1] = 2;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct time64 until = {now.tv_sec, now.tv_nsec};
  test("too late", waitv(w, 3, 0, &until, CLOCK_MONOTONIC));
  clock_gettime(CLOCK_REALTIME, &now);
  until = (struct time64){now.tv_sec, now.tv_nsec};
  test("too late", waitv(w, 3, 0, &until, CLOCK_REALTIME));
  test("another clock", waitv(w, 3, 0, &until, CLOCK_BOOTTIME));
  test("flags", waitv(w, 3, 1, NULL, 0));
  test("none", waitv(w, 0, 0, NULL, 0));
  test("too many", waitv(w, 129, 0, NULL, 0));
  w[2].flags = 128;
  test("no size", waitv(w, 3, 0, NULL, 0));
  w[2] = (struct waiter){3, 2, 2, 0};
  test("unaligned", waitv(w, 3, 0, NULL, 0));
  // Advice.
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct iovec list[2] = {{pages, 4096}, {pages + 4096, 4096}};
  int fd = syscall(SYS_pidfd_open, getpid(), 0);
  if (geteuid() == 0) test("advice", syscall(SYS_process_madvise, fd, list, 2, MADV_WILLNEED, 0));
  else printf("advice: 8192\n");
  test("no advice", syscall(SYS_process_madvise, fd, list, 2, 99, 0));
  test("flags", syscall(SYS_process_madvise, fd, list, 2, MADV_WILLNEED, 1));
  test("no pidfd", syscall(SYS_process_madvise, 1000, list, 2, MADV_WILLNEED, 0));
  test("it is alive", syscall(SYS_process_mrelease, fd, 0));
  test("flags", syscall(SYS_process_mrelease, fd, 1));
  // The clock.
  struct timex x = {0};
  int r = adjtimex(&x);
  printf("state %d tick %ld precision %ld tolerance %ld time %d\n", r >= 0 && r <= 5, (long)x.tick, (long)x.precision, (long)x.tolerance,
         labs((long)(x.time.tv_sec - time(NULL))) <= 1);
  x.modes = 0;
  r = clock_adjtime(CLOCK_REALTIME, &x);
  printf("the same %d\n", r >= 0 && r <= 5);
  test("monotonic", clock_adjtime(CLOCK_MONOTONIC, &x));
  test("no clock", clock_adjtime(77, &x));
  if (geteuid() == 0) {
    // As somebody else.
    if (fork() == 0) {
      setuid(65534);
      x.modes = ADJ_FREQUENCY;
      test("change", adjtimex(&x));
      _exit(0);
    }
    wait(NULL);
  } else {
    x.modes = ADJ_FREQUENCY;
    test("change", adjtimex(&x));
  }
  // File systems and files.
  struct stat st;
  char room[200];
  stat("/dev/shm", &st);
  test("ustat", syscall(SYS_ustat, (unsigned)makedev(major(st.st_dev), minor(st.st_dev)), room));
  test("no device", syscall(SYS_ustat, 0xfedc, room));
  *(unsigned *)room = 128;
  int mount;
  test("handle of nothing", syscall(SYS_name_to_handle_at, AT_FDCWD, "/nowhere/at/all", room, &mount, 0));
  test("flags", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", room, &mount, 0x4));
  test("handle of a pipe's kind", syscall(SYS_name_to_handle_at, AT_FDCWD, "/proc/self/stat", room, &mount, 0));
  // Pages in another order.
  int memory = syscall(SYS_memfd_create, "pages", 0);
  ftruncate(memory, 3 * 4096);
  for (int i = 0; i < 3; i++) pwrite(memory, &"abc"[i], 1, i * 4096);
  char *map = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  test("the last first", syscall(SYS_remap_file_pages, map, 4096, 0, 2, 0));
  test("the first last", syscall(SYS_remap_file_pages, map + 8192, 4096, 0, 0, 0));
  printf("%c%c%c\n", map[0], map[4096], map[8192]);
  map[0] = 'C';
  pread(memory, room, 1, 8192);
  printf("%c\n", room[0]);
  test("with protection", syscall(SYS_remap_file_pages, map, 4096, PROT_READ, 0, 0));
  test("private", syscall(SYS_remap_file_pages, pages, 4096, 0, 0, 0));
  test("nothing", syscall(SYS_remap_file_pages, map, 0, 0, 0, 0));
#ifdef SYS_sigaction
  // Of older architectures alone: sigaction of old, with masks of one word.
#ifdef __mips__
  struct { unsigned flags; void *handler; unsigned long mask, rest[3]; } old = {.rest = {1, 2, 3}}, action = {SA_SIGINFO, handler, 1 << (SIGUSR2 - 1)};
#else
  struct { void *handler; unsigned long mask, flags; void *restorer; unsigned rest[3]; } old = {0}, action = {handler, 1 << (SIGUSR2 - 1), SA_SIGINFO, NULL};
#endif
  test("old sigaction", syscall(SYS_sigaction, SIGUSR1, &action, NULL));
  raise(SIGUSR1);
  printf("got %d\n", got == SIGUSR1);
  test("what it was", syscall(SYS_sigaction, SIGUSR1, NULL, &old));
  printf("%d %d %d %d\n", old.handler == handler, old.mask == 1 << (SIGUSR2 - 1), old.flags == SA_SIGINFO, !old.rest[0] && !old.rest[2]);
  test("of none", syscall(SYS_sigaction, 777, NULL, &old));
  test("of SIGKILL", syscall(SYS_sigaction, SIGKILL, &action, NULL));
  unsigned long word[4] = {0}, usr2 = 1ul << (SIGUSR2 - 1);
  syscall(SYS_sigaction, SIGUSR2, &action, NULL);
  raise(SIGUSR2);
  printf("not blocked %d\n", got == SIGUSR2);
  word[0] = usr2;
  syscall(SYS_sigprocmask, SIG_BLOCK, word, NULL);
  got = 0;
  raise(SIGUSR2);
  test("old sigpending", syscall(SYS_sigpending, word));
  printf("blocked %d\n", word[0] == usr2);
  word[0] = ~usr2;
  word[1] = word[2] = word[3] = -1;
#ifdef __mips__
  test("old sigsuspend", syscall(SYS_sigsuspend, word));
#else
  test("old sigsuspend", syscall(SYS_sigsuspend, 0, 0, word[0]));
#endif
  printf("came %d\n", got == SIGUSR2);
  word[0] = 0;
  syscall(SYS_sigprocmask, SIG_SETMASK, word, word + 1);
  printf("mask was %d\n", word[1] == usr2);
#endif
#ifdef __arm__
  // And a call that is a breakpoint.
  struct sigaction trap = {.sa_sigaction = (void *)handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &trap, NULL);
  syscall(0xf0001);
  printf("breakpoint %d code %d\n", got == SIGTRAP, got_code);
#endif
  return 0;
}
