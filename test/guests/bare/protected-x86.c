// Protected mode of an x86 CPU without an operating system: segments, gates, tasks, paging, virtual-8086 mode, traps, code that changes.
// Every case prints the exceptions it met: vector, error code, EIP from the case's start, CS, EFLAGS (without the arithmetic ones), CR2 of
// page faults, and then the registers it ended with. The image is a ROM: it copies itself to 0x10000 and runs there.
//
//   i686-linux-gnu-gcc -m32 -march=i686 -Os -ffreestanding -nostdlib -static -fno-pic -fno-stack-protector -fcf-protection=none \
//     -fno-toplevel-reorder -Wl,-T,protected-x86.ld,--build-id=none,--oformat=binary protected-x86.c -o protected-x86.rom
//   qemu-system-i386 -M pc -cpu qemu32 -display none -serial stdio -monitor none -no-reboot \
//     -device isa-debug-exit,iobase=0xf4,iosize=4 -bios protected-x86.rom   (a ROM built with -DFOR_QEMU: without what makes QEMU reset)
typedef unsigned u32;
typedef unsigned char u8;
typedef unsigned short u16;
#define NOINLINE __attribute__((noinline))

__asm__(".section .reset,\"ax\"\n.code16\nljmp $0xf000, $start16_offset\n.org 16, 0\n"
        ".text\n.globl start16, boot_gdtr, vectors, common\nstart16:\n cli\n cld\n movw $0xf000, %ax\n movw %ax, %ds\n movw $0x1000, %ax\n movw %ax, %es\n xorl %esi, %esi\n"
        " xorl %edi, %edi\n movl $0x4000, %ecx\n rep movsl\n movw %ax, %ds\n lgdtl boot_gdtr_offset\n movl %cr0, %eax\n orb $1, %al\n"
        " movl %eax, %cr0\n ljmpl $8, $start32\n.code32\n"
        "start32:\n movw $0x10, %ax\n movw %ax, %ds\n movw %ax, %es\n movw %ax, %ss\n movw %ax, %fs\n movw %ax, %gs\n movl $0x30000, %esp\n call run\n"
        "1: hlt\n jmp 1b\n.balign 8\nboot_gdt: .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff\nboot_gdtr: .word 23\n .long boot_gdt\n");

static void outb(u16 port, u8 v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static void put(char c) { outb(0x3f8, c); }
static void text(const char *s) { while (*s) put(*s++); }
static void hex(u32 v) {
  int i = 28;
  while (i > 0 && (v >> i & 15) == 0) i -= 4;
  for (; i >= 0; i -= 4) put("0123456789abcdef"[v >> i & 15]);
}
static NOINLINE void value(const char *name, u32 v) { put(' '); text(name); put('='); hex(v); }

// Selectors; A, B and C are what cases set.
enum { CODE0 = 0x08, DATA0 = 0x10, CODE3 = 0x1b, DATA3 = 0x23, TSS1 = 0x28, A = 0x30, B = 0x38, C = 0x40, TSS2 = 0x48, TSS8 = 0x50, LDT = 0x58 };
#define GDT ((volatile u32 *)0x2000)
#define IDT ((volatile u32 *)0x3000)
#define LDTAT ((volatile u32 *)0x3800)
// Task states: the program's own, another task's, that of the double fault's handler.
#define T1 ((volatile u32 *)0x4000)
#define T2 ((volatile u32 *)0x4400)
#define T8 ((volatile u32 *)0x4800)
#define V86 ((volatile u8 *)0x5000)
#define BUF ((volatile u32 *)0x40000)
#define PD ((volatile u32 *)0x50000)
#define PT ((volatile u32 *)0x51000)

static NOINLINE void desc(u32 selector, u32 base, u32 limit, u32 access, u32 flags) {
  volatile u32 *d = (selector & 4 ? LDTAT : GDT) + (selector >> 3) * 2;
  d[0] = (limit & 0xffff) | base << 16;
  d[1] = (base >> 16 & 0xff) | access << 8 | (limit & 0xf0000) | flags << 20 | (base & 0xff000000);
}
static NOINLINE void gate(volatile u32 *table, u32 n, u32 selector, u32 offset, u32 access, u32 count) {
  table[2 * n] = (offset & 0xffff) | selector << 16;
  table[2 * n + 1] = (offset & 0xffff0000) | access << 8 | count;
}

struct record { u32 gs, fs, es, ds, di, si, bp, sp_, bx, dx, cx, ax, vector, error, ip, cs, flags, sp, ss, ves, vds, vfs, vgs, cr2; } records[8];
// For LSS: where a case's stack is.
volatile u32 case_esp[2] = {0, DATA0};
volatile u32 count, resume, case_resume, where, ended[8], going;

// Entry points of all vectors, 16 bytes each: an error code where the CPU gives none, and the vector.
__asm__(".text\n.balign 16\nvectors:\n.set n, 0\n.rept 256\n.balign 16\n"
        ".if (n == 8) || (n >= 10 && n <= 14) || (n == 17)\n.else\n pushl $0\n.endif\n pushl $n\n jmp common\n.set n, n + 1\n.endr\n"
        "common:\n pushal\n pushl %ds\n pushl %es\n pushl %fs\n pushl %gs\n cld\n movl $0x10, %eax\n movl %eax, %ds\n movl %eax, %es\n"
        " movl %esp, %eax\n call note\n testl %eax, %eax\n jz 1f\n popl %gs\n popl %fs\n popl %es\n popl %ds\n popal\n addl $8, %esp\n iretl\n"
        "1: pushl $2\n popfl\n lssl case_esp, %esp\n jmp *case_resume\n");
extern u8 vectors[];

// Notes an exception; does the program go on where it was? `resume` has a bit for each vector that it does after.
__attribute__((regparm(1), used)) u32 note(u32 *frame) {
  u32 cr2, i = count++;
  __asm__ volatile("movl %%cr2, %0" : "=r"(cr2));
  if (i < 8) {
    for (u32 n = 0; n < 23; n++) ((u32 *)&records[i])[n] = frame[n];
    records[i].cr2 = cr2;
  }
  u32 vector = frame[12];
  return i < 7 && vector < 32 && (resume >> vector & 1);
}

static NOINLINE void report(const char *name) {
  text(name);
  put(':');
  for (u32 i = 0; i < count && i < 8; i++) {
    struct record *r = &records[i];
    if (r->vector == 0x40) { text(" end"); continue; }
    text(i ? "\n   " : "");
    value("v", r->vector);
    value("e", r->error);
    value("ip", r->flags & 0x20000 || r->ip - where > 0x400 ? r->ip : r->ip - where);
    value("cs", r->cs & 0xffff);
    value("fl", r->flags & ~0x8d5);
    if (r->vector == 14) value("cr2", r->cr2);
    if (r->flags & 0x20000 || r->cs & 3) { value("ss", r->ss & 0xffff); value("sp", r->sp); }
    if (r->flags & 0x20000) { value("vds", r->vds & 0xffff); value("ds", r->ds & 0xffff); }
    else if (r->cs & 3) { value("ds", r->ds & 0xffff); value("es", r->es & 0xffff); value("fs", r->fs & 0xffff); value("gs", r->gs & 0xffff); }
  }
  if (count == 0) text(" none");
  if (count == 0 || records[(count - 1) & 7].vector != 0x40) { value("ax", ended[7]); }
  else { value("ax", records[(count - 1) & 7].ax); value("cx", records[(count - 1) & 7].cx); }
  put('\n');
  count = resume = 0;
}

// A case: runs the code with EAX 0x11111111, ECX 0, EBX, ESI and EDI = BUF; 99 is its start, 98 its end.
#define RUN(code, ...) __asm__ volatile( \
    "pushal\n pushl %%ds\n pushl %%es\n movl %%esp, case_esp\n movl $98f, case_resume\n movl $99f, where\n" \
    "movl $0x11111111, %%eax\n xorl %%ecx, %%ecx\n movl $0x40000, %%ebx\n movl %%ebx, %%esi\n movl %%ebx, %%edi\n clc\n" \
    "99: " code "\n98: movl $0x10, %%edx\n movl %%edx, %%ds\n movl %%eax, ended+28\n lssl case_esp, %%esp\n" \
    " movl %%edx, %%fs\n movl %%edx, %%gs\n popl %%es\n popl %%ds\n popal" : : __VA_ARGS__ : "memory", "cc")
