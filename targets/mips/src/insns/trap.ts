/** Traps, SYSCALL, BREAK. */
import type { Value } from "@tsemu/ir";
import { exceptions } from "../host-calls.ts";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";

const tests: readonly [
  name: string,
  register: string,
  immediate: string | undefined,
  test: (t: MipsTranslator, a: Value, b: Value) => Value,
][] = [
  ["TGE", "110000", "01000", (t, a, b) => t.ir.geS(a, b)],
  ["TGEU", "110001", "01001", (t, a, b) => t.ir.geU(a, b)],
  ["TLT", "110010", "01010", (t, a, b) => t.ir.ltS(a, b)],
  ["TLTU", "110011", "01011", (t, a, b) => t.ir.ltU(a, b)],
  ["TEQ", "110100", "01100", (t, a, b) => t.ir.eq(a, b)],
  ["TNE", "110110", "01110", (t, a, b) => t.ir.ne(a, b)],
];

/** TGEIU and TLTIU. */
const immediateName = (name: string): string => (name.endsWith("U") ? `${name.slice(0, -1)}IU` : `${name}I`);

export const trapRows: readonly MipsItem[] = [
  ...tests.flatMap(([name, funct, rt, test]): MipsItem[] => [
    insn(name, `000000 rs:5 rt:5 code:10 ${funct}`, `${name.toLowerCase()} {rs:r},{rt:r}{code:code}`, ((
      t: MipsTranslator,
      { rs, rt, code }: { rs: number; rt: number; code: number },
    ) => t.raiseIf(test(t, t.G(rs), t.G(rt)), exceptions.trap, code)) as never),
    insn(immediateName(name), `000001 rs:5 ${rt} imm:s16`, `${immediateName(name).toLowerCase()} {rs:r},{imm}`, ((
      t: MipsTranslator,
      { rs, imm }: { rs: number; imm: number },
    ) => t.raiseIf(test(t, t.G(rs), t.constant(imm)), exceptions.trap)) as never),
  ]),
  insn("SYSCALL", "000000 code:20 001100", "syscall{code:code}", (t, { code }) => t.raise(exceptions.systemCall, code)),
  insn("BREAK", "000000 code:20 001101", "break{code:code}", (t, { code }) => t.raise(exceptions.breakpoint, code)),
];
