/** Instructions on two registers and a shift amount (DDI 0406C, A7.4.4). L:imm6 holds the element size and the amount together. */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { type Both, simd } from "../vfp/rows.ts";
import { fixedToFloat, floatToFixed } from "./float.ts";
import { add, narrow, saturatingNarrow, shiftLeft, shiftRight, widenLow } from "./integer.ts";
import { esize, getD, getQ, getV, oddQ, setD, setQ, setV, splatConst } from "./operands.ts";
import { roundingShiftRight, saturatingShiftLeft } from "./shift.ts";

interface Fields {
  readonly u: number;
  readonly limm: number;
  readonly imm: number;
  readonly q: number;
  readonly vd: number;
  readonly vm: number;
}

/** Element size of L:imm6 (64 bits if L, otherwise by imm6's highest one). imm6 = 000xxx with L = 0 is not a shift. */
const sizeOf = (limm: number): number => (limm & 64 ? 3 : limm & 32 ? 2 : limm & 16 ? 1 : 0);
const leftAmount = (limm: number): number => limm - esize(sizeOf(limm));
const rightAmount = (limm: number): number => 2 * esize(sizeOf(limm)) - limm;

/** The pattern gives L and imm6 apart; `limm` joins them. */
const bits = (a: string): string => `1 vd:1 imm:6 vd:4 ${a} l:1 q:1 vm:1 1 vm:4`;
/** L:imm6 = 0000xxx is the space of instructions with a modified immediate. */
const isShift = { except: { l: 0, imm: [0, 1, 2, 3, 4, 5, 6, 7] } };

type RawFields = Omit<Fields, "limm"> & { readonly l: number };
const joined = (f: RawFields): Fields => ({ ...f, limm: (f.l << 6) | f.imm });

type Compute = (cpu: ArmTranslator, size: number, m: Value, limm: number, unsigned: boolean, d: () => Value) => Value;

/** Operand and result of one length. */
function same(name: string, u: "0" | "1" | "u:1", a: string, mnemonic: string, left: boolean, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, raw: RawFields): void => {
    const { u: unsigned, limm, q, vd, vm } = joined(raw);
    if (oddQ(q, vd, vm)) return cpu.undefined();
    setV(
      cpu,
      q,
      vd,
      compute(cpu, sizeOf(limm), getV(cpu, q, vm), limm, unsigned === 1, () => getV(cpu, q, vd)),
    );
  };
  const type = `${u === "u:1" ? "{u:nsu}" : ""}{imm:nshsize}`;
  return simd(
    name,
    u,
    bits(a),
    `${mnemonic}${type} {vd:qd}, {vm:qd}, {imm:${left ? "nleft" : "nright"}}`,
    execute as never,
    isShift as never,
  );
}

/** A quadword shifted right, then narrowed. L is 0; `b`: the bit in Q's place. */
function narrowing(name: string, u: "0" | "1" | "u:1", a: string, b: 0 | 1, mnemonic: string, compute: Compute): Both {
  const execute = (cpu: ArmTranslator, { u: unsigned, imm, vd, vm }: Fields): void => {
    if ((vm & 1) === 1) return cpu.undefined();
    setD(
      cpu,
      vd,
      compute(cpu, sizeOf(imm), getQ(cpu, vm), imm, unsigned === 1, () => getD(cpu, vd)),
    );
  };
  const pattern = `1 vd:1 imm:6 vd:4 ${a} 0 ${b} vm:1 1 vm:4`;
  const type = `${u === "u:1" ? "{u:nsu}" : ""}{imm:nshwide}`;
  return simd(
    name,
    u,
    pattern,
    `${mnemonic}${type} {vd:vd64}, {vm:qq}, {imm:nright}`,
    execute as never,
    {
      except: { imm: [0, 1, 2, 3, 4, 5, 6, 7] },
    } as never,
  );
}

const shiftRightImmediate: Compute = (cpu, size, m, limm, u) => shiftRight(cpu, size, m, rightAmount(limm), u);
const roundingImmediate: Compute = (cpu, size, m, limm, u) => roundingShiftRight(cpu, size, m, rightAmount(limm), u);
const accumulating =
  (shift: Compute): Compute =>
  (cpu, size, m, limm, u, d) =>
    add(cpu, size, d(), shift(cpu, size, m, limm, u, d));

/** Bits of d where the mask (an element) has ones, of the shifted value elsewhere. */
const insert = (cpu: ArmTranslator, size: number, keep: bigint, d: Value, shifted: Value): Value =>
  cpu.ir.op("v128.bitselect", d, shifted, splatConst(cpu, esize(size), keep));

