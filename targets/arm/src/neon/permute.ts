/** Permutations: VSWP, VTRN, VUZP, VZIP, VEXT, VTBL, VTBX, VDUP, and constants (DDI 0406C, A7.4.5, A7.4.6, A7.5). */
import type { Value } from "@tsemu/ir";
import type { ArmTranslator } from "../translator.ts";
import { type Both, simd } from "../vfp/rows.ts";
import { AdvSIMDExpandImm } from "./expand-imm.ts";
import { miscBits } from "./misc.ts";
import { getD, getV, oddQ, pair, registerN, setD, setV, splatConst } from "./operands.ts";

interface Fields {
  readonly size: number;
  readonly q: number;
  readonly vd: number;
  readonly vm: number;
}

/** Where byte `b` (of `length`) of the result for register 0 (Vd) or 1 (Vm) comes from: its register and byte. */
type Source = (register: 0 | 1, element: number, elements: number) => readonly [register: number, element: number];

/** Rearranges the elements of two registers. */
function exchange(name: string, b: string, sizes: (size: number, q: number) => boolean, source: Source): Both {
  const execute = (cpu: ArmTranslator, { size, q, vd, vm }: Fields): void => {
    if (oddQ(q, vd, vm) || !sizes(size, q)) return cpu.undefined();
    const { ir } = cpu;
    const bytes = 1 << size;
    const length = q === 1 ? 16 : 8;
    const lanesFor = (register: 0 | 1): number[] =>
      Array.from({ length }, (_, at) => {
        const [from, element] = source(register, Math.floor(at / bytes), length / bytes);
        return from * length + element * bytes + (at % bytes);
      });
    if (q === 1) {
      const d = getV(cpu, 1, vd);
      const m = getV(cpu, 1, vm);
      const newD = ir.shuffle(d, m, lanesFor(0));
      const newM = ir.shuffle(d, m, lanesFor(1));
      setV(cpu, 1, vd, newD);
      setV(cpu, 1, vm, newM);
      return;
    }
    // Both doublewords in one vector.
    const both = pair(cpu, vd, vm);
    const result = ir.shuffle(both, both, [...lanesFor(0), ...lanesFor(1)]);
    setD(cpu, vd, result);
    setD(cpu, vm, ir.shuffle(result, result, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]));
  };
  const type = name === "VSWP" ? "" : ".{size:nsize}";
  return simd(name, "1", miscBits("size:2", "10", b), `${name.toLowerCase()}${type} {vd:qd}, {vm:qd}`, execute as never);
}

const swap = exchange(
  "VSWP",
  "0000",
  (size) => size === 0,
  (register, element) => [1 - register, element],
);
const transpose = exchange(
  "VTRN",
  "0001",
  (size) => size < 3,
  (register, element) => [element & 1, (element & ~1) | register],
);
const unzip = exchange(
  "VUZP",
  "0010",
  (size, q) => size < 2 || (size === 2 && q === 1),
  (register, element, elements) => {
    const at = 2 * element + register;
    return at < elements ? [0, at] : [1, at - elements];
  },
);
const zip = exchange(
  "VZIP",
  "0011",
  (size, q) => size < 2 || (size === 2 && q === 1),
  (register, element, elements) => {
    const at = register * elements + element;
    return [at & 1, at >> 1];
  },
);

const extract = simd(
  "VEXT",
  "0",
  "1 vd:1 11 vn:4 vd:4 imm:4 vn:1 q:1 vm:1 0 vm:4",
  "vext.8 {vd:qd}, {vn:qn}, {vm:qd}, #{imm}",
  (cpu, { vd, vn, imm, q, vm }) => {
    const n = registerN(vn);
    if (oddQ(q, vd, n, vm) || (q === 0 && imm > 7)) return cpu.undefined();
    const lanes = Array.from({ length: 16 }, (_, b) => b + imm);
    if (q === 1) return setV(cpu, 1, vd, cpu.ir.shuffle(getV(cpu, 1, n), getV(cpu, 1, vm), lanes));
    const both = pair(cpu, n, vm);
    setD(
      cpu,
      vd,
      cpu.ir.shuffle(
        both,
        both,
        lanes.map((b) => b & 15),
      ),
    );
  },
);

/** One or two registers of a table as a vector; bytes past the table are 0. */
const tableHalf = (cpu: ArmTranslator, first: number, count: number): Value =>
  count === 1 ? cpu.ir.op("v128.and", getD(cpu, first), cpu.ir.v128((1n << 64n) - 1n)) : pair(cpu, first, first + 1);

const table = simd(
  "VTBL_VTBX",
  "1",
  "1 vd:1 11 vn:4 vd:4 10 len:2 vn:1 op:1 vm:1 0 vm:4",
  "{op:ntblx}.8 {vd:vd64}, {len:ntable}, {vm:vd64}",
  (cpu, { vd, vn, len, op, vm }) => {
    const { ir } = cpu;
    const n = registerN(vn);
    const count = len + 1;
    if (n + count > 32) return cpu.undefined();
    const index = getD(cpu, vm);
    // Indexes past 15 give 0, so that the halves of a long table can be joined.
    let result = ir.op("i8x16.swizzle", tableHalf(cpu, n, Math.min(count, 2)), index);
    if (count > 2) {
      const beyond = ir.op("i8x16.sub", index, splatConst(cpu, 8, 16n));
      result = ir.op("v128.or", result, ir.op("i8x16.swizzle", tableHalf(cpu, n + 2, count - 2), beyond));
    }
    if (op === 0) return setD(cpu, vd, result);
    const inTable = ir.op("i8x16.lt_u", index, splatConst(cpu, 8, BigInt(8 * count)));
    setD(cpu, vd, ir.op("v128.bitselect", result, getD(cpu, vd), inTable));
  },
);

const duplicate = simd(
  "VDUP_scalar",
  "1",
  "1 vd:1 11 imm4:4 vd:4 11000 q:1 vm:1 0 vm:4",
  "vdup.{imm4:ndupsize} {vd:qd}, {vm:ndupscalar}",
  (cpu, { vd, imm4, q, vm }) => {
    if (oddQ(q, vd)) return cpu.undefined();
    const size = imm4 & 1 ? 0 : imm4 & 2 ? 1 : 2;
    const bytes = 1 << size;
    const value = getD(cpu, vm);
    setV(
      cpu,
      q,
      vd,
      cpu.ir.shuffle(
        value,
        value,
        Array.from({ length: 16 }, (_, b) => (imm4 >> (size + 1)) * bytes + (b % bytes)),
      ),
    );
  },
  { except: { imm4: [0, 8] } },
);

const immediate = simd(
  "VMOV_VORR_VBIC_imm",
  "imm:1",
  "1 vd:1 000 imm:3 vd:4 cmode:4 0 q:1 op:1 1 imm:4",
  "{cmode:nmodop} {vd:qd}, {imm:nmodimm}",
  (cpu, { imm, vd, cmode, q, op }) => {
    if (oddQ(q, vd) || (op === 1 && cmode === 15)) return cpu.undefined();
    const { ir } = cpu;
    const value = AdvSIMDExpandImm(op, cmode, imm);
    const vector = (bits: bigint): Value => splatConst(cpu, 64, bits);
    if (cmode < 12 && (cmode & 1) === 1) setV(cpu, q, vd, ir.op(op === 1 ? "v128.andnot" : "v128.or", getV(cpu, q, vd), vector(value)));
    else setV(cpu, q, vd, vector(op === 1 && cmode !== 14 ? ~value : value));
  },
);

export const neonPermute: readonly Both[] = [swap, transpose, unzip, zip, extract, table, duplicate, immediate];
