/** Hardware task switches: Intel SDM vol. 3, chapter 7. */
import { EFLAGS } from "../flags.ts";
import { LDTR, seg, TR } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR0, DESC, dplOf, TYPE, typeOf } from "./bits.ts";
import {
  baseOf,
  checkStack,
  type Descriptor,
  gp,
  isCode,
  isConforming,
  isSystem,
  limitOf,
  needDescriptor,
  np,
  putSegment,
  ts,
} from "./descriptors.ts";
import { at, type Linear, readSystem, writeSystem } from "./memory.ts";
import { writeCr3 } from "./control.ts";

const BUSY = 2 << 8;

/** Selectors in the order of a TSS. */
const order = [seg.ES, seg.CS, seg.SS, seg.DS, seg.FS, seg.GS];

/** The layouts of the two kinds of TSS. */
const layouts = {
  32: { cr3: 0x1c, ip: 0x20, flags: 0x24, registers: 0x28, segments: 0x48, ldt: 0x60, size: 4, stride: 4, least: 0x67, count: 6 },
  16: { cr3: -1, ip: 0x0e, flags: 0x10, registers: 0x12, segments: 0x22, ldt: 0x2a, size: 2, stride: 2, least: 0x2b, count: 4 },
} as const;

const layoutOf = (type: number): (typeof layouts)[16 | 32] => layouts[(type & 8) !== 0 ? 32 : 16];

/** Switches to the task of a TSS's selector. `how`: a call nests it in the present one, a return ends the present one. */
export function switchTask(cpu: X86Cpu, selector: number, how: "jump" | "call" | "return"): void {
  const fault = how === "return" ? ts : gp;
  if ((selector & 4) !== 0) throw fault(selector);
  const d = needDescriptor(cpu, selector, fault);
  const type = typeOf(d.high);
  const wanted = how === "return" ? [TYPE.busyTss16, TYPE.busyTss32] : [TYPE.tss16, TYPE.tss32];
  if (!isSystem(d.high) || !(wanted as number[]).includes(type)) throw fault(selector);
  if ((d.high & DESC.P) === 0) throw np(selector);
  const layout = layoutOf(type);
  if (limitOf(d) < layout.least) throw ts(selector);

  saveTask(cpu, how);
  const target: Linear = { low: baseOf(d), high: 0 };
  const read = (offset: number, size: 2 | 4 = layout.size): number => readSystem(cpu, at(target, offset), size);
  if (how === "call") writeSystem(cpu, target, 2, cpu.selector(TR));
  const cr3 = layout.cr3 >= 0 ? read(layout.cr3) : undefined;
  const ip = read(layout.ip);
  let flags = read(layout.flags);
  const registers = Array.from({ length: 8 }, (_, n) => read(layout.registers + layout.stride * n));
  const selectors = Array.from({ length: layout.count }, (_, n) => read(layout.segments + layout.stride * n, 2));
  const ldt = read(layout.ldt, 2);
  const trap = layout.size === 4 && (read(0x64, 2) & 1) !== 0;

  if (how !== "return") writeSystem(cpu, at(d.address, 4), 4, (d.high | BUSY) >>> 0);
  if (how === "call") flags |= EFLAGS.NT;
  // The switch is committed: faults from here on are the new task's.
  putSegment(cpu, TR, selector, { ...d, high: (d.high | BUSY) >>> 0 });
  cpu.setWord("cr0", cpu.word("cr0") | CR0.TS);
  if (cr3 !== undefined && (cpu.word("cr0") & CR0.PG) !== 0) writeCr3(cpu, cr3, 0);
  registers.forEach((value, n) => cpu.setRegister(n, layout.size === 2 ? (value | 0xffff_0000) >>> 0 : value));
  cpu.setWord("dr7", cpu.word("dr7") & ~0x155);
  const virtual = layout.size === 4 && (flags & EFLAGS.VM) !== 0;
  // Until they are loaded, selectors are there and nothing behind them.
  order.forEach((n, i) => {
    const value = selectors[i] ?? 0;
    if (virtual) cpu.setSegment(n, value, value << 4, 0xffff, DESC.P | DESC.S | DESC.RW | DESC.ACCESSED | (3 << DESC.DPL_SHIFT));
    else cpu.setSegment(n, value, 0, 0, n === seg.SS ? (selectors[1]! & 3) << DESC.DPL_SHIFT : 0);
  });
  cpu.setSegment(LDTR, ldt, 0, 0, 0);
  cpu.setEflags(flags);
  cpu.setPc(ip);
  loadLdt(cpu, ldt);
  if (virtual) cpu.setPc(((selectors[1]! << 4) + (ip & 0xffff)) >>> 0);
  else loadSegments(cpu, selectors, ip);
  cpu.refreshFlags();
  cpu.interruptsChanged();
  if (trap) cpu.env.log.log("unimp", "the debug trap bit of a TSS is not implemented");
}

