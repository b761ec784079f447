/** Processor modes and their banked registers (ARM DDI 0406C, B1.3.1 and B1.3.2). */
import type { CpuState } from "@tsemu/target";
import { banked, cpsr, r } from "../state.ts";

export const modes = { usr: 0x10, fiq: 0x11, irq: 0x12, svc: 0x13, abt: 0x17, und: 0x1b, sys: 0x1f } as const;
export type BankName = "usr" | "svc" | "abt" | "und" | "irq" | "fiq";

const bankOfMode: Readonly<Record<number, BankName>> = {
  0x10: "usr",
  0x11: "fiq",
  0x12: "irq",
  0x13: "svc",
  0x17: "abt",
  0x1b: "und",
  0x1f: "usr",
};

/** The registers that a mode number selects, or undefined for a number that is no mode. */
export const bankOf = (mode: number): BankName | undefined => bankOfMode[mode & 0x1f];

/** The mode in CPSR. */
export const currentMode = (state: CpuState): number => state.u32[cpsr.offset >> 2]! & 0x1f;

const copy = (state: CpuState, to: { offset: number }, from: { offset: number }): void => {
  state.u32[to.offset >> 2] = state.u32[from.offset >> 2]!;
};

/** Puts the current mode's registers into their bank and takes out those of the new mode; CPSR.M changes too. */
export function switchMode(state: CpuState, mode: number): void {
  const old = currentMode(state);
  const from = bankOf(old)!;
  const to = bankOf(mode)!;
  state.u32[cpsr.offset >> 2] = (state.u32[cpsr.offset >> 2]! & ~0x1f) | mode;
  if (from === to) return;
  copy(state, banked.sp[from], r[13]!);
  copy(state, banked.lr[from], r[14]!);
  copy(state, r[13]!, banked.sp[to]);
  copy(state, r[14]!, banked.lr[to]);
  if (from !== "fiq" && to !== "fiq") return;
  const [leaving, entering] = from === "fiq" ? [banked.r8_fiq, banked.r8_usr] : [banked.r8_usr, banked.r8_fiq];
  for (let i = 0; i < 5; i++) {
    copy(state, leaving[i]!, r[8 + i]!);
    copy(state, r[8 + i]!, entering[i]!);
  }
}

/** Where register n (8..14) of a bank lies at present: in the current registers, or in its banked slot. */
export function bankedRegister(state: CpuState, bank: BankName, n: number): { readonly offset: number } {
  const current = bankOf(currentMode(state))!;
  if (n >= 13) return current === bank ? r[n]! : n === 13 ? banked.sp[bank] : banked.lr[bank];
  if ((current === "fiq") === (bank === "fiq")) return r[n]!;
  return (bank === "fiq" ? banked.r8_fiq : banked.r8_usr)[n - 8]!;
}
