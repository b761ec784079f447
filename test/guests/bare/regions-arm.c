/*
 * A guest without an operating system for the "virt" board that makes code hot and then takes the ground from under it: calls to a page
 * that is mapped elsewhere meanwhile, code that is overwritten, indirect branches that change their favourite, faults in the middle of
 * loops and of transfers of many registers. It prints a line for each case and switches off. Build:
 *
 *   arm-linux-gnueabihf-gcc -O2 -marm -march=armv7-a -mfpu=neon-vfpv4 -mfloat-abi=hard -ffreestanding -fno-builtin -nostdlib -static \
 *     -Wl,-Ttext=0x40010000,--build-id=none,-n -o test/guests/bare/regions-arm.elf test/guests/bare/regions-arm.c && \
 *     arm-linux-gnueabihf-strip test/guests/bare/regions-arm.elf
 */
typedef unsigned int u32;
typedef u32 (*Function)(u32);

#define REG(a) (*(volatile u32 *)(a))
#define UART 0x09000000
#define ROUNDS 4000

static u32 table[4096] __attribute__((aligned(16384)));
/* Second-level table for 1 MiB of virtual addresses from WINDOW on. */
static u32 small[256] __attribute__((aligned(1024)));
#define WINDOW 0x60000000
static u32 stack[4096] __attribute__((aligned(8), used));
static u32 abort_stack[256] __attribute__((aligned(8), used));
/* Physical pages to map in the window. */
static u32 pages[4][1024] __attribute__((aligned(4096)));
volatile u32 aborts, fault_address, fault_pc, resume;
volatile u32 fault_registers[15];

__asm__(
    ".section .text.start, \"ax\"\n"
    ".arm\n.global _start\n_start:\n"
    "  cps #0x17\n  ldr sp, =abort_stack + 1024\n  cps #0x1f\n  ldr sp, =stack + 16384\n"
    "  ldr r0, =vectors\n  mcr p15, 0, r0, c12, c0, 0\n"
    "  mrc p15, 0, r0, c1, c0, 2\n  orr r0, r0, #0xf00000\n  mcr p15, 0, r0, c1, c0, 2\n  isb\n  mov r0, #0x40000000\n  vmsr fpexc, r0\n"
    "  bl main\n  ldr r0, =0x84000008\n  .inst 0xe1400070\n  b .\n"
    ".balign 32\nvectors:\n"
    "  b .\n  b .\n  b .\n  b .\n  b data_abort\n  b .\n  b .\n  b .\n"
    /* Keeps the registers as they were, and goes on at `resume`. */
    "data_abort:\n  push {r0-r1}\n  ldr r0, =fault_registers\n  stmia r0!, {r0-r12}\n  pop {r0-r1}\n  push {r2-r3}\n"
    "  ldr r2, =fault_registers\n  stmia r2, {r0-r1}\n  sub r3, lr, #8\n  ldr r2, =fault_pc\n  str r3, [r2]\n"
    "  mrc p15, 0, r3, c6, c0, 0\n  ldr r2, =fault_address\n  str r3, [r2]\n  ldr r2, =aborts\n  ldr r3, [r2]\n  add r3, r3, #1\n  str r3, [r2]\n"
    "  ldr r2, =resume\n  ldr lr, [r2]\n  pop {r2-r3}\n  movs pc, lr\n"
    ".ltorg\n.text\n");

static void put(char c) { REG(UART) = c; }
static void text(const char *s) { while (*s) put(*s++); }
static void number(u32 n) { for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[(n >> i) & 15]); }
static void line(const char *name, u32 value) { text(name); put(' '); number(value); put('\n'); }

#define CP15(text, value) __asm__ volatile("mcr p15, 0, %0, " text "\n dsb\n isb" ::"r"(value) : "memory")
static void flush_all(void) { CP15("c8, c7, 0", 0); }
static void flush_page(u32 va) { CP15("c8, c7, 1", va); }
static void map(u32 page, void *at, u32 bits) { small[page] = (u32)at | 2 | bits; }
/* Small page of normal memory (no other kind takes unaligned accesses): read and write for both levels. */
#define RW 0x3c
#define NON_GLOBAL 0x800

/* Writes `add r0, r0, #n; bx lr` to a page. */
static void code(u32 *at, u32 n) {
  at[0] = 0xe2800000 | n;
  at[1] = 0xe12fff1e;
  CP15("c7, c5, 0", 0);
}

__attribute__((noinline)) static u32 call(Function f, u32 rounds) {
  u32 x = 1;
  for (u32 i = 0; i < rounds; i++) x = f(x) * 3;
  return x;
}

__attribute__((noinline)) static u32 call_two(Function f, Function g, u32 rounds) {
  u32 x = 1;
  for (u32 i = 0; i < rounds; i++) x = (i & 64 ? f : g)(x) * 3 + i;
  return x;
}

static u32 by_one(u32 x) { return x + 1; }
static u32 by_five(u32 x) { return x ^ (x >> 5); }

