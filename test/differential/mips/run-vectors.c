/*
 * Runs instruction tests on a real or emulated MIPS CPU. Standard input: cases (struct state with the code), standard output: what they
 * leave. Code lies at 0x800000, the memory that it may touch at 0x900000. $26 and $27 are the harness's. A signal ends a case: the
 * handler notes it and has the program go on behind the code, with the registers as they were.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/cachectl.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE ((uint32_t *)0x800000)
#define WINDOW ((unsigned char *)0x900000)
#define WINDOW_SIZE 512
#define MAX_CODE 12

struct state {
  uint64_t gpr[32]; /* 0 */
  uint64_t hi[4];   /* 256 */
  uint64_t lo[4];   /* 288 */
  uint64_t fpr[32]; /* 320 */
  uint64_t fcsr;    /* 576 */
  uint64_t dsp;     /* 584 */
  uint64_t exit;    /* 592: where the code goes on; only used while it runs */
  uint64_t out;     /* 600 */
};
struct input {
  struct state state;
  uint32_t count;
  uint32_t code[MAX_CODE];
  uint32_t pad;
};
struct output {
  struct state state;
  int32_t signal, code;
  uint64_t pc;
  unsigned char window[WINDOW_SIZE];
};

#define STR_(x) #x
#define STR(x) STR_(x)
#if _MIPS_SIM == _ABIO32
#define LOAD "lw"
#define STORE "sw"
#define ADD "addiu"
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW 4
#else
#define LOW 0
#endif
#else
#define LOAD "ld"
#define STORE "sd"
#define ADD "daddiu"
#define LOW 0
#endif

#define EACH(op, n) op " $" #n ", 8*" #n "+" STR(LOW) "($26)\n"
#define GPRS(op) \
  EACH(op, 1) EACH(op, 2) EACH(op, 3) EACH(op, 4) EACH(op, 5) EACH(op, 6) EACH(op, 7) EACH(op, 8) EACH(op, 9) EACH(op, 10) EACH(op, 11) \
  EACH(op, 12) EACH(op, 13) EACH(op, 14) EACH(op, 15) EACH(op, 16) EACH(op, 17) EACH(op, 18) EACH(op, 19) EACH(op, 20) EACH(op, 21) \
  EACH(op, 22) EACH(op, 23) EACH(op, 24) EACH(op, 25) EACH(op, 28) EACH(op, 29) EACH(op, 30) EACH(op, 31)
#define FEACH(op, n) op " $f" #n ", 320+8*" #n "($26)\n"
#define EVENS(op) \
  FEACH(op, 0) FEACH(op, 2) FEACH(op, 4) FEACH(op, 6) FEACH(op, 8) FEACH(op, 10) FEACH(op, 12) FEACH(op, 14) FEACH(op, 16) FEACH(op, 18) \
  FEACH(op, 20) FEACH(op, 22) FEACH(op, 24) FEACH(op, 26) FEACH(op, 28) FEACH(op, 30)
#define ODDS(op) \
  FEACH(op, 1) FEACH(op, 3) FEACH(op, 5) FEACH(op, 7) FEACH(op, 9) FEACH(op, 11) FEACH(op, 13) FEACH(op, 15) FEACH(op, 17) FEACH(op, 19) \
  FEACH(op, 21) FEACH(op, 23) FEACH(op, 25) FEACH(op, 27) FEACH(op, 29) FEACH(op, 31)
#if __mips_fpr == 64
#define FPRS(op) EVENS(op) ODDS(op)
#else
#define FPRS(op) EVENS(op)
#endif
#define ACC_IN(n) \
  LOAD " $27, 256+8*" #n "+" STR(LOW) "($26)\nmthi $27, $ac" #n "\n" LOAD " $27, 288+8*" #n "+" STR(LOW) "($26)\nmtlo $27, $ac" #n "\n"
#define ACC_OUT(n) \
  "mfhi $27, $ac" #n "\n" STORE " $27, 256+8*" #n "+" STR(LOW) "($26)\nmflo $27, $ac" #n "\n" STORE " $27, 288+8*" #n "+" STR(LOW) "($26)\n"
#ifdef __mips_dsp
#define DSP_IN ACC_IN(1) ACC_IN(2) ACC_IN(3) LOAD " $27, 584+" STR(LOW) "($26)\nwrdsp $27\n"
#define DSP_OUT ACC_OUT(1) ACC_OUT(2) ACC_OUT(3) "rddsp $27\n" STORE " $27, 584+" STR(LOW) "($26)\n"
#else
#define DSP_IN
#define DSP_OUT
#endif

