/*
 * A guest without an operating system for the "virt" board that prints what alignment faults of Advanced SIMD loads and stores look
 * like: for each instruction and address the fault status, fault address, where it was, and that nothing has changed. Everything is done a
 * hundred times, so that the code gets hot, and must come out the same each time. Then it switches off. Build:
 *
 *   arm-linux-gnueabihf-gcc -O2 -marm -march=armv7ve -mfpu=neon-vfpv4 -mfloat-abi=hard -ffreestanding -fno-builtin -nostdlib -static \
 *     -fno-tree-vectorize -Wl,-Ttext=0x40010000,--build-id=none,-n -o test/guests/bare/neon-align-arm.elf \
 *     test/guests/bare/neon-align-arm.c && arm-linux-gnueabihf-strip test/guests/bare/neon-align-arm.elf
 *
 * neon-align-arm.txt is what it prints on qemu-system-arm 7.2 with -M virt -cpu cortex-a15 -nographic.
 */
typedef unsigned int u32;

#define UART (*(volatile u32 *)0x09000000)

struct fault {
  u32 count, dfsr, dfar, pc, spsr;
} fault;
struct result {
  struct fault fault;
  u32 base, registers[8];
};
struct test {
  u32 code;
  const char *name;
};

static u32 table[4096] __attribute__((aligned(16384)));
static u32 stack[2048] __attribute__((aligned(8), used));
static u32 abort_stack[64] __attribute__((aligned(8), used));
static u32 data[64] __attribute__((aligned(64)));

__asm__(
    ".section .text.start, \"ax\"\n"
    ".arm\n.global _start\n_start:\n"
    "  cps #0x17\n  ldr sp, =abort_stack + 256\n  cps #0x1f\n  ldr sp, =stack + 8192\n"
    "  ldr r0, =vectors\n  mcr p15, 0, r0, c12, c0, 0\n"
    "  mrc p15, 0, r0, c1, c0, 2\n  orr r0, r0, #0xf00000\n  mcr p15, 0, r0, c1, c0, 2\n  isb\n"
    "  mov r0, #0x40000000\n  vmsr fpexc, r0\n"
    "  bl main\n  b .\n"
    ".balign 32\nvectors:\n"
    "  b .\n  b .\n  b .\n  b .\n  b data_abort\n  b .\n  b .\n  b .\n"
    /* Goes on behind the instruction; all those that fault here have four bytes. */
    "data_abort:\n  sub lr, lr, #4\n  push {r0-r3, lr}\n  ldr r0, =fault\n"
    "  ldr r1, [r0]\n  add r1, r1, #1\n  str r1, [r0]\n"
    "  mrc p15, 0, r2, c5, c0, 0\n  mrc p15, 0, r3, c6, c0, 0\n  strd r2, r3, [r0, #4]\n"
    "  sub r1, lr, #4\n  mrs r2, spsr\n  str r1, [r0, #12]\n  str r2, [r0, #16]\n"
    "  ldm sp!, {r0-r3, pc}^\n"
    ".ltorg\n.text\n"
    /* A row of the table: the code of a function of r0 and r1, and its text. */
    ".macro test text:vararg\n"
    "  .section .rodata.names, \"a\"\n1:  .asciz \"\\text\"\n  .text\n2:  \\text\n  bx lr\n"
    "  .section .rodata.tests, \"a\"\n  .word 2b, 1b\n  .text\n"
    ".endm\n"
    ".macro thumb text:vararg\n"
    "  .section .rodata.names, \"a\"\n1:  .asciz \"(T32) \\text\"\n  .text\n  .balign 4\n  .thumb\n2:  nop\n  \\text\n  bx lr\n"
    "  .balign 4\n  .arm\n  .section .rodata.tests, \"a\"\n  .word 2b + 1, 1b\n  .text\n"
    ".endm\n"
    ".section .rodata.tests, \"a\"\n.balign 4\ntests:\n.text\n.balign 4\n"
    "test vld1.8 {d0-d3}, [r0:256]!\n"
    "test vld1.64 {d0-d3}, [r0:256], r1\n"
    "test vld2.16 {d0-d3}, [r0:256]!\n"
    "test vld4.8 {d0-d3}, [r0:256]!\n"
    "test vld4.32 {d0,d2,d4,d6}, [r0:256]\n"
    "test vst1.32 {d0-d3}, [r0:256]!\n"
    "test vst2.8 {d0-d3}, [r0:256], r1\n"
    "test vst4.16 {d0-d3}, [r0:256]!\n"
    "test vld1.8 {d0-d3}, [r0:128]!\n"
    "test vst4.16 {d0-d3}, [r0:128]!\n"
    "test vld1.32 {d0-d2}, [r0:64]!\n"
    "test vld4.32 {d0[1],d1[1],d2[1],d3[1]}, [r0:128]!\n"
    "test vld4.32 {d0[],d1[],d2[],d3[]}, [r0:128]!\n"
    "test vld1.8 {d0-d3}, [r0]!\n"
    "thumb vld1.8 {d0-d3}, [r0:256]!\n"
    "thumb vst4.32 {d0-d3}, [r0:256], r1\n"
    ".section .rodata.tests, \"a\"\ntests_end:\n.text\n");
