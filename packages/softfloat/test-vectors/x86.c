/* The host's SSE2, FMA3 and F16C as an oracle.
 *     gcc -O2 -fno-strict-aliasing -frounding-math x86.c -o x86 && ./x86 > x86.json
 */
#include "stream.h"
#include <signal.h>
#include <ucontext.h>

/* Exceptions that are not masked, and MXCSR as the handler of one finds it. */
static u32 unmasked;
static volatile u32 trapped;

static void onException(int number, siginfo_t *info, void *context) {
  struct _libc_fpstate *state = ((ucontext_t *)context)->uc_mcontext.fpregs;
  (void)number, (void)info;
  trapped = state->mxcsr;
  state->mxcsr |= 0x1f80; /* masked, the instruction is done at the next attempt, and what it does is ignored */
}

/* config: bits 0-1 rounding as in the status block, bit 2 flush-to-zero, bit 3 denormals-are-zero */
static u32 mxcsrOf(u32 config) {
  static const u32 rounding[] = {0, 2, 1, 3};
  return (0x1f80 & ~(unmasked << 7)) | rounding[config & 3] << 13 | (config >> 2 & 1) << 15 | (config >> 3 & 1) << 6;
}

static u32 flagsOf(u32 mxcsr) {
  return (mxcsr & 1) | (mxcsr >> 1 & 1) << 7 | (mxcsr >> 2 & 15) << 1;
}

#define RUN(name, insn)                                                                                        \
  static void name(u64 a, u64 b, u64 c, u32 config, u64 *result, u32 *flags) {                                 \
    u32 mxcsr = mxcsrOf(config), saved = 0x1f80;                                                               \
    u64 r = 0;                                                                                                 \
    __asm__ volatile("ldmxcsr %[m]\n vmovq %[a], %%xmm0\n vmovq %[b], %%xmm1\n vmovq %[c], %%xmm2\n" insn      \
                     "\n stmxcsr %[m]\n ldmxcsr %[s]\n"                                                        \
                     : [m] "+m"(mxcsr), [r] "+r"(r)                                                            \
                     : [a] "r"(a), [b] "r"(b), [c] "r"(c), [s] "m"(saved)                                      \
                     : "xmm0", "xmm1", "xmm2", "cc", "rax", "rcx");                                            \
    *result = r;                                                                                               \
    *flags = flagsOf(mxcsr);                                                                                   \
  }
#define OUT "\n vmovq %%xmm2, %[r]"

#define BOTH(op) RUN(f32_##op, "v" #op "ss %%xmm1, %%xmm0, %%xmm2" OUT) RUN(f64_##op, "v" #op "sd %%xmm1, %%xmm0, %%xmm2" OUT)
BOTH(add) BOTH(sub) BOTH(mul) BOTH(div)
/* The second operand, if either is NaN or both are zero. */
#define SECOND(op) RUN(f32_##op##_second, "v" #op "ss %%xmm1, %%xmm0, %%xmm2" OUT) RUN(f64_##op##_second, "v" #op "sd %%xmm1, %%xmm0, %%xmm2" OUT)
SECOND(min) SECOND(max)
RUN(f32_sqrt, "vsqrtss %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f64_sqrt, "vsqrtsd %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f32_mul_add, "vfmadd231ss %%xmm1, %%xmm0, %%xmm2" OUT)
RUN(f64_mul_add, "vfmadd231sd %%xmm1, %%xmm0, %%xmm2" OUT)
RUN(f32_to_f64, "vcvtss2sd %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f64_to_f32, "vcvtsd2ss %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f16_to_f32, "vcvtph2ps %%xmm0, %%xmm2" OUT)
RUN(f32_to_f16, "vcvtps2ph $4, %%xmm0, %%xmm2" OUT)
RUN(f32_round_to_int, "vroundss $4, %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f64_round_to_int, "vroundsd $4, %%xmm0, %%xmm0, %%xmm2" OUT)
RUN(f32_to_i32, "vcvtss2si %%xmm0, %k[r]")
RUN(f32_to_i64, "vcvtss2si %%xmm0, %q[r]")
RUN(f64_to_i32, "vcvtsd2si %%xmm0, %k[r]")
RUN(f64_to_i64, "vcvtsd2si %%xmm0, %q[r]")
RUN(f32_to_i32_zero, "vcvttss2si %%xmm0, %k[r]")
RUN(f32_to_i64_zero, "vcvttss2si %%xmm0, %q[r]")
RUN(f64_to_i32_zero, "vcvttsd2si %%xmm0, %k[r]")
RUN(f64_to_i64_zero, "vcvttsd2si %%xmm0, %q[r]")
RUN(i32_to_f32, "vcvtsi2ss %k[a], %%xmm0, %%xmm2" OUT)
RUN(i64_to_f32, "vcvtsi2ss %q[a], %%xmm0, %%xmm2" OUT)
RUN(i32_to_f64, "vcvtsi2sd %k[a], %%xmm0, %%xmm2" OUT)
RUN(i64_to_f64, "vcvtsi2sd %q[a], %%xmm0, %%xmm2" OUT)
/* bits: 0 below or unordered, 6 equal or unordered, 2 unordered */
#define COMPARE "\n lahf\n movzbl %%ah, %%eax\n andl $0x45, %%eax\n movl %%eax, %k[r]"
RUN(f32_compare_quiet, "vucomiss %%xmm1, %%xmm0" COMPARE)
RUN(f64_compare_quiet, "vucomisd %%xmm1, %%xmm0" COMPARE)
RUN(f32_compare_signaling, "vcomiss %%xmm1, %%xmm0" COMPARE)
RUN(f64_compare_signaling, "vcomisd %%xmm1, %%xmm0" COMPARE)

/* config: bits 0-1 rounding, bits 2-3 which exceptions are not masked. Underflow is with flush-to-zero set. A trap leaves no result. */
static void runUnmasked(void (*run)(u64, u64, u64, u32, u64 *, u32 *), u64 a, u64 b, u64 c, u32 config, u64 *result, u32 *flags) {
  static const u32 patterns[] = {0x10, 0x28, 0x07, 0x3f};
  u32 pattern = config >> 2 & 3;
  trapped = 0;
  unmasked = patterns[pattern];
  run(a, b, c, (config & 3) | (pattern == 0 ? 4 : 0), result, flags);
  unmasked = 0;
  if (trapped) *result = 0, *flags = flagsOf(trapped) | 0x100;
}
#define UNMASKED(name)                                                                                        \
  static void name##_unmasked(u64 a, u64 b, u64 c, u32 config, u64 *result, u32 *flags) {                      \
    runUnmasked(name, a, b, c, config, result, flags);                                                         \
  }
