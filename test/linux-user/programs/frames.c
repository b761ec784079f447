// Signal frames of x86: floating point in them, what faults say, handlers without a restorer.
#include "check.h"
#include <ucontext.h>
#if defined(__i386__) || defined(__x86_64__)

static sigjmp_buf env;
static ucontext_t seen;
static siginfo_t seen_info;
static union { struct _libc_fpstate fields; char image[112 + 512]; } seen_bytes;
#define seen_float (seen_bytes.fields)
static unsigned short begins_with;
static unsigned begins_with_mxcsr;
static int aligned;

#if defined(__i386__)
#define IP REG_EIP
#define IMAGE (112 + 512)
// The compiler uses none here.
#define SSE(register) "memory"
// The image of FXSAVE is behind that of FSAVE.
#define XMM(f, n) ((unsigned *)((char *)(f) + 112 + 160 + 16 * (n)))
#define MXCSR(f) (*(unsigned *)((char *)(f) + 112 + 24))
#define ALIGNED(f) ((((uintptr_t)(f) + 112) & 63) == 0)
#else
#define IP REG_RIP
#define IMAGE 512
#define SSE(register) register
#define XMM(f, n) ((unsigned *)((char *)(f) + 160 + 16 * (n)))
#define MXCSR(f) (*(unsigned *)((char *)(f) + 24))
#define ALIGNED(f) (((uintptr_t)(f) & 63) == 0)
#endif

static void look(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  __asm__ volatile("fnstcw %0" : "=m"(begins_with));
  __asm__ volatile("stmxcsr %0" : "=m"(begins_with_mxcsr));
  seen = *uc;
  seen_info = *info;
  if (uc->uc_mcontext.fpregs) memcpy(&seen_bytes, uc->uc_mcontext.fpregs, IMAGE), aligned = ALIGNED(uc->uc_mcontext.fpregs);
}

static void change(int signal, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  look(signal, info, context);
  XMM(uc->uc_mcontext.fpregs, 3)[1] = 0x55667788;
  MXCSR(uc->uc_mcontext.fpregs) = 0x3f80;
#if defined(__i386__)
  uc->uc_mcontext.fpregs->cw = 0xffff077f;
#else
  uc->uc_mcontext.fpregs->cwd = 0x077f;
#endif
  // Spoils what the return is to bring back.
  __asm__ volatile("fninit; fldpi; fldpi; fldpi; pxor %%xmm3, %%xmm3" ::: SSE("xmm3"));
}

static void leave(int signal, siginfo_t *info, void *context) {
  look(signal, info, context);
  siglongjmp(env, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(signal, &action, NULL);
}

static void told(const char *what) {
  // Where nothing is, the address of a fault differs from that of the last one.
  unsigned long long ip = seen.uc_mcontext.gregs[IP];
  printf("%s: signal %d code %d address %d trap %d error %d ip %d\n", what, seen_info.si_signo, seen_info.si_code, seen_info.si_addr != NULL,
         (int)seen.uc_mcontext.gregs[REG_TRAPNO], (int)seen.uc_mcontext.gregs[REG_ERR], ip != 0);
}

static unsigned words[4] __attribute__((aligned(16))) = {1, 2, 3, 4};
static unsigned after[4] __attribute__((aligned(16)));
static unsigned mxcsr = 0x5fa0, new_mxcsr;
static unsigned short control = 0xf7f, new_control;
static double ninth = 9, first, second;

static void floating(void) {
  handle(SIGUSR1, change);
  int pid = getpid();
  __asm__ volatile(
      "fninit; fldcw %[control]; fldl %[ninth]; fld1\n"
      "movdqa %[words], %%xmm3; ldmxcsr %[mxcsr]\n"
#if defined(__i386__)
      "int $0x80\n"
#else
      "syscall\n"
#endif
      "stmxcsr %[new_mxcsr]; movdqa %%xmm3, %[after]; fnstcw %[new_control]; fstpl %[first]; fstpl %[second]; fninit"
      : [new_mxcsr] "=m"(new_mxcsr), [after] "=m"(after), [new_control] "=m"(new_control), [first] "=m"(first), [second] "=m"(second)
      : [control] "m"(control), [ninth] "m"(ninth), [words] "m"(words), [mxcsr] "m"(mxcsr), "a"(SYS_kill),
#if defined(__i386__)
        "b"(pid), "c"(SIGUSR1)
#else
        "D"(pid), "S"(SIGUSR1)
#endif
      : "memory"
#if defined(__x86_64__)
        , "xmm3", "rcx", "r11"
#endif
  );
  unsigned plain = 0x1f80;
  __asm__ volatile("ldmxcsr %0" ::"m"(plain));
  printf("begins with %x %x\n", begins_with, begins_with_mxcsr);
  printf("aligned %d mxcsr %x xmm3 %x %x\n", aligned, MXCSR(&seen_float), XMM(&seen_float, 3)[0], XMM(&seen_float, 3)[3]);
#if defined(__i386__)
  printf("control %lx status %lx tag %lx top %04x %x magic %x\n", seen_float.cw, seen_float.sw & 0x3fff, seen_float.tag, seen_float._st[0].exponent,
         seen_float._st[0].significand[3], (unsigned)(seen_float.status >> 16));
#else
  printf("control %x status %x tag %x top %04x %x flags %lx\n", seen_float.cwd, seen_float.swd & 0x3fff, seen_float.ftw, seen_float._st[0].exponent,
         seen_float._st[0].significand[3], seen.uc_flags & ~1);
#endif
  printf("afterwards %x %x %x, %x, %g %g\n", new_mxcsr, new_control, after[0], after[1], first, second);
}

static void faults(void) {
  for (int signal = 1; signal < 32; signal++)
    if (signal == SIGSEGV || signal == SIGTRAP || signal == SIGFPE || signal == SIGILL || signal == SIGBUS) handle(signal, leave);
  volatile int zero = 0, *nowhere = (int *)16, *constant = (int *)(uintptr_t)told;
  if (!sigsetjmp(env, 1)) zero = *nowhere;
  told("read");
  printf("cr2 %lx\n", (unsigned long)seen.uc_mcontext.
#if defined(__i386__)
                          cr2
#else
                          gregs[REG_CR2]
#endif
  );
  if (!sigsetjmp(env, 1)) *nowhere = 1;
  told("write");
  if (!sigsetjmp(env, 1)) *constant = 1;
  told("write to code");
  if (!sigsetjmp(env, 1)) ((void (*)(void))nowhere)();
  told("execute");
  if (!sigsetjmp(env, 1)) ((void (*)(void))words)();
  told("execute data");
  if (!sigsetjmp(env, 1)) zero = 100 / zero;
  told("divide");
  if (!sigsetjmp(env, 1)) __asm__ volatile("int3");
  told("int3");
  if (!sigsetjmp(env, 1)) __asm__ volatile(".byte 0xf1");
  told("int1");
  if (!sigsetjmp(env, 1)) __asm__ volatile("hlt");
  told("hlt");
  if (!sigsetjmp(env, 1)) __asm__ volatile("ud2");
  told("ud2");
#if defined(__i386__)
  if (!sigsetjmp(env, 1)) __asm__ volatile("movb $0x7f, %%al; addb $1, %%al; into" ::: "eax");
  told("into");
#endif
  unsigned short divides = 0x37b;
  if (!sigsetjmp(env, 1)) __asm__ volatile("fninit; fldcw %0; fldz; fld1; fdivp; fwait" ::"m"(divides));
  __asm__ volatile("fninit");
  told("x87");
  unsigned unmasked = 0x1f00, plain = 0x1f80;
  if (!sigsetjmp(env, 1)) __asm__ volatile("ldmxcsr %0; xorps %%xmm0, %%xmm0; divss %%xmm0, %%xmm0" ::"m"(unmasked) : SSE("xmm0"));
  __asm__ volatile("ldmxcsr %0" ::"m"(plain));
  told("SSE");
}

#if defined(__i386__)
struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  unsigned mask[2];
};
static int came;
static void count(int signal) { came += signal; }

