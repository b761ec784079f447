/**
 * Element and structure loads and stores (DDI 0406C, A7.7). Memory is accessed in chunks of 8 or 16 bytes, and shuffles sort the
 * elements into their registers; they also exchange bytes within elements where data is big-endian.
 */
import type { MemOp, Value } from "@tsemu/ir";
import { calls } from "../host-calls.ts";
import { type ArmTranslator, PC, SP } from "../translator.ts";
import * as state from "../state.ts";
import { type Both, structure } from "../vfp/rows.ts";
import { getD, pair, setD, shapes } from "./operands.ts";

/** What `type` means: elements of a structure, registers between them, and how many structures of registers follow each other. */
interface Arrangement {
  readonly n: number;
  readonly inc: number;
  readonly repeat: number;
}
const arrangements: readonly (Arrangement | undefined)[] = [
  { n: 4, inc: 1, repeat: 1 },
  { n: 4, inc: 2, repeat: 1 },
  { n: 1, inc: 1, repeat: 4 },
  { n: 2, inc: 2, repeat: 2 },
  { n: 3, inc: 1, repeat: 1 },
  { n: 3, inc: 2, repeat: 1 },
  { n: 1, inc: 1, repeat: 3 },
  { n: 1, inc: 1, repeat: 1 },
  { n: 2, inc: 1, repeat: 1 },
  { n: 2, inc: 2, repeat: 1 },
  { n: 1, inc: 1, repeat: 2 },
];

/** Address of the access, and the writeback, which comes last: an abort leaves the base as it was. */
function addressing(
  cpu: ArmTranslator,
  rn: number,
  rm: number,
  bytes: number,
): { readonly address: Value; readonly writeBack: () => void } {
  const { ir } = cpu;
  const address = cpu.R(rn);
  const writeBack = (): void => {
    if (rm !== PC) cpu.setR(rn, ir.add(address, rm === SP ? ir.i32(bytes) : cpu.R(rm)));
  };
  return { address, writeBack };
}

const align = (bytes: number): MemOp["align"] => Math.min(bytes, 16) as MemOp["align"];

/** The alignment of 32 bytes that `:256` demands: no access is that large, so that none can check it. */
function checkAlignment32(cpu: ArmTranslator, address: Value, isLoad: boolean): void {
  const { ir } = cpu;
  ir.if(ir.and(address, ir.i32(31)), () => ir.call(calls.alignmentFault, address, ir.i32(isLoad ? 0 : 1)));
}

/** Chunks of 16 bytes and one of 8 from `offset`; `first` is the alignment that the whole access demands, checked with its first chunk. */
function* chunks(
  cpu: ArmTranslator,
  address: Value,
  offset: number,
  bytes: number,
  ebytes: number,
  first: number,
): Generator<{ readonly address: Value; readonly mem: MemOp }> {
  const elementAlign = cpu.memOp(ebytes as MemOp["size"]).align;
  for (let at = 0; at < bytes; at += 16) {
    const size = bytes - at >= 16 ? 16 : 8;
    const demanded = offset + at === 0 ? Math.max(align(first), elementAlign) : elementAlign;
    const where = offset + at === 0 ? address : cpu.ir.add(address, cpu.i32(offset + at));
    yield { address: where, mem: { ...cpu.memOp(size), align: align(demanded) } };
  }
}

/** The byte of the 32 bytes of memory in which byte `b` of register `k` (of n) lies. */
function memoryByte(n: number, ebytes: number, bigEndian: boolean, k: number, b: number): number {
  const element = Math.floor(b / ebytes);
  const inElement = b % ebytes;
  return (element * n + k) * ebytes + (bigEndian ? ebytes - 1 - inElement : inElement);
}

/** Loads n registers of one group of structures. The vectors hold two registers each. */
function loadGroup(cpu: ArmTranslator, address: Value, offset: number, n: number, ebytes: number, first: number): Value[] {
  const { ir } = cpu;
  const memory = [...chunks(cpu, address, offset, 8 * n, ebytes, first)].map((chunk) => {
    const value = ir.load(chunk.mem, chunk.address);
    return value.type === "v128" ? value : ir.op("i64x2.splat", value);
  });
  const [low, high = low] = memory;
  const swap = cpu.bigEndian && ebytes > 1;
  if (n === 1 && !swap) return [low!];
  return Array.from({ length: Math.ceil(n / 2) }, (_, i) => {
    const lanes = Array.from({ length: 16 }, (_, b) => memoryByte(n, ebytes, swap, Math.min(2 * i + (b >> 3), n - 1), b & 7));
    return ir.shuffle(low!, high!, lanes);
  });
}

