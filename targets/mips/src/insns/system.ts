/** Coprocessor 0: registers, the TLB, returns from exceptions, interrupts; RDHWR. */
import type { Value } from "@tsemu/ir";
import { CP0 } from "../block-flags.ts";
import { calls, exceptions } from "../host-calls.ts";
import { insn, type MipsItem } from "../rows.ts";
import type { Cp0Name, MipsState } from "../state.ts";
import type { MipsTranslator } from "../translator.ts";

/** Registers that reading or writing concerns nobody else, by register << 3 | sel: read and written without a helper. */
const plainReads: Readonly<Record<number, Cp0Name>> = {
  [2 << 3]: "entrylo0",
  [3 << 3]: "entrylo1",
  [4 << 3]: "context",
  [8 << 3]: "badvaddr",
  [10 << 3]: "entryhi",
  [12 << 3]: "status",
  [14 << 3]: "epc",
  [30 << 3]: "errorepc",
};
/** Where there are instructions of 64 bits. */
const plainReads64: typeof plainReads = { ...plainReads, [20 << 3]: "xcontext" };
const plainWrites: Readonly<Record<number, Cp0Name>> = { [14 << 3]: "epc", [30 << 3]: "errorepc" };

/** RDHWR's number of it. */
const USER_LOCAL = 29;

const slotOf = (s: MipsState, name: Cp0Name) => s.cp0[name];

function MFC0(t: MipsTranslator, { rt, rd, sel }: { rt: number; rd: number; sel: number }): void {
  if (!t.coprocessor(0)) return;
  const { ir } = t;
  const key = (rd << 3) | sel;
  const plain = plainReads[key];
  let value: Value;
  if (plain === undefined) value = ir.call(calls.mfc0, ir.i32(key));
  else {
    const slot = slotOf(t.s, plain);
    value = slot.type === "i64" ? ir.wrap(ir.get(slot)) : ir.get(slot);
  }
  t.setW(rt, value);
}

function MTC0(t: MipsTranslator, { rt, rd, sel }: { rt: number; rd: number; sel: number }): void {
  if (!t.coprocessor(0)) return;
  const { ir } = t;
  const key = (rd << 3) | sel;
  const plain = plainWrites[key];
  if (plain !== undefined) return ir.set(slotOf(t.s, plain), ir.extendS(t.W(rt)));
  t.syncNext();
  ir.call(calls.mtc0, ir.i32(key), t.W(rt));
  // Status, Compare, Cause, EntryHi, Config and such change what comes next.
  t.lookupAfterHelper();
}

function DMFC0(t: MipsTranslator, { rt, rd, sel }: { rt: number; rd: number; sel: number }): void {
  if (!t.coprocessor(0)) return;
  const { ir } = t;
  const key = (rd << 3) | sel;
  const plain = plainReads64[key];
  if (plain === undefined) return setBothWords(t, rt, ir.call(calls.mfc0, ir.i32(key)));
  const slot = slotOf(t.s, plain);
  t.setG(rt, slot.type === "i64" ? ir.get(slot) : ir.extendS(ir.get(slot)));
}

/** A helper's result, whose upper word it left in result_high. */
function setBothWords(t: MipsTranslator, rt: number, low: Value): void {
  const { ir } = t;
  t.setG(rt, ir.or(ir.extendU(low), ir.shl(ir.extendU(ir.get(t.s.resultHigh)), ir.i64(32n))));
}

/** What HWREna does not let a program see is common: kernels answer in its place where there is no UserLocal. So nothing throws here. */
function RDHWR(t: MipsTranslator, { rt, rd }: { rt: number; rd: number }): void {
  const { ir } = t;
  if ((t.flags & CP0) === 0) {
    const enabled = ir.and(ir.get(slotOf(t.s, "hwrena")), ir.i32(1 << rd));
    t.raiseIf(ir.eq(enabled, ir.i32(0)), exceptions.reservedInstruction);
  }
  if (rd === USER_LOCAL) {
    const pointer = ir.get(slotOf(t.s, "userlocal"));
    t.setG(rt, t.is64 ? pointer : ir.wrap(pointer));
    return;
  }
  const low = ir.call(calls.rdhwr, ir.i32(rd));
  if (t.is64) setBothWords(t, rt, low);
  else t.setW(rt, low);
}

function DMTC0(t: MipsTranslator, { rt, rd, sel }: { rt: number; rd: number; sel: number }): void {
  if (!t.coprocessor(0)) return;
  const { ir } = t;
  const key = (rd << 3) | sel;
  const plain = plainWrites[key];
  if (plain !== undefined) return ir.set(slotOf(t.s, plain), t.G(rt));
  t.syncNext();
  ir.call(calls.dmtc0, ir.i32(key), t.W(rt), ir.wrap(ir.shrU(t.G(rt), ir.i64(32n))));
  t.lookupAfterHelper();
}

