// The cases of protected-x86.c.

static void traps(void) {
  CASE("ud2", "ud2");
  CASE("int3", "int3");
  CASE("int 0x50", "int $0x50");
  CASE("int without gate", "lidt 1f\n int $0x20\n jmp 2f\n 1: .word 0xff\n .long 0x3000\n 2:");
  CASE("back", "lidt 1f\n jmp 2f\n 1: .word 0x7ff\n .long 0x3000\n 2:");
  CASE("into not taken", "into");
  CASE("into", "movb $0x7f, %%al\n incb %%al\n into");
  CASE("div", "xorl %%edx, %%edx\n divl %%ecx");
  CASE("div overflow", "movl $1, %%ecx\n movl $5, %%edx\n divl %%ecx");
  CASE("bound", "bound %%eax, (%%ebx)");
  CASE("lock nop", ".byte 0xf0, 0x90");
  CASE("lock mov", "lock; .byte 0x89, 0x03");
  CASE("lock add register", ".byte 0xf0, 0x01, 0xc0");
  CASE("too long", ".byte 0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x90");
  CASE("mov cs", ".byte 0x8e, 0xc8");
  CASE("lea register", ".byte 0x8d, 0xc0");
  resume = 2;
  CASE("step", "pushl $0x102\n popfl\n nop\n incl %%ecx\n pushl $2\n popfl\n nop");
  resume = 2;
  CASE("step rep", "movl $3, %%ecx\n pushl $0x102\n popfl\n rep stosl\n pushl $2\n popfl");
  resume = 2;
  CASE("step int", "pushl $0x102\n popfl\n int $0x50");
  resume = 2;
  CASE("step mov ss", "movl $0x10, %%edx\n pushl $0x102\n popfl\n movl %%edx, %%ss\n nop\n pushl $2\n popfl");
  resume = 2;
  CASE("step pushf", "pushl $0x102\n popfl\n pushfl\n popl %%eax\n pushl $2\n popfl");
  resume = 2;
  CASE("step branch", "pushl $0x102\n popfl\n jmp 1f\n nop\n 1: pushl $2\n popfl");
  resume = 2;
  CASE("step fault", "pushl $0x102\n popfl\n ud2");
  CASE("icebp", ".byte 0xf1");
  CASE("em", "movl %%cr0, %%edx\n orl $4, %%edx\n movl %%edx, %%cr0\n fnop");
  CASE("ts", "movl %%cr0, %%edx\n andl $~4, %%edx\n orl $8, %%edx\n movl %%edx, %%cr0\n fnop");
  CASE("ts wait", "fwait");
  CASE("ts mp wait", "movl %%cr0, %%edx\n orl $2, %%edx\n movl %%edx, %%cr0\n fwait");
  CASE("clts", "clts\n fwait\n movl %%cr0, %%eax");
#ifndef FOR_QEMU
  CASE("cr0 pg without pe", "movl $0x80000000, %%edx\n movl %%edx, %%cr0");
  CASE("cr0 nw", "movl %%cr0, %%edx\n orl $0x20000000, %%edx\n andl $0xbfffffff, %%edx\n movl %%edx, %%cr0");
  CASE("cr4 reserved", "movl $0x80000000, %%edx\n movl %%edx, %%cr4");
#endif
  CASE("cr1", ".byte 0x0f, 0x20, 0xc8");
  CASE("rdmsr unknown", "movl $0x12345, %%ecx\n rdmsr");
}

