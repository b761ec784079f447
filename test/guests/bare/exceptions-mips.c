// Exceptions, the TLB, interrupts and modes of a MIPS32 release 2 CPU without an operating system. What it prints was recorded from QEMU's
// Malta board (exceptions-mips.txt, but for one line: see test/exceptions-mips.test.ts); the UART is where that board has it.
//
//   mipsel-linux-gnu-gcc -mips32r2 -msoft-float -mno-abicalls -fno-pic -G0 -Os -ffreestanding -nostdlib -static \
//     -Wl,-Ttext=0x80100000,--build-id=none,-n exceptions-mips.c -o exceptions-mipsel.elf
//   qemu-system-mipsel -M malta -cpu 24Kf -display none -vga none -serial stdio -monitor none -no-reboot -kernel exceptions-mipsel.elf
typedef unsigned u32;
#define UART (*(volatile unsigned char *)0xb80003f8)

__asm__(".text\n.globl __start\n__start:\nlui $29, 0x8020\njal main\nnop\n1: b 1b\nnop\n");

#define STR(x) #x
#define mfc0(reg, sel) ({ u32 v_; __asm__ volatile("mfc0 %0, $" STR(reg) ", " STR(sel) : "=r"(v_)); v_; })
#define mtc0(reg, sel, value) __asm__ volatile("mtc0 %z0, $" STR(reg) ", " STR(sel) "\nehb" : : "Jr"((u32)(value)) : "memory")

static void put(char c) { UART = c; }
static void text(const char *s) { while (*s) put(*s++); }
static void hex(u32 v) {
  for (int i = 28; i >= 0; i -= 4) put("0123456789abcdef"[(v >> i) & 15]);
}
static void line(const char *name, u32 v) { text(name); put(' '); hex(v); put('\n'); }

// What the handlers noted: vector, Cause, EPC, BadVAddr, EntryHi, Context, Status.
volatile u32 seen[8], count, resume, mode_after;

// At each vector: its offset to $27, then to `common`, which notes everything and goes on at `resume`, or behind the instruction.
__asm__(".set noreorder\n.set noat\n"
        "vector_code:\n  lui $26, %hi(common)\n  addiu $26, $26, %lo(common)\n  jr $26\n  addiu $27, $0, 0\n"
        "common:\n"
        "  lui $26, %hi(seen)\n  addiu $26, $26, %lo(seen)\n"
        "  sw $27, 0($26)\n  mfc0 $27, $13\n  sw $27, 4($26)\n  mfc0 $27, $14\n  sw $27, 8($26)\n  mfc0 $27, $8\n  sw $27, 12($26)\n"
        "  mfc0 $27, $10\n  sw $27, 16($26)\n  mfc0 $27, $4\n  sw $27, 20($26)\n  mfc0 $27, $12\n  sw $27, 24($26)\n"
        "  lui $26, %hi(count)\n  lw $27, %lo(count)($26)\n  addiu $27, $27, 1\n  sw $27, %lo(count)($26)\n"
        // Interrupts are switched off.
        "  mfc0 $27, $13\n  andi $27, $27, 0x7c\n  bnez $27, 3f\n  nop\n  mfc0 $27, $12\n  ins $27, $0, 0, 1\n  mtc0 $27, $12\n3:\n"
        // To kernel mode if mode_after says so: Status without KSU, CU0 untouched.
        "  lui $26, %hi(mode_after)\n  lw $27, %lo(mode_after)($26)\n  beqz $27, 1f\n  nop\n"
        "  mfc0 $27, $12\n  ins $27, $0, 3, 2\n  mtc0 $27, $12\n"
        "1: lui $26, %hi(resume)\n  lw $27, %lo(resume)($26)\n  bnez $27, 2f\n  nop\n"
        "  mfc0 $27, $14\n  addiu $27, $27, 4\n"
        "2: mtc0 $27, $14\n  ehb\n  eret\n  nop\n.set at\n.set reorder\n");
extern u32 vector_code[];

static void install(u32 base) {
  static const u32 offsets[] = {0x000, 0x180, 0x200};
  for (int v = 0; v < 3; v++) {
    volatile u32 *at = (volatile u32 *)(base + offsets[v]);
    for (int i = 0; i < 4; i++) at[i] = vector_code[i] | (i == 3 ? offsets[v] : 0);
    for (int i = 0; i < 4; i++) __asm__ volatile("synci 0(%0)\nsync" : : "r"(at + i));
  }
}

