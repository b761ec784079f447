/** A32 loads and stores of words, bytes, halfwords and doublewords (ARM DDI 0406C, A5.3, A5.2.8, A5.2.9). */
import * as ls from "../insns/load-store.ts";
import { evenPair, immediateOffset, load, loadDual, registerOffset, scaledRegisterOffset, store, storeDual } from "../insns/load-store.ts";
import { type ArmItem, given, insn, pcIn } from "../rows.ts";

// With P clear and W set, these are the unprivileged instructions.
const privileged = { p: 0, w: 1 } as const;
const postIndexed = { p: 0, w: 0 } as const;

const immPattern = (l: string, b: string) =>
  `cond:4 010 p:1 u:1 ${b} w:1 ${l} rn:4 rt:4 imm:12` as "cond:4 010 p:1 u:1 0 w:1 0 rn:4 rt:4 imm:12";
const regPattern = (l: string, b: string) =>
  `cond:4 011 p:1 u:1 ${b} w:1 ${l} rn:4 rt:4 imm5:5 type:2 0 rm:4` as "cond:4 011 p:1 u:1 0 w:1 0 rn:4 rt:4 imm5:5 type:2 0 rm:4";
const immUserPattern = (l: string, b: string) =>
  `cond:4 010 0 u:1 ${b} 1 ${l} rn:4 rt:4 imm:12` as "cond:4 010 0 u:1 0 1 0 rn:4 rt:4 imm:12";
const regUserPattern = (l: string, b: string) =>
  `cond:4 011 0 u:1 ${b} 1 ${l} rn:4 rt:4 imm5:5 type:2 0 rm:4` as "cond:4 011 0 u:1 0 1 0 rn:4 rt:4 imm5:5 type:2 0 rm:4";

/** LDR, STR, LDRB, STRB: bits L and B, and whether Rt may be PC. */
const wordsAndBytes = [
  ["STR", "0", "0", ls.word, store, []],
  ["LDR", "1", "0", ls.word, load, []],
  ["STRB", "0", "1", ls.byte, store, pcIn("rt")],
  ["LDRB", "1", "1", ls.byte, load, pcIn("rt")],
] as const;

const extraImmPattern = (l: string, op: string) =>
  `cond:4 000 p:1 u:1 1 w:1 ${l} rn:4 rt:4 imm:4 1${op}1 imm:4` as "cond:4 000 p:1 u:1 1 w:1 0 rn:4 rt:4 imm:4 1011 imm:4";
const extraRegPattern = (l: string, op: string) =>
  `cond:4 000 p:1 u:1 0 w:1 ${l} rn:4 rt:4 0000 1${op}1 rm:4` as "cond:4 000 p:1 u:1 0 w:1 0 rn:4 rt:4 0000 1011 rm:4";
const extraImmUserPattern = (l: string, op: string) =>
  `cond:4 000 0 u:1 1 1 ${l} rn:4 rt:4 imm:4 1${op}1 imm:4` as "cond:4 000 0 u:1 1 1 0 rn:4 rt:4 imm:4 1011 imm:4";
const extraRegUserPattern = (l: string, op: string) =>
  `cond:4 000 0 u:1 0 1 ${l} rn:4 rt:4 0000 1${op}1 rm:4` as "cond:4 000 0 u:1 0 1 0 rn:4 rt:4 0000 1011 rm:4";

/** Halfwords and signed bytes: L and bits 6:5. */
const halfwords = [
  ["STRH", "0", "01", ls.halfword, store],
  ["LDRH", "1", "01", ls.halfword, load],
  ["LDRSB", "1", "10", ls.signedByte, load],
  ["LDRSH", "1", "11", ls.signedHalfword, load],
] as const;

const duals = [
  ["LDRD", "10", evenPair(loadDual(immediateOffset)), evenPair(loadDual(registerOffset))],
  ["STRD", "11", evenPair(storeDual(immediateOffset)), evenPair(storeDual(registerOffset))],
] as const;

export const loadStoreRows: readonly ArmItem[] = [
  ...wordsAndBytes.flatMap(([name, l, b, transfer, access, noPC]) => {
    const mnemonic = name.toLowerCase();
    return [
      insn(`${name}_imm`, immPattern(l, b), `${mnemonic}{cond:c} {rt:r}, {:immaddr}`, access(transfer, immediateOffset), {
        except: [privileged, ...noPC],
      }),
      insn(`${name}_reg`, regPattern(l, b), `${mnemonic}{cond:c} {rt:r}, {:regaddr}`, access(transfer, scaledRegisterOffset), {
        except: [privileged, ...noPC, ...pcIn("rm")],
      }),
      insn(
        `${name}T_imm`,
        immUserPattern(l, b),
        `${mnemonic}t{cond:c} {rt:r}, [{rn:r}], #{:postsign}{imm}`,
        given(postIndexed, access(ls.unprivileged(transfer), immediateOffset)),
        { except: pcIn("rt") },
      ),
      insn(
        `${name}T_reg`,
        regUserPattern(l, b),
        `${mnemonic}t{cond:c} {rt:r}, [{rn:r}], {:postsign}{rm:r}{imm5:shift}`,
        given(postIndexed, access(ls.unprivileged(transfer), scaledRegisterOffset)),
        { except: pcIn("rt", "rm") },
      ),
    ];
  }),
  ...halfwords.flatMap(([name, l, op, transfer, access]) => {
    const mnemonic = name.toLowerCase();
    return [
      insn(`${name}_imm`, extraImmPattern(l, op), `${mnemonic}{cond:c} {rt:r}, {:immaddr}`, access(transfer, immediateOffset), {
        except: [privileged, ...pcIn("rt")],
      }),
      insn(`${name}_reg`, extraRegPattern(l, op), `${mnemonic}{cond:c} {rt:r}, {:regaddr}`, access(transfer, registerOffset), {
        except: [privileged, ...pcIn("rt", "rm")],
      }),
      insn(
        `${name}T_imm`,
        extraImmUserPattern(l, op),
        `${mnemonic}t{cond:c} {rt:r}, [{rn:r}], #{:postsign}{imm}`,
        given(postIndexed, access(ls.unprivileged(transfer), immediateOffset)),
        { needs: "v6T2", except: pcIn("rt") },
      ),
      insn(
        `${name}T_reg`,
        extraRegUserPattern(l, op),
        `${mnemonic}t{cond:c} {rt:r}, [{rn:r}], {:postsign}{rm:r}`,
        given(postIndexed, access(ls.unprivileged(transfer), registerOffset)),
        { needs: "v6T2", except: pcIn("rt", "rm") },
      ),
    ];
  }),
  ...duals.flatMap(([name, op, immediate, register]) => {
    const mnemonic = name.toLowerCase();
    return [
      insn(`${name}_imm`, extraImmPattern("0", op), `${mnemonic}{cond:c} {rt:r}, {rt:next}, {:immaddr}`, immediate, { except: privileged }),
      insn(`${name}_reg`, extraRegPattern("0", op), `${mnemonic}{cond:c} {rt:r}, {rt:next}, {:regaddr}`, register, {
        except: [privileged, ...pcIn("rm")],
      }),
    ];
  }),
];
