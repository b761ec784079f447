/** Moves between registers, loads and stores, branches on condition codes. */
import type { Value } from "@tsemu/ir";
import * as bf from "../block-flags.ts";
import { calls } from "../host-calls.ts";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { type Format, getBits, mayUse, setFloat } from "./machine.ts";
import { fmtBits, type Fpu2, mnemonic, needsOf } from "./rows.ts";

type Move = { readonly rt: number; readonly fs: number };

const move = (name: string, bits: string, execute: (t: MipsTranslator, fields: Move) => void, needs?: "mips64" | "r2"): MipsItem =>
  insn(
    name,
    `010001 ${bits} rt:5 fs:5 00000000000`,
    `${name.toLowerCase()} {rt:r},{fs:f}`,
    ((t: MipsTranslator, fields: Move) => {
      if (t.coprocessor(1)) execute(t, fields);
    }) as never,
    needs === undefined ? {} : { needs },
  );

/** The word that MFHC1 and MTHC1 mean: with FR 0 the odd register of a pair, with FR 1 the upper half. */
function highHalf(t: MipsTranslator, fs: number): Value {
  const { ir } = t;
  return (t.flags & bf.FR) !== 0 ? ir.wrap(ir.shrU(ir.get(t.fpr.dInt[fs]!), ir.i64(32n))) : ir.get(t.fpr.sInt[fs | 1]!);
}

function setHighHalf(t: MipsTranslator, fs: number, value: Value): void {
  const { ir } = t;
  if ((t.flags & bf.FR) === 0) return ir.set(t.fpr.sInt[fs | 1]!, value);
  const low = ir.extendU(ir.get(t.fpr.sInt[fs]!));
  ir.set(t.fpr.dInt[fs]!, ir.or(low, ir.shl(ir.extendU(value), ir.i64(32n))));
}

const doubleword = (t: MipsTranslator, fs: number): boolean => {
  if (t.operations64 && ((t.flags & bf.FR) !== 0 || fs % 2 === 0)) return true;
  t.reservedInstruction();
  return false;
};

/** fd = fs where the condition is true. */
const moveIf = (
  name: string,
  pattern: (fmt: Format) => string,
  operands: string,
  condition: (t: MipsTranslator, fields: never) => Value,
): MipsItem[] =>
  (["S", "D", "PS"] as const).map((fmt) =>
    insn(
      `${name}_${fmt}`,
      pattern(fmt),
      `${mnemonic(name)}.${fmt.toLowerCase()} ${operands}`,
      ((t: MipsTranslator, fields: Fpu2) => {
        const { fs, fd } = fields;
        if (!mayUse(t, [fmt], [])) return;
        setFloat(t, fmt, fd, t.ir.select(condition(t, fields as never), getBits(t, fmt, fs), getBits(t, fmt, fd)));
      }) as never,
      needsOf(fmt),
    ),
  );

const code =
  (wanted: 0 | 1) =>
  (t: MipsTranslator, { cc }: { readonly cc: number }): Value =>
    wanted === 1 ? t.ir.get(t.s.fcc[cc]!) : t.ir.eqz(t.ir.get(t.s.fcc[cc]!));

const branch = (name: string, bits: string, wanted: 0 | 1, likely: boolean): MipsItem =>
  insn(name, `010001 01000 cc:3 ${bits} offset:s16`, `${name.toLowerCase()} {cc:cc0}{offset:b}`, ((
    t: MipsTranslator,
    { cc, offset }: { readonly cc: number; readonly offset: number },
  ) => {
    if (!t.coprocessor(1)) return;
    const taken = code(wanted)(t, { cc });
    if (likely) t.branchLikely(taken, offset);
    else t.branchIf(taken, offset);
  }) as never);

// With FR 0 an odd number for a double is UNPREDICTABLE. Moves, loads and stores take the register before it, as in QEMU; arithmetic and
// indexed accesses are reserved.

type Access = { readonly base: number; readonly ft: number; readonly offset: number };

const access = (name: string, opcode: string, fmt: "S" | "D", store: boolean): MipsItem =>
  insn(name, `${opcode} base:5 ft:5 offset:s16`, `${name.toLowerCase()} {ft:f},{offset}({base:r})`, ((
    t: MipsTranslator,
    { base, ft, offset }: Access,
  ) => {
    if (!t.coprocessor(1)) return;
    const address = t.address(base, offset);
    const mem = t.memOp(fmt === "D" ? 8 : 4);
    if (store) t.store(address, getBits(t, fmt, ft), mem);
    else setFloat(t, fmt, ft, t.load(address, mem));
  }) as never);

type Indexed = { readonly base: number; readonly index: number; readonly f: number };

