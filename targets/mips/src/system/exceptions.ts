/** How exceptions are taken (MIPS64 PRA, chapter 6). */
import type { GuestFault } from "@tsemu/target";
import * as bf from "../block-flags.ts";
import { exceptions } from "../host-calls.ts";
import type { MipsCpu } from "../mips-cpu.ts";
import { CAUSE, STATUS } from "./cp0-bits.ts";

/** Exceptions with an address. */
const withAddress = new Set<number>([
  exceptions.modified,
  exceptions.tlbLoad,
  exceptions.tlbStore,
  exceptions.addressLoad,
  exceptions.addressStore,
]);
const ofTlb = new Set<number>([exceptions.modified, exceptions.tlbLoad, exceptions.tlbStore]);

/** Which interrupt a vectored CPU takes: the highest pending line. */
const vectorNumber = (pending: number): number => 31 - Math.clz32((pending >>> 8) & 0xff);

export function takeException(cpu: MipsCpu, fault: GuestFault): void {
  const { u32 } = cpu.state;
  const { exception, argument, address, addressHigh } = fault;
  const status = u32[cpu.STATUS]!;
  let cause = u32[cpu.CAUSE]!;
  const inSlot = (u32[cpu.FLAGS]! & bf.DELAY_SLOT) !== 0;
  let offset = 0x180;
  const exl = (status & STATUS.EXL) !== 0;
  if (!exl) {
    cpu.setWords("epc", ...cpu.resumePc());
    cause = inSlot ? cause | CAUSE.BD : cause & ~CAUSE.BD;
  }
  if (withAddress.has(exception)) {
    const fetched = exception === exceptions.addressLoad && argument === 1;
    const [va, high] = fetched ? cpu.pcWords() : cpu.addressWords(address, addressHigh);
    cpu.setWords("badvaddr", va, high);
    // An address of another mode's segment is treated as TLB exceptions are (UNPREDICTABLE; as in QEMU).
    if (ofTlb.has(exception) || argument === 2) {
      cpu.setFaultPage(va, high);
      if (argument === 1 && !exl) offset = cpu.uses64(high) ? 0x080 : 0;
    }
  }
  if (exception === exceptions.interrupt && (cause & CAUSE.IV) !== 0) {
    offset = 0x200;
    const spacing = (cpu.word("intctl") >>> 5) & 0x1f;
    if (spacing !== 0 && (status & STATUS.BEV) === 0 && cpu.vectoredInterrupts)
      offset += vectorNumber(cause & status & 0xff00) * spacing * 32;
  }
  cause = (cause & ~CAUSE.EXC_CODE) | (exception << 2);
  if (exception === exceptions.coprocessorUnusable) cause = (cause & ~CAUSE.CE) | (argument << 28);
  u32[cpu.CAUSE] = cause;
  u32[cpu.STATUS] = status | STATUS.EXL;
  const base = (status & STATUS.BEV) !== 0 ? 0xbfc0_0200 : (cpu.word("ebase") & 0xffff_f000) >>> 0;
  cpu.setPc((base + offset) >>> 0);
  cpu.refreshFlags();
}
