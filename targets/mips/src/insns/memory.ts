/** Loads and stores of up to a word, LL and SC, the unaligned families, and what concerns caches. */
import type { MemOp, Value } from "@tsemu/ir";
import { insn, type MipsItem } from "../rows.ts";
import type { MipsTranslator } from "../translator.ts";

export type Access = { readonly base: number; readonly rt: number; readonly offset: number };

export const access = (name: string, opcode: string, execute: (t: MipsTranslator, fields: Access) => void, needs?: "mips64"): MipsItem =>
  insn(
    name,
    `${opcode} base:5 rt:5 offset:s16`,
    `${name.toLowerCase()} {rt:r},{offset}({base:r})`,
    execute,
    needs === undefined ? {} : { needs },
  );

/** A load to a register; `signed` matters where it is narrower than that. */
export const load = (name: string, opcode: string, size: 1 | 2 | 4 | 8, signed: boolean, needs?: "mips64"): MipsItem =>
  access(
    name,
    opcode,
    (t, { base, rt, offset }) => t.setG(rt, t.load(t.address(base, offset), t.memOp(size, { signed, type: t.wordType }))),
    needs,
  );

export const store = (name: string, opcode: string, size: 1 | 2 | 4 | 8, needs?: "mips64"): MipsItem =>
  access(
    name,
    opcode,
    (t, { base, rt, offset }) =>
      t.store(t.address(base, offset), size === 8 ? t.G(rt) : t.W(rt), t.memOp(size, { type: size === 8 ? "i64" : "i32" })),
    needs,
  );

/** LL and LLD: the address is remembered until a store-conditional, an ERET, or another thread. */
export const loadLinked = (t: MipsTranslator, size: 4 | 8, { base, rt, offset }: Access): void => {
  const address = t.address(base, offset);
  const value = t.load(address, t.memOp(size, { signed: true, type: t.wordType, linked: true }));
  t.ir.set(t.s.linked, address);
  t.setG(rt, value);
};

export const storeConditional = (t: MipsTranslator, size: 4 | 8, { base, rt, offset }: Access): void => {
  const { ir, s } = t;
  const address = t.address(base, offset);
  const done = ir.eq(ir.get(s.linked), address);
  const value = size === 8 ? t.G(rt) : t.W(rt);
  ir.if(done, () => t.store(address, value, t.memOp(size, { linked: true, type: size === 8 ? "i64" : "i32" })));
  ir.set(s.linked, t.constant(1));
  t.setG(rt, t.truth(done));
};

/** Eight times the number of the byte in its word, counted from the end that is least significant. */
export const byteShift = (t: MipsTranslator, address: Value, size: 4 | 8): Value => {
  const { ir } = t;
  const bytes = ir.and(t.lowOfAddress(address), ir.i32(size - 1));
  const shift = ir.shl(bytes, ir.i32(3));
  return t.bigEndian ? ir.xor(shift, ir.i32(8 * (size - 1))) : shift;
};

const aligned = (t: MipsTranslator, address: Value, size: 4 | 8): Value => t.maskAddress(address, -size);

/** LWL: the bytes from the address to the less significant end of the word go to the more significant end of the register. */
function LWL(t: MipsTranslator, { base, rt, offset }: Access): void {
  const { ir } = t;
  const address = t.address(base, offset);
  const word = t.load(aligned(t, address, 4), t.memOp(4));
  const up = ir.xor(byteShift(t, address, 4), ir.i32(24));
  const kept = ir.xor(ir.shl(ir.i32(-1), up), ir.i32(-1));
  t.setW(rt, ir.or(ir.shl(word, up), ir.and(t.W(rt), kept)));
}

/** LWR: the bytes from the address to the more significant end of the word go to the less significant end of the register. */
function LWR(t: MipsTranslator, { base, rt, offset }: Access): void {
  const { ir } = t;
  const address = t.address(base, offset);
  const word = t.load(aligned(t, address, 4), t.memOp(4));
  const down = byteShift(t, address, 4);
  const kept = ir.xor(ir.shrU(ir.i32(-1), down), ir.i32(-1));
  t.setW(rt, ir.or(ir.shrU(word, down), ir.and(t.W(rt), kept)));
}

