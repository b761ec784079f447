/*
 * Runs instruction tests on the CPU that it is executed on. Standard input: cases (struct input), standard output: what they leave. Code lies at
 * 0x800000, the memory that it may touch at 0x900000. A case is entered and left by signals: the handler puts the registers of the case into
 * the context that it returns to, and takes what they have become from the context of the signal that ends the case.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE ((unsigned char *)0x800000)
#define WINDOW ((unsigned char *)0x900000)
#define WINDOW_SIZE 512
#define MAX_CODE 28

struct state {
  uint64_t gpr[16];   /* 0: in the order of the instruction set */
  uint64_t flags;     /* 128 */
  uint64_t pc;        /* 136 */
  uint8_t st[8][16];  /* 144: ST(0) to ST(7), 10 bytes each */
  uint16_t fcw, fsw, ftw, pad; /* 272: ftw is abridged, a bit for each physical register that is not empty */
  uint32_t mxcsr, pad2;
  uint8_t xmm[16][16]; /* 288 */
  uint8_t ymm[16][16]; /* 544: the upper halves */
};                     /* 800 */
struct input {
  struct state state;
  uint32_t count;
  uint8_t code[MAX_CODE];
};
struct output {
  struct state state;
  int32_t signal, code, trap, error;
  unsigned char window[WINDOW_SIZE];
};

static struct input in;
static struct output out;
static mcontext_t kept;
static unsigned char kept_fp[2048];

/* XSAVE's area behind FXSAVE's image: components that are there at 512, upper halves at 576. The CPU has to have AVX. */
#define XSAVE_BYTES (576 + 256)
static void load_ymm(unsigned char *fx, const struct state *s, int count) {
  fx[512] |= 7;
  memcpy(fx + 576, s->ymm, 16 * count);
}
static void store_ymm(const unsigned char *fx, struct state *s, int count) {
  memset(s->ymm, 0, sizeof s->ymm);
  if (fx[512] & 4) memcpy(s->ymm, fx + 576, 16 * count);
}
static volatile int inside;

#ifdef __x86_64__
static const int regs[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                             REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
#define COUNT 16
#define PC REG_RIP
#define FP_SIZE XSAVE_BYTES
static void load_fp(unsigned char *fx, const struct state *s) {
  memcpy(fx, &s->fcw, 2); memcpy(fx + 2, &s->fsw, 2); fx[4] = s->ftw; fx[5] = 0;
  memset(fx + 6, 0, 18);
  memcpy(fx + 24, &s->mxcsr, 4);
  memcpy(fx + 32, s->st, 128);
  memcpy(fx + 160, s->xmm, 256);
  load_ymm(fx, s, 16);
}
static void store_fp(const unsigned char *fx, struct state *s) {
  memcpy(&s->fcw, fx, 2); memcpy(&s->fsw, fx + 2, 2); s->ftw = fx[4];
  memcpy(&s->mxcsr, fx + 24, 4);
  for (int i = 0; i < 8; i++) memcpy(s->st[i], fx + 32 + 16 * i, 10);
  memcpy(s->xmm, fx + 160, 256);
  store_ymm(fx, s, 16);
}
#else
static const int regs[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
#define COUNT 8
#define PC REG_EIP
/* FSAVE's image of 112 bytes, then FXSAVE's. */
#define FP_SIZE (112 + XSAVE_BYTES)
static void load_fp(unsigned char *fp, const struct state *s) {
  memset(fp, 0, 28);
  memcpy(fp, &s->fcw, 2); memcpy(fp + 4, &s->fsw, 2);
  /* Empty or not is all that counts of the tags. */
  uint16_t tags = 0;
  for (int i = 0; i < 8; i++) if (!(s->ftw >> i & 1)) tags |= 3 << 2 * i;
  memcpy(fp + 8, &tags, 2);
  for (int i = 0; i < 8; i++) memcpy(fp + 28 + 10 * i, s->st[i], 10);
  unsigned char *fx = fp + 112;
  memcpy(fx, &s->fcw, 2); memcpy(fx + 2, &s->fsw, 2); fx[4] = s->ftw;
  memcpy(fx + 24, &s->mxcsr, 4);
  memcpy(fx + 32, s->st, 128);
  memcpy(fx + 160, s->xmm, 128);
  load_ymm(fx, s, 8);
}
static void store_fp(const unsigned char *fp, struct state *s) {
  const unsigned char *fx = fp + 112;
  memcpy(&s->fcw, fx, 2); memcpy(&s->fsw, fx + 2, 2); s->ftw = fx[4];
  memcpy(&s->mxcsr, fx + 24, 4);
  for (int i = 0; i < 8; i++) memcpy(s->st[i], fx + 32 + 16 * i, 10);
  memcpy(s->xmm, fx + 160, 128);
  store_ymm(fx, s, 8);
}
#endif

static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  greg_t *g = uc->uc_mcontext.gregs;
  unsigned char *fp = (unsigned char *)uc->uc_mcontext.fpregs;
  if (!inside) {
    inside = 1;
    kept = uc->uc_mcontext;
    memcpy(kept_fp, fp, FP_SIZE);
    for (int i = 0; i < COUNT; i++) g[regs[i]] = in.state.gpr[i];
    g[REG_EFL] = in.state.flags;
    g[PC] = (uintptr_t)CODE;
    load_fp(fp, &in.state);
    return;
  }
  inside = 0;
  memset(&out, 0, sizeof out);
  for (int i = 0; i < COUNT; i++) out.state.gpr[i] = COUNT == 8 ? (uint32_t)g[regs[i]] : g[regs[i]];
  out.state.flags = (uint32_t)g[REG_EFL];
  out.state.pc = (uintptr_t)g[PC] - (uintptr_t)CODE;
  out.signal = sig;
  out.code = info->si_code;
  out.trap = g[REG_TRAPNO];
  out.error = g[REG_ERR];
  store_fp(fp, &out.state);
  memcpy(fp, kept_fp, FP_SIZE);
  void *fpregs = uc->uc_mcontext.fpregs;
  uc->uc_mcontext = kept;
  uc->uc_mcontext.fpregs = fpregs;
}

int main(void) {
  static char stack[65536];
  stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alt, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  int signals[] = {SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGBUS};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, 0);
  if (mmap(CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)CODE) return 2;
  if (mmap(WINDOW, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)WINDOW) return 2;
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset(CODE, 0xcc, 0x1000);
    memcpy(CODE, in.code, in.count);
    for (int i = 0; i < WINDOW_SIZE; i++) WINDOW[i] = i * 0x9d + (i >> 3) * 0x35 + 0x7b;
    memset(WINDOW + WINDOW_SIZE, 0, 0x1000 - WINDOW_SIZE);
    __asm__ volatile("int3" ::: "memory");
    memcpy(out.window, WINDOW, WINDOW_SIZE);
    fwrite(&out, sizeof out, 1, stdout);
  }
  return 0;
}
