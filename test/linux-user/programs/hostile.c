// Programs that mean no good, each in a child that is watched: hostile KIND SEED COUNT. Prints what became of them.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint32_t state;
static uint32_t rnd(void) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}
// So that children that come one after the other do not do the same.
static void reseed(int seed, int i) {
  state = (seed * 2654435761u) ^ (i * 0x9e3779b1u + 12345);
  if (!state) state = 1;
  for (int k = 0; k < 8; k++) rnd();
}
static int exited, signalled, stuck;
static long ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
// Runs it in a child with a group of its own, for that long at the most.
static int watched(void (*act)(void), int limit_ms) {
  pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    setpgid(0, 0);
    act();
    _exit(99);
  }
  long end = ms() + limit_ms;
  int status;
  pid_t got;
  while ((got = waitpid(pid, &status, WNOHANG)) == 0 && ms() < end) usleep(300);
  if (got == 0) {
    stuck++;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  } else {
    if (WIFEXITED(status)) exited++;
    else signalled++;
  }
  kill(-pid, SIGKILL);
  while (waitpid(-1, NULL, WNOHANG) > 0) {}
  return status;
}
static void summary(const char *what, int seed, int count) {
  printf("%s seed %d count %d: exited %d signalled %d stuck %d total %d\n", what, seed, count, exited, signalled, stuck, exited + signalled + stuck);
}

// ---- files to execute

// A program that ends with 42, and room for what it is mutated to.
struct tiny {
  Elf32_Ehdr e;
  Elf32_Phdr p[3];
  uint32_t code[16];
};
static struct tiny good(void) {
  struct tiny t = {0};
  memcpy(t.e.e_ident, "\177ELF\1\1\1", 7);
  t.e.e_type = ET_EXEC, t.e.e_machine = EM_ARM, t.e.e_version = 1;
  t.e.e_entry = 0x10000 + offsetof(struct tiny, code);
  t.e.e_phoff = offsetof(struct tiny, p);
  t.e.e_flags = 0x5000400, t.e.e_ehsize = sizeof t.e, t.e.e_phentsize = sizeof t.p[0], t.e.e_phnum = 3;
  t.p[0] = (Elf32_Phdr){PT_LOAD, 0, 0x10000, 0x10000, sizeof t, sizeof t, PF_R | PF_X, 0x1000};
  t.p[1] = (Elf32_Phdr){PT_LOAD, 0, 0x20000, 0x20000, 64, 0x3000, PF_R | PF_W, 0x1000};
  t.p[2] = (Elf32_Phdr){PT_GNU_STACK, 0, 0, 0, 0, 0, PF_R | PF_W, 16};
  uint32_t code[] = {0xe3a0002a, 0xe3a07001, 0xef000000};
  memcpy(t.code, code, sizeof code);
  return t;
}
static void run_it(void) {
  // What it prints is nobody's business.
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0), dup2(null, 1), dup2(null, 2);
  execl("./mutant", "mutant", "echo", NULL);
  _exit(errno == ENOEXEC ? 100 : 101);
}
static void put(const void *bytes, int n) {
  unlink("mutant");
  int fd = open("mutant", O_CREAT | O_WRONLY | O_TRUNC, 0755);
  write(fd, bytes, n);
  close(fd);
}
static const uint32_t nasty[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, 0xbefff000, 0xffff0000, 0x1000, 0xfff, 0x20, 2};
static void elf(int seed, int count) {
  struct tiny t = good();
  put(&t, sizeof t);
  int status = watched(run_it, 2000);
  printf("unchanged: ends with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  for (int i = 0; i < count; i++) {
    t = good();
    unsigned char *bytes = (void *)&t;
    int changes = 1 + rnd() % 4;
    while (changes--) {
      // Mostly in the headers.
      int at = rnd() % (rnd() % 4 ? offsetof(struct tiny, code) : sizeof t);
      switch (rnd() % 3) {
        case 0: bytes[at] = rnd(); break;
        case 1: bytes[at] ^= 1 << rnd() % 8; break;
        default: memcpy(bytes + at / 4 * 4, &nasty[rnd() % (sizeof nasty / 4)], 4);
      }
    }
    put(&t, rnd() % 8 ? sizeof t : rnd() % sizeof t);
    watched(run_it, 60);
  }
  summary("elf", seed, count);
}
static void noise(int seed, int count) {
  static unsigned char b[4096];
  for (int i = 0; i < count; i++) {
    int n = rnd() % sizeof b;
    for (int k = 0; k < n; k++) b[k] = rnd();
    // Some look like something.
    if (i % 4 == 1) memcpy(b, "\177ELF\1\1\1", 7);
    if (i % 4 == 2) memcpy(b, "#!", 2);
    if (i % 4 == 3) memcpy(b, &(struct tiny[]){good()}, sizeof(Elf32_Ehdr));
    put(b, n);
    watched(run_it, 60);
  }
  summary("noise", seed, count);
}
// A large program, with its first bytes and some others changed.
static void large(int seed, int count) {
  int fd = open("/proc/self/exe", O_RDONLY), size = lseek(fd, 0, SEEK_END);
  unsigned char *whole = malloc(size), *copy = malloc(size);
  pread(fd, whole, size, 0);
  for (int i = 0; i < count; i++) {
    memcpy(copy, whole, size);
    for (int k = 1 + rnd() % 20; k; k--) copy[rnd() % (k % 2 ? 256 : size)] = rnd();
    put(copy, rnd() % 4 ? size : rnd() % size);
    watched(run_it, 100);
  }
  summary("large", seed, count);
}

