/** The host helpers of host-calls.ts. */
import type { Helper, HostHelper } from "@tsemu/target";
import type { ArmCpu } from "../arm-cpu.ts";
import * as bf from "../block-flags.ts";
import { calls } from "../host-calls.ts";
import * as s from "../state.ts";
import { type BankName, bankedRegister, bankOf, currentMode } from "./modes.ts";
import { readCpsr } from "./psr.ts";
import type { SystemRegister } from "./registers.ts";

const at = (slot: { offset: number }): number => slot.offset >> 2;
const host = (signature: HostHelper["signature"], run: (cpu: ArmCpu, ...args: number[]) => number | void): HostHelper => ({
  signature,
  run,
});

/** The SPSR slot of the current mode; User and System have none: UNPREDICTABLE, undefined here as in QEMU's linux-user. */
function spsrIndex(cpu: ArmCpu): number {
  const bank = bankOf(currentMode(cpu.state))!;
  if (bank === "usr") throw cpu.undefined();
  return at(s.banked.spsr[bank]);
}

/** Branches to an address in the instruction set that CPSR.T says. */
function branch(cpu: ArmCpu, address: number): void {
  const thumb = (cpu.state.u32[at(s.flags)]! & bf.T) !== 0;
  cpu.state.u32[at(s.pc)] = (address & (thumb ? ~1 : ~3)) >>> 0;
}

/** What SYSm and R select (B9.2.3): a register's word index. */
function bankedIndex(cpu: ArmCpu, sysm: number): number {
  const n = sysm & 0x1f;
  const isSpsr = (sysm & 0x20) !== 0;
  if (isSpsr) {
    const bank = ({ 0xe: "fiq", 0x10: "irq", 0x12: "svc", 0x14: "abt", 0x16: "und" } as Record<number, Exclude<BankName, "usr">>)[n];
    if (bank === undefined) throw cpu.undefined();
    return at(s.banked.spsr[bank]);
  }
  if (n < 7) return at(bankedRegister(cpu.state, "usr", 8 + n));
  if (n >= 8 && n < 15) return at(bankedRegister(cpu.state, "fiq", n));
  if (n >= 16 && n < 24) {
    const bank = (["irq", "svc", "abt", "und"] as const)[(n - 16) >> 1]!;
    return at(bankedRegister(cpu.state, bank, (n & 1) === 0 ? 14 : 13));
  }
  throw cpu.undefined();
}

const mayUse = (row: Pick<SystemRegister, "user">, cpu: ArmCpu, write: boolean): boolean => {
  if (cpu.privileged) return true;
  const { user } = row;
  return typeof user === "function" ? user(cpu, write) : user !== undefined && user.includes(write ? "w" : "r");
};

const describe = (key: number): string =>
  (key & 0x8000) !== 0
    ? `p${key >>> 16}, ${(key >>> 4) & 15}, c${key & 15} (64-bit)`
    : `p${key >>> 16}, ${(key >>> 12) & 7}, c${(key >>> 8) & 15}, c${(key >>> 4) & 15}, ${key & 15}`;

/** The register for a key, or the undefined exception for one that is not there or not allowed. */
function register(cpu: ArmCpu, key: number, write: boolean): SystemRegister {
  const row = cpu.registers.narrow.get(key);
  if (row === undefined) cpu.env.log.log("unimp", () => `${write ? "write" : "read"} of unimplemented system register ${describe(key)}`);
  if (row === undefined || !mayUse(row, cpu, write) || (write ? row.write : row.read) === undefined) throw cpu.undefined();
  return row;
}

function wideRegister(cpu: ArmCpu, key: number, write: boolean): NonNullable<ReturnType<ArmCpu["registers"]["wide"]["get"]>> {
  const row = cpu.registers.wide.get(key);
  if (row === undefined) cpu.env.log.log("unimp", () => `${write ? "write" : "read"} of unimplemented system register ${describe(key)}`);
  if (row === undefined || (!cpu.privileged && row.user?.(cpu, write) !== true) || (write ? row.write : row.read) === undefined)
    throw cpu.undefined();
  return row;
}

export const systemHelpers: readonly Helper[] = [
  host(calls.cpsrWrite, (cpu, value, mask, isReturn) => cpu.writeCpsr(value!, mask!, isReturn !== 0)),
  host(calls.cpsrRead, (cpu) => readCpsr(cpu.state) | 0),
  host(calls.spsrRead, (cpu) => cpu.state.i32[spsrIndex(cpu)]!),
  host(calls.spsrWrite, (cpu, value, byteMask) => {
    const index = spsrIndex(cpu);
    let mask = 0;
    for (let byte = 0; byte < 4; byte++) if ((byteMask! >>> byte) & 1) mask |= 0xff << (8 * byte);
    cpu.state.u32[index] = ((cpu.state.u32[index]! & ~mask) | (value! & mask)) >>> 0;
  }),
  host(calls.exceptionReturn, (cpu, address) => {
    const spsr = cpu.state.u32[spsrIndex(cpu)]!;
    cpu.writeCpsr(spsr, 15, true);
    branch(cpu, address!);
  }),
  host(calls.returnWithCpsr, (cpu, address, psr) => {
    cpu.writeCpsr(psr!, 15, true);
    branch(cpu, address!);
  }),
  host(calls.bankedRead, (cpu, sysm) => {
    if (!cpu.privileged) throw cpu.undefined();
    return cpu.state.i32[bankedIndex(cpu, sysm!)]!;
  }),
  host(calls.bankedWrite, (cpu, sysm, value) => {
    if (!cpu.privileged) throw cpu.undefined();
    cpu.state.i32[bankedIndex(cpu, sysm!)] = value!;
  }),
  host(calls.userRead, (cpu, n) => cpu.state.i32[at(bankedRegister(cpu.state, "usr", n!))]!),
  host(calls.userWrite, (cpu, n, value) => {
    cpu.state.i32[at(bankedRegister(cpu.state, "usr", n!))] = value!;
  }),
  host(calls.modeSpRead, (cpu, mode) => {
    const bank = bankOf(mode!);
    if (bank === undefined || !cpu.privileged) throw cpu.undefined();
    return cpu.state.i32[at(bankedRegister(cpu.state, bank, 13))]!;
  }),
  host(calls.modeSpWrite, (cpu, mode, value) => {
    const bank = bankOf(mode!);
    if (bank === undefined || !cpu.privileged) throw cpu.undefined();
    cpu.state.i32[at(bankedRegister(cpu.state, bank, 13))] = value!;
  }),
  host(calls.mrc, (cpu, key) => register(cpu, key!, false).read!(cpu, key!) | 0),
  host(calls.mcr, (cpu, key, value) => register(cpu, key!, true).write!(cpu, value! >>> 0, key!)),
  host(calls.mrrc, (cpu, key) => {
    const [low, high] = wideRegister(cpu, key!, false).read!(cpu);
    cpu.state.u32[at(s.resultHigh)] = high;
    return low | 0;
  }),
  host(calls.mcrr, (cpu, key, low, high) => wideRegister(cpu, key!, true).write!(cpu, low! >>> 0, high! >>> 0)),
  host(calls.firmwareCall, (cpu, isSmc) => {
    if (!cpu.privileged || !cpu.env.firmwareCall(isSmc !== 0 ? "smc" : "hvc")) throw cpu.undefined();
  }),
];
