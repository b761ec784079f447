/** Operands of VFP and Advanced SIMD in assembly syntax. */
import type { AnyFields, Formatters } from "@tsemu/decode";
import { AdvSIMDExpandImm } from "../neon/expand-imm.ts";
import { regDM, regN, VFPExpandImm } from "./operands.ts";

const conditions = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", ""];
const coreNames = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc"];

const sized = (sz: number | undefined, register: number): string => `${sz === 1 ? "d" : "s"}${register}`;
const vector = (q: number | undefined, register: number): string => (q === 1 ? `q${register >> 1}` : `d${register}`);
const doubleN = (vn: number): number => regN(1, vn);

const list = (first: number, count: number, prefix: string): string =>
  count <= 1 ? `{${prefix}${first}}` : `{${prefix}${first}-${prefix}${first + count - 1}}`;

/** Registers of an element or structure load or store: count, distance, and what follows each name. */
const structureList = (first: number, count: number, step: number, suffix: string): string =>
  (step === 1 && count > 1 && !suffix.startsWith("[")) || (suffix === "[]" && step === 1 && count > 1)
    ? `{d${first % 32}${suffix}-d${(first + count - 1) % 32}${suffix}}`
    : `{${Array.from({ length: count }, (_, i) => `d${(first + i * step) % 32}${suffix}`).join(",")}}`;

/** An odd count of words of doubleword registers is FLDMX or FSTMX. */
const multipleName = (l: number, sz: number, imm: number, mode: string): string =>
  sz === 1 && (imm & 1) === 1 ? `f${l === 1 ? "ld" : "st"}m${mode}x` : `v${l === 1 ? "ld" : "st"}m${mode}`;

const inOrder = (toCore: number, extension: string, core: string): string =>
  toCore === 1 ? `${core}, ${extension}` : `${extension}, ${core}`;

const address = (fields: AnyFields, alignBits: number): string => {
  const align = alignBits === 0 ? "" : ` :${alignBits}`;
  const rm = fields["rm"]!;
  return `[${coreNames[fields["rn"]!]}${align}]${rm === 15 ? "" : rm === 13 ? "!" : `, ${coreNames[rm]}`}`;
};

const multipleCounts: Readonly<Record<number, readonly [count: number, step: number]>> = {
  0: [4, 1],
  1: [4, 2],
  2: [4, 1],
  3: [4, 1],
  4: [3, 1],
  5: [3, 2],
  6: [3, 1],
  7: [1, 1],
  8: [2, 1],
  9: [2, 2],
  10: [2, 1],
};

const scalarNumber = (fields: AnyFields): { register: number; index: number } => {
  const vm = fields["vm"]!;
  return fields["size"] === 1 ? { register: vm & 7, index: ((vm >> 4) << 1) | ((vm >> 3) & 1) } : { register: vm & 15, index: vm >> 4 };
};

const shiftSize = (imm: number, l = 0): number => (l === 1 ? 64 : imm & 32 ? 32 : imm & 16 ? 16 : 8);

