/**
 * LDREX, STREX, CLREX, SWP (ARM DDI 0406C, A3.4, A8.8.75-A8.8.78, A8.8.212-A8.8.215, A8.8.229). The exclusive monitor is
 * an address and the value that was loaded from it: a store-exclusive to that address succeeds if the value is still
 * there. (A value that has changed and changed back goes unnoticed, which the lock-free code of real guests tolerates;
 * QEMU does the same.)
 */
import type { Value } from "@tsemu/ir";
import { Align, plus } from "../pseudocode.ts";
import * as state from "../state.ts";
import { type ArmTranslator, PC, SP } from "../translator.ts";
import { legacyAlignment, readMemory, type Transfer } from "./load-store.ts";

type Cpu = ArmTranslator;
type Size = 1 | 2 | 4 | 8;

const openMonitor = (cpu: Cpu): void => cpu.ir.set(state.exclusiveAddress, cpu.i32(-1));
/** Exclusive accesses are always aligned. */
const memOf = (cpu: Cpu, size: Size): ReturnType<Cpu["memOp"]> => cpu.memOp(size, { align: size });

interface LoadExclusive {
  readonly rt: number;
  readonly rn: number;
  /** T32's LDREX has an offset. */
  readonly imm?: number;
}

/** T32 forbids SP too. With PC or SP, and where a destination is also a source, these are UNPREDICTABLE: undefined, as in QEMU. */
const unusable = (cpu: Cpu, ...registers: number[]): boolean => registers.some((n) => n === PC || (cpu.thumb && n === SP));

/** LDREX, LDREXB, LDREXH */
export const loadExclusive =
  (size: 1 | 2 | 4) =>
  (cpu: Cpu, { rt, rn, imm = 0 }: LoadExclusive): void => {
    if (rn === PC || unusable(cpu, rt)) return cpu.undefined();
    const address = plus(cpu, cpu.R(rn), imm);
    const value = cpu.load(address, memOf(cpu, size));
    cpu.ir.set(state.exclusiveAddress, address);
    cpu.ir.set(state.exclusiveValue, cpu.ir.extendU(value));
    cpu.setR(rt, value);
  };

/** LDREXD. A doubleword is one access; the word at the lower address is the high one if data are big-endian. */
export function LDREXD(cpu: Cpu, { rt, rt2, rn }: { rt: number; rt2: number; rn: number }): void {
  if (rn === PC || rt === rt2 || unusable(cpu, rt, rt2)) return cpu.undefined();
  const { ir } = cpu;
  const address = cpu.R(rn);
  const value = cpu.load(address, memOf(cpu, 8));
  ir.set(state.exclusiveAddress, address);
  ir.set(state.exclusiveValue, value);
  const low = ir.wrap(value);
  const high = ir.wrap(ir.shrU(value, ir.i64(32)));
  cpu.setR(rt, cpu.bigEndian ? high : low);
  cpu.setR(rt2, cpu.bigEndian ? low : high);
}

/** Stores `value` of `size` bytes if the monitor allows; R[d] = 0 if it did, otherwise 1. R[d] is written only after what can fault. */
function storeIfExclusive(cpu: Cpu, rd: number, address: Value, value: Value, size: Size): void {
  const { ir } = cpu;
  const mem = memOf(cpu, size);
  const expected = (): Value => (size === 8 ? ir.get(state.exclusiveValue) : ir.wrap(ir.get(state.exclusiveValue)));
  ir.if(
    ir.eq(address, ir.get(state.exclusiveAddress)),
    () => {
      const changed = ir.ne(cpu.load(address, mem), expected());
      ir.if(
        changed,
        () => {},
        () => cpu.store(address, value, mem),
      );
      cpu.setR(rd, changed);
    },
    () => cpu.setR(rd, cpu.i32(1)),
  );
  openMonitor(cpu);
}

interface StoreExclusive extends LoadExclusive {
  readonly rd: number;
}

/** STREX, STREXB, STREXH */
export const storeExclusive =
  (size: 1 | 2 | 4) =>
  (cpu: Cpu, { rd, rt, rn, imm = 0 }: StoreExclusive): void => {
    if (rn === PC || rd === rn || rd === rt || unusable(cpu, rd, rt)) return cpu.undefined();
    storeIfExclusive(cpu, rd, plus(cpu, cpu.R(rn), imm), cpu.R(rt), size);
  };

export function STREXD(cpu: Cpu, { rd, rt, rt2, rn }: { rd: number; rt: number; rt2: number; rn: number }): void {
  if (rn === PC || [rn, rt, rt2].includes(rd) || unusable(cpu, rd, rt, rt2)) return cpu.undefined();
  const { ir } = cpu;
  const [first, second] = [ir.extendU(cpu.R(rt)), ir.extendU(cpu.R(rt2))];
  const [low, high] = cpu.bigEndian ? [second, first] : [first, second];
  storeIfExclusive(cpu, rd, cpu.R(rn), ir.or(low, ir.shl(high, ir.i64(32))), 8);
}

export const CLREX = (cpu: Cpu): void => openMonitor(cpu);

/** SWP and SWPB: a load and a store that no interrupt can separate. Words are aligned or, before ARMv6, rotated. */
export const swap =
  (transfer: Transfer) =>
  (cpu: Cpu, { rt, rt2, rn }: { rt: number; rt2: number; rn: number }): void => {
    const address = cpu.R(rn);
    const legacy = legacyAlignment(cpu);
    const mem = cpu.memOp(transfer.size, { align: legacy ? 1 : transfer.size });
    const value = legacy ? readMemory(cpu, address, transfer) : cpu.load(address, mem);
    cpu.store(legacy ? Align(cpu, address, transfer.size) : address, cpu.R(rt2), mem);
    cpu.setR(rt, value);
  };
