/*
 * The machine underneath where there is no operating system: QEMU's "virt" board with an ARMv7-A CPU. The MMU is on, with caches and a flat
 * mapping by 1 MiB sections; the console is the PL011; time is the virtual counter of the generic timer; the command line comes
 * from the device tree at the beginning of RAM; the end is PSCI's SYSTEM_OFF. No exception is expected: one is reported, and ends it.
 */
#include "bench.h"

enum { RAM = 0x40000000, UART = 0x09000000, UARTFR = 0x18, TXFF = 1 << 5 };
#define REGISTER(a) (*(volatile uint32_t *)(a))

static uint32_t sections[4096] __attribute__((aligned(16384)));
static uint8_t stack[256 << 10] __attribute__((aligned(16), used));

__asm__(
    ".section .text.start, \"ax\"\n.arm\n.arch_extension virt\n.global _start\n"
    "_start:\n"
    "  ldr sp, =stack + 0x40000\n"
    "  ldr r0, =vectors\n  mcr p15, 0, r0, c12, c0, 0\n"
    /* Floating point and Advanced SIMD. */
    "  mrc p15, 0, r0, c1, c0, 2\n  orr r0, r0, #0xf00000\n  mcr p15, 0, r0, c1, c0, 2\n  isb\n"
    "  mov r0, #0x40000000\n  vmsr fpexc, r0\n"
    "  bl start\n"
    "power_off:\n  ldr r0, =0x84000008\n  hvc #0\n  b .\n"
    ".macro vector number\n  mov r0, #\\number\n  b exception\n.endm\n"
    ".balign 32\nvectors:\n"
    "  b .\n  b 1f\n  b 2f\n  b 3f\n  b 4f\n  b .\n  b 5f\n  b 6f\n"
    "1: vector 1\n2: vector 2\n3: vector 3\n4: vector 4\n5: vector 6\n6: vector 7\n"
    "exception:\n  mov r1, lr\n  ldr sp, =stack + 0x40000\n  bl report\n  b power_off\n"
    ".ltorg\n.text\n");

void platform_print(const char *text, size_t length) {
  for (; length > 0; length--, text++) {
    while (REGISTER(UART + UARTFR) & TXFF) {}
    if (*text == '\n') REGISTER(UART) = '\r';
    REGISTER(UART) = (uint8_t)*text;
  }
}

uint64_t platform_microseconds(void) {
  uint64_t count;
  uint32_t frequency;
  __asm__ volatile("isb\n mrrc p15, 1, %Q0, %R0, c14" : "=r"(count) : : "memory");
  __asm__ volatile("mrc p15, 0, %0, c14, c0, 0" : "=r"(frequency));
  return count * 16 / (frequency / 62500);
}

__attribute__((used)) void report(uint32_t vector, uint32_t address) {
  char line[] = "exception 0 before 00000000\n";
  line[10] = (char)('0' + vector);
  for (int i = 0; i < 8; i++) line[19 + i] = "0123456789abcdef"[address >> (28 - 4 * i) & 15];
  platform_print(line, sizeof line - 1);
}

static void map(void) {
  for (uint32_t i = 0; i < 4096; i++) {
    /* Read and write; RAM is normal memory, cached and written back, the rest is device memory. */
    uint32_t kind = i >= RAM >> 20 ? 0x1000c : 0x4;
    sections[i] = i << 20 | 0xc02 | kind;
  }
  __asm__ volatile(
      "dsb\n mcr p15, 0, %0, c2, c0, 0\n mcr p15, 0, %1, c2, c0, 2\n mcr p15, 0, %2, c3, c0, 0\n"
      "mcr p15, 0, %1, c8, c7, 0\n dsb\n isb\n"
      /* Branch prediction, instruction cache, data cache, MMU. */
      "mrc p15, 0, r0, c1, c0, 0\n orr r0, r0, #0x1800\n orr r0, r0, #5\n mcr p15, 0, r0, c1, c0, 0\n isb\n" ::"r"(sections),
      "r"(0), "r"(1)
      : "r0", "memory");
}

static uint32_t big_endian(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* The property "bootargs", wherever it is (Devicetree Specification, chapter 5). */
static const char *command_line(void) {
  enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4 };
  const uint8_t *tree = (const uint8_t *)RAM;
  __asm__("" : "+r"(tree));
  if (big_endian(tree) != MAGIC) return "";
  const uint8_t *at = tree + big_endian(tree + 8), *names = tree + big_endian(tree + 12);
  for (;;) {
    uint32_t token = big_endian(at);
    at += 4;
    if (token == BEGIN_NODE) at += (strlen((const char *)at) + 4) & ~3u;
    else if (token == PROP) {
      uint32_t length = big_endian(at);
      const char *name = (const char *)names + big_endian(at + 4);
      if (memcmp(name, "bootargs", 9) == 0) return (const char *)at + 8;
      at += 8 + ((length + 3) & ~3u);
    } else if (token != END_NODE && token != NOP) return "";
  }
}

__attribute__((used)) void start(void) {
  map();
  bench_main(command_line());
}