/* enter(in): saves what C wants kept, loads everything, jumps to the code. leave: stores everything, returns from enter. */
void enter(struct state *in);
extern char leave_code[];
uint64_t saved[16];
__asm__(".text\n.set noreorder\n.set noat\n.globl enter\n.ent enter\nenter:\n"
        "move $26, $4\n"
        ADD " $29, $29, -128\n" STORE " $16, 0($29)\n" STORE " $17, 8($29)\n" STORE " $18, 16($29)\n" STORE " $19, 24($29)\n" STORE
        " $20, 32($29)\n" STORE " $21, 40($29)\n" STORE " $22, 48($29)\n" STORE " $23, 56($29)\n" STORE " $28, 64($29)\n" STORE
        " $30, 72($29)\n" STORE " $31, 80($29)\n" STORE " $29, 608($26)\n"
        "lui $8, 0x80\n" STORE " $8, 616($26)\n" LOAD " $27, 576+" STR(LOW) "($26)\nctc1 $27, $31\n" FPRS("ldc1") LOAD " $27, 256+" STR(
            LOW) "($26)\nmthi $27\n" LOAD " $27, 288+" STR(LOW) "($26)\nmtlo $27\n" DSP_IN GPRS(LOAD) LOAD " $27, 616($26)\n"
        "jr $27\nnop\n"
        ".globl leave_code\nleave_code:\n"
        /* $26 is the input still; the output's address is kept in it. */
        LOAD " $27, 600+" STR(LOW) "($26)\n" STORE " $26, 608($27)\n"
        "move $26, $27\n" GPRS(STORE) "mfhi $27\n" STORE " $27, 256+" STR(LOW) "($26)\nmflo $27\n" STORE " $27, 288+" STR(
            LOW) "($26)\n" DSP_OUT FPRS("sdc1") "cfc1 $27, $31\n" STORE " $27, 576+" STR(LOW) "($26)\nctc1 $0, $31\n" LOAD
        " $26, 608($26)\n" LOAD " $29, 608($26)\n" LOAD " $16, 0($29)\n" LOAD " $17, 8($29)\n" LOAD " $18, 16($29)\n" LOAD
        " $19, 24($29)\n" LOAD " $20, 32($29)\n" LOAD " $21, 40($29)\n" LOAD " $22, 48($29)\n" LOAD " $23, 56($29)\n" LOAD
        " $28, 64($29)\n" LOAD " $30, 72($29)\n" LOAD " $31, 80($29)\n"
        "jr $31\n" ADD " $29, $29, 128\n.end enter\n.set reorder\n.set at\n");

static struct { struct input in; uint64_t scratch[4]; } in;
static struct { struct output out; } out;
/* The asm's scratch words at 608 and 616 lie behind struct state: over the count of an input, which is read before, and over an output's
   signal, which is written after. */
static int got_signal, got_code;
static uint64_t got_pc;

static void handler(int sig, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  got_signal = sig;
  got_code = info->si_code;
  got_pc = uc->uc_mcontext.pc - (uintptr_t)CODE;
  uc->uc_mcontext.pc = (uintptr_t)leave_code;
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
  while (fread(&in.in, sizeof in.in, 1, stdin) == 1) {
    uint32_t count = in.in.count;
    memset(CODE, 0, 0x1000);
    memcpy(CODE, in.in.code, 4 * count);
    /* Behind the code: to leave_code. */
#if _MIPS_SIM == _ABIO32
    CODE[count] = 0x8f5b0000 | (592 + LOW);
#else
    CODE[count] = 0xdf5b0000 | 592;
#endif
    CODE[count + 1] = 0x03600008;
    cacheflush(CODE, 0x1000, BCACHE);
    for (int i = 0; i < WINDOW_SIZE; i++) WINDOW[i] = i * 0x9d + (i >> 3) * 0x35 + 0x7b;
    in.in.state.exit = (uintptr_t)leave_code;
    in.in.state.out = (uintptr_t)&out.out.state;
    got_signal = got_code = 0;
    got_pc = 4 * count;
    memset(&out, 0, sizeof out);
    enter(&in.in.state);
    out.out.signal = got_signal;
    out.out.code = got_code;
    out.out.pc = got_pc;
    out.out.state.exit = out.out.state.out = 0;
    memcpy(out.out.window, WINDOW, WINDOW_SIZE);
    fwrite(&out.out, sizeof out.out, 1, stdout);
  }
  return 0;
}
