/**
 * Loads and stores of one register or two (ARM DDI 0406C, A4.6), for all encodings: `p` (index before the access), `u` (add),
 * `w` (write back) mean what they do in A32; encodings without them supply constants.
 */
import type { Value } from "@tsemu/ir";
import { ALIGNMENT_CHECK, LEGACY_ALIGNMENT } from "../block-flags.ts";
import { Align, plus, Shift } from "../pseudocode.ts";
import { type ArmTranslator, PC } from "../translator.ts";

type Cpu = ArmTranslator;

/** What an instruction transfers. */
export interface Transfer {
  readonly size: 1 | 2 | 4;
  readonly signed?: boolean;
  /** LDRT and its like. */
  readonly unprivileged?: boolean;
}

export const word: Transfer = { size: 4 };
export const byte: Transfer = { size: 1 };
export const signedByte: Transfer = { size: 1, signed: true };
export const halfword: Transfer = { size: 2 };
export const signedHalfword: Transfer = { size: 2, signed: true };
export const unprivileged = (transfer: Transfer): Transfer => ({ ...transfer, unprivileged: true });

/** The offset of an encoding, without its sign. */
export type Offset<F> = (cpu: Cpu, fields: F) => Value | number;

export const immediateOffset: Offset<{ imm: number }> = (_cpu, { imm }) => imm;
export const registerOffset: Offset<{ rm: number }> = (cpu, { rm }) => cpu.R(rm);
export const scaledRegisterOffset: Offset<{ rm: number; type: number; imm5: number }> = (cpu, { rm, type, imm5 }) =>
  Shift(cpu, cpu.R(rm), type, imm5);

export interface Index {
  readonly p: number;
  readonly u: number;
  readonly w: number;
  readonly rn: number;
}

interface Addresses {
  readonly address: Value;
  /** Writes the base register back, if the instruction does. */
  writeBack(): void;
}

/** Addresses of an access; undefined where PC would be written back (UNPREDICTABLE). */
export function addressesOf(cpu: Cpu, { p, u, w, rn }: Index, offset: Value | number): Addresses | undefined {
  const writes = p === 0 || w === 1;
  if (writes && rn === PC) return undefined;
  const base = rn === PC ? cpu.i32(cpu.PCValue() & ~3) : cpu.R(rn);
  let moved: Value;
  if (typeof offset === "number") moved = plus(cpu, base, u ? offset : -offset);
  else moved = u ? cpu.add(base, offset).result : cpu.sub(base, offset).result;
  return {
    address: p ? moved : base,
    writeBack: () => {
      if (writes && moved !== base) cpu.setR(rn, moved);
    },
  };
}

/** Do accesses follow the rules before ARMv6: low address bits ignored, words loaded rotated (A3.2.1, D12.3)? */
export const legacyAlignment = (cpu: Cpu): boolean => (cpu.flags & LEGACY_ALIGNMENT) !== 0 && (cpu.flags & ALIGNMENT_CHECK) === 0;

/** MemU[address, size], extended. */
export function readMemory(cpu: Cpu, address: Value, transfer: Transfer): Value {
  const mem = cpu.memOp(transfer.size, transfer);
  if (transfer.size === 1 || !legacyAlignment(cpu)) return cpu.load(address, mem);
  const value = cpu.load(Align(cpu, address, transfer.size), mem);
  if (transfer.size === 2) return value;
  // Rotated right by 8 * address<1:0>; rotr counts modulo 32.
  const { ir } = cpu;
  if (address.kind === "const") return Number(address.value) & 3 ? ir.rotr(value, ir.i32(8 * (Number(address.value) & 3))) : value;
  return ir.rotr(value, ir.shl(address, ir.i32(3)));
}

export function writeMemory(cpu: Cpu, address: Value, value: Value, transfer: Transfer): void {
  const aligned = transfer.size > 1 && legacyAlignment(cpu) ? Align(cpu, address, transfer.size) : address;
  cpu.store(aligned, value, cpu.memOp(transfer.size, transfer));
}

/** R[t] = memory. The write-back comes first: where t is n too, the loaded value stays. */
export const load =
  <F>(transfer: Transfer, offset: Offset<F>) =>
  (cpu: Cpu, fields: F & Index & { rt: number }): void => {
    const addresses = addressesOf(cpu, fields, offset(cpu, fields));
    if (addresses === undefined) return cpu.undefined();
    const value = readMemory(cpu, addresses.address, transfer);
    addresses.writeBack();
    cpu.writeLoaded(fields.rt, value);
  };

/** memory = R[t] */
export const store =
  <F>(transfer: Transfer, offset: Offset<F>) =>
  (cpu: Cpu, fields: F & Index & { rt: number }): void => {
    const addresses = addressesOf(cpu, fields, offset(cpu, fields));
    if (addresses === undefined) return cpu.undefined();
    writeMemory(cpu, addresses.address, cpu.R(fields.rt), transfer);
    addresses.writeBack();
  };

/** MemOp and address of word accesses that must be aligned (MemA), or ignore the low bits by the rules before ARMv6. */
export function alignedWords(cpu: Cpu, address: Value): { address: Value; mem: ReturnType<Cpu["memOp"]> } {
  if (legacyAlignment(cpu)) return { address: Align(cpu, address, 4), mem: cpu.memOp(4) };
  return { address, mem: cpu.memOp(4, { align: 4 }) };
}

/** LDRD: two words; both registers change only when both loads are done, as either may be the base. A base that is written back and loaded is UNPREDICTABLE: the write-back stays, as in QEMU. */
export const loadDual =
  <F>(offset: Offset<F>) =>
  (cpu: Cpu, fields: F & Index & { rt: number; rt2: number }): void => {
    const addresses = addressesOf(cpu, fields, offset(cpu, fields));
    if (addresses === undefined) return cpu.undefined();
    const { address, mem } = alignedWords(cpu, addresses.address);
    const first = cpu.load(address, mem);
    const second = cpu.load(plus(cpu, address, 4), mem);
    cpu.setR(fields.rt, first);
    if (fields.rt2 !== PC) cpu.setR(fields.rt2, second);
    addresses.writeBack();
    // R14 makes the second one PC: UNPREDICTABLE, a branch as in QEMU.
    if (fields.rt2 === PC) cpu.BranchWritePC(second);
  };

/** STRD */
export const storeDual =
  <F>(offset: Offset<F>) =>
  (cpu: Cpu, fields: F & Index & { rt: number; rt2: number }): void => {
    const addresses = addressesOf(cpu, fields, offset(cpu, fields));
    if (addresses === undefined) return cpu.undefined();
    const { address, mem } = alignedWords(cpu, addresses.address);
    cpu.store(address, cpu.R(fields.rt), mem);
    cpu.store(plus(cpu, address, 4), cpu.R(fields.rt2), mem);
    addresses.writeBack();
  };

/** A32's LDRD and STRD name one register, which must be even; otherwise they are undefined. */
export const evenPair =
  <F extends { rt: number; rt2: number }>(execute: (cpu: Cpu, fields: F) => void) =>
  (cpu: Cpu, fields: Omit<F, "rt2"> & { rt: number }): void => {
    if (fields.rt % 2 === 1) return cpu.undefined();
    execute(cpu, { ...fields, rt2: fields.rt + 1 } as unknown as F);
  };

/** PLD, PLDW, PLI and reserved hints: a hint has no effect here, whatever its address. */
export const noOperation = (): void => {};
