/** MIPS64: loads and stores of doublewords. */
import type { MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";
import { type Access, access, byteShift, load, loadLinked, store, storeConditional, storePart } from "./memory.ts";

const wide =
  (execute: (t: MipsTranslator, fields: Access) => void) =>
  (t: MipsTranslator, fields: Access): void => {
    if (t.operations64) execute(t, fields);
    else t.reservedInstruction();
  };

/** LDL and LDR: as LWL and LWR, with doublewords. */
const loadPart = (left: boolean) =>
  wide((t, { base, rt, offset }) => {
    const { ir } = t;
    const address = t.address(base, offset);
    const unit = t.load(t.maskAddress(address, -8), t.memOp(8));
    const shift = byteShift(t, address, 8);
    const n = ir.extendU(left ? ir.xor(shift, ir.i32(56)) : shift);
    const ones = ir.i64(-1n);
    const moved = left ? ir.shl(unit, n) : ir.shrU(unit, n);
    const kept = ir.not(left ? ir.shl(ones, n) : ir.shrU(ones, n));
    t.setG(rt, ir.or(moved, ir.and(t.G(rt), kept)));
  });

const partRow = (name: string, opcode: string, left: boolean): MipsItem =>
  access(
    name,
    opcode,
    wide((t, { base, rt, offset }) => storePart(t, left, 8, t.address(base, offset), t.G(rt))),
    "mips64",
  );

export const memory64Rows: readonly MipsItem[] = [
  access("LDL", "011010", loadPart(true), "mips64"),
  access("LDR", "011011", loadPart(false), "mips64"),
  load("LWU", "100111", 4, false, "mips64"),
  partRow("SDL", "101100", true),
  partRow("SDR", "101101", false),
  access(
    "LLD",
    "110100",
    wide((t, fields) => loadLinked(t, 8, fields)),
    "mips64",
  ),
  load("LD", "110111", 8, true, "mips64"),
  access(
    "SCD",
    "111100",
    wide((t, fields) => storeConditional(t, 8, fields)),
    "mips64",
  ),
  store("SD", "111111", 8, "mips64"),
];