static u32 where;
// What the last exception was; addresses in the program relative to the label `where`.
static void report(const char *name) {
  text(name);
  if (count == 0) { text(": none\n"); return; }
  text(": "); hex(count);
  text(" vector "); hex(seen[0]);
  text(" cause "); hex(seen[1] & 0xf08003ff);
  text(" epc "); hex(seen[2] - where);
  text(" bad "); hex(seen[3]);
  text(" hi "); hex(seen[4]);
  text(" context "); hex(seen[5]);
  text(" status "); hex(seen[6]);
  put('\n');
  count = 0;
  resume = 0;
}

#define RAISE(name, code, skip, ...) do { u32 at_; \
    __asm__ volatile(".set noreorder\n la %0, 1f\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n" \
                     " lui $3, %%hi(where)\n sw %0, %%lo(where)($3)\n" code "\n2:\n.set reorder" \
                     : "=&r"(at_) : __VA_ARGS__ : "$2", "$3", "memory", "hi", "lo"); \
    report(name); } while (0)

static void entry(u32 index, u32 hi, u32 lo0, u32 lo1, u32 mask) {
  mtc0(0, 0, index); mtc0(10, 0, hi); mtc0(2, 0, lo0); mtc0(3, 0, lo1); mtc0(5, 0, mask);
  __asm__ volatile("ehb\ntlbwi\nehb");
}
static void show(u32 index) {
  mtc0(0, 0, index);
  __asm__ volatile("tlbr\nehb");
  text("entry "); hex(index); put(' '); hex(mfc0(10, 0)); put(' '); hex(mfc0(2, 0)); put(' '); hex(mfc0(3, 0)); put(' '); hex(mfc0(5, 0)); put('\n');
}
static u32 probe(u32 hi) {
  mtc0(10, 0, hi);
  __asm__ volatile("ehb\ntlbp\nehb");
  return mfc0(0, 0);
}
// EntryLo for a page of memory: cacheable, and these of D V G.
static u32 lo(u32 pa, u32 bits) { return (pa >> 12) << 6 | 3 << 3 | bits; }