/* Sums words upward from an address until it faults; r4 counts. Returns the count and the sum as it was at the fault. */
__attribute__((noinline)) static u32 sum_until_fault(u32 from, u32 step, u32 *sum) {
  u32 count = 0, s = 0, at = from;
  __asm__ volatile(
      "  ldr r12, =resume\n  adr r3, 2f\n  str r3, [r12]\n"
      "1: ldr r3, [%2]\n  add %1, %1, r3\n  eor %1, %1, %1, ror #7\n  add %2, %2, %3\n  add %0, %0, #1\n  b 1b\n  .ltorg\n2:\n"
      : "+r"(count), "+r"(s), "+r"(at)
      : "r"(step)
      : "r3", "r12", "memory", "cc");
  *sum = s;
  return count;
}

/* The same with LDM of six registers and write-back: at the fault the base must be as it was before the instruction. */
__attribute__((noinline)) static u32 multiple_until_fault(u32 from, u32 *base) {
  u32 count = 0, at = from;
  __asm__ volatile(
      "  ldr r12, =resume\n  adr r3, 2f\n  str r3, [r12]\n"
      "1: ldmia %1!, {r3, r4, r5, r6, r7, r8}\n  add r3, r3, r8\n  add %0, %0, #1\n  b 1b\n  .ltorg\n2:\n"
      : "+r"(count), "+r"(at)
      :
      : "r3", "r4", "r5", "r6", "r7", "r8", "r12", "memory", "cc");
  *base = at;
  return count;
}

__attribute__((used)) int main(void) {
  for (u32 i = 0; i < 4096; i++) table[i] = (i << 20) | 0xc02 | (i >= 0x400 ? 0x1000c : 0x4);
  table[WINDOW >> 20] = (u32)small | 1;
  CP15("c2, c0, 0", (u32)table);
  CP15("c2, c0, 2", 0);
  CP15("c3, c0, 0", 1);
  CP15("c13, c0, 1", 1);
  flush_all();
  u32 control;
  __asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(control));
  CP15("c1, c0, 0", control | 0x1805);

  Function window = (Function)WINDOW;
  for (u32 i = 0; i < 4; i++) code(pages[i], 3 + 2 * i);

  map(0, pages[0], RW);
  line("called", call(window, ROUNDS));
  map(0, pages[1], RW);
  flush_page(WINDOW);
  line("page flushed", call(window, ROUNDS));
  map(0, pages[2], RW);
  flush_all();
  line("all flushed", call(window, ROUNDS));

  code(pages[2], 11);
  line("rewritten", call(window, ROUNDS));
  for (u32 i = 0; i < 50; i++) {
    code(pages[2], i);
    call(window, 60);
  }
  line("rewritten often", call(window, ROUNDS));

  /* Another address space has another page there. */
  map(0, pages[0], RW | NON_GLOBAL);
  flush_all();
  u32 mixed = 0;
  for (u32 i = 0; i < 40; i++) {
    u32 odd = i & 1;
    map(0, pages[odd], RW | NON_GLOBAL);
    CP15("c13, c0, 1", 2 + odd);
    if (i < 2) CP15("c8, c7, 2", 2 + odd);
    mixed = mixed * 31 + call(window, 300);
  }
  line("address spaces", mixed);
  CP15("c13, c0, 1", 1);

  map(0, pages[3], RW);
  flush_all();
  line("two callees", call_two(by_one, window, ROUNDS));
  line("other callees", call_two(by_five, by_one, ROUNDS));
  line("third callees", call_two(window, by_five, ROUNDS));

  /* Data: two pages, then nothing. */
  for (u32 i = 0; i < 1024; i++) {
    pages[0][i] = i * 0x01010101;
    pages[1][i] = i ^ 0x5a5a5a5a;
  }
  map(16, pages[0], RW);
  map(17, pages[1], RW);
  flush_all();
  u32 sum;
  for (u32 step = 4; step <= 12; step += 4)
    for (u32 turn = 0; turn < 6; turn++) {
      u32 count = sum_until_fault(WINDOW + 0x10000 + turn, step, &sum);
      line("fault after", count);
      line("  sum", sum);
      line("  at", fault_address);
    }
  for (u32 turn = 0; turn < 6; turn++) {
    u32 base, count = multiple_until_fault(WINDOW + 0x10000 + 4 * turn, &base);
    line("multiple after", count);
    line("  base", base);
    line("  at", fault_address);
  }
  /* The page behind goes away in the middle of the game, and comes back. */
  for (u32 turn = 0; turn < 4; turn++) {
    small[17] = turn & 1 ? (u32)pages[1] | 2 | RW : 0;
    flush_page(WINDOW + 0x11000);
    line("unmapped", sum_until_fault(WINDOW + 0x10000, 4, &sum));
    line("  sum", sum);
  }
  line("aborts", aborts);
  return 0;
}