#define LOADDS "movl $0x30, %%edx\n movl %%edx, %%ds\n"
static void segments(void) {
  desc(A, 0x40000, 0xfff, 0x92, 4);
  CASE("limit byte", LOADDS "movb 0xfff, %%al");
  CASE("limit byte beyond", LOADDS "movb 0x1000, %%al");
  CASE("limit word", LOADDS "movw 0xffe, %%ax\n movw 0xfff, %%ax");
  CASE("limit dword", LOADDS "movl 0xffc, %%eax\n movl %%eax, 0xffd");
  CASE("limit wraps", LOADDS "movl 0xfffffffe, %%eax");
  CASE("limit accessed", "movl 0x2034, %%eax");
  desc(A, 0x40000, 0x1, 0x92, 12);
  CASE("limit pages", LOADDS "movl 0x1ffc, %%ecx\n movl 0x1ffd, %%eax");
  desc(A, 0x40000, 0xfff, 0x96, 4);
  CASE("down in", LOADDS "movl 0x1000, %%ecx\n movl 0xfff, %%eax");
  CASE("down 32 end", LOADDS "movb 0xfffff, %%cl\n movl 0xffc, %%eax");
  desc(A, 0x40000, 0xfff, 0x96, 0);
  CASE("down 16 in", LOADDS "movl 0xfffc, %%ecx\n movl 0xfffd, %%eax");
  CASE("down 16 beyond", LOADDS "movb 0x10000, %%al");
  desc(A, 0x40000, 0xfff, 0x90, 4);
  CASE("read only", LOADDS "movl 0, %%ecx\n movl %%eax, 0");
  CASE("read only as ss", "movl $0x30, %%edx\n movl %%edx, %%ss");
  desc(A, 0x10000, 0xffff, 0x9a, 4);
  CASE("readable code", LOADDS "movl 0, %%ecx\n movl %%eax, 0");
  CASE("write cs", "movl %%eax, %%cs:0x40000");
  desc(A, 0x10000, 0xffff, 0x98, 4);
  CASE("execute only", LOADDS);
  desc(A, 0x40000, 0xfff, 0x12, 4);
  CASE("not present", LOADDS);
  CASE("not present ss", "movl $0x30, %%edx\n movl %%edx, %%ss");
  desc(A, 0, 0, 0x89, 0);
  CASE("system as data", LOADDS);
  CASE("beyond gdt", "movl $0x100, %%edx\n movl %%edx, %%es");
  CASE("beyond ldt", "movl $0x44, %%edx\n movl %%edx, %%es");
  CASE("null ds", "movl $3, %%edx\n movl %%edx, %%ds\n movl %%ds, %%eax");
  CASE("null ds use", "movl $3, %%edx\n movl %%edx, %%ds\n movl 0, %%eax");
  CASE("null ss", "xorl %%edx, %%edx\n movl %%edx, %%ss");
  desc(0x04, 0x40000, 0xff, 0x92, 4);
  CASE("ldt", "movl $4, %%edx\n movl %%edx, %%fs\n movl %%fs:0xfc, %%ecx\n movl %%fs:0xfd, %%eax");
  CASE("ldt null", "xorl %%edx, %%edx\n lldt %%dx\n movl $4, %%edx\n movl %%edx, %%fs");
  CASE("lldt data", "movl $0x10, %%edx\n lldt %%dx");
  CASE("lldt", "movl $0x58, %%edx\n lldt %%dx\n sldt %%eax");
  CASE("ltr busy", "movl $0x28, %%edx\n ltr %%dx");
  desc(A, 0x40000, 0xfff, 0x92, 4);
  CASE("ebp limit", "movl $0x30, %%edx\n movl %%edx, %%es\n movl $0x1000, %%ebp\n movl %%es:(%%ebp), %%eax");
  CASE("string limit", "movl $0x30, %%edx\n movl %%edx, %%es\n movl $0xff8, %%edi\n movl $4, %%ecx\n rep stosl");
  desc(A, 0, 0x2ffff, 0x92, 4);
  CASE("stack limit", "movl $0x30, %%edx\n movl %%edx, %%ss\n movl $0x30000, %%ebp\n movl (%%ebp), %%eax");
  CASE("lds", "movl $0x1234, (%%ebx)\n movl $0x10, 4(%%ebx)\n ldsl (%%ebx), %%eax");
  CASE("lar", "movl $0x10, %%edx\n larl %%edx, %%eax");
  CASE("lar null", "larl %%ecx, %%eax\n setz %%al");
  CASE("lar gate", "movl $0x28, %%edx\n larl %%edx, %%eax");
  CASE("lsl", "movl $0x10, %%edx\n lsll %%edx, %%eax");
  CASE("lsl 16", "movl $0x10, %%edx\n lslw %%dx, %%ax");
  CASE("verr", "movl $0x08, %%edx\n verr %%dx\n setz %%al");
  CASE("verw", "movl $0x08, %%edx\n verw %%dx\n setz %%al");
  CASE("verw data", "movl $0x10, %%edx\n verw %%dx\n setz %%al");
  CASE("arpl", "movl $0x13, %%edx\n movl $0x30, %%eax\n arpl %%dx, %%ax");
  CASE("arpl not", "movl $0x10, %%edx\n movl $0x33, %%eax\n arpl %%dx, %%ax");
}

