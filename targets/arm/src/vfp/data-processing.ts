/** VFP data-processing instructions (DDI 0406C, A7.5), conversions and comparisons apart. */
import type { Value } from "@tsemu/ir";
import type { SoftFloatFunction } from "@tsemu/softfloat";
import type { ArmTranslator } from "../translator.ts";
import { fpCall } from "./helpers.ts";
import { getFloat, type Precision, regDM, regN, setFloat, VFPExpandImm } from "./operands.ts";
import type { VfpMeta } from "./meta.ts";
import { type Both, vfp } from "./rows.ts";
import { noVectors, operations } from "./vectors.ts";

const call = (cpu: ArmTranslator, sz: Precision, name: string, ...args: Value[]): Value =>
  fpCall(cpu, `${sz === 1 ? "f64" : "f32"}_${name}` as SoftFloatFunction, ...args);

/** FPNeg: the sign inverted, of a NaN too. */
const FPNeg = (cpu: ArmTranslator, value: Value): Value => cpu.ir.op(`${value.type}.neg`, value);

type ThreeFields = { readonly sz: number; readonly vd: number; readonly vn: number; readonly vm: number };
type TwoFields = { readonly sz: number; readonly vd: number; readonly vm: number };

/** D = compute(D, N, M), for each element of a short vector. `d` is a function, for few need it. */
function three(
  name: string,
  bits: [high: string, op: number],
  mnemonic: string,
  compute: (cpu: ArmTranslator, sz: Precision, n: Value, m: Value, d: () => Value) => Value,
): Both {
  const execute = (cpu: ArmTranslator, { sz, vd, vn, vm }: ThreeFields): void => {
    const todo = operations(cpu, sz, regDM(sz, vd), regN(sz, vn), regDM(sz, vm));
    if (todo === undefined) return cpu.undefined();
    for (const [d, n, m] of todo) {
      setFloat(
        cpu,
        sz,
        d,
        compute(cpu, sz, getFloat(cpu, sz, n), getFloat(cpu, sz, m), () => getFloat(cpu, sz, d)),
      );
    }
  };
  const pattern = `1110 ${bits[0][0]!} vd:1 ${bits[0].slice(1)} vn:4 vd:4 101 sz:1 vn:1 ${bits[1]} vm:1 0 vm:4` as const;
  return vfp(name, pattern, `${mnemonic}{:cc}{sz:vsz} {vd:vdm}, {vn:vnn}, {vm:vdm}`, execute as never, { needs: "vfp2" });
}

const product = (cpu: ArmTranslator, sz: Precision, n: Value, m: Value): Value => call(cpu, sz, "mul", n, m);

const arithmetic: readonly Both[] = [
  // The order of the sum's operands decides which NaN is propagated.
  three("VMLA", ["000", 0], "vmla", (cpu, sz, n, m, d) => call(cpu, sz, "add", d(), product(cpu, sz, n, m))),
  three("VMLS", ["000", 1], "vmls", (cpu, sz, n, m, d) => call(cpu, sz, "add", d(), FPNeg(cpu, product(cpu, sz, n, m)))),
  three("VNMLS", ["001", 0], "vnmls", (cpu, sz, n, m, d) => call(cpu, sz, "add", FPNeg(cpu, d()), product(cpu, sz, n, m))),
  three("VNMLA", ["001", 1], "vnmla", (cpu, sz, n, m, d) => call(cpu, sz, "add", FPNeg(cpu, d()), FPNeg(cpu, product(cpu, sz, n, m)))),
  three("VMUL", ["010", 0], "vmul", product),
  three("VNMUL", ["010", 1], "vnmul", (cpu, sz, n, m) => FPNeg(cpu, product(cpu, sz, n, m))),
  three("VADD", ["011", 0], "vadd", (cpu, sz, n, m) => call(cpu, sz, "add", n, m)),
  three("VSUB", ["011", 1], "vsub", (cpu, sz, n, m) => call(cpu, sz, "sub", n, m)),
  three("VDIV", ["100", 0], "vdiv", (cpu, sz, n, m) => call(cpu, sz, "div", n, m)),
];

