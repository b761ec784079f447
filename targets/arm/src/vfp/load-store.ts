/** Loads and stores of extension registers (DDI 0406C, A7.6). */
import type { MemOp, Value } from "@tsemu/ir";
import * as state from "../state.ts";
import { type ArmTranslator, PC } from "../translator.ts";
import { bitsSlot, exists, floatSlot, type Precision, regDM } from "./operands.ts";
import { type Both, vfp } from "./rows.ts";

/** Rn; PC is that of the instruction, word-aligned. */
const base = (cpu: ArmTranslator, rn: number): Value => (rn === PC ? cpu.i32(cpu.PCValue() & ~3) : cpu.R(rn));

const at = (cpu: ArmTranslator, address: Value, offset: number): Value => (offset === 0 ? address : cpu.ir.add(address, cpu.i32(offset)));

/**
 * One register. Memory sees aligned words: a doubleword is two of them, in the order of the data endianness, which makes it
 * one access of 8 bytes that need be word-aligned only.
 */
function transfer(cpu: ArmTranslator, load: boolean, sz: Precision, register: number, address: Value): void {
  const size = sz === 1 ? 8 : 4;
  // As floats where no bytes are to be exchanged: that is how arithmetic wants them.
  const slot = cpu.bigEndian ? bitsSlot(sz, register) : floatSlot(sz, register);
  const mem: MemOp = { ...cpu.memOp(size, { type: slot.type }), align: 4 };
  if (load) cpu.ir.set(slot, cpu.load(address, mem));
  else cpu.store(address, cpu.ir.get(slot), mem);
}

/** Two doublewords that are one quadword register. */
function transferPair(cpu: ArmTranslator, load: boolean, d: number, address: Value): void {
  const slot = state.q[d >> 1]!;
  const mem: MemOp = { ...cpu.memOp(16), align: 4 };
  if (load) cpu.ir.set(slot, cpu.ir.load(mem, address));
  else cpu.ir.store(mem, address, cpu.ir.get(slot));
}

const single = vfp(
  "VLDR_VSTR",
  "1101 u:1 vd:1 0 l:1 rn:4 vd:4 101 sz:1 imm:8",
  "{l:vldst}r{:cc} {vd:vdm}, [{rn:vcore}{imm:voffset}]",
  (cpu, { u, vd, l, rn, sz, imm }) => {
    const d = regDM(sz, vd);
    // VSTR relative to PC is UNPREDICTABLE in T32.
    if (!exists(cpu, sz, d) || (l === 0 && rn === PC && cpu.thumb)) return cpu.undefined();
    transfer(cpu, l === 1, sz, d, at(cpu, base(cpu, rn), u === 1 ? 4 * imm : -4 * imm));
  },
  { needs: "vfp2" },
);

type MultipleFields = {
  readonly vd: number;
  readonly w: number;
  readonly l: number;
  readonly rn: number;
  readonly sz: number;
  readonly imm: number;
};

/** VLDM, VSTM, VPUSH, VPOP. An odd imm of doublewords is FLDMX or FSTMX: one word more of address, not transferred. */
function multiple(cpu: ArmTranslator, { vd, w, l, rn, sz, imm }: MultipleFields, decrement: boolean): void {
  const first = regDM(sz, vd);
  const count = sz === 1 ? imm >> 1 : imm;
  const unpredictable = count === 0 || first + count > 32 || (sz === 1 && count > 16) || (rn === PC && (w === 1 || cpu.thumb));
  if (unpredictable || !exists(cpu, sz, first + count - 1)) return cpu.undefined();
  const load = l === 1;
  const start = decrement ? at(cpu, base(cpu, rn), -4 * imm) : base(cpu, rn);
  const size = sz === 1 ? 8 : 4;
  for (let i = 0; i < count; i++) {
    const register = first + i;
    if (sz === 1 && register % 2 === 0 && i + 1 < count && !cpu.bigEndian) {
      transferPair(cpu, load, register, at(cpu, start, size * i));
      i++;
    } else transfer(cpu, load, sz, register, at(cpu, start, size * i));
  }
  // Last: an abort leaves the base as it was.
  if (w === 1) cpu.setR(rn, decrement ? start : at(cpu, start, 4 * imm));
}

const increment = vfp(
  "VLDM_VSTM_IA",
  "1100 1 vd:1 w:1 l:1 rn:4 vd:4 101 sz:1 imm:8",
  "{l:vldmia}{:cc} {rn:vcore}{w:vbang}, {imm:vlist}",
  (cpu, fields) => multiple(cpu, fields, false),
  { needs: "vfp2" },
);

const decrement = vfp(
  "VLDM_VSTM_DB",
  "1101 0 vd:1 1 l:1 rn:4 vd:4 101 sz:1 imm:8",
  "{l:vldmdb}{:cc} {rn:vcore}!, {imm:vlist}",
  (cpu, fields) => multiple(cpu, { ...fields, w: 1 }, true),
  { needs: "vfp2" },
);

export const vfpLoadStore: readonly Both[] = [single, increment, decrement];
