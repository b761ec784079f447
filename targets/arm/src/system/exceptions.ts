/** Taking an exception (ARM DDI 0406C, B1.8 and B1.9). */
import type { CpuState, GuestFault } from "@tsemu/target";
import { IT, IT_SHIFT, T } from "../block-flags.ts";
import type { Features } from "../cpu-models.ts";
import { exceptions } from "../host-calls.ts";
import { banked, c15, cpsr, flags, pc, r } from "../state.ts";
import { type BankName, modes, switchMode } from "./modes.ts";
import { PSR, readCpsr } from "./psr.ts";

interface Entry {
  readonly mode: Exclude<BankName, "usr">;
  readonly vector: number;
  /** What LR gets, relative to the instruction that was interrupted or faulted: in A32 and in T32. */
  readonly lr: readonly [arm: number, thumb: number];
  /** Mask bits set beside I. */
  readonly mask: number;
}

const entries: Readonly<Record<number, Entry>> = {
  [exceptions.undefinedInstruction]: { mode: "und", vector: 0x04, lr: [4, 2], mask: 0 },
  [exceptions.supervisorCall]: { mode: "svc", vector: 0x08, lr: [4, 2], mask: 0 },
  [exceptions.prefetchAbort]: { mode: "abt", vector: 0x0c, lr: [4, 4], mask: PSR.A },
  [exceptions.breakpoint]: { mode: "abt", vector: 0x0c, lr: [4, 4], mask: PSR.A },
  [exceptions.dataAbort]: { mode: "abt", vector: 0x10, lr: [8, 8], mask: PSR.A },
  [exceptions.irq]: { mode: "irq", vector: 0x18, lr: [4, 4], mask: PSR.A },
  [exceptions.fiq]: { mode: "fiq", vector: 0x1c, lr: [4, 4], mask: PSR.A | PSR.F },
};

const SCTLR_V = 1 << 13;
const SCTLR_EE = 1 << 25;
const SCTLR_TE = 1 << 30;

/** Block flags with ITSTATE advanced by one instruction (A2.5.2). */
function advanceIt(blockFlags: number): number {
  const it = (blockFlags & IT) >>> IT_SHIFT;
  const next = (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
  return (blockFlags & ~IT) | (next << IT_SHIFT);
}

/** Puts the CPU at the exception's vector. Block flags other than T and IT are the caller's to refresh. */
export function takeException(state: CpuState, features: Features, fault: GuestFault): void {
  const { u32 } = state;
  const word = (slot: { offset: number } | undefined): number => slot!.offset >> 2;
  const entry = entries[fault.exception]!;
  const sctlr = u32[word(c15["sctlr"])]!;
  const thumb = (u32[word(flags)]! & T) !== 0;
  // A supervisor call has been executed when its exception is taken: what returns continues behind it in the IT block (ITAdvance).
  if (fault.exception === exceptions.supervisorCall) u32[word(flags)] = advanceIt(u32[word(flags)]!);
  const spsr = readCpsr(state);
  const lr = (u32[word(pc)]! + entry.lr[thumb ? 1 : 0]) >>> 0;

  if (fault.exception === exceptions.dataAbort) {
    u32[word(c15["dfsr"])] = features.version >= 6 ? fault.argument : fault.argument & 0xff;
    u32[word(c15["dfar"])] = fault.address;
  } else if (fault.exception === exceptions.prefetchAbort) {
    u32[word(c15["ifsr"])] = fault.argument;
    u32[word(c15["ifar"])] = fault.address;
  } else if (fault.exception === exceptions.breakpoint) {
    // A debug event: status "debug" in the format in use.
    u32[word(c15["ifsr"])] = features.lpae && (u32[word(c15["ttbcr"])]! & 0x8000_0000) !== 0 ? (1 << 9) | 0b100010 : 0b00010;
  }

  switchMode(state, modes[entry.mode]);
  u32[word(banked.spsr[entry.mode])] = spsr;
  u32[word(r[14]!)] = lr;
  const own = word(cpsr);
  u32[own] = (u32[own]! | PSR.I | (features.version >= 6 ? entry.mask : entry.mask & ~PSR.A)) & ~(PSR.J | PSR.E);
  if (features.version >= 6 && (sctlr & SCTLR_EE) !== 0) u32[own]! |= PSR.E;
  const te = features.version >= 7 && (sctlr & SCTLR_TE) !== 0;
  u32[word(flags)] = (u32[word(flags)]! & ~(T | IT)) | (te ? T : 0);
  const base = (sctlr & SCTLR_V) !== 0 ? 0xffff0000 : features.security ? u32[word(c15["vbar"])]! : 0;
  u32[word(pc)] = (base + entry.vector) >>> 0;
}
