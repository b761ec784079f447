/** The opcode maps of one CPU model, for finding a row by what has been read of an instruction. */
import type { Features } from "../cpu-models.ts";
import type { Vex } from "./instruction.ts";
import type { X86Row } from "./row.ts";

/** What of an instruction decides about its row. */
export interface OpcodeRead {
  readonly map: 0 | 1 | 2 | 3;
  readonly byte: number;
  /** Of the prefixes 66, F3 and F2 the one that counts: F3 and F2 before 66. */
  readonly prefix: "NP" | "66" | "F3" | "F2";
  readonly code64: boolean;
  readonly vex: Vex | undefined;
}

/** How much a row asks for: of F2 0F 38 F1 /r, CRC32, and 0F 38 F1 /r with memory, MOVBE, the one with the prefix is meant where it is there. */
const constraints = (row: X86Row): number =>
  (row.prefix === "any" ? 0 : 8) +
  (row.vex?.long === undefined ? 0 : 1) +
  (row.vex?.w === undefined ? 0 : 1) +
  (row.digit < 0 ? 0 : 1) +
  (row.mod === "any" ? 0 : 1) +
  (row.rm < 0 ? 0 : 1) +
  (row.mode === undefined ? 0 : 1);

/** Opcodes with a VEX prefix have maps of their own. */
const keyOf = (map: number, byte: number, isVex: boolean): number => ((isVex ? 4 : 0) + map) * 256 + byte;

/** vvvv has to be 1111 where it names nothing. */
const fits = ({ vex: asked }: X86Row, vex: Vex): boolean =>
  (asked!.long === undefined || asked!.long === vex.long) &&
  (asked!.w === undefined || asked!.w === vex.w) &&
  (asked!.usesRegister || vex.register === 0);

export class OpcodeTable {
  /** All the rows of the model. */
  readonly rows: readonly X86Row[];
  readonly #byOpcode: (readonly X86Row[] | undefined)[] = Array.from({ length: 8 * 256 });

  constructor(rows: readonly X86Row[], features: Features) {
    this.rows = rows.filter(({ needs }) => needs === undefined || [needs].flat().every((feature) => features[feature as keyof Features]));
    const lists = new Map<number, X86Row[]>();
    for (const row of this.rows) {
      const key = keyOf(row.map, row.byte, row.vex !== undefined);
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [row]);
      else list.push(row);
    }
    for (const [key, list] of lists) {
      if (list.some((row) => row.hasModRm !== list[0]!.hasModRm))
        throw new Error(`internal error: ${list[0]!.opcode}: with ModRM and without`);
      this.#byOpcode[key] = list.toSorted((a, b) => constraints(b) - constraints(a));
    }
  }

  /** Does the opcode have a ModRM byte? Undefined where no instruction has the opcode. */
  hasModRm(map: number, byte: number, isVex: boolean): boolean | undefined {
    return this.#byOpcode[keyOf(map, byte, isVex)]?.[0]!.hasModRm;
  }

  /** The row, or undefined: then the instruction is an undefined one. Of several that fit, the one that asks for most is meant. `modRm`: 0 where there is none. */
  find({ map, byte, prefix, code64, vex }: OpcodeRead, modRm: number): X86Row | undefined {
    const list = this.#byOpcode[keyOf(map, byte, vex !== undefined)];
    if (list === undefined) return undefined;
    const digit = (modRm >>> 3) & 7;
    const rm = modRm & 7;
    const mod = modRm >= 0xc0 ? "reg" : "mem";
    for (const row of list) {
      if (row.prefix !== "any" && row.prefix !== prefix) continue;
      if (row.digit >= 0 && row.digit !== digit) continue;
      if (row.hasModRm && ((row.mod !== "any" && row.mod !== mod) || (row.rm >= 0 && row.rm !== rm))) continue;
      if (row.mode !== undefined && (row.mode === "o64") !== code64) continue;
      if (vex !== undefined && !fits(row, vex)) continue;
      return row;
    }
    return undefined;
  }
}
