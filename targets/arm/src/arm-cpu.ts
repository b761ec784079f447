/** One ARM vCPU: the Cpu of the target contract. State is in the slots; here are the timers' wires and the tables of system registers. */
import { hex32 } from "@tsemu/base";
import { type Access, type Cpu, type CpuEnvironment, type CpuState, GuestFault, type Mapping } from "@tsemu/target";
import * as bf from "./block-flags.ts";
import type { ArmModel, Features } from "./cpu-models.ts";
import { exceptions } from "./host-calls.ts";
import * as s from "./state.ts";
import { takeException } from "./system/exceptions.ts";
import { COUNTER_FREQUENCY, GenericTimer } from "./system/generic-timer.ts";
import { abort, checkPermission } from "./system/mmu-faults.ts";
import { walkLong } from "./system/mmu-long.ts";
import { walkShort } from "./system/mmu-short.ts";
import { bankOf, currentMode, modes, switchMode } from "./system/modes.ts";
import { PSR, readCpsr, writePsrBits } from "./system/psr.ts";
import type { SystemRegister, WideRegister } from "./system/registers.ts";
import { FPEXC_EN, resetFp, vectorControl } from "./vfp/fpscr.ts";

const at = (slot: { offset: number }): number => slot.offset >> 2;
const c15 = (name: string): number => at(s.c15[name]!);
const SCTLR = c15("sctlr");
const INPUTS = c15("irq_inputs");
const CPSR = at(s.cpsr);
const FLAGS = at(s.flags);
const PC = at(s.pc);

export interface RegisterTables {
  readonly narrow: ReadonlyMap<number, SystemRegister>;
  readonly wide: ReadonlyMap<number, WideRegister>;
}

/** So many values of the DACR have numbers at a time: they fit 13 bits of an address space's key. */
const MAX_DOMAIN_ACCESSES = 64;

export class ArmCpu implements Cpu {
  readonly state: CpuState;
  readonly env: CpuEnvironment;
  readonly model: ArmModel;
  readonly features: Features;
  readonly timer: GenericTimer;
  readonly registers: RegisterTables;
  /** The DACR fields of the domains that global translations have used. */
  globalDomains = 0;
  readonly #domainAccesses: number[] = [];

  constructor(model: ArmModel, env: CpuEnvironment, registers: RegisterTables) {
    this.model = model;
    this.features = model.features;
    this.env = env;
    this.state = env.state;
    this.timer = new GenericTimer(env.state, env.clock, (name) => env.output(name));
    this.registers = registers;
  }

  reset(): void {
    const { u32 } = this.state;
    const inputs = u32[INPUTS]!;
    this.state.bytes.fill(0);
    u32[INPUTS] = inputs;
    u32[CPSR] = modes.svc | PSR.I | PSR.F | (this.features.version >= 6 ? PSR.A : 0);
    u32[SCTLR] = this.model.sctlrReset;
    u32[c15("cntfrq")] = COUNTER_FREQUENCY;
    u32[at(s.exclusiveAddress)] = 0xffffffff;
    u32[at(s.zf)] = 1;
    resetFp(this.state);
    this.refreshFlags();
    this.timer.update("cntp");
    this.timer.update("cntv");
  }

  /** Bit 0 of the entry selects T32. */
  start(entry: number, registers: readonly number[]): void {
    const { u32 } = this.state;
    registers.forEach((value, n) => {
      u32[at(s.r[n]!)] = value;
    });
    u32[PC] = (entry & ~1) >>> 0;
    u32[FLAGS] = (u32[FLAGS]! & ~bf.T) | (entry & 1 ? bf.T : 0);
  }

  get privileged(): boolean {
    return (this.state.u32[CPSR]! & 0x1f) !== modes.usr;
  }

  get longDescriptors(): boolean {
    return this.features.lpae && (this.state.u32[c15("ttbcr")]! & 0x8000_0000) !== 0;
  }