extern const struct test tests[], tests_end[];

static void map(void) {
  for (u32 i = 0; i < 4096; i++) table[i] = (i << 20) | 0xc02 | (i >= 0x400 ? 0x1000c : 0x4);
  table[0x500] = 0; /* nothing there */
  __asm__ volatile(
      "mcr p15, 0, %0, c2, c0, 0\n mcr p15, 0, %1, c2, c0, 2\n mcr p15, 0, %2, c3, c0, 0\n mcr p15, 0, %1, c8, c7, 0\n dsb\n isb\n"
      "mrc p15, 0, r0, c1, c0, 0\n orr r0, r0, #1\n orr r0, r0, #0x1800\n orr r0, r0, #4\n mcr p15, 0, r0, c1, c0, 0\n isb\n" ::"r"(table),
      "r"(0), "r"(1)
      : "r0", "memory");
}

__attribute__((noinline)) static void run(const struct test *test, u32 address, struct result *out) {
  for (u32 i = 0; i < 64; i++) data[i] = 0x01020304 * (i + 1);
  fault = (struct fault){0};
  register u32 base __asm__("r0") = address;
  register u32 offset __asm__("r1") = 0x30;
  __asm__ volatile(
      "vmov.i8 q0, #0x11\n vmov.i8 q1, #0x22\n vmov.i8 q2, #0x33\n vmov.i8 q3, #0x44\n"
      "cmn %0, %0\n blx %2\n vstmia %3, {d0-d3}\n"
      : "+r"(base), "+r"(offset)
      : "r"(test->code), "r"(out->registers)
      : "r2", "r3", "r12", "lr", "q0", "q1", "q2", "q3", "memory", "cc");
  out->base = base - address;
  out->fault = fault;
  if (fault.count > 0) out->fault.pc -= test->code & ~1u;
}

static void print(const char *s) {
  while (*s != 0) UART = *s++;
}
static void number(const char *name, u32 x) {
  print(name);
  for (int i = 28; i >= 0; i -= 4) UART = "0123456789abcdef"[x >> i & 15];
}

static u32 differs(const struct result *a, const struct result *b) {
  const u32 *x = (const u32 *)a, *y = (const u32 *)b;
  for (u32 i = 0; i < sizeof(struct result) / 4; i++)
    if (x[i] != y[i]) return 1;
  return 0;
}

void main(void) {
  map();
  static struct result first, again;
  const u32 addresses[] = {(u32)data, (u32)data + 8, (u32)data + 16, (u32)data + 20, (u32)data + 32, 0x50000000, 0x50000010};
  for (const struct test *test = tests; test < tests_end; test++) {
    print(test->name);
    print("\n");
    for (u32 i = 0; i < 7; i++) {
      run(test, addresses[i], &first);
      u32 different = 0;
      for (u32 n = 0; n < 100; n++) {
        run(test, addresses[i], &again);
        different += differs(&first, &again);
      }
      number(" ", addresses[i] & 0xff0000ff);
      number(" base +", first.base);
      u32 sum = 0, stored = 0;
      for (u32 k = 0; k < 8; k++) sum = sum * 31 + first.registers[k];
      for (u32 k = 0; k < 64; k++) stored = stored * 31 + data[k];
      number(" d ", sum);
      number(" memory ", stored);
      if (first.fault.count == 0) print(" no fault");
      else {
        number(" faults ", first.fault.count);
        number(" dfsr ", first.fault.dfsr);
        number(" dfar ", first.fault.dfar & 0xff0000ff);
        number(" pc +", first.fault.pc);
        number(" spsr ", first.fault.spsr);
      }
      if (different > 0) number(" DIFFERENT LATER ", different);
      print("\n");
    }
  }
  __asm__ volatile("ldr r0, =0x84000008\n hvc #0" ::: "r0");
}