static void levels(void) {
  USER("user cli", "cli");
  USER("user sti", "sti");
  USER("user hlt", "hlt");
  USER("user in", "inb $0x80, %%al");
  USER("user cr0", "movl %%cr0, %%eax");
  USER("user smsw", "smsw %%eax\n andl $1, %%eax");
  USER("user lgdt", "lgdt (%%ebx)");
  USER("user ds 0", "movl $0x10, %%edx\n movl %%edx, %%ds");
  USER("user ds code", "movl $0x08, %%edx\n movl %%edx, %%ds");
  USER("user ss rpl", "movl $0x20, %%edx\n movl %%edx, %%ss");
  USER("user ss dpl", "movl $0x13, %%edx\n movl %%edx, %%ss");
  USER("user int 0x20", "int $0x20");
  USER("user int 0x50", "int $0x50");
  USER("user int3", "int3");
  USER("user icebp", ".byte 0xf1");
  USER("user lar", "movl $0x10, %%edx\n larl %%edx, %%eax\n setz %%al");
  USER("user verr", "movl $0x20, %%edx\n verr %%dx\n setz %%al");
  USER("user popf", "pushl $0x3302\n popfl\n pushfl\n popl %%eax\n andl $0xf700, %%eax\n pushl $2\n popfl");
  USER("user jump 0", "ljmpl $8, $0");
  USER("user jump 0 rpl 3", "ljmpl $0xb, $0");
  CASE("iopl 3", TO3("0x3002") "movl $97b, where\n sti\n pushfl\n popl %%eax\n cli\n inb $0x80, %%al\n andl $0x3200, %%eax\n int $0x40");
  CASE("iopl 3 popf", TO3("0x3002") "movl $97b, where\n pushl $0x202\n popfl\n pushfl\n popl %%eax\n andl $0x3200, %%eax\n cli\n int $0x40");
  T1[25] = 0x680000;
  for (u32 i = 26; i < 64; i++) T1[i] = 0;
  T1[26 + 4] = 0x00000002;
  USER("map in 0x80", "inb $0x80, %%al\n xorl %%eax, %%eax");
  USER("map in 0x81", "inb $0x81, %%al");
  USER("map in word", "inw $0x80, %%ax");
  USER("map beyond", "movl $0xff00, %%edx\n inb %%dx, %%al");
  T1[25] = 0x2000000;
  CASE("iret to 3 with ss 0", "pushl $0x10\n pushl $0x38000\n pushl $2\n pushl $0x1b\n pushl $0\n iretl");
  CASE("iret null cs", "pushl $2\n pushl $0\n pushl $0\n iretl");
  CASE("iret to data", "pushl $2\n pushl $0x10\n pushl $0\n iretl");
  CASE("retf outer", "movl $0x10, %%edx\n movl %%edx, %%fs\n movl $0x23, %%edx\n movl %%edx, %%gs\n pushl $0x23\n pushl $0x38000\n pushl $0x1b\n pushl $1f\n"
       "lret $0\n 1: ud2");
  CASE("retf outer pops", "pushl $0x23\n pushl $0x38000\n pushl $5\n pushl $6\n pushl $0x1b\n pushl $1f\n lret $8\n 1: ud2");
  CASE("retf same", "pushl $0x08\n pushl $1f\n lret\n 1: incl %%eax");
  USER("retf inner", "pushl $0x08\n pushl $0\n lret");
}

