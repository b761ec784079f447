/*
 * A guest without an operating system for the "virt" board that never ends and whose state depends on everything: on the instruction
 * at which each timer interrupt comes, on the counter, on integer, floating-point and vector arithmetic, on calls, on code that
 * rewrites itself. Two runs with the instruction clock must be the same, whatever the tier. Build:
 *
 *   arm-linux-gnueabihf-gcc -O2 -marm -march=armv7-a -mfpu=neon-vfpv4 -mfloat-abi=hard -ffreestanding -fno-builtin -nostdlib -static \
 *     -Wl,-Ttext=0x40010000,--build-id=none,-n -o test/guests/bare/determinism-arm.elf test/guests/bare/determinism-arm.c && \
 *     arm-linux-gnueabihf-strip test/guests/bare/determinism-arm.elf
 *
 * With -DROUNDS=N it switches off through PSCI after N rounds: console-arm.elf is made so, with N = 1000.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define REG(a) (*(volatile u32 *)(a))
#define GICD 0x08000000
#define GICC 0x08010000
#define UART 0x09000000
#define VIRTUAL_TIMER 27

volatile u32 sum, ticks, rounds;
static u32 table[4096] __attribute__((aligned(16384)));
static u32 stack[2048] __attribute__((aligned(8), used));
static u32 irq_stack[256] __attribute__((aligned(8), used));
static u32 numbers[1024];
static double reals[256];
static float singles[256];

__asm__(
    ".section .text.start, \"ax\"\n"
    ".arm\n.global _start\n_start:\n"
    "  cps #0x12\n  ldr sp, =irq_stack + 1024\n  cps #0x1f\n  ldr sp, =stack + 8192\n"
    "  ldr r0, =vectors\n  mcr p15, 0, r0, c12, c0, 0\n"
    "  mrc p15, 0, r0, c1, c0, 2\n  orr r0, r0, #0xf00000\n  mcr p15, 0, r0, c1, c0, 2\n  isb\n"
    "  mov r0, #0x40000000\n  vmsr fpexc, r0\n"
    "  bl main\n  b .\n"
    ".balign 32\nvectors:\n"
    "  b .\n  b .\n  b .\n  b .\n  b .\n  b .\n  b irq\n  b .\n"
    /* The address that was interrupted becomes part of the sum. */
    "irq: sub lr, lr, #4\n  push {r0-r3, r12, lr}\n  mov r0, lr\n  bl tick\n  ldm sp!, {r0-r3, r12, pc}^\n"
    ".ltorg\n.text\n");

__attribute__((used, target("general-regs-only"))) void tick(u32 pc) {
  u32 id = REG(GICC + 0xc);
  if ((id & 0x3ff) == VIRTUAL_TIMER) {
    u32 next = 300 + (sum & 0x3ff);
    sum = sum * 31 + pc;
    ticks++;
    __asm__ volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(next));
  }
  REG(GICC + 0x10) = id;
}

static void map(void) {
  for (u32 i = 0; i < 4096; i++) table[i] = (i << 20) | 0xc02 | (i >= 0x400 ? 0x1000c : 0x4);
  u32 base = (u32)table;
  __asm__ volatile(
      "mcr p15, 0, %0, c2, c0, 0\n mcr p15, 0, %1, c2, c0, 2\n mcr p15, 0, %2, c3, c0, 0\n mcr p15, 0, %1, c8, c7, 0\n dsb\n isb\n"
      "mrc p15, 0, r0, c1, c0, 0\n orr r0, r0, #1\n orr r0, r0, #0x1800\n orr r0, r0, #4\n mcr p15, 0, r0, c1, c0, 0\n isb\n" ::"r"(base),
      "r"(0), "r"(1)
      : "r0", "memory");
}