int main(void) {
  line("prid", mfc0(15, 0));
  line("config", mfc0(16, 0)); line("config1", mfc0(16, 1)); line("config2", mfc0(16, 2)); line("config3", mfc0(16, 3));
  line("status", mfc0(12, 0));
  install(0x80000000);
  mtc0(15, 1, 0x80000000);
  mtc0(12, 0, 0x10000000);
  mtc0(13, 0, 0);
  line("status", mfc0(12, 0));
  mtc0(12, 0, 0xffffffff & ~7 & ~(1 << 22) & ~(3 << 3));
  line("status bits", mfc0(12, 0));
  mtc0(12, 0, 0x10000000);
  mtc0(4, 0, 0xffffffff); line("context", mfc0(4, 0)); mtc0(4, 0, 0);
  mtc0(10, 0, 0xffffffff); line("entryhi", mfc0(10, 0));
  mtc0(2, 0, 0xffffffff); line("entrylo", mfc0(2, 0));
  mtc0(5, 0, 0x1fffe000); line("pagemask", mfc0(5, 0)); mtc0(5, 0, 0);
  mtc0(7, 0, 0xffffffff); line("hwrena", mfc0(7, 0)); mtc0(7, 0, 0);
  mtc0(15, 1, 0xffffffff); line("ebase", mfc0(15, 1)); mtc0(15, 1, 0x80000000);
  mtc0(0, 0, 0xffffffff); line("index", mfc0(0, 0));
  mtc0(6, 0, 0xffffffff); line("wired", mfc0(6, 0)); mtc0(6, 0, 0);
  for (int i = 0; i < 16; i++) entry(i, 0x80000000 + i * 0x2000, 0, 0, 0);
  mtc0(10, 0, 0);

  RAISE("syscall", "1: syscall", 0, "r"(0));
  RAISE("break", "1: break 5", 0, "r"(0));
  RAISE("trap", "1: teq $0, $0", 0, "r"(0));
  RAISE("no trap", "1: tne $0, $0", 0, "r"(0));
  RAISE("overflow", "1: add $2, %1, %1", 0, "r"(0x7fffffff));
  RAISE("reserved", "1: .word 0x7c00003f", 0, "r"(0));
  RAISE("cop1", "1: .word 0x44000000", 0, "r"(0));
  RAISE("load word", "1: lw $2, 2(%1)", 0, "r"(0x80100000));
  RAISE("load half", "1: lh $2, 1(%1)", 0, "r"(0x80100000));
  RAISE("store word", "1: sw $2, 1(%1)", 0, "r"(0x80300000));
  RAISE("fetch", "1: jr %1\n nop", 0, "r"(0x80100002));
  RAISE("slot", "1: beq $0, $0, 2f\n syscall", 0, "r"(0));
  RAISE("slot not taken", "1: bne %1, $0, 2f\n syscall", 0, "r"(0));
  RAISE("slot load", "1: bgez $0, 2f\n lw $2, 2(%1)", 0, "r"(0x80100000));
  RAISE("slot likely", "1: beql $0, $0, 2f\n syscall", 0, "r"(0));
  RAISE("slot likely not taken", "1: bnel %1, $0, 2f\n syscall", 0, "r"(0));
  RAISE("slot of jalr", "1: jalr $2, %1\n break", 0, "r"(0x80100000));

  // The TLB.
  RAISE("refill load", "1: lw $2, 0x10(%1)", 0, "r"(0x00403000));
  RAISE("refill store", "1: sw $2, 0x10(%1)", 0, "r"(0x00403000));
  RAISE("refill fetch", "1: jr %1\n nop", 0, "r"(0x00403000));
  RAISE("refill kseg2", "1: lw $2, 0x10(%1)", 0, "r"(0xc0403000));
  *(volatile u32 *)0x80400010 = 0x11111111;
  *(volatile u32 *)0x80401010 = 0x22222222;
  entry(0, 0x00402000 | 5, lo(0x00400000, 6), lo(0x00401000, 2), 0);
  mtc0(10, 0, 5);
  line("even", *(volatile u32 *)0x00402010);
  line("odd", *(volatile u32 *)0x00403010);
  *(volatile u32 *)0x00402010 = 0x33333333;
  line("stored", *(volatile u32 *)0x80400010);
  RAISE("modified", "1: sw $2, 0x10(%1)", 0, "r"(0x00403000));
  mtc0(10, 0, 6);
  RAISE("other asid", "1: lw $2, 0x10(%1)", 0, "r"(0x00403000));
  entry(0, 0x00402000 | 5, lo(0x00400000, 7), lo(0x00401000, 1), 0);
  mtc0(10, 0, 7);
  line("global", *(volatile u32 *)0x00402010);
  RAISE("invalid load", "1: lw $2, 0x10(%1)", 0, "r"(0x00403000));
  RAISE("invalid store", "1: sw $2, 0x10(%1)", 0, "r"(0x00403000));
  show(0);
  entry(1, 0x00800000 | 7, lo(0x00400000, 6), lo(0x00404000, 6), 0x6000);
  mtc0(10, 0, 7);
  *(volatile u32 *)0x80405020 = 0x44444444;
  line("16K odd", *(volatile u32 *)0x00805020);
  line("16K even", *(volatile u32 *)0x00801010);
  show(1);
  line("probe", probe(0x00804000 | 7));
  line("probe other", probe(0x00804000 | 8));
  line("probe none", probe(0x00a04000 | 8));
  // Random stays above Wired.
  mtc0(6, 0, 12);
  u32 low = 99, high = 0;
  for (int i = 0; i < 300; i++) { u32 r = mfc0(1, 0); if (r < low) low = r; if (r > high) high = r; }
  line("random least", low); line("random most", high);
  mtc0(10, 0, 0x00c00000 | 9); mtc0(2, 0, lo(0x00400000, 6)); mtc0(3, 0, lo(0x00401000, 6)); mtc0(5, 0, 0);
  __asm__ volatile("ehb\ntlbwr\nehb");
  u32 found = probe(0x00c00000 | 9);
  line("written at random", found >= 12 && found < 16);
  line("through it", *(volatile u32 *)0x00c00010);
  mtc0(6, 0, 0);
  // A miss in a handler goes to the general vector and leaves EPC alone.
  mtc0(14, 0, 0x12345678);
  { u32 s = mfc0(12, 0); mtc0(12, 0, s | 2);
    __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n lw $2, 0(%0)\n2:\n.set reorder" : : "r"(0x00e00000) : "$2", "$3", "memory");
    where = 0; report("nested"); }
  line("status after", mfc0(12, 0));
  // kuseg without translation while ERL is set.
  { u32 s = mfc0(12, 0), v; mtc0(12, 0, s | 4); v = *(volatile u32 *)0x00400010; mtc0(12, 0, s); line("erl", v); }

  // Kernel mode looks at Status.CU1 too: the same code with the FPU on, off and on again, also in a delay slot.
  for (u32 i = 0; i < 6; i++) {
    mtc0(12, 0, i & 1 ? 0x10000000 : 0x30000000);
    where = 0; seen[2] = 0;
    __asm__ volatile(".set push\n.set noreorder\n.set hardfloat\n mfc1 $2, $f0\n mfc1 $2, $f1\n b 1f\n mfc1 $2, $f2\n1: mfc1 $2, $f3\n.set pop" : : : "$2", "memory");
    seen[2] = 0; report("CU1");
  }
  mtc0(12, 0, 0x10000000);

  // User mode: code at 0x00500000 on a page of its own.
  entry(2, 0x00500000 | 9, lo(0x00500000, 2), lo(0x00501000, 6), 0);
  mtc0(10, 0, 9);
  mode_after = 1;
  where = 0x00500000;
  static const u32 tests[][3] = {
    {0x0000000c, 0, 0}, {0x40026000, 0, 0}, {0x42000018, 0, 0}, {0x42000002, 0, 0}, {0x7c02103b, 0, 0}, {0x3c028000, 0x8c420000, 0},
    {0x3c02c000, 0x8c420000, 0}, {0x00001025, 0xac420000, 0}, {0xbc000000, 0, 0}, {0x41606000, 0, 0}, {0x42000020, 0, 0}, {0x0000000d, 0, 0},
    {0x1000ffff, 0x0000000c, 0}, {0xc0420000, 0xe0420000, 0x0000000c},
  };
  for (u32 i = 0; i < sizeof tests / sizeof *tests; i++) {
    volatile u32 *code = (volatile u32 *)0x80500000;
    for (int k = 0; k < 3; k++) { code[k] = tests[i][k]; __asm__ volatile("synci 0(%0)\nsync" : : "r"(code + k)); }
    code[3] = 0x0000000c;
    __asm__ volatile("synci 0(%0)\nsync" : : "r"(code + 3));
    u32 s = mfc0(12, 0);
    mtc0(12, 0, (s & ~0x10000000) | 0x12);
    mtc0(14, 0, 0x00500000);
    __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n lui $2, 0x50\n ori $2, $2, 0x1000\n ehb\n eret\n nop\n2:\n.set reorder" : : : "$2", "$3", "memory");
    mtc0(12, 0, 0x10000000);
    report("user");
  }
  mode_after = 0;

  // Interrupts: software, with and without IV; masked; the timer.
  where = 0;
  seen[1] = seen[2] = 0;
  mtc0(13, 0, 0x100);
  report("not enabled");
  __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n mfc0 $2, $12\n ori $2, $2, 0x101\n mtc0 $2, $12\n ehb\n nop\n nop\n nop\n2: mtc0 $0, $13\n ehb\n mtc0 %0, $12\n ehb\n.set reorder" : : "r"(0x10000000) : "$2", "$3", "memory");
  seen[2] = 0; report("software 0");
  mtc0(13, 0, 0x800000);
  __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n mfc0 $2, $12\n ori $2, $2, 0x201\n mtc0 $2, $12\n lui $2, 0x80\n ori $2, $2, 0x200\n mtc0 $2, $13\n ehb\n nop\n nop\n2: mtc0 $0, $13\n ehb\n mtc0 %0, $12\n ehb\n.set reorder" : : "r"(0x10000000) : "$2", "$3", "memory");
  seen[2] = 0; report("software 1, IV");
  mtc0(11, 0, mfc0(9, 0) + 100000);
  __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n mfc0 $2, $12\n ori $2, $2, 0x8001\n mtc0 $2, $12\n ehb\n1: b 1b\n nop\n2: mtc0 %0, $12\n ehb\n.set reorder" : : "r"(0x10000000) : "$2", "$3", "memory");
  seen[2] = 0; report("timer");
  line("still pending", mfc0(13, 0) & 0x40008000);
  mtc0(11, 0, mfc0(9, 0) - 1);
  line("acknowledged", mfc0(13, 0) & 0x40008000);
  mtc0(11, 0, mfc0(9, 0) + 100000);
  __asm__ volatile(".set noreorder\n la $2, 2f\n lui $3, %%hi(resume)\n sw $2, %%lo(resume)($3)\n mfc0 $2, $12\n ori $2, $2, 0x8001\n mtc0 $2, $12\n ehb\n1: wait\n b 1b\n nop\n2: mtc0 %0, $12\n ehb\n.set reorder" : : "r"(0x10000000) : "$2", "$3", "memory");
  seen[2] = 0; report("wait");
  { u32 old; __asm__ volatile("ei %0\nehb" : "=r"(old)); line("ei", old); line("status", mfc0(12, 0)); __asm__ volatile("di %0\nehb" : "=r"(old)); line("di", old); }
  { u32 a = mfc0(9, 0), b; for (volatile int i = 0; i < 1000; i++); b = mfc0(9, 0); line("count goes up", b - a < 0x80000000 && b != a); }
  mtc0(9, 0, 0x1000); line("count set", mfc0(9, 0) - 0x1000 < 0x1000000);
  text("end\n");
  // Malta's reset: ends QEMU with -no-reboot.
  *(volatile u32 *)0xbf000500 = 0x42;
  for (;;);
}