extern u8 gate_code[], gate_code_parameters[], task_code[], task_jump_code[], df_code[], v86_end[];
__asm__(".text\ngate_code: movl %cs, %eax\n lretl\n"
        "gate_code_parameters: movl 8(%esp), %eax\n movl 12(%esp), %ecx\n movl 20(%esp), %ebx\n lretl $8\n"
        // A task that counts, and goes back by IRET; another that goes back by a jump.
        "task_code: incl %eax\n movl %eax, 0x40010\n pushfl\n popl 0x40014\n iretl\n incl %eax\n jmp task_code\n"
        "task_jump_code: movl %eax, 0x40010\n ljmpl $0x28, $0\n jmp task_jump_code\n"
        "df_code: popl 0x40018\n movl $0xdf, 0x4001c\n movl case_resume, %eax\n movl %eax, 0x4020\n iretl\n jmp df_code\n");

static void gates(void) {
  gate(GDT, A >> 3, CODE0, (u32)gate_code, 0x8c, 0);
  CASE("gate same level", "lcall $0x30, $0");
  CASE("gate jump", "pushl $8\n pushl $1f\n ljmp $0x30, $0\n 1: nop");
  USER("gate dpl 0", "lcall $0x30, $0");
  gate(GDT, A >> 3, CODE0, (u32)gate_code, 0xec, 0);
  USER("gate inner", "lcall $0x33, $0");
  USER("gate inner jump", "ljmp $0x33, $0");
  gate(GDT, A >> 3, CODE0, (u32)gate_code_parameters, 0xec, 2);
  USER("gate parameters", "pushl $0x55\n pushl $0x66\n lcall $0x33, $0\n subl %%esp, %%ebx");
  gate(GDT, A >> 3, CODE0, (u32)gate_code, 0x6c, 0);
  USER("gate not present", "lcall $0x33, $0");
  gate(GDT, A >> 3, DATA0, (u32)gate_code, 0xec, 0);
  USER("gate to data", "lcall $0x33, $0");
  gate(GDT, A >> 3, 0, (u32)gate_code, 0xec, 0);
  USER("gate to null", "lcall $0x33, $0");
  gate(GDT, A >> 3, B, (u32)gate_code, 0xec, 0);
  desc(B, 0, 0xfffff, 0xbb, 12); desc(C, 0, 0xfffff, 0xb2, 12);
  T1[3] = 0x3c000; T1[4] = DATA3;
  USER("gate bad stack", "pushl $0\n lcall $0x33, $0");
  T1[4] = C | 1;
  USER("gate level 1", "pushl $0\n lcall $0x33, $0");
  T1[4] = 0;
  USER("gate null stack", "pushl $0\n lcall $0x33, $0");
  desc(A, 0, 0xfffff, 0x9f, 12);
  USER("conforming", "lcall $0x33, $gate_code");
  desc(A, 0, 0xfff, 0x9b, 4);
  CASE("jump beyond limit", "ljmp $0x30, $0x1000");
  desc(A, 0, 0xfffff, 0x1b, 12);
  CASE("jump not present", "ljmp $0x30, $0x1000");
  CASE("jump to data", "ljmp $0x10, $0");
  CASE("jump null", "ljmp $3, $0");
  gate(IDT, 0x60, CODE0, (u32)vectors + 16 * 0x60, 0xef, 0);
  gate(IDT, 0x61, CODE0, (u32)vectors + 16 * 0x61, 0x6e, 0);
  gate(IDT, 0x62, DATA0, (u32)vectors + 16 * 0x62, 0xee, 0);
  gate(IDT, 0x63, CODE0, (u32)vectors + 16 * 0x63, 0xec, 0);
  CASE("trap gate if", "sti\n int $0x60");
  CASE("gate absent", "int $0x61");
  CASE("gate data", "int $0x62");
  CASE("gate type", "int $0x63");
}