/** LWXC1 and its like; `unaligned`: LUXC1 and SUXC1 ignore the low address bits. */
const indexed = (name: string, funct: string, wide: boolean, store: boolean, unaligned = false): MipsItem =>
  insn(
    name,
    store ? `010011 base:5 index:5 f:5 00000 ${funct}` : `010011 base:5 index:5 00000 f:5 ${funct}`,
    `${name.toLowerCase()} {f:f},{index:r}({base:r})`,
    ((t: MipsTranslator, { base, index, f }: Indexed) => {
      if (!mayUse(t, unaligned ? ["L"] : [], wide ? [f] : [])) return;
      const sum = t.indexed(base, index);
      const address = unaligned ? t.maskAddress(sum, -8) : sum;
      const fmt = wide ? "D" : "S";
      const mem = t.memOp(wide ? 8 : 4);
      if (store) t.store(address, getBits(t, fmt, f), mem);
      else setFloat(t, fmt, f, t.load(address, mem));
    }) as never,
    { needs: "fpuR2" },
  );

export const fpuTransferRows: readonly MipsItem[] = [
  move("MFC1", "00000", (t, { rt, fs }) => t.setW(rt, t.ir.get(t.fpr.sInt[fs]!))),
  move(
    "DMFC1",
    "00001",
    (t, { rt, fs }) => {
      if (doubleword(t, fs)) t.setG(rt, t.ir.get(t.fpr.dInt[fs]!));
    },
    "mips64",
  ),
  move("CFC1", "00010", (t, { rt, fs }) => t.setW(rt, t.ir.call(calls.cfc1, t.ir.i32(fs)))),
  move("MFHC1", "00011", (t, { rt, fs }) => t.setW(rt, highHalf(t, fs)), "r2"),
  move("MTC1", "00100", (t, { rt, fs }) => t.ir.set(t.fpr.sInt[fs]!, t.W(rt))),
  move(
    "DMTC1",
    "00101",
    (t, { rt, fs }) => {
      if (doubleword(t, fs)) t.ir.set(t.fpr.dInt[fs]!, t.G(rt));
    },
    "mips64",
  ),
  move("CTC1", "00110", (t, { rt, fs }) => {
    t.syncNext();
    t.ir.call(calls.ctc1, t.ir.i32(fs), t.W(rt));
    t.lookupAfterHelper();
  }),
  move("MTHC1", "00111", (t, { rt, fs }) => setHighHalf(t, fs, t.W(rt)), "r2"),
  branch("BC1F", "00", 0, false),
  branch("BC1T", "01", 1, false),
  branch("BC1FL", "10", 0, true),
  branch("BC1TL", "11", 1, true),
  ...[0, 1].map(
    (wanted): MipsItem =>
      insn(
        wanted === 1 ? "MOVT" : "MOVF",
        `000000 rs:5 cc:3 0 ${wanted} rd:5 00000 000001`,
        `${wanted === 1 ? "movt" : "movf"} {rd:r},{rs:r},{cc:cc}`,
        ((t: MipsTranslator, { rs, cc, rd }: { readonly rs: number; readonly cc: number; readonly rd: number }) => {
          if (t.coprocessor(1)) t.setG(rd, t.ir.select(code(wanted as 0 | 1)(t, { cc }), t.G(rs), t.G(rd)));
        }) as never,
      ),
  ),
  ...moveIf("MOVF", (fmt) => `010001 ${fmtBits[fmt]} cc:3 00 fs:5 fd:5 010001`, "{fd:f},{fs:f},{cc:cc}", code(0)).filter(notPaired),
  ...moveIf("MOVT", (fmt) => `010001 ${fmtBits[fmt]} cc:3 01 fs:5 fd:5 010001`, "{fd:f},{fs:f},{cc:cc}", code(1)).filter(notPaired),
  ...moveIf(
    "MOVZ",
    (fmt) => `010001 ${fmtBits[fmt]} rt:5 fs:5 fd:5 010010`,
    "{fd:f},{fs:f},{rt:r}",
    (t, { rt }: { readonly rt: number }) => t.ir.eqz(t.G(rt)),
  ),
  ...moveIf(
    "MOVN",
    (fmt) => `010001 ${fmtBits[fmt]} rt:5 fs:5 fd:5 010011`,
    "{fd:f},{fs:f},{rt:r}",
    (t, { rt }: { readonly rt: number }) => t.ir.ne(t.G(rt), t.constant(0)),
  ),
  access("LWC1", "110001", "S", false),
  access("LDC1", "110101", "D", false),
  access("SWC1", "111001", "S", true),
  access("SDC1", "111101", "D", true),
  indexed("LWXC1", "000000", false, false),
  indexed("LDXC1", "000001", true, false),
  indexed("LUXC1", "000101", true, false, true),
  indexed("SWXC1", "001000", false, true),
  indexed("SDXC1", "001001", true, true),
  indexed("SUXC1", "001101", true, true, true),
  insn("PREFX", "010011 base:5 index:5 hint:5 00000 001111", "prefx {hint:hex},{index:r}({base:r})", (t) => void t.coprocessor(1), {
    needs: "fpuR2",
  }),
];

/** MOVF.PS and MOVT.PS look at two codes, one for each half: paired.ts has them. */
function notPaired(item: MipsItem): boolean {
  return !("name" in item && item.name.endsWith("_PS"));
}
