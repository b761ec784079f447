// What programs that look at registers need to know of an architecture.
#if defined(__arm__)
#define PC(uc) (uc)->uc_mcontext.arm_pc
#define TRAP_NO(uc) (unsigned long)(uc)->uc_mcontext.trap_no
#define SKIP(uc) (((uc)->uc_mcontext.arm_cpsr & 0x20) ? 2 : 4)
#define REGISTER(uc) (uc)->uc_mcontext.arm_r5
#define REGISTER_NAME "r5"
#define UNDEFINED ".inst.n 0xde07"
#define UNDEFINED_2 ".inst.n 0xde00"
// mov r0, #n; bx lr
#define RETURN(code, n) ((code)[0] = 0xe3a00000 | (n), (code)[1] = 0xe12fff1e)
#elif defined(__mips__)
#define PC(uc) (uc)->uc_mcontext.pc
// There is no such thing in a frame.
#define TRAP_NO(uc) 14ul
#define SKIP(uc) 4
#define REGISTER(uc) (uc)->uc_mcontext.gregs[16]
#define REGISTER_NAME "$16"
#define UNDEFINED ".word 0x7c00003f"
#define UNDEFINED_2 ".word 0x7c00007f"
// jr $ra; li $v0, n
#define RETURN(code, n) ((code)[0] = 0x03e00008, (code)[1] = 0x24020000 | (n))
#elif defined(__i386__) || defined(__x86_64__)
#if defined(__i386__)
#define PC(uc) (uc)->uc_mcontext.gregs[REG_EIP]
#define REGISTER(uc) (uc)->uc_mcontext.gregs[REG_ESI]
#else
#define PC(uc) (uc)->uc_mcontext.gregs[REG_RIP]
#define REGISTER(uc) (uc)->uc_mcontext.gregs[REG_RSI]
#endif
#define REGISTER_NAME "esi"
#define TRAP_NO(uc) (unsigned long)(uc)->uc_mcontext.gregs[REG_TRAPNO]
#define SKIP(uc) 2
#define UNDEFINED "ud2"
#define UNDEFINED_2 "ud2"
// mov eax, n; ret
#define RETURN(code, n) ((code)[0] = 0xb8 | (n) << 8, (code)[1] = 0xc300)
#endif