#define BOTH_UNMASKED(op) UNMASKED(f32_##op) UNMASKED(f64_##op)
BOTH_UNMASKED(add) BOTH_UNMASKED(sub) BOTH_UNMASKED(mul) BOTH_UNMASKED(div) BOTH_UNMASKED(sqrt) BOTH_UNMASKED(mul_add)
BOTH_UNMASKED(min_second) BOTH_UNMASKED(compare_quiet) BOTH_UNMASKED(to_i32) BOTH_UNMASKED(round_to_int)
UNMASKED(f32_to_f64) UNMASKED(f64_to_f32) UNMASKED(i64_to_f32)

static const struct op ops[] = {
#define OP(name, operands, bits) {#name, operands, 16, bits, name}
#define PAIR(op) OP(f32_##op, "ss", 32), OP(f64_##op, "dd", 64)
    PAIR(add), PAIR(sub), PAIR(mul), PAIR(div),
    OP(f32_sqrt, "s", 32), OP(f64_sqrt, "d", 64), OP(f32_mul_add, "sss", 32), OP(f64_mul_add, "ddd", 64),
    OP(f32_to_f64, "s", 64), OP(f64_to_f32, "d", 32), OP(f16_to_f32, "h", 32), OP(f32_to_f16, "s", 16),
    OP(f32_round_to_int, "s", 32), OP(f64_round_to_int, "d", 64),
    OP(f32_to_i32, "s", 32), OP(f32_to_i64, "s", 64), OP(f64_to_i32, "d", 32), OP(f64_to_i64, "d", 64),
    OP(f32_to_i32_zero, "s", 32), OP(f32_to_i64_zero, "s", 64), OP(f64_to_i32_zero, "d", 32), OP(f64_to_i64_zero, "d", 64),
    PAIR(min_second), PAIR(max_second),
    OP(i32_to_f32, "w", 32), OP(i64_to_f32, "l", 32), OP(i32_to_f64, "w", 64), OP(i64_to_f64, "l", 64),
    OP(f32_compare_quiet, "ss", 8), OP(f64_compare_quiet, "dd", 8),
    OP(f32_compare_signaling, "ss", 8), OP(f64_compare_signaling, "dd", 8),
    PAIR(add_unmasked), PAIR(sub_unmasked), PAIR(mul_unmasked), PAIR(div_unmasked), PAIR(min_second_unmasked),
    OP(f32_sqrt_unmasked, "s", 32), OP(f64_sqrt_unmasked, "d", 64),
    OP(f32_mul_add_unmasked, "sss", 32), OP(f64_mul_add_unmasked, "ddd", 64),
    OP(f32_compare_quiet_unmasked, "ss", 8), OP(f64_compare_quiet_unmasked, "dd", 8),
    OP(f32_to_i32_unmasked, "s", 32), OP(f64_to_i32_unmasked, "d", 32),
    OP(f32_round_to_int_unmasked, "s", 32), OP(f64_round_to_int_unmasked, "d", 64),
    OP(f32_to_f64_unmasked, "s", 64), OP(f64_to_f32_unmasked, "d", 32), OP(i64_to_f32_unmasked, "l", 32),
};

int main(int argc, char **argv) {
  struct sigaction action = {.sa_sigaction = onException, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, 0);
  return runAll(ops, sizeof ops / sizeof *ops, argc, argv);
}
