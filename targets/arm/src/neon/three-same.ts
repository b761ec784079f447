/** Integer and logical instructions on three registers of the same length (DDI 0406C, A7.4.1). */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { type Both, simd } from "../vfp/rows.ts";
import {
  absoluteDifference,
  add,
  everySecond,
  halvingAdd,
  halvingSub,
  lessThan,
  maximum,
  minimumOf,
  multiply,
  op,
  polynomialMultiply,
  roundingHalvingAdd,
  saturatingAdd,
  saturatingDoublingHigh,
  saturatingSub,
  sub,
} from "./integer.ts";
import { getV, oddQ, pair, registerN, setD, setV } from "./operands.ts";
import { type ShiftOptions, shiftByRegister } from "./shift.ts";

interface Fields {
  readonly u: number;
  readonly size: number;
  readonly q: number;
  readonly vd: number;
  readonly vn: number;
  readonly vm: number;
}

/** Result of one instruction: n and m are the operands, `d` gets the destination's old content. */
type Compute = (cpu: ArmTranslator, size: number, n: Value, m: Value, unsigned: boolean, d: () => Value) => Value;

/** The bits that follow U: size is two bits or a field, the opcode is A and B of the manual's table. */
const bits = (size: string, a: string, q: string, b: number): string => `0 vd:1 ${size} vn:4 vd:4 ${a} vn:1 ${q} vm:1 ${b} vm:4`;

/** Mnemonic and element type: "vadd.i" and "8", or "vabd" and "u8". */
export const typed = (mnemonic: string, type: string): string => (mnemonic.includes(".") ? mnemonic + type : `${mnemonic}.${type}`);

interface Options {
  /** Sizes that are not this instruction. */
  readonly except?: readonly number[];
}

const shifts: ReadonlySet<string> = new Set(["VSHL_reg", "VQSHL_reg", "VRSHL", "VQRSHL"]);