// ---- code

static void random_code(void) {
  uint32_t *code = mmap(NULL, 0x4000, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 0x1000; i++) code[i] = rnd();
  // Every second one is in Thumb.
  ((void (*)(void))((char *)code + (rnd() & 1)))();
}
static void code(int seed, int count) {
  for (int i = 0; i < count; i++) {
    reseed(seed, i);
    watched(random_code, 40);
  }
  summary("code", seed, count);
}

// ---- calls

static char area[0x8000] __attribute__((aligned(4096)));
static uint32_t argument(void) {
  switch (rnd() % 12) {
    case 0: return 0;
    case 1: return rnd() % 8;
    case 2: return nasty[rnd() % (sizeof nasty / 4)];
    case 3: case 4: return (uint32_t)area + rnd() % sizeof area;
    case 5: return (uint32_t)area + rnd() % 8 * 4096;
    case 6: return rnd() % 70;
    case 7: return 1u << rnd() % 32;
    case 8: return -(rnd() % 200);
    case 9: return rnd() % 0x10000;
    case 10: return (uint32_t)(rnd() & 1 ? "/etc" : "./mutant");
    default: return rnd();
  }
}
static void nothing(int signal) {}
static void random_calls(void) {
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  struct sigaction action = {.sa_handler = nothing};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 4000}, {0, 4000}};
  setitimer(ITIMER_REAL, &every, NULL);
  for (int i = 0; i < sizeof area / 4; i++) ((uint32_t *)area)[i] = rnd() % 3 ? rnd() % 64 : argument();
  chdir("/work");
  for (int i = 0; i < 400; i++) {
    int number = rnd() % 470;
    // To end, and to end others, is too easy; a fork of this would do it all twice.
    switch (number) {
      case SYS_exit: case SYS_exit_group: case SYS_kill: case SYS_tkill: case SYS_tgkill: case SYS_fork: case SYS_clone:
      case 435: case SYS_rt_sigreturn: case SYS_rt_sigqueueinfo: case SYS_rt_tgsigqueueinfo: continue;
#ifdef SYS_vfork
      case SYS_vfork: continue;
#endif
#ifdef SYS_sigreturn
      case SYS_sigreturn: continue;
#endif
    }
    syscall(number, argument(), argument(), argument(), argument(), argument(), argument());
  }
}
static void calls(int seed, int count) {
  mkdir("/work", 0755);
  for (int i = 0; i < count; i++) {
    reseed(seed, i);
    watched(random_calls, 100);
  }
  summary("calls", seed, count);
}

// ---- too much of everything