#define CASE(name, code, ...) do { RUN(code, __VA_ARGS__); report(name); } while (0)
// The same in a program of level 3, whose stack ends at 0x38000.
#define TO3(flags) "pushl $0x23\n pushl $0x38000\n pushl $" flags "\n pushl $0x1b\n pushl $97f\n iretl\n97: movl $0x23, %%edx\n movl %%edx, %%ds\n movl %%edx, %%es\n"
#define USER(name, code, ...) CASE(name, TO3("2") "movl $97b, %%ss:where\n" code "\n int $0x40", "i"(0), ##__VA_ARGS__)

static void set_up(void) {
  for (volatile u32 *p = (u32 *)0x2000; p < (u32 *)0x6000; p++) *p = 0;
  desc(CODE0, 0, 0xfffff, 0x9b, 12); desc(DATA0, 0, 0xfffff, 0x93, 12);
  desc(CODE3, 0, 0xfffff, 0xfb, 12); desc(DATA3, 0, 0xfffff, 0xf3, 12);
  desc(TSS1, (u32)T1, 0x1ff, 0x89, 0); desc(TSS2, (u32)T2, 0x67, 0x89, 0); desc(TSS8, (u32)T8, 0x67, 0x89, 0);
  desc(LDT, (u32)LDTAT, 0x3f, 0x82, 0);
  for (u32 i = 0; i < 256; i++) gate(IDT, i, CODE0, (u32)vectors + 16 * i, i == 3 || i == 4 || i >= 0x40 ? 0xee : 0x8e, 0);
  T1[1] = 0x34000; T1[2] = DATA0; T1[25] = 0x2000000;
  struct { u16 limit; u32 base; } __attribute__((packed)) gdtr = {0xff, 0x2000}, idtr = {0x7ff, 0x3000};
  __asm__ volatile("lgdt %0\n lidt %1\n ltr %w2\n lldt %w3" : : "m"(gdtr), "m"(idtr), "r"(TSS1), "r"(LDT));
  outb(0x21, 0xff); outb(0xa1, 0xff);
}

#include "protected-x86-cases.h"

void run(void) {
  set_up();
  traps();
  segments();
  levels();
  gates();
  tasks();
  virtual_8086();
  changing_code();
  paging();
  text("done\n");
  __asm__ volatile("outl %0, $0xf4" : : "a"(0));
}
