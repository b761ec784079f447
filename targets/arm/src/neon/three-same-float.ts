/** Floating-point instructions on three registers of the same length (DDI 0406C, A7.4.1). */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import type { VfpMeta } from "../vfp/meta.ts";
import { type Both, simd } from "../vfp/rows.ts";
import { eachByLibrary, floatAbs, floatArithmetic, floatCompare, floatMinMax, fusedMultiplyAdd, multiplyAccumulate } from "./float.ts";
import { everySecond } from "./integer.ts";
import { getV, oddQ, pair, registerN, setV } from "./operands.ts";

interface Fields {
  readonly q: number;
  readonly vd: number;
  readonly vn: number;
  readonly vm: number;
}

/** Sets register vd from the operands. */
type Perform = (cpu: ArmTranslator, q: number, vd: number, n: Value, m: Value) => void;

/** `high`: bit 21, which is part of the opcode; bit 20 is 0 for single precision. */
const bits = (high: 0 | 1, a: string, q: string, b: number): string => `0 vd:1 ${high}0 vn:4 vd:4 ${a} vn:1 ${q} vm:1 ${b} vm:4`;

function three(name: string, u: "0" | "1", high: 0 | 1, a: string, b: number, perform: Perform, needs: VfpMeta["needs"] = "neon"): Both {
  const execute = (cpu: ArmTranslator, { q, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (oddQ(q, vd, n, vm)) return cpu.undefined();
    perform(cpu, q, vd, getV(cpu, q, n), getV(cpu, q, vm));
  };
  const mnemonic = name.toLowerCase().replace("_float", "");
  return simd(name, u, bits(high, a, "q:1", b), `${mnemonic}.f32 {vd:qd}, {vn:qn}, {vm:qd}`, execute as never, { needs } as never);
}

function pairwise(name: string, high: 0 | 1, a: string, perform: Perform): Both {
  const execute = (cpu: ArmTranslator, { vd, vn, vm }: Fields): void => {
    const both = pair(cpu, registerN(vn), vm);
    perform(cpu, 0, vd, cpu.ir.shuffle(both, both, everySecond(2, 0)), cpu.ir.shuffle(both, both, everySecond(2, 1)));
  };
  const mnemonic = name.toLowerCase().replace("_float", "");
  return simd(name, "1", bits(high, a, "0", 0), `${mnemonic}.f32 {vd:vd64}, {vn:vdn64}, {vm:vd64}`, execute as never);
}

const arithmetic =
  (name: "add" | "sub" | "mul"): Perform =>
  (cpu, q, vd, n, m) =>
    floatArithmetic(cpu, q, vd, name, n, m);
const accumulate =
  (name: "add" | "sub"): Perform =>
  (cpu, q, vd, n, m) =>
    multiplyAccumulate(cpu, q, vd, n, m, name, getV(cpu, q, vd));
const fused =
  (negate: boolean): Perform =>
  (cpu, q, vd, n, m) =>
    fusedMultiplyAdd(cpu, q, vd, n, m, negate, getV(cpu, q, vd));
const minMax =
  (name: "min" | "max"): Perform =>
  (cpu, q, vd, n, m) =>
    floatMinMax(cpu, q, vd, name, n, m);
const compare =
  (name: "eq" | "ge" | "gt"): Perform =>
  (cpu, q, vd, n, m) =>
    floatCompare(cpu, q, vd, name, n, m);
const compareAbsolute =
  (name: "ge" | "gt"): Perform =>
  (cpu, q, vd, n, m) =>
    floatCompare(cpu, q, vd, name, floatAbs(cpu, n), floatAbs(cpu, m));
const step =
  (name: "f32_recip_step" | "f32_rsqrt_step"): Perform =>
  (cpu, q, vd, n, m) =>
    setV(cpu, q, vd, eachByLibrary(cpu, q, name, n, m));

export const neonThreeSameFloat: readonly Both[] = [
  three("VFMA_float", "0", 0, "1100", 1, fused(false), "neonVfp4"),
  three("VFMS_float", "0", 1, "1100", 1, fused(true), "neonVfp4"),
  three("VADD_float", "0", 0, "1101", 0, arithmetic("add")),
  three("VSUB_float", "0", 1, "1101", 0, arithmetic("sub")),
  pairwise("VPADD_float", 0, "1101", arithmetic("add")),
  three("VABD_float", "1", 1, "1101", 0, (cpu, q, vd, n, m) => floatArithmetic(cpu, q, vd, "sub", n, m, (v) => floatAbs(cpu, v))),
  three("VMLA_float", "0", 0, "1101", 1, accumulate("add")),
  three("VMLS_float", "0", 1, "1101", 1, accumulate("sub")),
  three("VMUL_float", "1", 0, "1101", 1, arithmetic("mul")),
  three("VCEQ_float", "0", 0, "1110", 0, compare("eq")),
  three("VCGE_float", "1", 0, "1110", 0, compare("ge")),
  three("VCGT_float", "1", 1, "1110", 0, compare("gt")),
  three("VACGE", "1", 0, "1110", 1, compareAbsolute("ge")),
  three("VACGT", "1", 1, "1110", 1, compareAbsolute("gt")),
  three("VMAX_float", "0", 0, "1111", 0, minMax("max")),
  three("VMIN_float", "0", 1, "1111", 0, minMax("min")),
  pairwise("VPMAX_float", 0, "1111", minMax("max")),
  pairwise("VPMIN_float", 1, "1111", minMax("min")),
  three("VRECPS", "0", 0, "1111", 1, step("f32_recip_step")),
  three("VRSQRTS", "0", 1, "1111", 1, step("f32_rsqrt_step")),
];