/** The present state goes to the present TSS. */
function saveTask(cpu: X86Cpu, how: "jump" | "call" | "return"): void {
  const tr = cpu.s.segments[TR]!;
  const base: Linear = { low: cpu.get(tr.base), high: 0 };
  const layout = layoutOf(typeOf(cpu.get(tr.attributes)));
  const write = (offset: number, value: number, size: 2 | 4 = layout.size): void => writeSystem(cpu, at(base, offset), size, value >>> 0);
  let flags = cpu.eflags();
  if (how === "return") flags &= ~EFLAGS.NT;
  write(layout.ip, cpu.ip);
  write(layout.flags, flags);
  for (let n = 0; n < 8; n++) write(layout.registers + layout.stride * n, cpu.register(n));
  for (let n = 0; n < layout.count; n++) write(layout.segments + layout.stride * n, cpu.selector(order[n]!), 2);
  if (how !== "call") {
    const old = needDescriptor(cpu, cpu.selector(TR), ts);
    writeSystem(cpu, at(old.address, 4), 4, (old.high & ~BUSY) >>> 0);
  }
}

function loadLdt(cpu: X86Cpu, selector: number): void {
  if ((selector & 0xfffc) === 0) return;
  const d: Descriptor = needDescriptor(cpu, selector, ts);
  if ((selector & 4) !== 0 || !isSystem(d.high) || typeOf(d.high) !== TYPE.ldt || (d.high & DESC.P) === 0) throw ts(selector);
  putSegment(cpu, LDTR, selector, d);
}

function loadSegments(cpu: X86Cpu, selectors: readonly number[], ip: number): void {
  const cs = selectors[1]!;
  const cpl = cs & 3;
  putSegment(cpu, seg.SS, selectors[2]!, checkStack(cpu, selectors[2]!, cpl, ts));
  const code = needDescriptor(cpu, cs, ts);
  if (!isCode(code.high) || (isConforming(code.high) ? dplOf(code.high) > cpl : dplOf(code.high) !== cpl)) throw ts(cs);
  if ((code.high & DESC.P) === 0) throw np(cs);
  putSegment(cpu, seg.CS, cs, code);
  cpu.setPc((baseOf(code) + ip) >>> 0);
  for (const [i, n] of [
    [0, seg.ES],
    [3, seg.DS],
    [4, seg.FS],
    [5, seg.GS],
  ] as const) {
    const selector = selectors[i] ?? 0;
    if ((selector & 0xfffc) === 0) continue;
    const d = needDescriptor(cpu, selector, ts);
    if (isSystem(d.high) || (isCode(d.high) && (d.high & DESC.RW) === 0)) throw ts(selector);
    if (!isConforming(d.high) && dplOf(d.high) < Math.max(cpl, selector & 3)) throw ts(selector);
    if ((d.high & DESC.P) === 0) throw np(selector);
    putSegment(cpu, n, selector, d);
  }
  if (ip > limitOf(code)) throw gp();
}