const tlb =
  (call: (typeof calls)["tlbr" | "tlbwi" | "tlbwr" | "tlbp"]) =>
  (t: MipsTranslator): void => {
    if (!t.coprocessor(0)) return;
    t.syncNext();
    t.ir.call(call);
    t.lookupAfterHelper();
  };

const exceptionReturn =
  (call: (typeof calls)["eret" | "deret"]) =>
  (t: MipsTranslator): void => {
    if (!t.coprocessor(0)) return;
    if (t.inDelaySlot) return t.reservedInstruction();
    t.ir.call(call);
    t.lookupAfterHelper();
  };

const interrupts =
  (enable: 0 | 1) =>
  (t: MipsTranslator, { rt }: { rt: number }): void => {
    if (!t.coprocessor(0)) return;
    t.syncNext();
    t.setW(rt, t.ir.call(calls.interrupts, t.ir.i32(enable)));
    t.lookupAfterHelper();
  };

export const systemRows: readonly MipsItem[] = [
  insn("MFC0", "010000 00000 rt:5 rd:5 00000000 sel:3", "mfc0 {rt:r},{rd:n}{sel:sel}", MFC0),
  insn("DMFC0", "010000 00001 rt:5 rd:5 00000000 sel:3", "dmfc0 {rt:r},{rd:n}{sel:sel}", DMFC0, { needs: "mips64" }),
  insn("MTC0", "010000 00100 rt:5 rd:5 00000000 sel:3", "mtc0 {rt:r},{rd:n}{sel:sel}", MTC0),
  insn("DMTC0", "010000 00101 rt:5 rd:5 00000000 sel:3", "dmtc0 {rt:r},{rd:n}{sel:sel}", DMTC0, { needs: "mips64" }),
  // There is one set of registers: the previous one is the present one.
  insn(
    "RDPGPR",
    "010000 01010 rt:5 rd:5 00000000000",
    "rdpgpr {rd:r},{rt:r}",
    (t, { rt, rd }) => {
      if (t.coprocessor(0)) t.setG(rd, t.G(rt));
    },
    { needs: "r2" },
  ),
  insn(
    "WRPGPR",
    "010000 01110 rt:5 rd:5 00000000000",
    "wrpgpr {rd:r},{rt:r}",
    (t, { rt, rd }) => {
      if (t.coprocessor(0)) t.setG(rd, t.G(rt));
    },
    { needs: "r2" },
  ),
  insn("DI", "010000 01011 rt:5 01100 00000 000000", "di {rt:r}", interrupts(0), { needs: "r2" }),
  insn("EI", "010000 01011 rt:5 01100 00000 100000", "ei {rt:r}", interrupts(1), { needs: "r2" }),
  insn("TLBR", "010000 1 0000000000000000000 000001", "tlbr", tlb(calls.tlbr)),
  insn("TLBWI", "010000 1 0000000000000000000 000010", "tlbwi", tlb(calls.tlbwi)),
  insn("TLBWR", "010000 1 0000000000000000000 000110", "tlbwr", tlb(calls.tlbwr)),
  insn("TLBP", "010000 1 0000000000000000000 001000", "tlbp", tlb(calls.tlbp)),
  insn("ERET", "010000 1 0000000000000000000 011000", "eret", exceptionReturn(calls.eret)),
  insn("DERET", "010000 1 0000000000000000000 011111", "deret", exceptionReturn(calls.deret)),
  insn("WAIT", "010000 1 code:19 100000", "wait{code:code}", (t) => {
    if (t.coprocessor(0)) t.waitForInterrupt();
  }),
  insn("RDHWR", "011111 00000 rt:5 rd:5 00000 111011", "rdhwr {rt:r},{rd:n}", RDHWR, { needs: "r2" }),
  // Nothing is behind the other two coprocessors.
  insn("COP2", "010010 op:26", "cop2 {op:hex}", (t) => {
    if (t.coprocessor(2)) t.unimplemented();
  }),
  ...(["LWC2 110010", "LDC2 110110", "SWC2 111010", "SDC2 111110"] as const).map((row): MipsItem => {
    const [name, opcode] = row.split(" ") as [string, string];
    return insn(name, `${opcode} base:5 rt:5 offset:s16`, `${name.toLowerCase()} {rt:n},{offset}({base:r})`, (t) => {
      if (t.coprocessor(2)) t.unimplemented();
    });
  }),
];
