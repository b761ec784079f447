/* AArch32 VFP and Advanced SIMD, under QEMU 7.2's user emulation, as an oracle.
 *     arm-linux-gnueabihf-gcc -O2 -static -marm -march=armv8-a -mfpu=neon-fp-armv8 arm.c -o arm && qemu-arm -cpu max ./arm > arm.json
 */
#include "stream.h"

/* config: bits 0-1 rounding as in the status block and FPSCR, bit 2 FZ, bit 3 DN, bit 4 AHP */
#define RUN(name, insn)                                                                              \
  static void name(u64 a, u64 b, u64 c, u32 config, u64 *result, u32 *flags) {                       \
    u32 fpscr = (config & 3) << 22 | (config >> 2 & 7) << 24;                                        \
    u64 r = 0;                                                                                       \
    __asm__ volatile("vmsr fpscr, %[f]\n vmov d0, %Q[a], %R[a]\n vmov d1, %Q[b], %R[b]\n"            \
                     "vmov d2, %Q[c], %R[c]\n" insn "\n vmov %Q[r], %R[r], d2\n vmrs %[f], fpscr\n"  \
                     "vmsr fpscr, %[z]\n"                                                            \
                     : [f] "+r"(fpscr), [r] "=r"(r)                                                  \
                     : [a] "r"(a), [b] "r"(b), [c] "r"(c), [z] "r"(0)                                \
                     : "d0", "d1", "d2");                                                            \
    *result = r;                                                                                     \
    *flags = fpscr & 0x9f;                                                                           \
    if (name##IsCompare) *result = fpscr >> 28;                                                      \
  }
#define INSN(name, insn) enum { name##IsCompare = 0 }; RUN(name, insn)
#define COMPARE(name, insn) enum { name##IsCompare = 1 }; RUN(name, insn)

#define BOTH(name, op) INSN(f32_##name, op ".f32 s4, s0, s2") INSN(f64_##name, op ".f64 d2, d0, d1")
BOTH(add, "vadd") BOTH(sub, "vsub") BOTH(mul, "vmul") BOTH(div, "vdiv") BOTH(mul_add, "vfma") BOTH(min_num, "vminnm") BOTH(max_num, "vmaxnm")
#define BOTH1(name, op) INSN(f32_##name, op ".f32 s4, s0") INSN(f64_##name, op ".f64 d2, d0")
BOTH1(sqrt, "vsqrt") BOTH1(round_r, "vrintr") BOTH1(round_x, "vrintx") BOTH1(round_a, "vrinta")
COMPARE(f32_compare_quiet, "vcmp.f32 s0, s2") COMPARE(f64_compare_quiet, "vcmp.f64 d0, d1")
COMPARE(f32_compare_signaling, "vcmpe.f32 s0, s2") COMPARE(f64_compare_signaling, "vcmpe.f64 d0, d1")
INSN(f32_to_f64, "vcvt.f64.f32 d2, s0")
INSN(f64_to_f32, "vcvt.f32.f64 s4, d0")
INSN(f16_to_f32, "vcvtb.f32.f16 s4, s0")
INSN(f32_to_f16, "vcvtb.f16.f32 s4, s0")
INSN(f16_to_f64, "vcvtb.f64.f16 d2, s0")
INSN(f64_to_f16, "vcvtb.f16.f64 s4, d0")
#define FROM(f, s, d) \
  INSN(f##_to_i32, "vcvtr.s32." #f " s4, " s) INSN(f##_to_u32, "vcvtr.u32." #f " s4, " s) \
  INSN(f##_to_i32_zero, "vcvt.s32." #f " s4, " s) INSN(f##_to_u32_zero, "vcvt.u32." #f " s4, " s) \
  INSN(f##_to_i32_away, "vcvta.s32." #f " s4, " s) INSN(f##_to_u32_up, "vcvtp.u32." #f " s4, " s) \
  INSN(i32_to_##f, "vcvt." #f ".s32 " d ", s0") INSN(u32_to_##f, "vcvt." #f ".u32 " d ", s0")
FROM(f32, "s0", "s4") FROM(f64, "d0", "d2")
/* Fixed point converts in place. */
#define FIXED(f, v, type, point) \
  INSN(f##_to_##type##_##point, "vmov.f64 d2, d0\n vcvt." #type "." #f " " v ", " v ", #" #point) \
  INSN(type##_to_##f##_##point, "vmov.f64 d2, d0\n vcvt." #f "." #type " " v ", " v ", #" #point)
FIXED(f32, "s4", s32, 1) FIXED(f32, "s4", u32, 16) FIXED(f32, "s4", s32, 31) FIXED(f32, "s4", u32, 32) FIXED(f32, "s4", s16, 0)
FIXED(f32, "s4", u16, 1) FIXED(f32, "s4", s16, 8) FIXED(f32, "s4", u16, 16)
FIXED(f64, "d2", s32, 1) FIXED(f64, "d2", u32, 16) FIXED(f64, "d2", s32, 31) FIXED(f64, "d2", u32, 32) FIXED(f64, "d2", s16, 0)
FIXED(f64, "d2", u16, 1) FIXED(f64, "d2", s16, 8) FIXED(f64, "d2", u16, 16)
/* Advanced SIMD: the standard FPSCR value whatever the FPSCR says. The second lane of the operands is zero or one, the first is read. */
#define NEON2(name, insn) INSN(neon_##name, "vmov.f32 s1, #1.0\n vmov.f32 s3, #1.0\n " insn " d2, d0, d1")
#define NEON1(name, insn) INSN(neon_##name, "vmov.f32 s1, #1.0\n " insn " d2, d0")
NEON2(add, "vadd.f32") NEON2(mul, "vmul.f32") NEON2(fma, "vmov.f32 s5, #1.0\n vfma.f32") NEON2(min, "vmin.f32") NEON2(max, "vmax.f32")
NEON2(ceq, "vceq.f32") NEON2(cge, "vcge.f32") NEON2(cgt, "vcgt.f32") NEON2(recps, "vrecps.f32") NEON2(rsqrts, "vrsqrts.f32")
NEON1(recpe, "vrecpe.f32") NEON1(rsqrte, "vrsqrte.f32") NEON1(urecpe, "vrecpe.u32") NEON1(ursqrte, "vrsqrte.u32")

static const struct op ops[] = {
#define OP(name, operands, bits) {#name, operands, 16, bits, name}
#define HALF(name, operands, bits) {#name, operands, 32, bits, name}
#define NEON(name, operands) {"neon_" #name, operands, 16, 32, neon_##name}
#define PAIR(op) OP(f32_##op, "ss", 32), OP(f64_##op, "dd", 64)
#define PAIR1(op) OP(f32_##op, "s", 32), OP(f64_##op, "d", 64)
#define TO(op) OP(f32_to_##op, "s", 32), OP(f64_to_##op, "d", 32)
#define POINT(f, k, bits, type, point) OP(f##_to_##type##_##point, k, 32), OP(type##_to_##f##_##point, "w", bits)
#define POINTS(type, point) POINT(f32, "s", 32, type, point), POINT(f64, "d", 64, type, point)
    PAIR(add), PAIR(sub), PAIR(mul), PAIR(div), OP(f32_mul_add, "sss", 32), OP(f64_mul_add, "ddd", 64), PAIR(min_num), PAIR(max_num),
    PAIR1(sqrt), PAIR1(round_r), PAIR1(round_x), PAIR1(round_a), PAIR(compare_quiet), PAIR(compare_signaling),
    OP(f32_to_f64, "s", 64), OP(f64_to_f32, "d", 32),
    HALF(f16_to_f32, "h", 32), HALF(f32_to_f16, "s", 16), HALF(f16_to_f64, "h", 64), HALF(f64_to_f16, "d", 16),
    TO(i32), TO(u32), TO(i32_zero), TO(u32_zero), TO(i32_away), TO(u32_up),
    OP(i32_to_f32, "w", 32), OP(u32_to_f32, "w", 32), OP(i32_to_f64, "w", 64), OP(u32_to_f64, "w", 64),
    POINTS(s32, 1), POINTS(u32, 16), POINTS(s32, 31), POINTS(u32, 32), POINTS(s16, 0), POINTS(u16, 1), POINTS(s16, 8), POINTS(u16, 16),
    NEON(add, "ss"), NEON(mul, "ss"), NEON(fma, "sss"), NEON(min, "ss"), NEON(max, "ss"), NEON(ceq, "ss"), NEON(cge, "ss"), NEON(cgt, "ss"),
    NEON(recps, "ss"), NEON(rsqrts, "ss"), NEON(recpe, "s"), NEON(rsqrte, "s"), NEON(urecpe, "w"), NEON(ursqrte, "w"),
};

int main(int argc, char **argv) {
  return runAll(ops, sizeof ops / sizeof *ops, argc, argv);
}