  blockFlags(): number {
    const { u32 } = this.state;
    const f = this.features;
    const sctlr = u32[SCTLR]!;
    const cpsr = u32[CPSR]!;
    const privileged = (cpsr & 0x1f) !== modes.usr;
    let flags = u32[FLAGS]! & (bf.T | bf.IT);
    if (privileged) flags |= bf.PRIVILEGED;
    if ((cpsr & PSR.E) !== 0) flags |= bf.BIG_ENDIAN;
    if ((sctlr & 2) !== 0) flags |= bf.ALIGNMENT_CHECK;
    if (f.version < 6 || (f.version === 6 && (sctlr & (1 << 22)) === 0)) flags |= bf.LEGACY_ALIGNMENT;
    const cpacr = u32[c15("cpacr")]!;
    const access = (cpacr >>> 20) & 3;
    if (f.vfp !== 0 && (f.version < 6 || access === 3 || (access === 1 && privileged))) flags |= bf.CP_ACCESS;
    if (!f.neon || (cpacr & 0x8000_0000) !== 0) flags |= bf.SIMD_DISABLED;
    if (!privileged && (u32[at(s.fpexc)]! & FPEXC_EN) !== 0) flags |= bf.FP_ENABLED;
    if (f.vfp !== 0) {
      const { len, stride } = vectorControl(this.state);
      flags |= (len << bf.LEN_SHIFT) | (stride << bf.STRIDE_SHIFT);
    }
    return flags;
  }

  /** Brings the block flags up to date after a change of anything they are derived from. T and ITSTATE are kept. */
  refreshFlags(): void {
    this.state.u32[FLAGS] = this.blockFlags();
  }

  fetchMmuIdx(flags: number): number {
    return (flags & bf.PRIVILEGED) !== 0 ? 1 : 0;
  }

  walk(va: number, access: Access, mmuIdx: number): Mapping | GuestFault {
    const { u32 } = this.state;
    const privileged = mmuIdx === 1;
    const sctlr = u32[SCTLR]!;
    if ((sctlr & 1) === 0) {
      // MMU off: flat, and (as QEMU has it) without the alignment rules of Strongly-ordered memory.
      return {
        pa: (va & 0xfffff000) >>> 0,
        readable: true,
        writable: true,
        executable: true,
        device: false,
        wholePage: true,
        global: true,
      };
    }
    if (this.longDescriptors) {
      const result = walkLong(
        {
          sctlr,
          ttbcr: u32[c15("ttbcr")]!,
          ttbr0: [u32[c15("ttbr0")]!, u32[c15("ttbr0h")]!],
          ttbr1: [u32[c15("ttbr1")]!, u32[c15("ttbr1h")]!],
          mair0: u32[c15("prrr")]!,
          mair1: u32[c15("nmrr")]!,
        },
        this.env.memory,
        va,
        access,
        privileged,
      );
      return result instanceof GuestFault ? result : checkPermission(result, va, access, true);
    }
    // FCSE (before v7): addresses below 32 MB are moved to the process's own 32 MB.
    const mva = va < 0x0200_0000 ? (va | (u32[c15("fcseidr")]! & 0xfe000000)) >>> 0 : va;
    const extended = this.features.version >= 7 || (this.features.version === 6 && (sctlr & (1 << 23)) !== 0);
    const result = walkShort(
      {
        sctlr,
        ttbr0: u32[c15("ttbr0")]!,
        ttbr1: u32[c15("ttbr1")]!,
        ttbcr: u32[c15("ttbcr")]!,
        dacr: u32[c15("dacr")]!,
        prrr: u32[c15("prrr")]!,
        extended,
        pxn: this.features.lpae,
      },
      this.env.memory,
      mva,
      access,
      privileged,
    );
    if (result instanceof GuestFault) return new GuestFault(result.exception, result.argument, va);
    // Supersections have domain 0, and other bits in its place.
    if (result.global) this.globalDomains |= (3 << (2 * result.domain)) | 3;
    return checkPermission(result, va, access, false);
  }

  /** A small number for a value of the DACR, of which a kernel uses few. */
  domainAccessNumber(value: number): number {
    const known = this.#domainAccesses.indexOf(value);
    if (known >= 0) return known;
    if (this.#domainAccesses.length === MAX_DOMAIN_ACCESSES) {
      // The numbers are given out anew.
      this.#domainAccesses.length = 0;
      this.env.flushTlb("all");
    }
    return this.#domainAccesses.push(value) - 1;
  }

  alignmentFault(va: number, access: Access): GuestFault {
    return abort("alignment", 1, va, access, this.longDescriptors);
  }

  busFault(va: number, access: Access): GuestFault | undefined {
    return abort("external", 1, va, access, this.longDescriptors);
  }

  setInput(name: string, level: boolean): void {
    const bit = name === "irq" ? 1 : 2;
    const inputs = this.state.u32[INPUTS]!;
    this.state.u32[INPUTS] = level ? inputs | bit : inputs & ~bit;
  }

  /** ISR: pending I and F. */
  interruptStatus(): number {
    const inputs = this.state.u32[INPUTS]!;
    return ((inputs & 1) << 7) | ((inputs & 2) << 5);
  }