static u32 random(void) {
  static u32 state = 1;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

__attribute__((noinline)) static u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

__attribute__((noinline)) static void sort(u32 *a, int from, int to) {
  if (from >= to) return;
  u32 pivot = a[(from + to) / 2];
  int i = from, j = to;
  while (i <= j) {
    while (a[i] < pivot) i++;
    while (a[j] > pivot) j--;
    if (i <= j) {
      u32 t = a[i];
      a[i++] = a[j];
      a[j--] = t;
    }
  }
  sort(a, from, j);
  sort(a, i, to);
}

__attribute__((noinline)) static double floats(void) {
  double s = 0;
  for (int i = 0; i < 256; i++) {
    reals[i] = reals[i] * 0.75 + (double)(int)random() / 65536;
    singles[i] = (float)reals[i] * 3.0f + 1.0f / (float)(i + 1);
    s += reals[i] * singles[i] / (1.0 + i);
  }
  float t = 0;
  for (int i = 0; i < 256; i++) t += singles[i];
  return s + t;
}

__attribute__((noinline)) static void vectors_add(void) {
  u32 *a = numbers, *end = numbers + 1024;
  while (a < end) {
    __asm__ volatile("vld1.32 {q0}, [%0]\n vshl.u32 q1, q0, #3\n veor q1, q1, q0\n vadd.i16 q1, q1, q0\n vst1.32 {q1}, [%0]!"
                     : "+r"(a)::"q0", "q1", "memory");
  }
}

/* mov r0, #n; add r0, r0, #n; bx lr: rewritten again and again, with the upkeep of caches that the architecture asks for. */
static u32 code[64] __attribute__((aligned(64)));
__attribute__((noinline)) static u32 rewritten(u32 n) {
  code[0] = 0xe3a00000 | (n & 0xff);
  code[1] = 0xe2800000 | (n >> 3 & 0xff);
  code[2] = 0xe12fff1e;
  for (int i = 0; i < 64; i += 4)
    __asm__ volatile("mcr p15, 0, %0, c7, c11, 1\n mcr p15, 0, %0, c7, c5, 1" ::"r"(code + i) : "memory");
  __asm__ volatile("dsb\n isb" ::: "memory");
  return ((u32(*)(void))code)();
}

/* Rewrites the instruction after next of its own block, and one of the block behind it, without any upkeep. */
__attribute__((noinline)) static u32 rewriting(u32 n) {
  u32 result;
  u32 first = 0xe2800000 | (n & 0xff), second = 0xe2800000 | (n >> 2 & 0xff);
  __asm__ volatile(
      "mov r0, #0\n adr r1, 1f\n adr r2, 2f\n str %1, [r1]\n str %2, [r2]\n"
      "1: add r0, r0, #1\n b 3f\n3: add r0, r0, #4\n2: add r0, r0, #2\n mov %0, r0\n"
      : "=r"(result)
      : "r"(first), "r"(second)
      : "r0", "r1", "r2", "memory");
  return result;
}

void main(void) {
  map();
  REG(GICD + 0x100) = 1u << VIRTUAL_TIMER;
  REG(GICC + 4) = 0xff;
  REG(GICC) = 1;
  REG(GICD) = 1;
  __asm__ volatile("mcr p15, 0, %0, c14, c3, 0\n mcr p15, 0, %1, c14, c3, 1\n cpsie i" ::"r"(1000), "r"(1));
  for (;;) {
    u64 now;
    for (int i = 0; i < 1024; i++) numbers[i] ^= random() >> (i & 7);
    vectors_add();
    sort(numbers, 0, 1023);
    for (int i = 0; i < 1024; i += 7) sum = (sum << 1 | sum >> 31) ^ numbers[i];
    sum += fib(12 + (rounds & 3));
    sum += (u32)(int)floats();
    for (u32 i = 0; i < 20; i++) sum = sum * 5 + rewritten(rounds + i);
    for (u32 i = 0; i < 20; i++) sum = sum * 5 + rewriting(rounds * 3 + i);
    __asm__ volatile("mrrc p15, 1, %Q0, %R0, c14" : "=r"(now));
    sum += (u32)now;
    if ((rounds++ & 15) == 0) {
      u32 s = sum;
      for (int i = 28; i >= 0; i -= 4) REG(UART) = "0123456789abcdef"[s >> i & 15];
      REG(UART) = '\n';
    }
#ifdef ROUNDS
    if (rounds == ROUNDS) __asm__ volatile("ldr r0, =0x84000008\n hvc #0" ::: "r0");
#endif
    /* Sometimes the rest of the time until the next interrupt is slept through. */
    if ((rounds & 7) == 0) __asm__ volatile("wfi");
  }
}