// A library gives a restorer always.
static void without_restorer(void) {
  struct kernel_sigaction action = {.handler = count};
  test("rt_sigaction", syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8));
  raise(SIGUSR2);
  raise(SIGUSR2);
  action.flags = SA_SIGINFO;
  syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8);
  raise(SIGUSR2);
  printf("came %d\n", came);
}

struct user_desc_words { unsigned entry, base, limit, flags; };
static void thread_area(void) {
  struct user_desc_words set = {-1, (uintptr_t)words, 0xfffff, 0x51}, got = {12};
  test("set_thread_area", syscall(SYS_set_thread_area, &set));
  got.entry = set.entry;
  test("get_thread_area", syscall(SYS_get_thread_area, &got));
  printf("same %d limit %x flags %x\n", got.base == set.base, got.limit, got.flags);
  unsigned value, selector = set.entry * 8 + 3;
  __asm__ volatile("movl %1, %%fs; movl %%fs:8, %0" : "=r"(value) : "r"(selector));
  printf("through fs %u\n", value);
  got.entry = 5;
  test("no such entry", syscall(SYS_get_thread_area, &got));
}
#else
static void without_restorer(void) {}
static void thread_area(void) {
  unsigned long base = 0;
  test("set gs", syscall(SYS_arch_prctl, 0x1001, words));
  test("get gs", syscall(SYS_arch_prctl, 0x1004, &base));
  unsigned value;
  __asm__ volatile("movl %%gs:8, %0" : "=r"(value));
  printf("same %d through gs %u\n", base == (unsigned long)words, value);
  test("unknown", syscall(SYS_arch_prctl, 0x9999, 0));
  struct timeval t;
  int (*gettimeofday_at)(struct timeval *, void *) = (void *)0xffffffffff600000;
  time_t (*time_at)(time_t *) = (void *)0xffffffffff600400, now;
  long (*getcpu_at)(unsigned *, unsigned *, void *) = (void *)0xffffffffff600800;
  unsigned cpu = 99;
  printf("vsyscall %d", gettimeofday_at(&t, NULL));
  printf(" %d", t.tv_sec > 1700000000);
  printf(" %d", time_at(&now) >= t.tv_sec && now >= t.tv_sec);
  printf(" %ld", getcpu_at(&cpu, NULL, NULL));
  printf(" %d\n", cpu != 99);
  if (!sigsetjmp(env, 1)) ((void (*)(void))0xffffffffff600c00)();
  printf("no vsyscall: signal %d code %d\n", seen_info.si_signo, seen_info.si_code);
}
#endif

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  floating();
  faults();
  without_restorer();
  thread_area();
  return 0;
}
#else
int main(void) { return 0; }
#endif