  hasWork(): boolean {
    return this.state.u32[INPUTS] !== 0;
  }

  deliverInterrupt(): boolean {
    const inputs = this.state.u32[INPUTS]!;
    if (inputs === 0) return false;
    const cpsr = this.state.u32[CPSR]!;
    const exception =
      (inputs & 2) !== 0 && (cpsr & PSR.F) === 0 ? exceptions.fiq : (inputs & 1) !== 0 && (cpsr & PSR.I) === 0 ? exceptions.irq : 0;
    if (exception === 0) return false;
    this.deliver(new GuestFault(exception));
    return true;
  }

  deliver(fault: GuestFault): void {
    this.env.log.log(
      "int",
      () => `Taking exception ${fault.exception} from pc ${hex32(this.state.u32[PC]!)} cpsr ${hex32(readCpsr(this.state))}`,
    );
    this.state.u32[at(s.exclusiveAddress)] = 0xffffffff;
    takeException(this.state, this.features, fault);
    this.refreshFlags();
  }

  restore(pc: number, extra: number): void {
    const { u32 } = this.state;
    u32[PC] = pc;
    u32[FLAGS] = (u32[FLAGS]! & ~bf.IT) | (extra << bf.IT_SHIFT);
  }

  /**
   * CPSRWriteByInstr (B1.3.3): writes the bytes of CPSR that byteMask selects, as far as the present mode may.
   * With isExceptionReturn T, IT and J change too.
   */
  writeCpsr(value: number, byteMask: number, isExceptionReturn: boolean): void {
    let mask = 0;
    if ((byteMask & 8) !== 0) mask |= isExceptionReturn ? 0xff00_0000 : 0xf800_0000;
    if ((byteMask & 4) !== 0) mask |= 0x000f_0000;
    if ((byteMask & 2) !== 0) mask |= (isExceptionReturn ? 0xfc00 : 0) | PSR.E | (this.privileged ? PSR.A : 0);
    if ((byteMask & 1) !== 0) mask |= (this.privileged ? PSR.I | PSR.F | 0x1f : 0) | (isExceptionReturn ? PSR.T : 0);
    if (this.features.version < 6) mask &= ~(0x000f_0000 | PSR.E | PSR.A);
    if (this.features.version < 7 && !this.features.jazelle) mask &= ~PSR.J;
    mask &= ~PSR.J;
    writePsrBits(this.state, value, mask & ~0x1f);
    if ((mask & 0x1f) !== 0 && (value & 0x1f) !== currentMode(this.state)) {
      // A number that is no mode: UNPREDICTABLE; like QEMU we leave the mode as it is.
      if (bankOf(value & 0x1f) !== undefined) switchMode(this.state, value & 0x1f);
      else this.env.log.log("guest_errors", `attempt to switch to the illegal mode 0x${(value & 0x1f).toString(16)}`);
    }
    this.refreshFlags();
    // An interrupt that this enables is taken at once.
    if (this.state.u32[INPUTS] !== 0) this.env.kick();
  }

  undefined(): GuestFault {
    return new GuestFault(exceptions.undefinedInstruction);
  }

  dump(fpu: boolean): string {
    const { u32 } = this.state;
    const register = (n: number): string =>
      `R${String(n).padStart(2, "0")}=${(n === 15 ? u32[PC]! : u32[at(s.r[n]!)]!).toString(16).padStart(8, "0")}`;
    const lines: string[] = [];
    for (let n = 0; n < 16; n += 4) lines.push([n, n + 1, n + 2, n + 3].map(register).join(" "));
    const psr = readCpsr(this.state);
    const letters = [..."NZCV"].map((c, i) => ((psr >>> (31 - i)) & 1 ? c : "-")).join("");
    lines.push(
      `PSR=${psr.toString(16).padStart(8, "0")} ${letters} ${psr & PSR.T ? "T" : "A"} ${bankOf(psr & 0x1f) ?? "???"}${(psr & 0x1f) === modes.sys ? "(sys)" : ""}32`,
    );
    if (fpu) {
      for (let n = 0; n < this.features.vfpRegisters; n++) {
        const low = u32[at(s.sInt[0]!) + 2 * n]!;
        const high = u32[at(s.sInt[0]!) + 2 * n + 1]!;
        lines.push(`d${String(n).padStart(2, "0")}=${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}`);
      }
      lines.push(`FPSCR: ${u32[at(s.fpscr)]!.toString(16).padStart(8, "0")}`);
    }
    return lines.join("\n");
  }
}
