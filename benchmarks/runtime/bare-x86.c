/*
 * The machine underneath where there is no operating system: a PC, started as a multiboot kernel, with 32-bit code in flat segments and no
 * paging, or with 64-bit code and the first GiB mapped by pages of 2 MiB. The console is the first UART; time is the time stamp counter,
 * whose rate is measured with the interval timer; the end is the keyboard controller's reset. No exception is expected.
 */
#include "bench.h"
#include "interval-timer.h"

enum { UART = 0x3f8, LSR = 5, THRE = 0x20, KEYBOARD = 0x64, PULSE_RESET = 0xfe };
static void out(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
static uint8_t in(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static uint8_t stack[256 << 10] __attribute__((aligned(16), used));
static uint64_t hertz;

#define SSE_ON "  mov %cr4, %eax\n  or $0x600, %eax\n  mov %eax, %cr4\n  mov %cr0, %eax\n  and $~0xc, %eax\n  or $2, %eax\n  mov %eax, %cr0\n"
__asm__(
    ".section .text.start, \"ax\"\n.code32\n.global _start\n"
    ".balign 4\n.long 0x1badb002, 0, -0x1badb002\n"
    "_start:\n  cli\n  cld\n  mov $stack + 0x40000, %esp\n" SSE_ON "  fninit\n"
    /* Information for the kernel: the address of its command line, if there is one, is the fifth word. */
    "  mov 16(%ebx), %edi\n"
#ifdef __x86_64__
    ".pushsection .bss\n.balign 4096\ntables: .skip 12288\n.popsection\n"
    "  movl $tables + 0x1007, tables\n  movl $tables + 0x2007, tables + 0x1000\n"
    "  mov $0x87, %eax\n  mov $tables + 0x2000, %ecx\n1:\n  mov %eax, (%ecx)\n  add $8, %ecx\n  add $0x200000, %eax\n  cmp $tables + 0x3000, %ecx\n  jb 1b\n"
    "  mov $tables, %eax\n  mov %eax, %cr3\n  mov %cr4, %eax\n  or $0x20, %eax\n  mov %eax, %cr4\n"
    "  mov $0xc0000080, %ecx\n  rdmsr\n  or $0x100, %eax\n  wrmsr\n  mov %cr0, %eax\n  or $0x80000000, %eax\n  mov %eax, %cr0\n"
    "  lgdt gdtr\n  ljmp $8, $long_mode\n.balign 8\ngdt: .quad 0, 0x00209a0000000000\ngdtr: .word 15\n .long gdt\n"
    ".code64\nlong_mode:\n  xor %eax, %eax\n  mov %eax, %ss\n  mov %eax, %ds\n  mov %eax, %es\n  mov %edi, %edi\n  call start\n"
#else
    "  sub $12, %esp\n  push %edi\n  call start\n"
#endif
    ".text\n");

void platform_print(const char *text, size_t length) {
  for (; length > 0; length--, text++) {
    while (!(in(UART + LSR) & THRE)) {}
    out(UART, (uint8_t)*text);
  }
}

static void timer_out(unsigned port, uint8_t value) { out((uint16_t)port, value); }
static uint8_t timer_in(unsigned port) { return in((uint16_t)port); }

static uint64_t counter(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t)high << 32 | low;
}

uint64_t platform_microseconds(void) { return counter() / (hertz / 1000000); }

__attribute__((used)) void start(const char *line) {
  hertz = counter_rate();
  /* What the loader puts first is the kernel's name. */
  while (line != NULL && *line && *line != ' ') line++;
  bench_main(line == NULL ? "" : line);
  for (;;) out(KEYBOARD, PULSE_RESET);
}