static NOINLINE void task_state(volatile u32 *t, u32 ip, u32 sp) {
  for (u32 i = 0; i < 26; i++) t[i] = 0;
  t[8] = ip; t[9] = 2; t[10] = 0x100; t[14] = sp;
  t[18] = t[20] = t[21] = DATA0; t[19] = CODE0; t[25] = 0x1000000;
}
static NOINLINE void show_task(const char *name) {
  text(name);
  value("busy1", GDT[(TSS1 >> 3) * 2 + 1] >> 8 & 0xff); value("busy2", GDT[(TSS2 >> 3) * 2 + 1] >> 8 & 0xff);
  value("link", T2[0] & 0xffff); value("flags2", T2[9] & ~0x8d5); value("eax2", T2[10]); value("es2", T2[18]); value("fs2", T2[22]);
  value("seen", BUF[4]); value("flags", BUF[5] & ~0x8d5); value("err", BUF[6]); value("df", BUF[7]);
  u32 cr0; __asm__ volatile("movl %%cr0, %0\n clts" : "=r"(cr0));
  value("cr0", cr0);
  put('\n');
}
static void tasks(void) {
  for (u32 i = 0; i < 64; i++) BUF[i] = 0;
  task_state(T2, (u32)task_code, 0x3a000); task_state(T8, (u32)df_code, 0x3b000);
  CASE("task call", "lcall $0x48, $0\n pushfl\n popl %%eax\n andl $0x4000, %%eax"); show_task("task");
  CASE("task call again", "lcall $0x48, $0"); show_task("task");
  task_state(T2, (u32)task_jump_code, 0x3a000);
  CASE("task jump", "ljmp $0x48, $0"); show_task("task");
  CASE("task jump busy", "ljmp $0x28, $0");
  gate(GDT, A >> 3, TSS2, 0, 0x85, 0);
  task_state(T2, (u32)task_code, 0x3a000);
  CASE("task gate", "lcall $0x30, $0"); show_task("task");
  gate(IDT, 0x64, TSS2, 0, 0xe5, 0);
  task_state(T2, (u32)task_code, 0x3a000);
  USER("task interrupt", "int $0x64"); show_task("task");
  desc(TSS2, (u32)T2, 0x66, 0x89, 0);
  CASE("task short", "lcall $0x48, $0");
  desc(TSS2, (u32)T2, 0x67, 0x09, 0);
  CASE("task not present", "ljmp $0x48, $0");
  desc(TSS2, (u32)T2, 0x67, 0x89, 0);
  CASE("iret nt", "movw $0x48, 0x4000\n pushl $0x4002\n popfl\n iretl");
  __asm__ volatile("pushl $2\n popfl");
  gate(IDT, 8, TSS8, 0, 0x85, 0);
  IDT[2 * 13 + 1] &= ~0x8000u;
  desc(A, 0, 0, 0x12, 0);
  IDT[2 * 11 + 1] &= ~0x8000u;
  desc(TSS1, (u32)T1, 0x1ff, 0x8b, 0);
  CASE("double fault task", "movl $0x30, %%edx\n movl %%edx, %%es"); show_task("task");
  gate(IDT, 8, CODE0, (u32)vectors + 16 * 8, 0x8e, 0);
  CASE("double fault", "movl $0x30, %%edx\n movl %%edx, %%es");
  IDT[2 * 13 + 1] |= 0x8000u; IDT[2 * 11 + 1] |= 0x8000u;
  IDT[2 * 6 + 1] &= ~0x8000u;
  CASE("benign then fault", "ud2");
  IDT[2 * 6 + 1] |= 0x8000u;
}

