/** T32 loads and stores of one register, and memory hints (ARM DDI 0406C, A6.3.7-A6.3.10). */
import * as ls from "../insns/load-store.ts";
import { immediateOffset, load, noOperation, scaledRegisterOffset, store } from "../insns/load-store.ts";
import { type ArmItem, given, insn, pcIn } from "../rows.ts";

/** [R[n] + offset] without write-back. */
const plain = { p: 1, u: 1, w: 0 } as const;
/** Bits P U W of the 8-bit immediate form that mean something else: the unprivileged instructions, and nothing. */
const notIndexed = [plain, { p: 0, w: 0 }] as const;

// `op` is bits 24:20 without bit 23, which tells the 12-bit immediate from the other forms.
const imm12Pattern = (sign: string, op: string) => `1111 100${sign} 1${op} rn:4 rt:4 imm:12` as "1111 1000 1100 rn:4 rt:4 imm:12";
const imm8Pattern = (sign: string, op: string) =>
  `1111 100${sign} 0${op} rn:4 rt:4 1 p:1 u:1 w:1 imm:8` as "1111 1000 0100 rn:4 rt:4 1 p:1 u:1 w:1 imm:8";
const userPattern = (sign: string, op: string) => `1111 100${sign} 0${op} rn:4 rt:4 1110 imm:8` as "1111 1000 0100 rn:4 rt:4 1110 imm:8";
const regPattern = (sign: string, op: string) =>
  `1111 100${sign} 0${op} rn:4 rt:4 0000 00 imm5:2 rm:4` as "1111 1000 0100 rn:4 rt:4 0000 00 imm5:2 rm:4";
const literalPattern = (sign: string, op: string) => `1111 100${sign} u:1 ${op} 1111 rt:4 imm:12` as "1111 1000 u:1 101 1111 rt:4 imm:12";

/** Mnemonic, S (bit 24), bits 22:20, what is transferred, and how. */
const transfers = [
  ["STRB", "0", "000", ls.byte, store],
  ["STRH", "0", "010", ls.halfword, store],
  ["STR", "0", "100", ls.word, store],
  ["LDRB", "0", "001", ls.byte, load],
  ["LDRH", "0", "011", ls.halfword, load],
  ["LDR", "0", "101", ls.word, load],
  ["LDRSB", "1", "001", ls.signedByte, load],
  ["LDRSH", "1", "011", ls.signedHalfword, load],
] as const;

/** Loads of bytes and halfwords to PC are hints. */
const hints = [
  ["PLD", "0", "001", undefined],
  ["PLDW", "0", "011", "mp"],
  ["PLI", "1", "001", "v7"],
  ["HINT", "1", "011", undefined],
] as const;

export const loadStoreT32: readonly ArmItem[] = [
  ...transfers.flatMap(([name, sign, op, transfer, access]) => {
    const mnemonic = name.toLowerCase();
    const isWordLoad = name === "LDR";
    const rtPC = isWordLoad ? [] : pcIn("rt");
    return [
      insn(
        `${name}_imm12`,
        imm12Pattern(sign, op),
        `${mnemonic}{:c}.w {rt:r}, {:immaddr}`,
        given(plain, access(transfer, immediateOffset)),
        {
          except: [...pcIn("rn"), ...rtPC],
        },
      ),
      insn(`${name}_imm8`, imm8Pattern(sign, op), `${mnemonic}{:c}.w {rt:r}, {:immaddr}`, access(transfer, immediateOffset), {
        except: [...pcIn("rn"), ...rtPC, ...notIndexed],
      }),
      insn(
        `${name}T`,
        userPattern(sign, op),
        `${mnemonic}t{:c} {rt:r}, {:immaddr}`,
        given(plain, access(ls.unprivileged(transfer), immediateOffset)),
        { except: pcIn("rn", "rt") },
      ),
      insn(
        `${name}_reg`,
        regPattern(sign, op),
        `${mnemonic}{:c}.w {rt:r}, {:regaddr}`,
        given({ ...plain, type: 0 }, access(transfer, scaledRegisterOffset)),
        { except: [...pcIn("rn", "rm"), ...rtPC] },
      ),
      ...(access === store
        ? []
        : [
            insn(
              `${name}_lit`,
              literalPattern(sign, op),
              `${mnemonic}{:c}.w {rt:r}, {:litaddr}`,
              given({ p: 1, w: 0, rn: 15 }, access(transfer, immediateOffset)),
              { except: rtPC },
            ),
          ]),
    ];
  }),
  ...hints.flatMap(([name, sign, op, needs]) => {
    const options = needs === undefined ? {} : { needs };
    const syntax = (operand: string): string => (name === "HINT" ? "nop{:c}" : `${name.toLowerCase()}{:c} ${operand}`);
    return [
      insn(
        `${name}_imm12`,
        `1111 100${sign} 1${op} rn:4 1111 imm:12` as "1111 1000 1001 rn:4 1111 imm:12",
        syntax("{:immaddr}"),
        noOperation,
        {
          ...options,
          except: pcIn("rn"),
        },
      ),
      insn(
        `${name}_imm8`,
        `1111 100${sign} 0${op} rn:4 1111 1100 imm:8` as "1111 1000 0001 rn:4 1111 1100 imm:8",
        syntax("{:negaddr}"),
        noOperation,
        { ...options, except: pcIn("rn") },
      ),
      insn(
        `${name}_reg`,
        `1111 100${sign} 0${op} rn:4 1111 0000 00 imm5:2 rm:4` as "1111 1000 0001 rn:4 1111 0000 00 imm5:2 rm:4",
        syntax("{:regaddr}"),
        noOperation,
        { ...options, except: pcIn("rn", "rm") },
      ),
      insn(
        `${name}_lit`,
        `1111 100${sign} u:1 ${op} 1111 1111 imm:12` as "1111 1000 u:1 001 1111 1111 imm:12",
        syntax("{:litaddr}"),
        noOperation,
        options,
      ),
    ];
  }),
];