export const vfpFormatters: Formatters = {
  /** The condition, where the encoding has one. */
  cc: (_, { cond = 14 }) => conditions[cond]!,
  vcore: (r) => coreNames[r]!,
  vsz: (sz) => (sz === 1 ? ".f64" : ".f32"),
  /** Registers in fields D:Vd or M:Vm, of the size that sz says. */
  vdm: (r, { sz }) => sized(sz, regDM(sz ?? 0, r)),
  vnn: (r, { sz }) => sized(sz, regN(sz ?? 0, r)),
  vs: (r) => `s${regDM(0, r)}`,
  vsn: (r) => `s${r}`,
  vd64: (r) => `d${r}`,
  vdn64: (r) => `d${doubleN(r)}`,
  vimm8: (imm) => `#${VFPExpandImm(imm)}`,
  vspecial: (r) => ({ 0: "fpsid", 1: "fpscr", 5: "mvfr2", 6: "mvfr1", 7: "mvfr0", 8: "fpexc", 9: "fpinst", 10: "fpinst2" })[r] ?? `#${r}`,
  vflags: (r) => (r === 15 ? "APSR_nzcv" : coreNames[r]!),
  voffset: (imm, { u }) => (imm === 0 && u === 1 ? "" : `, #${u === 1 ? "" : "-"}${imm * 4}`),
  vlist: (imm, { sz, vd }) =>
    sz === 1 ? list(vd!, Math.min(imm >> 1, 32 - vd!), "d") : list(regDM(0, vd!), Math.min(imm, 32 - regDM(0, vd!)), "s"),
  vbang: (w) => (w === 1 ? "!" : ""),
  vquiet: (e) => (e === 1 ? "e" : ""),
  vsu32: (s) => (s === 1 ? ".s32" : ".u32"),
  vround: (op) => (op === 1 ? "" : "r"),
  vhalf: (t) => (t === 1 ? "t" : "b"),
  /** The two sizes of a conversion, and its other register where its precision is not sz. */
  vtosize: (sz) => (sz === 1 ? ".f32.f64" : ".f64.f32"),
  vother: (r, { sz }) => sized(1 - sz!, regDM(1 - sz!, r)),
  vhalfsizes: (op) => (op === 1 ? ".f16.f32" : ".f32.f16"),
  vfixedsizes: (op, { sz, sx, u }) => {
    const fixed = `.${u === 1 ? "u" : "s"}${sx === 1 ? 32 : 16}`;
    const float = sz === 1 ? ".f64" : ".f32";
    return op === 1 ? fixed + float : float + fixed;
  },
  /** imm is i:imm4, the amount imm4:i. */
  vfraction: (imm, { sx }) => `#${(sx === 1 ? 32 : 16) - (((imm & 15) << 1) | (imm >> 4))}`,
  vldmia: (l, { sz, imm }) => multipleName(l, sz!, imm!, "ia"),
  vldmdb: (l, { sz, imm }) => multipleName(l, sz!, imm!, "db"),
  vldst: (l) => (l === 1 ? "vld" : "vst"),
  /** The operands of VMOV between core and extension registers: single, two singles, double. */
  vmov1: (op, { vn, rt }) => inOrder(op, `s${vn}`, coreNames[rt!]!),
  vmov2: (op, { vm, rt, rt2 }) => inOrder(op, `s${regDM(0, vm!)}, s${regDM(0, vm!) + 1}`, `${coreNames[rt!]}, ${coreNames[rt2!]}`),
  vmov3: (op, { vm, rt, rt2 }) => inOrder(op, `d${vm}`, `${coreNames[rt!]}, ${coreNames[rt2!]}`),
  vdupsize: (_, { b, e }) => (b === 1 ? "8" : e === 1 ? "16" : "32"),
  nsux: (u) => (u === 1 ? "u" : "s"),
  /** Advanced SIMD. Vector registers, by q. */
  qd: (r, { q }) => vector(q, r),
  qn: (r, { q }) => vector(q, doubleN(r)),
  /** By u, where that bit is q. */
  qdu: (r, { u }) => vector(u, r),
  qnu: (r, { u }) => vector(u, doubleN(r)),
  qq: (r) => vector(1, r),
  qqn: (r) => vector(1, doubleN(r)),
  nsize: (size) => String(8 << size),
  nwide: (size) => String(16 << size),
  nsu: (u) => (u === 1 ? "u" : "s"),
  nindex: (index) => `[${index}]`,
  nscalar: (_, fields) => {
    const { register, index } = scalarNumber(fields);
    return `d${register}[${index}]`;
  },
  /** Size and scalar of VDUP (scalar), by imm4. */
  ndupsize: (imm4) => String(imm4 & 1 ? 8 : imm4 & 2 ? 16 : 32),
  ndupscalar: (r, { imm4 = 0 }) => `d${r}[${imm4 >> (imm4 & 1 ? 1 : imm4 & 2 ? 2 : 3)}]`,
  /** Element size and amount of an immediate shift, by imm6 (and L in its own field). */
  nshsize: (imm, { l }) => String(shiftSize(imm, l)),
  nshwide: (imm, { l }) => String(2 * shiftSize(imm, l)),
  nright: (imm, { l }) => `#${2 * shiftSize(imm, l) - (imm | ((l ?? 0) << 6))}`,
  nleft: (imm, { l }) => `#${(imm | ((l ?? 0) << 6)) - shiftSize(imm, l)}`,
  /** A long shift by 0 is VMOVL. */
  nshll: (imm) => (imm === shiftSize(imm, 0) ? "vmovl" : "vshll"),
  nlongshift: (imm) => (imm === shiftSize(imm, 0) ? "" : `, #${imm - shiftSize(imm, 0)}`),
  nfraction: (imm) => `#${32 - imm}`,
  nfixedsizes: (op, { u }) => (op === 1 ? `.${u === 1 ? "u" : "s"}32.f32` : `.f32.${u === 1 ? "u" : "s"}32`),
  ntable: (len, { vn = 0 }) => structureList(doubleN(vn), len + 1, 1, ""),
  ntblx: (op) => (op === 1 ? "vtbx" : "vtbl"),
  nmultiple: (type, { vd = 0 }) => {
    const [count, step] = multipleCounts[type] ?? [1, 1];
    const paired = type === 8 || type === 9;
    return structureList(vd, paired && type === 9 ? 2 : count, step, "");
  },
  nstructures: (type) => String([4, 4, 1, 2, 3, 3, 1, 1, 2, 2, 1][type] ?? 0),
  nplus1: (nn) => String(nn + 1),
  nallsize: (size) => String(8 << Math.min(size, 2)),
  nmultipleat: (align, fields) => address(fields, align === 0 ? 0 : 32 << align),
  nlane: (nn, { vd = 0, size = 0, ia = 0 }) => {
    const step = size !== 0 && (size === 1 ? ia & 2 : ia & 4) ? 2 : 1;
    return structureList(vd, nn + 1, step, `[${ia >> (size + 1)}]`);
  },
  nlaneat: (nn, fields) => {
    const { size = 0, ia = 0 } = fields;
    const aligned = nn === 2 ? false : size === 2 ? (ia & 3) !== 0 : nn === 0 && size === 0 ? false : (ia & 1) !== 0;
    return address(fields, aligned ? (nn === 3 && size === 2 ? 32 << (ia & 3) : (8 << size) * (nn + 1)) : 0);
  },
  nall: (nn, { vd = 0, t = 0 }) => structureList(vd, nn === 0 ? 1 + t : nn + 1, nn !== 0 && t === 1 ? 2 : 1, "[]"),
  nallat: (nn, fields) => {
    const { size = 0, a = 0 } = fields;
    return address(fields, a === 0 ? 0 : size === 3 ? 128 : nn === 3 && size === 2 ? 64 : (8 << size) * (nn + 1));
  },
  nmodop: (cmode, { op }) => {
    const logical = cmode < 12 && (cmode & 1) === 1;
    const name = logical ? (op === 1 ? "vbic" : "vorr") : op === 1 && cmode !== 14 ? "vmvn" : "vmov";
    return `${name}.${cmode === 15 ? "f32" : `i${cmode < 8 || cmode === 12 || cmode === 13 ? 32 : cmode < 12 ? 16 : op === 1 ? 64 : 8}`}`;
  },
  nmodimm: (imm, { cmode = 0, op = 0 }) => {
    if (cmode === 15) return `#${VFPExpandImm(imm)}`;
    const value = AdvSIMDExpandImm(op, cmode, imm);
    const bits = cmode < 8 || cmode === 12 || cmode === 13 ? 32 : cmode < 12 ? 16 : op === 1 ? 64 : 8;
    return `#${BigInt.asUintN(bits, value)}`;
  },
};
