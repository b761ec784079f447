/*
 * The machine underneath where there is no operating system: QEMU's "malta" board with a 32-bit CPU of either byte order. Code runs in kseg0;
 * the console is the first UART of the super I/O chip; time is the CPU's Count register, whose rate is measured with the interval timer; the
 * command line is the second argument of the boot loader's list; the end is the board's reset register. No exception is expected.
 */
#include "bench.h"
#include "interval-timer.h"

enum { IO = 0xb8000000u, UART = 0x3f8, LSR = 5, THRE = 0x20, SOFTRES = 0xbf000500u, GORESET = 0x42 };
static volatile uint8_t *port(unsigned n) { return (volatile uint8_t *)(IO + n); }

static uint8_t stack[256 << 10] __attribute__((aligned(16), used));
static uint64_t hertz;

__asm__(
    ".section .text.start, \"ax\"\n.global _start\n.set push\n.set noreorder\n"
    "_start:\n"
    /* Floating point, with pairs of registers for doubles; interrupts off. */
    "  lui $t0, 0x2040\n  mtc0 $t0, $12\n  ehb\n"
    "  lui $sp, %hi(stack + 0x3fff0)\n  addiu $sp, $sp, %lo(stack + 0x3fff0)\n"
    "  lui $t9, %hi(start)\n  addiu $t9, $t9, %lo(start)\n  jalr $t9\n  nop\n"
    ".set pop\n.text\n");

void platform_print(const char *text, size_t length) {
  for (; length > 0; length--, text++) {
    while (!(*port(UART + LSR) & THRE)) {}
    *port(UART) = (uint8_t)*text;
  }
}

static void timer_out(unsigned n, uint8_t value) { *port(n) = value; }
static uint8_t timer_in(unsigned n) { return *port(n); }

static uint64_t counter(void) {
  /* Count comes round within seconds: time is added up from call to call, and programs are shorter. */
  static uint32_t last;
  static uint64_t total;
  uint32_t now;
  __asm__ volatile("mfc0 %0, $9" : "=r"(now));
  total += now - last;
  last = now;
  return total;
}

uint64_t platform_microseconds(void) { return counter() * 1000000 / hertz; }

__attribute__((used)) void start(int argc, const uint32_t *argv) {
  hertz = counter_rate();
  bench_main(argc > 1 ? (const char *)(uintptr_t)argv[1] : "");
  for (;;) *(volatile uint32_t *)SOFTRES = GORESET;
}