static volatile u32 v86_flags;
static NOINLINE void v86(const char *name, u32 flags, const char *code, u32 size) {
  for (u32 i = 0; i < size; i++) V86[i] = code[i];
  for (u32 i = size; i < 0x100; i++) V86[i] = 0xf4;
  v86_flags = flags;
  CASE(name, "pushl $0x44\n pushl $0x33\n pushl $0x4000\n pushl $0x11\n pushl $0x600\n pushl $0xff0\n pushl v86_flags\n pushl $0x500\n pushl $0\n iretl");
}
#define V(name, flags, code) v86(name, flags, code, sizeof code - 1)
static void virtual_8086(void) {
  V("v86 hlt", 0x20002, "");
  V("v86 cli", 0x20002, "\xfa");
  V("v86 cli iopl", 0x23202, "\xfa");
  V("v86 pushf", 0x20002, "\x9c");
  V("v86 pushf iopl", 0x23002, "\x9c");
  V("v86 popf iopl", 0x23002, "\x68\x02\x42\x9d");
  V("v86 int", 0x20002, "\xcd\x50");
  V("v86 int iopl", 0x23002, "\xcd\x50");
  V("v86 int 0x20 iopl", 0x23002, "\xcd\x20");
  V("v86 int3", 0x20002, "\xcc");
  V("v86 iret", 0x20002, "\xcf");
  V("v86 iret iopl", 0x23002, "\x68\x02\x02\x68\x00\x05\x68\x20\x00\xcf");
  V("v86 in", 0x23002, "\xe4\x80");
  T1[25] = 0x680000;
  V("v86 in map", 0x20002, "\xe4\x80");
  V("v86 in map closed", 0x20002, "\xe4\x81");
  T1[25] = 0x2000000;
  V("v86 load", 0x20002, "\xb8\x00\x20\x8e\xd8\x8e\xd0");
  V("v86 lar", 0x20002, "\x0f\x02\xc0");
  V("v86 sldt", 0x20002, "\x0f\x00\xc0");
  V("v86 limit", 0x20002, "\xbb\xff\xff\x8b\x07");
  V("v86 mov cr0", 0x20002, "\x0f\x20\xc0");
  V("v86 jump", 0x20002, "\xea\x30\x00\x00\x05");
}

static void changing_code(void) {
  CASE("smc next", "movb $0x40, 1f\n 1: nop\n nop");
  CASE("smc immediate", "movl $0x12345678, 1f + 1\n 1: movl $0, %%eax");
  CASE("smc loop", "movl $3, %%ecx\n 1: movl $1, %%eax\n incl 1b + 1\n loop 1b");
  CASE("smc string", "movl $1f, %%edi\n movl $0x40404040, %%eax\n movl $1, %%ecx\n rep stosl\n 1: nop\n nop\n nop\n nop");
}