/** Stores n registers as one group of structures. */
function storeGroup(cpu: ArmTranslator, registers: readonly number[], address: Value, offset: number, ebytes: number, first: number): void {
  const { ir } = cpu;
  const n = registers.length;
  const register = (k: number): number => registers[Math.min(k, n - 1)]!;
  const swap = cpu.bigEndian && ebytes > 1;
  const low = pair(cpu, register(0), register(1));
  const high = n > 2 ? pair(cpu, register(2), register(3)) : low;
  // Where the bytes of memory come from: the inverse of memoryByte.
  const source = Array.from({ length: 32 }, () => 0);
  for (let k = 0; k < n; k++) for (let b = 0; b < 8; b++) source[memoryByte(n, ebytes, swap, k, b)] = 8 * k + b;
  let at = 0;
  for (const chunk of chunks(cpu, address, offset, 8 * n, ebytes, first)) {
    const value = n === 1 && !swap ? low : ir.shuffle(low, high, source.slice(at, at + 16));
    ir.store(chunk.mem, chunk.address, chunk.mem.size === 16 ? value : ir.lane("i64x2.extract_lane", 0, value));
    at += 16;
  }
}

type MultipleFields = {
  readonly vd: number;
  readonly l: number;
  readonly rn: number;
  readonly type: number;
  readonly size: number;
  readonly align: number;
  readonly rm: number;
};

/** VLD1 or VST1 of consecutive registers, where memory has the registers' layout: two registers an access where they are a quadword. */
function consecutive(cpu: ArmTranslator, load: boolean, d: number, count: number, address: Value, ebytes: number, first: number): void {
  const { ir } = cpu;
  const elementAlign = cpu.memOp(ebytes as MemOp["size"]).align;
  const loaded: [set: (value: Value) => void, value: Value][] = [];
  for (let i = 0; i < count; ) {
    const isPair = (d + i) % 2 === 0 && i + 1 < count;
    const slot = isPair ? state.q[(d + i) >> 1]! : state.dInt[d + i]!;
    const mem: MemOp = { ...cpu.memOp(isPair ? 16 : 8), align: align(i === 0 ? Math.max(align(first), elementAlign) : elementAlign) };
    const where = i === 0 ? address : ir.add(address, ir.i32(8 * i));
    if (load) loaded.push([(value) => ir.set(slot, value), ir.load(mem, where)]);
    else ir.store(mem, where, ir.get(slot));
    i += isPair ? 2 : 1;
  }
  for (const [set, value] of loaded) set(value);
}

function multiple(cpu: ArmTranslator, { vd, l, rn, type, size, align: hint, rm }: MultipleFields): void {
  const { n, inc, repeat } = arrangements[type]!;
  const ebytes = 1 << size;
  const { address, writeBack } = addressing(cpu, rn, rm, 8 * n * repeat);
  const first = hint === 0 ? 1 : 4 << hint;
  if (first === 32) checkAlignment32(cpu, address, l === 1);
  if (n === 1 && (!cpu.bigEndian || ebytes === 1)) consecutive(cpu, l === 1, vd, repeat, address, ebytes, first);
  else {
    const registers = (r: number): number[] => Array.from({ length: n }, (_, k) => vd + r + k * inc);
    if (l === 0) for (let r = 0; r < repeat; r++) storeGroup(cpu, registers(r), address, 8 * n * r, ebytes, first);
    else {
      const groups = Array.from({ length: repeat }, (_, r) => loadGroup(cpu, address, 8 * n * r, n, ebytes, first));
      groups.forEach((vectors, r) => registers(r).forEach((d, k) => setHalf(cpu, d, vectors[k >> 1]!, k & 1)));
    }
  }
  writeBack();
}

/** Half of a vector into a doubleword register. */
const setHalf = (cpu: ArmTranslator, d: number, vector: Value, half: number): void =>
  cpu.ir.set(state.dInt[d]!, cpu.ir.lane("i64x2.extract_lane", half, vector));

/** Undefined arrangements, sizes and alignments; registers past d31 (UNPREDICTABLE) count as undefined too. */
function multipleExists({ vd, type, size, align: hint }: { vd: number; type: number; size: number; align: number }): boolean {
  const arrangement = arrangements[type];
  if (arrangement === undefined) return false;
  const { n, inc, repeat } = arrangement;
  if (size === 3 && n !== 1) return false;
  // One or three registers have no 128-bit alignment, two no 256-bit one.
  const registers = n === 2 && repeat === 2 ? 4 : n * repeat;
  if (registers % 2 === 1 ? hint >= 2 : registers === 2 && hint === 3) return false;
  return vd + (n - 1) * inc + repeat - 1 < 32;
}

const multipleRow = structure(
  "VLD_VST_multiple",
  "0 vd:1 l:1 0 rn:4 vd:4 type:4 size:2 align:2 rm:4",
  "{l:vldst}{type:nstructures}.{size:nsize} {type:nmultiple}, {align:nmultipleat}",
  multiple,
  { where: multipleExists, except: { rn: PC } },
);