/** Stores `value`'s top bytes (`left`) or low bytes to the part of the aligned unit that begins or ends at the address. */
export function storePart(t: MipsTranslator, left: boolean, size: 4 | 8, address: Value, value: Value): void {
  const { ir } = t;
  const shift = byteShift(t, address, size);
  const wide = size === 8;
  const all = wide ? 56 : 24;
  const shifted = (n: Value): Value => (wide ? ir.extendU(n) : n);
  /** Where in memory the part begins: at the unit's start or at the address. */
  const fromStart = left !== t.bigEndian;
  // SWL keeps the shift/8 + 1 most significant bytes, SWR the others and that one.
  const count = left ? ir.add(ir.shrU(shift, ir.i32(3)), ir.i32(1)) : ir.sub(ir.i32(size), ir.shrU(shift, ir.i32(3)));
  const part = left ? ir.shrU(value, shifted(ir.sub(ir.i32(all), shift))) : value;
  const start = fromStart ? aligned(t, address, size) : address;
  const put = (bytes: 1 | 2 | 4, at: Value, v: Value): void => t.store(at, wide ? ir.wrap(v) : v, { ...t.memOp(bytes), align: 1 });
  ir.if(
    ir.eq(count, ir.i32(size)),
    () => t.store(aligned(t, address, size), value, { ...t.memOp(size), align: 1 }),
    () => {
      // In memory the part's bytes lie one behind the other; pieces of 4, 2 and 1 bytes, the first piece first.
      let at = start;
      let left_ = count;
      for (const bytes of wide ? ([4, 2, 1] as const) : ([2, 1] as const)) {
        const has = ir.ne(ir.and(count, ir.i32(bytes)), ir.i32(0));
        const before = ir.sub(count, left_);
        // Big-endian the first bytes are the most significant ones.
        const down = t.bigEndian ? ir.sub(left_, ir.i32(bytes)) : before;
        const bits = shifted(ir.shl(down, ir.i32(3)));
        const here = at;
        ir.if(has, () => put(bytes, here, ir.shrU(part, bits)));
        const step = ir.and(count, ir.i32(bytes));
        at = t.advanceAddress(at, step);
        left_ = ir.sub(left_, step);
      }
    },
  );
}

const storeWordPart = (name: string, opcode: string, left: boolean): MipsItem =>
  access(name, opcode, (t, { base, rt, offset }) => storePart(t, left, 4, t.address(base, offset), t.W(rt)));

export const memoryRows: readonly MipsItem[] = [
  load("LB", "100000", 1, true),
  load("LH", "100001", 2, true),
  access("LWL", "100010", LWL),
  load("LW", "100011", 4, true),
  load("LBU", "100100", 1, false),
  load("LHU", "100101", 2, false),
  access("LWR", "100110", LWR),
  store("SB", "101000", 1),
  store("SH", "101001", 2),
  storeWordPart("SWL", "101010", true),
  store("SW", "101011", 4),
  storeWordPart("SWR", "101110", false),
  access("LL", "110000", (t, fields) => loadLinked(t, 4, fields)),
  access("SC", "111000", (t, fields) => storeConditional(t, 4, fields)),
  insn("PREF", "110011 base:5 hint:5 offset:s16", "pref {hint:hex},{offset}({base:r})", () => {}),
  // Translated code follows the memory it was made of: nothing to do but to begin a new block.
  insn(
    "SYNCI",
    "000001 base:5 11111 offset:s16",
    "synci {offset}({base:r})",
    (t) => {
      t.syncNext();
      t.lookupAfterHelper();
    },
    { needs: "r2" },
  ),
  insn("SYNC", "000000 00000 00000 00000 stype:5 001111", "sync{stype:code}", () => {}),
  // Index Store Tag and all others: there are no caches that software could see.
  insn("CACHE", "101111 base:5 op:5 offset:s16", "cache {op:hex},{offset}({base:r})", (t) => {
    t.coprocessor(0);
  }),
];

/** For MemOps that rows build themselves. */
export type MemSize = MemOp["size"];
