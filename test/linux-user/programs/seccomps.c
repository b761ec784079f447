// Seccomp: filters in BPF and what they make of calls, strict mode, threads and children.
#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#if defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__mips__)
#define ARCH \
  (EM_MIPS | (__BYTE_ORDER == __LITTLE_ENDIAN ? __AUDIT_ARCH_LE : 0) | (_MIPS_SIM == _ABIO32 ? 0 : __AUDIT_ARCH_64BIT) | \
   (_MIPS_SIM == _ABIN32 ? __AUDIT_ARCH_CONVENTION_MIPS64_N32 : 0))
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#else
#define ARCH AUDIT_ARCH_X86_64
#endif
#define COUNT(a) (sizeof(a) / sizeof *(a))
#define FIELD(f) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, f))
#define LOW(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]) + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)

static int install(struct sock_filter *code, int count, int flags) {
  struct sock_fprog program = {count, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}
static volatile int trapped;
static void handler(int s, siginfo_t *info, void *context) {
  trapped++;
  printf("SIGSYS code %d errno %d call %d arch %d address %d\n", info->si_code, info->si_errno, info->si_syscall == SYS_getppid,
         info->si_arch == ARCH, info->si_call_addr != NULL);
}
static int ended(pid_t pid) {
  int status;
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
static void *worker(void *x) {
  while (!*(volatile int *)x) usleep(1000);
  return (void *)(long)(syscall(SYS_getuid) == -1 ? errno : 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("mode %d\n", prctl(PR_GET_SECCOMP));
  unsigned action = SECCOMP_RET_ERRNO;
  test("errno is there", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  action = 0x1234;
  test("this is not", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  test("operation", syscall(SYS_seccomp, 99, 0, NULL));
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // What is no filter.
  struct sock_filter bad1[] = {FIELD(nr)}, bad2[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ANSWER(SECCOMP_RET_ALLOW)},
                     bad3[] = {BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), ANSWER(0)},
                     bad4[] = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ANSWER(0)},
                     bad5[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ANSWER(0)};
  test("without return", install(bad1, COUNT(bad1), 0));
  test("reads beyond", install(bad2, COUNT(bad2), 0));
  test("jumps beyond", install(bad3, COUNT(bad3), 0));
  test("by zero", install(bad4, COUNT(bad4), 0));
  test("bytes", install(bad5, COUNT(bad5), 0));
  test("empty", install(bad1, 0, 0));
  test("flags", install(bad1, 1, 0x4000));
  // In children: what calls become of.
  if (fork() == 0) {
    struct sock_filter code[] = {
        FIELD(arch), IF(ARCH, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS),
        FIELD(nr),
        IF(SYS_getpid, 0, 1), ANSWER(SECCOMP_RET_ERRNO | 77),
        IF(SYS_getppid, 0, 1), ANSWER(SECCOMP_RET_TRAP | 5),
        IF(SYS_getuid, 0, 1), ANSWER(SECCOMP_RET_TRACE),
        // The second argument of dup2, doubled and less one, is greater than 20.
        IF(SYS_dup2, 0, 7), LOW(1), BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 2), BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_IMM, (unsigned)-1), BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 20, 0, 1), ANSWER(SECCOMP_RET_ERRNO | EXDEV),
        ANSWER(SECCOMP_RET_ALLOW)};
    test("install", install(code, COUNT(code), 0));
    printf("mode %d\n", prctl(PR_GET_SECCOMP));
    test("getpid", syscall(SYS_getpid));
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &sa, NULL);
    syscall(SYS_getppid);
    printf("trapped %d\n", trapped);
    test("getuid", syscall(SYS_getuid));
    test("dup2 to 10", syscall(SYS_dup2, 1, 10));
    test("dup2 to 11", syscall(SYS_dup2, 1, 11));
    // A second one: the one that lets less through counts.
    struct sock_filter more[] = {FIELD(nr), IF(SYS_getpid, 0, 1), ANSWER(SECCOMP_RET_ERRNO | 78), IF(SYS_dup2, 0, 1),
                                 ANSWER(SECCOMP_RET_ALLOW), ANSWER(SECCOMP_RET_ALLOW)};
    test("another", install(more, COUNT(more), 0));
    test("getpid", syscall(SYS_getpid));
    test("dup2 to 11", syscall(SYS_dup2, 1, 11));
    if (fork() == 0) _exit(syscall(SYS_getpid) == -1 ? errno : 0);
    printf("a child has them too: %d\n", ended(-1));
    _exit(9);
  }
  printf("ended %d\n", ended(-1));
  struct sock_filter kills[] = {FIELD(nr), IF(SYS_getppid, 0, 1), ANSWER(SECCOMP_RET_KILL_PROCESS), ANSWER(SECCOMP_RET_ALLOW)};
  if (fork() == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &(struct sock_fprog){COUNT(kills), kills});
    syscall(SYS_getppid);
    _exit(0);
  }
  printf("killed %d\n", ended(-1));
  kills[2].k = SECCOMP_RET_KILL_THREAD;
  if (fork() == 0) {
    install(kills, COUNT(kills), 0);
    syscall(SYS_getppid);
    _exit(0);
  }
  printf("killed, its only thread %d\n", ended(-1));
  // All threads.
  if (fork() == 0) {
    pthread_t thread;
    static volatile int go;
    pthread_create(&thread, NULL, worker, (void *)&go);
    struct sock_filter code[] = {FIELD(nr), IF(SYS_getuid, 0, 1), ANSWER(SECCOMP_RET_ERRNO | 66), ANSWER(SECCOMP_RET_ALLOW)};
    test("for all threads", install(code, COUNT(code), SECCOMP_FILTER_FLAG_TSYNC));
    go = 1;
    void *result;
    pthread_join(thread, &result);
    printf("the other one %ld\n", (long)result);
    _exit(0);
  }
  printf("ended %d\n", ended(-1));
  if (fork() == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    write(1, "strict\n", 7);
    syscall(SYS_exit, 4);
  }
  printf("ended %d\n", ended(-1));
  if (fork() == 0) {
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    getppid();
    syscall(SYS_exit, 4);
  }
  printf("ended %d\n", ended(-1));
  return 0;
}
