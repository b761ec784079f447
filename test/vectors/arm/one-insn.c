/* Executes single A32 instructions on given states, under QEMU 7.2's user emulation, as an oracle for the instruction tables.
 *     arm-linux-gnueabihf-gcc -O1 -static -marm -mfpu=neon-vfpv4 one-insn.c -o one-insn
 * With -DFEW_REGISTERS only d0 to d15 are used, for cores that have no others.
 * Reads from standard input the data page, then cases; writes for each case a result of the same layout, and the data page. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define DATA 0x40000000u
#define CODE 0x40002000u /* of the instruction; the one before it sets the data endianness */
#define PAGE 0x1000

struct state {
  uint32_t word;  /* the instruction; in results: 0 done, else the signal */
  uint32_t apsr;  /* bit 0: data is big-endian */
  uint32_t fpscr;
  uint32_t core[13];
  uint64_t d[32];
};

#ifdef FEW_REGISTERS
#define LOAD_HIGH ""
#define STORE_HIGH ""
#else
#define LOAD_HIGH "vldmia r1!, {d16-d31}\n"
#define STORE_HIGH "vstmia r1!, {d16-d31}\n"
#endif

static struct state c;
static unsigned char initial[PAGE];
static sigjmp_buf back;

static void caught(int signal) { siglongjmp(back, signal); }

/* Loads the state, calls the code page and stores the state again. */
__attribute__((naked)) static void run(struct state *s) {
  __asm__ volatile(
      "push {r4-r11, lr}\n push {r0, r1}\n"
      "add r1, r0, #64\n vldmia r1!, {d0-d15}\n" LOAD_HIGH
      "ldr r1, [r0, #8]\n vmsr fpscr, r1\n ldr r1, [r0, #4]\n msr apsr_nzcvq, r1\n"
      "mov lr, r0\n ldr r12, =0x40001ffc\n str r12, [sp, #4]\n"
      "add lr, lr, #12\n ldmia lr, {r0-r12}\n"
      "adr lr, 1f\n ldr pc, [sp, #4]\n"
      "1: ldr lr, [sp, #0]\n add lr, lr, #12\n stmia lr, {r0-r12}\n sub r0, lr, #12\n"
      "mrs r1, apsr\n str r1, [r0, #4]\n vmrs r1, fpscr\n str r1, [r0, #8]\n mov r1, #0\n vmsr fpscr, r1\n"
      "add r1, r0, #64\n vstmia r1!, {d0-d15}\n" STORE_HIGH
      "pop {r0, r1}\n pop {r4-r11, pc}\n .ltorg\n");
}

int main(void) {
  unsigned char *data = mmap((void *)DATA, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  uint32_t *code = mmap((void *)(CODE - PAGE), 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (data != (void *)DATA || code != (void *)(CODE - PAGE) || fread(initial, 1, PAGE, stdin) != PAGE) return 1;
  static const int signals[] = {SIGILL, SIGBUS, SIGSEGV};
  for (int i = 0; i < 3; i++) {
    struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};
    sigaction(signals[i], &action, 0);
  }
  code += PAGE / 4;
  code[1] = 0xf1010000; /* setend le */
  code[2] = 0xe12fff1e; /* bx lr */
  while (fread(&c, sizeof c, 1, stdin) == 1) {
    memcpy(data, initial, PAGE);
    code[0] = c.word;
    code[-1] = c.apsr & 1 ? 0xf1010200 : 0xf1010000;
    c.apsr &= ~1u;
    __builtin___clear_cache((char *)(code - 1), (char *)(code + 3));
    int signal = sigsetjmp(back, 1);
    if (signal == 0) run(&c);
    c.word = signal;
    fwrite(&c, sizeof c, 1, stdout);
    fwrite(data, PAGE, 1, stdout);
  }
  return 0;
}
