/**
 * Rows of the opcode maps. An opcode is written as in the manual's instruction pages:
 *
 *     [NP | 66 | F3 | F2] [0F | 0F 38 | 0F 3A] xx [+r] [/digit] [mem | reg] [rm=digit]
 *     VEX.[128 | 256 | LZ | LIG].[NP | 66 | F3 | F2].[0F | 0F38 | 0F3A].[W0 | W1 | WIG] xx [/digit] [mem | reg]
 *
 * "NP": no prefix of these three may be there. Without one of the four a 66 is the operand size's, F3 and F2 are the instruction's business.
 */
import type { Features } from "../cpu-models.ts";
import type { Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { type OperandSpec, parseOperand, usesModRm } from "./operand-codes.ts";

export type Execute = (t: X86Translator, a: Operand, b: Operand, c: Operand) => void;

export type Prefix = "any" | "NP" | "66" | "F3" | "F2";
export type Feature = keyof Features;

export interface RowOptions {
  /** A LOCK prefix is allowed where the first operand is memory. */
  readonly lock?: boolean;
  /** i64: not in 64-bit code; o64: only there. */
  readonly mode?: "i64" | "o64";
  /** Operands have 8 bytes in 64-bit code, without a prefix (d64) or whatever the prefix (f64). */
  readonly size64?: "d64" | "f64";
  /** All of them. */
  readonly needs?: Feature | readonly Feature[];
  /** F3 and F2 are REP and REPNE. */
  readonly rep?: true;
}

export interface X86Row extends RowOptions {
  readonly name: string;
  /** The manual's spelling. */
  readonly opcode: string;
  /** Of rows with a VEX prefix: what its L and W have to be, undefined: anything. */
  readonly vex: { readonly long: boolean | undefined; readonly w: boolean | undefined; readonly usesRegister: boolean } | undefined;
  readonly map: 0 | 1 | 2 | 3;
  readonly byte: number;
  readonly prefix: Prefix;
  /** reg of ModRM, or -1. */
  readonly digit: number;
  readonly mod: "any" | "mem" | "reg";
  readonly rm: number;
  readonly operands: readonly OperandSpec[];
  readonly hasModRm: boolean;
  readonly execute: Execute;
}

const syntax = /^(?:(NP|66|F3|F2) )?(?:(0F 38|0F 3A|0F) )?([0-9A-F]{2})(\+r)?(?: \/([0-7]))?(?: (mem|reg))?(?: rm=([0-7]))?$/;
const vexSyntax = /^VEX\.(128|256|LZ|LIG)\.(NP|66|F3|F2)\.(0F38|0F3A|0F)\.(W0|W1|WIG) (.*)$/;
const maps = { "": 0, "0F": 1, "0F 38": 2, "0F 3A": 3 } as const;

/** The rows that one line of a map stands for: eight for an opcode with a register in it. */
export function op(opcode: string, name: string, operands: string, execute: Execute, options: RowOptions = {}): X86Row[] {
  // 66, F2 and F3 as the only byte are no opcodes; "66 0F 58" has one as prefix.
  const vex = vexSyntax.exec(opcode);
  const match = syntax.exec(vex === null ? opcode : `${vex[2]} ${vex[3]!.replace(/^0F(?=.)/, "0F ")} ${vex[5]}`);
  if (match === null) throw new Error(`internal error: cannot read opcode ${opcode}`);
  const [, prefix, map = "", byte, plus, digit, mod, rm] = match;
  const specs = operands === "" ? [] : operands.split(",").map(parseOperand);
  const row: X86Row = {
    ...options,
    name,
    opcode,
    vex:
      vex === null
        ? undefined
        : {
            long: vex[1] === "LIG" ? undefined : vex[1] === "256",
            w: vex[4] === "WIG" ? undefined : vex[4] === "W1",
            usesRegister: specs.some((spec) => spec.kind === "coded" && "HB".includes(spec.addressing)),
          },
    map: maps[map as keyof typeof maps],
    byte: Number.parseInt(byte!, 16),
    prefix: (prefix as Prefix | undefined) ?? "any",
    digit: digit === undefined ? -1 : Number(digit),
    mod: specs.some((spec) => spec.kind === "coded" && "RNUF".includes(spec.addressing))
      ? "reg"
      : specs.some((spec) => spec.kind === "coded" && spec.addressing === "M")
        ? "mem"
        : ((mod as "mem" | "reg" | undefined) ?? "any"),
    rm: rm === undefined ? -1 : Number(rm),
    operands: specs,
    hasModRm: digit !== undefined || mod !== undefined || rm !== undefined || specs.some(usesModRm),
    execute,
  };
  return plus === undefined ? [row] : Array.from({ length: 8 }, (_, n) => ({ ...row, byte: row.byte + n }));
}

/** The eight instructions of a group, by reg of ModRM; undefined where there is none. */
export const group = (
  opcode: string,
  operands: string,
  members: readonly (readonly [name: string, execute: Execute, options?: RowOptions] | undefined)[],
  options: RowOptions = {},
): X86Row[] =>
  members.flatMap((member, digit) =>
    member === undefined ? [] : op(`${opcode} /${digit}`, member[0], operands, member[1], { ...options, ...member[2] }),
  );
