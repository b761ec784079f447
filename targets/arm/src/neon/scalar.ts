/** Instructions on two registers and a scalar (DDI 0406C, A7.4.3). */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { type Both, simd } from "../vfp/rows.ts";
import { floatArithmetic, multiplyAccumulate } from "./float.ts";
import {
  add,
  multiply,
  multiplyLong,
  saturatingAdd,
  saturatingDoublingHigh,
  saturatingDoublingLong,
  saturatingSub,
  sub,
} from "./integer.ts";
import { getD, getQ, getV, oddQ, registerN, setQ, setV } from "./operands.ts";

interface Fields {
  readonly u: number;
  readonly size: number;
  readonly vd: number;
  readonly vn: number;
  readonly vm: number;
}

type Compute = (cpu: ArmTranslator, size: number, n: Value, m: Value, unsigned: boolean, d: () => Value) => Value;

/** The scalar that M:Vm names, in every lane: of d0..d7 if it has 16 bits, of d0..d15 if it has 32. */
function scalar(cpu: ArmTranslator, size: number, vm: number): Value {
  const { ir } = cpu;
  const [register, index] = size === 1 ? [vm & 7, ((vm >> 4) << 1) | ((vm >> 3) & 1)] : [vm & 15, vm >> 4];
  const bytes = 1 << size;
  const value = getD(cpu, register!);
  return ir.shuffle(
    value,
    value,
    Array.from({ length: 16 }, (_, b) => index! * bytes + (b % bytes)),
  );
}

const bits = (size: string, a: string): string => `1 vd:1 ${size} vn:4 vd:4 ${a} vn:1 1 vm:1 0 vm:4`;
const noBytes = { except: { size: [0, 3] } };

/** Operands and result of one length, which the bit at U's place decides. */
function same(name: string, a: string, mnemonic: string, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { u: q, size, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (oddQ(q, vd, n)) return cpu.undefined();
    setV(
      cpu,
      q,
      vd,
      compute(cpu, size, getV(cpu, q, n), scalar(cpu, size, vm), false, () => getV(cpu, q, vd)),
    );
  };
  return simd(
    name,
    "u:1",
    bits("size:2", a),
    `${mnemonic}{size:nsize} {vd:qdu}, {vn:qnu}, {vm:nscalar}`,
    execute as never,
    noBytes as never,
  );
}

/** f32 elements: the size is 32 bits. */
function float(
  name: string,
  a: string,
  mnemonic: string,
  compute: (cpu: ArmTranslator, q: number, vd: number, n: Value, m: Value) => void,
): Both {
  const execute = (cpu: ArmTranslator, { u: q, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (oddQ(q, vd, n)) return cpu.undefined();
    compute(cpu, q, vd, getV(cpu, q, n), scalar(cpu, 2, vm));
  };
  return simd(name, "u:1", bits("10", a), `${mnemonic}.f32 {vd:qdu}, {vn:qnu}, {vm:nscalar}`, execute as never);
}

/** A quadword result. */
function long(name: string, u: "0" | "u:1", a: string, mnemonic: string, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { u: unsigned, size, vd, vn, vm }: Fields): void => {
    if ((vd & 1) === 1) return cpu.undefined();
    setQ(
      cpu,
      vd,
      compute(cpu, size, getD(cpu, registerN(vn)), scalar(cpu, size, vm), unsigned === 1, () => getQ(cpu, vd)),
    );
  };
  const syntax = `${mnemonic}${u === "u:1" ? "{u:nsu}" : ""}{size:nsize} {vd:qq}, {vn:vdn64}, {vm:nscalar}`;
  return simd(name, u, bits("size:2", a), syntax, execute as never, noBytes as never);
}

export const neonScalar: readonly Both[] = [
  same("VMLA_scalar", "0000", "vmla.i", (cpu, size, n, m, _, d) => add(cpu, size, d(), multiply(cpu, size, n, m))),
  same("VMLS_scalar", "0100", "vmls.i", (cpu, size, n, m, _, d) => sub(cpu, size, d(), multiply(cpu, size, n, m))),
  same("VMUL_scalar", "1000", "vmul.i", multiply),
  float("VMLA_float_scalar", "0001", "vmla", (cpu, q, vd, n, m) => multiplyAccumulate(cpu, q, vd, n, m, "add", getV(cpu, q, vd))),
  float("VMLS_float_scalar", "0101", "vmls", (cpu, q, vd, n, m) => multiplyAccumulate(cpu, q, vd, n, m, "sub", getV(cpu, q, vd))),
  float("VMUL_float_scalar", "1001", "vmul", (cpu, q, vd, n, m) => floatArithmetic(cpu, q, vd, "mul", n, m)),
  same("VQDMULH_scalar", "1100", "vqdmulh.s", (cpu, size, n, m) => saturatingDoublingHigh(cpu, size, n, m, false)),
  same("VQRDMULH_scalar", "1101", "vqrdmulh.s", (cpu, size, n, m) => saturatingDoublingHigh(cpu, size, n, m, true)),
  long("VMLAL_scalar", "u:1", "0010", "vmlal.", (cpu, size, n, m, u, d) => add(cpu, size + 1, d(), multiplyLong(cpu, size, n, m, u))),
  long("VMLSL_scalar", "u:1", "0110", "vmlsl.", (cpu, size, n, m, u, d) => sub(cpu, size + 1, d(), multiplyLong(cpu, size, n, m, u))),
  long("VQDMLAL_scalar", "0", "0011", "vqdmlal.s", (cpu, size, n, m, _, d) =>
    saturatingAdd(cpu, size + 1, d(), saturatingDoublingLong(cpu, size, n, m), false),
  ),
  long("VQDMLSL_scalar", "0", "0111", "vqdmlsl.s", (cpu, size, n, m, _, d) =>
    saturatingSub(cpu, size + 1, d(), saturatingDoublingLong(cpu, size, n, m), false),
  ),
  long("VMULL_scalar", "u:1", "1010", "vmull.", multiplyLong),
  long("VQDMULL_scalar", "0", "1011", "vqdmull.s", saturatingDoublingLong),
];
