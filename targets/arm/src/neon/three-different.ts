/** Instructions on three registers of different lengths (DDI 0406C, A7.4.2): long, wide and narrowing ones. */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { type Both, simd } from "../vfp/rows.ts";
import {
  absoluteDifference,
  add,
  multiplyLong,
  narrowHigh,
  polynomialMultiply,
  saturatingAdd,
  saturatingDoublingLong,
  saturatingSub,
  sub,
  widenLow,
} from "./integer.ts";
import { esize, getD, getQ, registerN, setD, setQ, splatConst } from "./operands.ts";

interface Fields {
  readonly u: number;
  readonly size: number;
  readonly vd: number;
  readonly vn: number;
  readonly vm: number;
}

/** Result from the operands; `d` gets the destination's old content. `size` is that of the narrow elements. */
type Compute = (cpu: ArmTranslator, size: number, n: Value, m: Value, unsigned: boolean, d: () => Value) => Value;

const bits = (a: string): string => `1 vd:1 size:2 vn:4 vd:4 ${a} vn:1 0 vm:1 0 vm:4`;

/** A quadword result of two doublewords; `wide`: the first operand is a quadword. */
function long(
  name: string,
  u: "0" | "1" | "u:1",
  a: string,
  mnemonic: string,
  compute: Compute,
  sizes: readonly number[] = [0, 1, 2],
  wide = false,
): Both {
  const execute = (cpu: ArmTranslator, { u: unsigned, size, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if ((vd & 1) === 1 || (wide && (n & 1) === 1)) return cpu.undefined();
    setQ(
      cpu,
      vd,
      compute(cpu, size, wide ? getQ(cpu, n) : getD(cpu, n), getD(cpu, vm), unsigned === 1, () => getQ(cpu, vd)),
    );
  };
  const except = { size: [0, 1, 2, 3].filter((size) => !sizes.includes(size)) };
  const syntax = `${mnemonic}${u === "u:1" ? "{u:nsu}" : ""}{size:nsize} {vd:qq}, ${wide ? "{vn:qqn}" : "{vn:vdn64}"}, {vm:vd64}`;
  return simd(name, u, bits(a), syntax, execute as never, { except } as never);
}

/** The high halves of a sum or difference of quadwords, as a doubleword. */
function highHalf(
  name: string,
  u: "0" | "1",
  a: string,
  mnemonic: string,
  compute: (cpu: ArmTranslator, size: number, n: Value, m: Value) => Value,
): Both {
  const execute = (cpu: ArmTranslator, { size, vd, vn, vm }: Fields): void => {
    const n = registerN(vn);
    if (((n | vm) & 1) === 1) return cpu.undefined();
    const result = compute(cpu, size + 1, getQ(cpu, n), getQ(cpu, vm));
    const rounded = u === "1" ? add(cpu, size + 1, result, splatConst(cpu, esize(size + 1), 1n << BigInt(esize(size) - 1))) : result;
    setD(cpu, vd, narrowHigh(cpu, size, rounded));
  };
  const syntax = `${mnemonic}{size:nwide} {vd:vd64}, {vn:qqn}, {vm:qq}`;
  return simd(name, u, bits(a), syntax, execute as never, { except: { size: 3 } } as never);
}

/** Sum or difference of extended elements. */
const extended =
  (compute: typeof add): Compute =>
  (cpu, size, n, m, u) =>
    compute(cpu, size + 1, widenLow(cpu, size, n, u), widenLow(cpu, size, m, u));
const extendedSecond =
  (compute: typeof add): Compute =>
  (cpu, size, n, m, u) =>
    compute(cpu, size + 1, n, widenLow(cpu, size, m, u));

const differenceLong: Compute = (cpu, size, n, m, u) => widenLow(cpu, size, absoluteDifference(cpu, size, n, m, u), true);

const polynomialLong: Compute = (cpu, size, n, m) =>
  polynomialMultiply(cpu, size + 1, widenLow(cpu, size, n, true), widenLow(cpu, size, m, true));

export const neonThreeDifferent: readonly Both[] = [
  long("VADDL", "u:1", "0000", "vaddl.", extended(add)),
  long("VADDW", "u:1", "0001", "vaddw.", extendedSecond(add), [0, 1, 2], true),
  long("VSUBL", "u:1", "0010", "vsubl.", extended(sub)),
  long("VSUBW", "u:1", "0011", "vsubw.", extendedSecond(sub), [0, 1, 2], true),
  highHalf("VADDHN", "0", "0100", "vaddhn.i", add),
  highHalf("VRADDHN", "1", "0100", "vraddhn.i", add),
  long("VABAL", "u:1", "0101", "vabal.", (cpu, size, n, m, u, d) => add(cpu, size + 1, d(), differenceLong(cpu, size, n, m, u, d))),
  highHalf("VSUBHN", "0", "0110", "vsubhn.i", sub),
  highHalf("VRSUBHN", "1", "0110", "vrsubhn.i", sub),
  long("VABDL", "u:1", "0111", "vabdl.", differenceLong),
  long("VMLAL", "u:1", "1000", "vmlal.", (cpu, size, n, m, u, d) => add(cpu, size + 1, d(), multiplyLong(cpu, size, n, m, u))),
  long("VMLSL", "u:1", "1010", "vmlsl.", (cpu, size, n, m, u, d) => sub(cpu, size + 1, d(), multiplyLong(cpu, size, n, m, u))),
  long(
    "VQDMLAL",
    "0",
    "1001",
    "vqdmlal.s",
    (cpu, size, n, m, _, d) => saturatingAdd(cpu, size + 1, d(), saturatingDoublingLong(cpu, size, n, m), false),
    [1, 2],
  ),
  long(
    "VQDMLSL",
    "0",
    "1011",
    "vqdmlsl.s",
    (cpu, size, n, m, _, d) => saturatingSub(cpu, size + 1, d(), saturatingDoublingLong(cpu, size, n, m), false),
    [1, 2],
  ),
  long("VMULL", "u:1", "1100", "vmull.", multiplyLong),
  long("VQDMULL", "0", "1101", "vqdmull.s", saturatingDoublingLong, [1, 2]),
  long("VMULL_poly", "0", "1110", "vmull.p", polynomialLong, [0]),
];