static NOINLINE void entry(const char *name, u32 n) { text(name); value("pte", PT[n] & 0xfff); value("pde", PD[0] & 0xfff); put('\n'); }
#define FLUSH "movl %%cr3, %%edx\n movl %%edx, %%cr3\n"
static void paging(void) {
  for (u32 i = 0; i < 1024; i++) { PD[i] = 0; PT[i] = i << 12 | 7; }
  PD[0] = (u32)PT | 7;
  PD[1] = 0x87; PD[2] = 0x85; PD[3] = 0x83; PD[4] = 0x387 ;
  PT[0x60] = 0; PT[0x61] = 0x61005; PT[0x62] = 0x62003; PT[0x63] = 0x63001; PT[0x64] = 0x40007;
  __asm__ volatile("movl %0, %%cr3\n movl %%cr4, %%eax\n orl $0x10, %%eax\n movl %%eax, %%cr4\n movl %%cr0, %%eax\n orl $0x80000000, %%eax\n movl %%eax, %%cr0\n jmp 1f\n 1:" : : "r"(PD) : "eax", "memory");
  CASE("page absent read", "movl 0x60000, %%eax");
  CASE("page absent write", "movl %%eax, 0x60004");
  CASE("page absent fetch", "movl $0x60010, %%edx\n jmp *%%edx");
  CASE("page read only", "movl %%eax, 0x61000");
  CASE("page read only wp", "movl %%cr0, %%edx\n orl $0x10000, %%edx\n movl %%edx, %%cr0\n movl %%eax, 0x61000");
  CASE("wp off", "movl %%cr0, %%edx\n andl $~0x10000, %%edx\n movl %%edx, %%cr0");
  USER("user page read only", "movl %%eax, 0x61000");
  USER("user page supervisor read", "movl 0x62000, %%eax");
  USER("user page supervisor write", "movl %%eax, 0x62000");
  USER("user page absent", "movl 0x60000, %%eax");
  USER("user page absent fetch", "movl $0x60010, %%edx\n jmp *%%edx");
  USER("user page supervisor fetch", "movl $0x62010, %%edx\n jmp *%%edx");
  CASE("page crossing", "movl 0x5fffe, %%eax");
  CASE("page crossing write", "movl $0, 0x5fffc\n movl %%eax, 0x5fffe");
  CASE("page crossing kept", "movl 0x5fffc, %%eax");
  PT[0x5a] = 0x5a007;
  CASE("a", FLUSH "movl 0x5a000, %%eax\n xorl %%eax, %%eax"); entry("bits", 0x5a);
  CASE("d", "movl %%eax, 0x5a000"); entry("bits", 0x5a);
  PT[0x5a] = 0x5a007;
  CASE("rmw", FLUSH "orl $0, 0x5a000"); entry("bits", 0x5a);
  PT[0x5a] = 0x5a005;
  USER("denied write", FLUSH "nop"); 
  USER("denied write", "movl %%eax, 0x5a000"); entry("bits", 0x5a);
  CASE("large", "movl $0x87654321, 0x40000\n movl 0x440000, %%eax"); text("large"); value("pde", PD[1]); put('\n');
  CASE("large write", "movl %%eax, 0x440000\n movl 0x40000, %%eax"); text("large"); value("pde", PD[1]); put('\n');
  USER("large read only", "movl %%eax, 0x840000");
  USER("large supervisor", "movl 0xc40000, %%eax");
  CASE("invlpg", "movl 0x64000, %%eax\n movl $0x41007, 0x51190\n movl $5, 0x41000\n invlpg 0x64000\n movl 0x64000, %%eax");
  CASE("string page", "movl $0x5fff8, %%edi\n movl $4, %%ecx\n rep stosl");
  USER("user push absent", "movl $0x61000, %%esp\n pushl $1");
  CASE("alias", "movl $0x40007, 0x51190\n invlpg 0x64000\n movl $0xc3414190, 0x40000\n call *%%ebx\n movb $0x41, 0x64000\n call *%%ebx");
  CASE("code across", "movb $0x41, 0x40ffe\n movb $0xb8, 0x40fff\n movl $0x11223344, 0x41000\n movb $0xc3, 0x41004\n movl $0x40ffe, %%edx\n call *%%edx\n"
       "movb $0x99, 0x41001\n call *%%edx");
  PT[0x41] = 0;
  CASE("fetch across", FLUSH "movl $0x40ffe, %%edx\n call *%%edx");
  PT[0x41] = 0x41007;
  CASE("ac kernel", "movl %%cr0, %%edx\n orl $0x40000, %%edx\n movl %%edx, %%cr0\n pushl $0x40002\n popfl\n movl 1(%%ebx), %%ecx\n pushl $2\n popfl");
  CASE("ac user", TO3("0x40002") "movl $97b, where\n movl 1(%%ebx), %%ecx\n int $0x40");
  CASE("ac user word", TO3("0x40002") "movl $97b, where\n movw 2(%%ebx), %%cx\n movw 3(%%ebx), %%cx\n int $0x40");
}