static void *sleeper(void *x) {
  pause();
  return NULL;
}
static int made;
static void report(const char *what, int good) {
  printf("%s: some %d, errno %d, then %s\n", what, made > 10, errno, good ? "fine" : "not");
}
static void forks(void) {
  for (;;) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      pause();
      _exit(0);
    }
    made++;
  }
  report("forks", errno == EAGAIN);
}
static void fork_bomb(void) {
  for (;;) fork();
}
static void threads(void) {
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 16384);
  pthread_t t;
  int r;
  while ((r = pthread_create(&t, &attr, sleeper, NULL)) == 0) made++;
  errno = r;
  report("threads", r == EAGAIN);
}
static void descriptors(void) {
  struct rlimit limit = {1048576, 1048576};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  int p[2];
  char b[65536];
  while (made < 40000 && pipe2(p, O_NONBLOCK) == 0) {
    write(p[1], b, sizeof b);
    made++;
  }
  printf("descriptors: some %d, errno %d\n", made > 10, errno);
}
static void mappings(void) {
  while (mmap(NULL, 4096, made & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED && made < 200000) made++;
  report("mappings", errno == ENOMEM);
}
static void memory(void) {
  for (;;) {
    char *a = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (a == MAP_FAILED) break;
    for (int i = 0; i < 1 << 20; i += 4096) a[i] = 1;
  }
  puts("memory: refused");
}
static void shm_files(void) {
  char name[50], b[65536] = {1};
  errno = 0;
  for (made = 0; made < 100000; made++) {
    sprintf(name, "/dev/shm/f%d", made);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || write(fd, b, sizeof b) < (int)sizeof b) break;
    close(fd);
  }
  report("files in memory", errno == ENOSPC || errno == ENOMEM || errno == 0);
}
static void arguments(void) {
  static char *argv[70000];
  char *text = malloc(130000);
  memset(text, 'a', 129999);
  text[129999] = 0;
  for (int i = 0; i < 69999; i++) argv[i] = text;
  execv("/programs", argv);
  printf("arguments: errno %d\n", errno);
}
static void one_argument(void) {
  char *text = malloc(2000000), *argv[] = {"x", text, NULL};
  memset(text, 'a', 1999999);
  text[1999999] = 0;
  execv("/programs", argv);
  printf("one argument: errno %d\n", errno);
}
static void links(void) {
  char from[20], to[20];
  for (int i = 0; i < 100; i++) {
    sprintf(from, "l%d", i), sprintf(to, "l%d", i + 1);
    symlink(to, from);
  }
  symlink("circle", "circle");
  int a = open("l0", O_RDONLY), e = errno, c = open("circle", O_RDONLY);
  printf("links: %d errno %d, circle %d errno %d\n", a, e, c, errno);
}
static void deep(void) {
  mkdir("/dev/shm/deep", 0700);
  chdir("/dev/shm/deep");
  for (made = 0; made < 30000; made++)
    if (mkdir("d", 0700) || chdir("d")) break;
  int r = rename("/dev/shm/deep", "/dev/shm/deeper");
  printf("deep: some %d, rename %d\n", made > 1000, r);
  char b[100];
  getcwd(b, sizeof b);
}
static void signals(void) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_SETMASK, &set, NULL);
  while (sigqueue(getpid(), SIGRTMIN + 3, (union sigval){made}) == 0 && made < 1000000) made++;
  report("signals", errno == EAGAIN);
}
static void timers(void) {
  timer_t id;
  signal(SIGALRM, SIG_IGN);
  while (timer_create(CLOCK_MONOTONIC, NULL, &id) == 0 && made < 1000000) {
    struct itimerspec spec = {{0, 1}, {0, 1}};
    timer_settime(id, 0, &spec, NULL);
    made++;
  }
  report("timers", errno == EAGAIN);
}
static void passing(void) {
  // Descriptors in messages that nobody receives, each holding the next.
  int before[2], after[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, before);
  for (; made < 20000; made++) {
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, after)) break;
    struct {
      struct cmsghdr h;
      int fds[2];
    } c = {{CMSG_LEN(8), SOL_SOCKET, SCM_RIGHTS}, {before[0], before[1]}};
    struct iovec v = {"x", 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    if (sendmsg(after[0], &m, MSG_DONTWAIT) < 0) break;
    close(before[0]), close(before[1]);
    before[0] = after[0], before[1] = after[1];
  }
  printf("passing: some %d\n", made > 10);
}
static void recursion(void) {
  volatile char room[4096];
  room[0] = 1;
  recursion();
  room[1] = 2;
}
static void handler(int signal) { *(volatile int *)4 = 0; }
static void fault_in_handler(void) {
  signal(SIGSEGV, handler);
  *(volatile int *)4 = 0;
}
static void bombs(void) {
  struct {
    const char *name;
    void (*act)(void);
  } all[] = {{"forks", forks}, {"fork_bomb", fork_bomb}, {"threads", threads}, {"descriptors", descriptors}, {"mappings", mappings}, {"memory", memory},
             {"shm_files", shm_files}, {"arguments", arguments}, {"one_argument", one_argument}, {"links", links}, {"deep", deep}, {"signals", signals},
             {"timers", timers}, {"passing", passing}, {"recursion", recursion}, {"fault_in_handler", fault_in_handler}};
  for (int i = 0; i < sizeof all / sizeof *all; i++) {
    made = 0;
    int before = stuck, status = watched(all[i].act, all[i].act == fork_bomb ? 1000 : 45000);
    printf("%s %s %d\n", all[i].name, stuck > before ? "stopped" : WIFEXITED(status) ? "exited" : "ended by", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    char command[64];
    for (int k = 0; all[i].act == shm_files && k < 100000; k++) {
      sprintf(command, "/dev/shm/f%d", k);
      if (unlink(command)) break;
    }
  }
  // And then everything works as before.
  int p[2];
  printf("after all: fork %d", fork() == 0 ? (_exit(0), 0) : wait(NULL) > 0);
  printf(" pipe %d", pipe(p));
  char *a = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(a, 1, 1 << 22);
  printf(" memory %d\n", a[12345]);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGHUP, SIG_IGN);
  const char *kind = argc > 2 ? argv[2] : "";
  int seed = argc > 3 ? atoi(argv[3]) : 1, count = argc > 4 ? atoi(argv[4]) : 100;
  state = seed * 2654435761u + 1;
  if (!strcmp(kind, "elf")) elf(seed, count);
  else if (!strcmp(kind, "noise")) noise(seed, count);
  else if (!strcmp(kind, "large")) large(seed, count);
  else if (!strcmp(kind, "code")) code(seed, count);
  else if (!strcmp(kind, "calls")) calls(seed, count);
  else if (!strcmp(kind, "bombs")) bombs();
  else return 2;
  return 0;
}