/** u: "u:1" where the bit says unsigned, otherwise part of the opcode. */
function three(
  name: string,
  u: "0" | "1" | "u:1",
  a: string,
  b: number,
  mnemonic: string,
  compute: Compute,
  { except = [] }: Options = {},
): Both {
  const execute = (cpu: ArmTranslator, { u: unsigned, size, q, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (oddQ(q, vd, n, vm)) return cpu.undefined();
    setV(
      cpu,
      q,
      vd,
      compute(cpu, size, getV(cpu, q, n), getV(cpu, q, vm), unsigned === 1, () => getV(cpu, q, vd)),
    );
  };
  const type = u === "u:1" ? "{u:nsu}{size:nsize}" : "{size:nsize}";
  // Shifts have the amounts in Vn, and are written with them last.
  const operands = shifts.has(name) ? "{vd:qd}, {vm:qd}, {vn:qn}" : "{vd:qd}, {vn:qn}, {vm:qd}";
  const options = except.length === 0 ? {} : { except: { size: except } };
  return simd(name, u, bits("size:2", a, "q:1", b), `${typed(mnemonic, type)} ${operands}`, execute as never, options as never);
}

const noDoubleword = { except: [3] } as const;

/** VAND and its like: the size field is part of the opcode. */
function logical(
  name: string,
  u: "0" | "1",
  size: string,
  compute: (cpu: ArmTranslator, n: Value, m: Value, d: () => Value) => Value,
): Both {
  const execute = (cpu: ArmTranslator, { q, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (oddQ(q, vd, n, vm)) return cpu.undefined();
    setV(
      cpu,
      q,
      vd,
      compute(cpu, getV(cpu, q, n), getV(cpu, q, vm), () => getV(cpu, q, vd)),
    );
  };
  return simd(name, u, bits(size, "0001", "q:1", 1), `${name.toLowerCase()} {vd:qd}, {vn:qn}, {vm:qd}`, execute as never);
}

/** compute of adjacent elements: the results for n, then those for m. Doubleword registers only. */
function pairwise(name: string, u: "0" | "u:1", a: string, b: number, mnemonic: string, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { u: unsigned, size, vd, vn, vm }: Fields): void => {
    const both = pair(cpu, registerN(vn), vm);
    const even = cpu.ir.shuffle(both, both, everySecond(size, 0));
    const odd = cpu.ir.shuffle(both, both, everySecond(size, 1));
    setD(
      cpu,
      vd,
      compute(cpu, size, even, odd, unsigned === 1, () => even),
    );
  };
  const type = u === "u:1" ? "{u:nsu}{size:nsize}" : "{size:nsize}";
  const options = { except: { size: 3 } };
  return simd(
    name,
    u,
    bits("size:2", a, "0", b),
    `${typed(mnemonic, type)} {vd:vd64}, {vn:vdn64}, {vm:vd64}`,
    execute as never,
    options as never,
  );
}

/** The shifts have the shifted operand in Vm and the amounts in Vn. */
const shift =
  (options: Omit<ShiftOptions, "unsigned">): Compute =>
  (cpu, size, n, m, unsigned) =>
    shiftByRegister(cpu, size, m, n, { ...options, unsigned });

const select = (cpu: ArmTranslator, mask: Value, yes: Value, no: Value): Value => cpu.ir.op("v128.bitselect", yes, no, mask);
const not = (cpu: ArmTranslator, a: Value): Value => cpu.ir.op("v128.not", a);

export const neonThreeSame: readonly Both[] = [
  three("VHADD", "u:1", "0000", 0, "vhadd", halvingAdd, noDoubleword),
  three("VQADD", "u:1", "0000", 1, "vqadd", saturatingAdd),
  three("VRHADD", "u:1", "0001", 0, "vrhadd", roundingHalvingAdd, noDoubleword),
  logical("VAND", "0", "00", (cpu, n, m) => cpu.ir.op("v128.and", n, m)),
  logical("VBIC", "0", "01", (cpu, n, m) => cpu.ir.op("v128.andnot", n, m)),
  // VMOV (register) is VORR of a register with itself.
  logical("VORR", "0", "10", (cpu, n, m) => (n === m ? n : cpu.ir.op("v128.or", n, m))),
  logical("VORN", "0", "11", (cpu, n, m) => cpu.ir.op("v128.or", n, not(cpu, m))),
  logical("VEOR", "1", "00", (cpu, n, m) => cpu.ir.op("v128.xor", n, m)),
  logical("VBSL", "1", "01", (cpu, n, m, d) => select(cpu, d(), n, m)),
  logical("VBIT", "1", "10", (cpu, n, m, d) => select(cpu, m, n, d())),
  logical("VBIF", "1", "11", (cpu, n, m, d) => select(cpu, m, d(), n)),
  three("VHSUB", "u:1", "0010", 0, "vhsub", halvingSub, noDoubleword),
  three("VQSUB", "u:1", "0010", 1, "vqsub", saturatingSub),
  three("VCGT_reg", "u:1", "0011", 0, "vcgt", (cpu, size, n, m, unsigned) => lessThan(cpu, size, m, n, unsigned), noDoubleword),
  three("VCGE_reg", "u:1", "0011", 1, "vcge", (cpu, size, n, m, u) => op(cpu, size, u ? "ge_u" : "ge_s", n, m), noDoubleword),
  three("VSHL_reg", "u:1", "0100", 0, "vshl", shift({ rounding: false, saturating: false })),
  three("VQSHL_reg", "u:1", "0100", 1, "vqshl", shift({ rounding: false, saturating: true })),
  three("VRSHL", "u:1", "0101", 0, "vrshl", shift({ rounding: true, saturating: false })),
  three("VQRSHL", "u:1", "0101", 1, "vqrshl", shift({ rounding: true, saturating: true })),
  three("VMAX", "u:1", "0110", 0, "vmax", maximum, noDoubleword),
  three("VMIN", "u:1", "0110", 1, "vmin", minimumOf, noDoubleword),
  three("VABD", "u:1", "0111", 0, "vabd", absoluteDifference, noDoubleword),
  three(
    "VABA",
    "u:1",
    "0111",
    1,
    "vaba",
    (cpu, size, n, m, u, d) => add(cpu, size, d(), absoluteDifference(cpu, size, n, m, u)),
    noDoubleword,
  ),
  three("VADD_int", "0", "1000", 0, "vadd.i", add),
  three("VSUB_int", "1", "1000", 0, "vsub.i", sub),
  three(
    "VTST",
    "0",
    "1000",
    1,
    "vtst",
    (cpu, size, n, m) => op(cpu, size, "ne", cpu.ir.op("v128.and", n, m), cpu.ir.v128(0n)),
    noDoubleword,
  ),
  three("VCEQ_reg", "1", "1000", 1, "vceq.i", (cpu, size, n, m) => op(cpu, size, "eq", n, m), noDoubleword),
  three("VMLA_int", "0", "1001", 0, "vmla.i", (cpu, size, n, m, _, d) => add(cpu, size, d(), multiply(cpu, size, n, m)), noDoubleword),
  three("VMLS_int", "1", "1001", 0, "vmls.i", (cpu, size, n, m, _, d) => sub(cpu, size, d(), multiply(cpu, size, n, m)), noDoubleword),
  three("VMUL_int", "0", "1001", 1, "vmul.i", multiply, noDoubleword),
  three("VMUL_poly", "1", "1001", 1, "vmul.p", polynomialMultiply, { except: [1, 2, 3] }),
  pairwise("VPMAX", "u:1", "1010", 0, "vpmax", maximum),
  pairwise("VPMIN", "u:1", "1010", 1, "vpmin", minimumOf),
  three("VQDMULH", "0", "1011", 0, "vqdmulh.s", (cpu, size, n, m) => saturatingDoublingHigh(cpu, size, n, m, false), { except: [0, 3] }),
  three("VQRDMULH", "1", "1011", 0, "vqrdmulh.s", (cpu, size, n, m) => saturatingDoublingHigh(cpu, size, n, m, true), { except: [0, 3] }),
  pairwise("VPADD_int", "0", "1011", 1, "vpadd.i", add),
];
