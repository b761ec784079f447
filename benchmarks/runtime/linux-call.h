/* System calls of 32-bit Linux architectures, and of x86-64: write, exit, clock_gettime with words of the machine's size. */
#ifndef LINUX_CALL_H
#define LINUX_CALL_H

/* _start calls linux_start with the address where argc, argv[0], argv[1] ... are. */
#if defined __arm__
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 263 };
__asm__(".text\n.arm\n.global _start\n.type _start, %function\n_start: mov r0, sp\n bic sp, sp, #15\n bl linux_start\n");
static long linux_call(long number, long a, long b, long c) {
  register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}
#elif defined __mips__
enum { SYS_exit = 4001, SYS_write = 4004, SYS_clock_gettime = 4263 };
__asm__(
    ".text\n.global __start\n.type __start, @function\n.set push\n.set noreorder\n__start: move $a0, $sp\n li $t0, -16\n and $sp, $sp, $t0\n"
    " addiu $sp, $sp, -16\n lui $t9, %hi(linux_start)\n addiu $t9, $t9, %lo(linux_start)\n jalr $t9\n nop\n.set pop\n");
static long linux_call(long number, long a, long b, long c) {
  register long v0 __asm__("$2") = number, a0 __asm__("$4") = a, a1 __asm__("$5") = b, a2 __asm__("$6") = c, a3 __asm__("$7");
  __asm__ volatile("syscall"
                   : "+r"(v0), "=r"(a3)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo", "memory");
  return a3 ? -v0 : v0;
}
#elif defined __powerpc__
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 246 };
__asm__(".text\n.global _start\n.type _start, @function\n_start: mr 3, 1\n clrrwi 1, 1, 4\n li 0, 0\n stwu 0, -16(1)\n bl linux_start\n");
static long linux_call(long number, long a, long b, long c) {
  register long r0 __asm__("r0") = number, r3 __asm__("r3") = a, r4 __asm__("r4") = b, r5 __asm__("r5") = c;
  __asm__ volatile("sc\n bns+ 1f\n neg %1, %1\n1:"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                   :
                   : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
  return r3;
}
#elif defined __sparc__
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 257 };
/* What is at the stack pointer first is room for a register window. */
__asm__(".text\n.global _start\n.type _start, #function\n_start: add %sp, 64, %o0\n call linux_start\n sub %sp, 96, %sp\n");
static long linux_call(long number, long a, long b, long c) {
  register long g1 __asm__("g1") = number, o0 __asm__("o0") = a, o1 __asm__("o1") = b, o2 __asm__("o2") = c;
  __asm__ volatile("t 0x10\n bcc 1f\n nop\n neg %%o0\n1:" : "+r"(o0) : "r"(g1), "r"(o1), "r"(o2) : "memory", "cc");
  return o0;
}
#elif defined __x86_64__
enum { SYS_exit = 60, SYS_write = 1, SYS_clock_gettime = 228 };
__asm__(".text\n.global _start\n.type _start, @function\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call linux_start\n");
static long linux_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
#elif defined __i386__
enum { SYS_exit = 1, SYS_write = 4, SYS_clock_gettime = 265 };
__asm__(".text\n.global _start\n.type _start, @function\n_start: mov %esp, %eax\n and $-16, %esp\n sub $12, %esp\n push %eax\n call linux_start\n");
static long linux_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}
#else
#error "no system calls are known for this architecture"
#endif
#endif
