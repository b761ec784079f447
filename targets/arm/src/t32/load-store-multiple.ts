/** T32 LDM, STM, LDRD, STRD, SRS, RFE (ARM DDI 0406C, A6.3.5, A6.3.6). */
import { popcount } from "@tsemu/base";
import { immediateOffset, loadDual, storeDual } from "../insns/load-store.ts";
import * as lsm from "../insns/load-store-multiple.ts";
import { type ArmItem, given, insn, pcIn } from "../rows.ts";
import type { ArmTranslator } from "../translator.ts";

const after = { p: 0, u: 1 } as const;
const before = { p: 1, u: 0 } as const;

/** Fewer than two registers, or a base that is both in the list and written back, are UNPREDICTABLE: undefined, as in QEMU. */
const checked =
  (direction: { readonly p: number; readonly u: number }, execute: (cpu: ArmTranslator, block: lsm.Block) => void) =>
  (cpu: ArmTranslator, fields: { w: number; rn: number; list: number }): void => {
    if (popcount(fields.list) < 2 || (fields.w === 1 && (fields.list >>> fields.rn) & 1)) return cpu.undefined();
    execute(cpu, { ...fields, ...direction });
  };

/** Index of the dual transfers: P and W both clear is another part of the encoding space. */
const notIndexed = { p: 0, w: 0 } as const;
/** 8-bit immediates are words. */
const inWords =
  <F extends { imm: number }>(execute: (cpu: ArmTranslator, fields: F) => void) =>
  (cpu: ArmTranslator, fields: Omit<F, "imm"> & { imm8: number }): void =>
    execute(cpu, { ...fields, imm: 4 * fields.imm8 } as unknown as F);

export const loadStoreMultipleT32: readonly ArmItem[] = [
  insn("STMIA", "1110 1000 10 w:1 0 rn:4 list:16", "stmia{:c}.w {rn:rw}, {list:list}", checked(after, lsm.STM)),
  insn("LDMIA", "1110 1000 10 w:1 1 rn:4 list:16", "ldmia{:c}.w {rn:rw}, {list:list}", checked(after, lsm.LDM)),
  insn("STMDB", "1110 1001 00 w:1 0 rn:4 list:16", "stmdb{:c} {rn:rw}, {list:list}", checked(before, lsm.STM)),
  insn("LDMDB", "1110 1001 00 w:1 1 rn:4 list:16", "ldmdb{:c} {rn:rw}, {list:list}", checked(before, lsm.LDM)),
  insn("SRSDB", "1110 1000 00 w:1 0 1101 1100 0000 000 mode:5", "srsdb{:c} sp{w:bang}, #{mode}", given(before, lsm.SRS)),
  insn("SRSIA", "1110 1001 10 w:1 0 1101 1100 0000 000 mode:5", "srsia{:c} sp{w:bang}, #{mode}", given(after, lsm.SRS)),
  insn("RFEDB", "1110 1000 00 w:1 1 rn:4 1100 0000 0000 0000", "rfedb{:c} {rn:rw}", given(before, lsm.RFE)),
  insn("RFEIA", "1110 1001 10 w:1 1 rn:4 1100 0000 0000 0000", "rfeia{:c} {rn:rw}", given(after, lsm.RFE)),
  insn(
    "STRD",
    "1110 100 p:1 u:1 1 w:1 0 rn:4 rt:4 rt2:4 imm8:8",
    "strd{:c} {rt:r}, {rt2:r}, {imm8:wordaddr}",
    inWords(storeDual(immediateOffset)),
    {
      except: [...pcIn("rn", "rt", "rt2"), notIndexed],
    },
  ),
  insn(
    "LDRD",
    "1110 100 p:1 u:1 1 w:1 1 rn:4 rt:4 rt2:4 imm8:8",
    "ldrd{:c} {rt:r}, {rt2:r}, {imm8:wordaddr}",
    inWords(loadDual(immediateOffset)),
    {
      except: [...pcIn("rt", "rt2"), notIndexed],
    },
  ),
];
