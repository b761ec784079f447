/** T16 loads and stores (ARM DDI 0406C, A6.2.4, A6.2.5). */
import * as ls from "../insns/load-store.ts";
import { immediateOffset, load, registerOffset, store } from "../insns/load-store.ts";
import { LDM, STM } from "../insns/load-store-multiple.ts";
import { type ArmItem, given, insn } from "../rows.ts";
import { type ArmTranslator, LR, PC, SP } from "../translator.ts";

/** [R[n] + offset] without write-back. */
const plain = { p: 1, u: 1, w: 0 } as const;

const regPattern = (op: string) => `0101 ${op} rm:3 rn:3 rt:3` as "0101 000 rm:3 rn:3 rt:3";
const immPattern = (op: string) => `${op} imm5:5 rn:3 rt:3` as "011 00 imm5:5 rn:3 rt:3";

/** R[n] + size * imm5 */
const scaled = (size: number, execute: (cpu: ArmTranslator, fields: ls.Index & { rt: number; imm: number }) => void) => {
  const withIndex = given(plain, execute);
  return (cpu: ArmTranslator, { imm5, rn, rt }: { imm5: number; rn: number; rt: number }): void =>
    withIndex(cpu, { rn, rt, imm: size * imm5 });
};
/** SP or PC + 4 * imm8 */
const basedOn = (rn: number, execute: (cpu: ArmTranslator, fields: ls.Index & { rt: number; imm: number }) => void) => {
  const withIndex = given({ ...plain, rn }, execute);
  return (cpu: ArmTranslator, { imm8, rt }: { imm8: number; rt: number }): void => withIndex(cpu, { rt, imm: 4 * imm8 });
};

export const loadStoreT16: readonly ArmItem[] = [
  insn("LDR_lit", "0100 1 rt:3 imm8:8", "ldr{:c} {rt:r}, [pc, {imm8:times4}]", basedOn(PC, load(ls.word, immediateOffset))),
  ...(
    [
      ["STR", "000", store(ls.word, registerOffset)],
      ["STRH", "001", store(ls.halfword, registerOffset)],
      ["STRB", "010", store(ls.byte, registerOffset)],
      ["LDRSB", "011", load(ls.signedByte, registerOffset)],
      ["LDR", "100", load(ls.word, registerOffset)],
      ["LDRH", "101", load(ls.halfword, registerOffset)],
      ["LDRB", "110", load(ls.byte, registerOffset)],
      ["LDRSH", "111", load(ls.signedHalfword, registerOffset)],
    ] as const
  ).map(([name, op, execute]) =>
    insn(`${name}_reg`, regPattern(op), `${name.toLowerCase()}{:c} {rt:r}, {:regaddr}`, given(plain, execute)),
  ),
  ...(
    [
      ["STR", "011 00", 4, store(ls.word, immediateOffset)],
      ["LDR", "011 01", 4, load(ls.word, immediateOffset)],
      ["STRB", "011 10", 1, store(ls.byte, immediateOffset)],
      ["LDRB", "011 11", 1, load(ls.byte, immediateOffset)],
      ["STRH", "100 00", 2, store(ls.halfword, immediateOffset)],
      ["LDRH", "100 01", 2, load(ls.halfword, immediateOffset)],
    ] as const
  ).map(([name, op, size, execute]) =>
    insn(`${name}_imm`, immPattern(op), `${name.toLowerCase()}{:c} {rt:r}, {imm5:scaled${size}}`, scaled(size, execute)),
  ),
  insn("STR_sp", "1001 0 rt:3 imm8:8", "str{:c} {rt:r}, {imm8:spaddr}", basedOn(SP, store(ls.word, immediateOffset))),
  insn("LDR_sp", "1001 1 rt:3 imm8:8", "ldr{:c} {rt:r}, {imm8:spaddr}", basedOn(SP, load(ls.word, immediateOffset))),

  // M adds LR, P adds PC.
  insn("PUSH", "1011 010 m:1 list:8", "push{:c} {list:pushlist}", (cpu, { m, list }) =>
    STM(cpu, { p: 1, u: 0, w: 1, rn: SP, list: list | (m << LR) }),
  ),
  insn("POP", "1011 110 p:1 list:8", "pop{:c} {list:poplist}", (cpu, { p, list }) =>
    LDM(cpu, { p: 0, u: 1, w: 1, rn: SP, list: list | (p << PC) }),
  ),
  insn("STM", "1100 0 rn:3 list:8", "stmia{:c} {rn:r}!, {list:list}", (cpu, { rn, list }) => STM(cpu, { p: 0, u: 1, w: 1, rn, list })),
  // No write-back where the base is loaded.
  insn("LDM", "1100 1 rn:3 list:8", "ldmia{:c} {rn:t16base}, {list:list}", (cpu, { rn, list }) =>
    LDM(cpu, { p: 0, u: 1, w: (list >>> rn) & 1 ? 0 : 1, rn, list }),
  ),
];