/** VFMA and its like: D = +-D + +-N * M, rounded once. No vector form. */
function fused(name: string, bits: [high: string, op: number], mnemonic: string, negateD: boolean, negateN: boolean): Both {
  const execute = (cpu: ArmTranslator, { sz, vd, vn, vm }: ThreeFields): void => {
    const d = regDM(sz, vd);
    const todo = operations(cpu, sz, d, regN(sz, vn), regDM(sz, vm));
    if (todo === undefined || !noVectors(cpu)) return cpu.undefined();
    const addend = getFloat(cpu, sz, d);
    const n = getFloat(cpu, sz, regN(sz, vn));
    const m = getFloat(cpu, sz, regDM(sz, vm));
    setFloat(cpu, sz, d, call(cpu, sz, "mul_add", negateN ? FPNeg(cpu, n) : n, m, negateD ? FPNeg(cpu, addend) : addend));
  };
  const pattern = `1110 1 vd:1 ${bits[0]} vn:4 vd:4 101 sz:1 vn:1 ${bits[1]} vm:1 0 vm:4` as const;
  return vfp(name, pattern, `${mnemonic}{:cc}{sz:vsz} {vd:vdm}, {vn:vnn}, {vm:vdm}`, execute as never, { needs: "vfp4" });
}

const fusedRows: readonly Both[] = [
  fused("VFMA", ["10", 0], "vfma", false, false),
  fused("VFMS", ["10", 1], "vfms", false, true),
  fused("VFNMS", ["01", 0], "vfnms", true, false),
  fused("VFNMA", ["01", 1], "vfnma", true, true),
];

/** D = compute(M), for each element of a short vector. */
function two(
  name: string,
  opc2: string,
  opc3: string,
  mnemonic: string,
  compute: (cpu: ArmTranslator, sz: Precision, m: Value) => Value,
): Both {
  const execute = (cpu: ArmTranslator, { sz, vd, vm }: TwoFields): void => {
    const todo = operations(cpu, sz, regDM(sz, vd), -1, regDM(sz, vm));
    if (todo === undefined) return cpu.undefined();
    for (const [d, , m] of todo) setFloat(cpu, sz, d, compute(cpu, sz, getFloat(cpu, sz, m)));
  };
  const pattern = `1110 1 vd:1 11 ${opc2} vd:4 101 sz:1 ${opc3} vm:1 0 vm:4` as const;
  return vfp(name, pattern, `${mnemonic}{:cc}{sz:vsz} {vd:vdm}, {vm:vdm}`, execute as never, { needs: "vfp2" });
}

const unary: readonly Both[] = [
  two("VMOV_reg", "0000", "01", "vmov", (_cpu, _sz, m) => m),
  two("VABS", "0000", "11", "vabs", (cpu, _sz, m) => cpu.ir.op(`${m.type}.abs`, m)),
  two("VNEG", "0001", "01", "vneg", FPNegOf),
  two("VSQRT", "0001", "11", "vsqrt", (cpu, sz, m) => call(cpu, sz, "sqrt", m)),
];

function FPNegOf(cpu: ArmTranslator, _sz: Precision, m: Value): Value {
  return FPNeg(cpu, m);
}

const immediate = vfp(
  "VMOV_imm",
  "1110 1 vd:1 11 imm:4 vd:4 101 sz:1 0000 imm:4",
  "vmov{:cc}{sz:vsz} {vd:vdm}, {imm:vimm8}",
  (cpu, { vd, sz, imm }) => {
    const todo = operations(cpu, sz, regDM(sz, vd), -1, -1);
    if (todo === undefined) return cpu.undefined();
    const value = VFPExpandImm(imm);
    for (const [d] of todo) setFloat(cpu, sz, d, sz === 1 ? cpu.ir.f64(value) : cpu.ir.f32(value));
  },
  { needs: "vfp3" } satisfies VfpMeta,
);

export const vfpDataProcessing: readonly Both[] = [...arithmetic, ...fusedRows, ...unary, immediate];