/** One lane of n registers: the lane, the distance of registers and the alignment, or undefined. */
function laneOf(size: number, n: number, ia: number): { readonly index: number; readonly inc: number; readonly align: number } | undefined {
  const index = ia >> (size + 1);
  const inc = size > 0 && (ia & (1 << size)) !== 0 ? 2 : 1;
  // The bits below that of inc.
  const low = ia & ((1 << Math.max(size, 1)) - 1);
  const ebytes = 1 << size;
  switch (n) {
    case 1: {
      if (inc === 2) return undefined;
      if (size === 0) return low === 0 ? { index, inc, align: 1 } : undefined;
      const aligned = size === 1 ? 1 : 3;
      return low === 0 || low === aligned ? { index, inc, align: low === 0 ? 1 : ebytes } : undefined;
    }
    case 2:
      return low > 1 ? undefined : { index, inc, align: low === 0 ? 1 : 2 * ebytes };
    case 3:
      return low === 0 ? { index, inc, align: 1 } : undefined;
    default:
      if (size < 2) return { index, inc, align: low === 0 ? 1 : 4 * ebytes };
      return low === 3 ? undefined : { index, inc, align: low === 0 ? 1 : 4 << low };
  }
}

type LaneFields = { readonly vd: number; readonly size: number; readonly nn: number; readonly ia: number };

const elementAt = (cpu: ArmTranslator, address: Value, size: number, i: number, first: number): { address: Value; mem: MemOp } => {
  const ebytes = (1 << size) as MemOp["size"];
  const mem = cpu.memOp(ebytes);
  return {
    address: i === 0 ? address : cpu.ir.add(address, cpu.i32(i * ebytes)),
    mem: i === 0 ? { ...mem, align: align(Math.max(first, mem.align)) } : mem,
  };
};

function lanes(
  cpu: ArmTranslator,
  { vd, size, nn, ia, l, rn, rm }: LaneFields & { readonly l: number; readonly rn: number; readonly rm: number },
): void {
  const { ir } = cpu;
  const n = nn + 1;
  const { index, inc, align: first } = laneOf(size, n, ia)!;
  const { address, writeBack } = addressing(cpu, rn, rm, n << size);
  const registers = Array.from({ length: n }, (_, k) => vd + k * inc);
  const shape = shapes[size]!;
  if (l === 1) {
    const values = registers.map((_, k) => {
      const { address: where, mem } = elementAt(cpu, address, size, k, first);
      return cpu.load(where, mem);
    });
    registers.forEach((d, k) => setD(cpu, d, ir.lane(`${shape}.replace_lane`, index, getD(cpu, d), values[k]!)));
  } else {
    registers.forEach((d, k) => {
      const { address: where, mem } = elementAt(cpu, address, size, k, first);
      cpu.store(where, ir.lane(size === 2 ? "i32x4.extract_lane" : `${shape}.extract_lane_u`, index, getD(cpu, d)), mem);
    });
  }
  writeBack();
}

const laneExists = ({ vd, size, nn, ia }: LaneFields): boolean => {
  const lane = laneOf(size, nn + 1, ia);
  return lane !== undefined && vd + nn * lane.inc < 32;
};

const laneRow = structure(
  "VLD_VST_lane",
  "1 vd:1 l:1 0 rn:4 vd:4 size:2 nn:2 ia:4 rm:4",
  "{l:vldst}{nn:nplus1}.{size:nsize} {nn:nlane}, {nn:nlaneat}",
  lanes,
  { where: laneExists, except: [{ rn: PC }, { size: 3 }] },
);

type AllFields = { readonly vd: number; readonly nn: number; readonly size: number; readonly t: number; readonly a: number };

function allLanes(
  cpu: ArmTranslator,
  { vd, rn, nn, size: encoded, t, a, rm }: AllFields & { readonly rn: number; readonly rm: number },
): void {
  const n = nn + 1;
  const size = Math.min(encoded, 2);
  const { address, writeBack } = addressing(cpu, rn, rm, n << size);
  const first = a === 0 ? 1 : encoded === 3 ? 16 : n === 4 && size === 2 ? 8 : n << size;
  const values = Array.from({ length: n }, (_, k) => {
    const { address: where, mem } = elementAt(cpu, address, size, k, first);
    return cpu.ir.op(`${shapes[size]!}.splat`, cpu.load(where, mem));
  });
  if (n === 1) for (let k = 0; k <= t; k++) setD(cpu, vd + k, values[0]!);
  else values.forEach((value, k) => setD(cpu, vd + k * (t + 1), value));
  writeBack();
}

function allLanesExist({ vd, nn, size, t, a }: AllFields): boolean {
  if (size === 3 && (nn !== 3 || a === 0)) return false;
  if (nn === 0 ? size === 0 && a === 1 : nn === 2 && a === 1) return false;
  return vd + (nn === 0 ? t : nn * (t + 1)) < 32;
}

const allRow = structure(
  "VLD_all_lanes",
  "1 vd:1 1 0 rn:4 vd:4 11 nn:2 size:2 t:1 a:1 rm:4",
  "vld{nn:nplus1}.{size:nallsize} {nn:nall}, {nn:nallat}",
  allLanes,
  { where: allLanesExist, except: { rn: PC } },
);

export const neonLoadStore: readonly Both[] = [multipleRow, laneRow, allRow];