const insertRight: Compute = (cpu, size, m, limm, _, d) => {
  const n = rightAmount(limm);
  const keep = ~((1n << BigInt(esize(size) - n)) - 1n);
  return insert(cpu, size, keep, d(), shiftRight(cpu, size, m, n, true));
};
const insertLeft: Compute = (cpu, size, m, limm, _, d) => {
  const n = leftAmount(limm);
  return insert(cpu, size, (1n << BigInt(n)) - 1n, d(), shiftLeft(cpu, size, m, n));
};

/** Narrowing shifts: `rounding`, and how the result saturates (from, to: unsigned), if it does. */
const narrowingShift =
  (rounding: boolean, saturates?: (u: boolean) => readonly [from: boolean, to: boolean]): Compute =>
  (cpu, size, m, limm, u) => {
    const [from, to] = saturates?.(u) ?? [true, true];
    const shift = rounding ? roundingShiftRight : shiftRight;
    const shifted = shift(cpu, size + 1, m, rightAmount(limm), from);
    return saturates === undefined ? narrow(cpu, size, shifted) : saturatingNarrow(cpu, size, shifted, from, to);
  };
const sameSign = (u: boolean): readonly [boolean, boolean] => [u, u];
const toUnsigned = (): readonly [boolean, boolean] => [false, true];

const longShift = simd(
  "VSHLL_VMOVL",
  "u:1",
  "1 vd:1 imm:6 vd:4 1010 00 vm:1 1 vm:4",
  "{imm:nshll}.{u:nsu}{imm:nshsize} {vd:qq}, {vm:vd64}{imm:nlongshift}",
  (cpu, { u, imm, vd, vm }) => {
    if ((vd & 1) === 1) return cpu.undefined();
    const size = sizeOf(imm);
    setQ(cpu, vd, shiftLeft(cpu, size + 1, widenLow(cpu, size, getD(cpu, vm), u === 1), leftAmount(imm)));
  },
  { except: { imm: [0, 1, 2, 3, 4, 5, 6, 7] } },
);

/** imm6 is 1xxxxx: 64 less the number of fraction bits. */
const fixedPoint = simd(
  "VCVT_fixed_vector",
  "u:1",
  "1 vd:1 1 imm:5 vd:4 111 op:1 0 q:1 vm:1 1 vm:4",
  "vcvt{op:nfixedsizes} {vd:qd}, {vm:qd}, {imm:nfraction}",
  (cpu, { u, imm, vd, op, q, vm }) => {
    if (oddQ(q, vd, vm)) return cpu.undefined();
    const convert = op === 1 ? floatToFixed : fixedToFloat;
    convert(cpu, q, vd, getV(cpu, q, vm), 32 - imm, u === 1);
  },
);

export const neonShiftImmediate: readonly Both[] = [
  same("VSHR", "u:1", "0000", "vshr.", false, shiftRightImmediate),
  same("VSRA", "u:1", "0001", "vsra.", false, accumulating(shiftRightImmediate)),
  same("VRSHR", "u:1", "0010", "vrshr.", false, roundingImmediate),
  same("VRSRA", "u:1", "0011", "vrsra.", false, accumulating(roundingImmediate)),
  same("VSRI", "1", "0100", "vsri.", false, insertRight),
  same("VSHL_imm", "0", "0101", "vshl.i", true, (cpu, size, m, limm) => shiftLeft(cpu, size, m, leftAmount(limm))),
  same("VSLI", "1", "0101", "vsli.", true, insertLeft),
  same("VQSHLU", "1", "0110", "vqshlu.s", true, (cpu, size, m, limm) => saturatingShiftLeft(cpu, size, m, leftAmount(limm), false, true)),
  same("VQSHL_imm", "u:1", "0111", "vqshl.", true, (cpu, size, m, limm, u) => saturatingShiftLeft(cpu, size, m, leftAmount(limm), u, u)),
  narrowing("VSHRN", "0", "1000", 0, "vshrn.i", narrowingShift(false)),
  narrowing("VRSHRN", "0", "1000", 1, "vrshrn.i", narrowingShift(true)),
  narrowing("VQSHRUN", "1", "1000", 0, "vqshrun.s", narrowingShift(false, toUnsigned)),
  narrowing("VQRSHRUN", "1", "1000", 1, "vqrshrun.s", narrowingShift(true, toUnsigned)),
  narrowing("VQSHRN", "u:1", "1001", 0, "vqshrn.", narrowingShift(false, sameSign)),
  narrowing("VQRSHRN", "u:1", "1001", 1, "vqrshrn.", narrowingShift(true, sameSign)),
  longShift,
  fixedPoint,
];
