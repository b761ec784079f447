/** Paging: Intel SDM vol. 3, chapter 4. 2-level with PSE, PAE, 4-level. */
import { type Access, GuestFault, type Mapping } from "@tsemu/target";
import { mmu } from "../block-flags.ts";
import { exceptions } from "../host-calls.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR0, CR4, EFER, LINES } from "./bits.ts";

const P = 1;
const RW = 2;
const US = 4;
const A = 0x20;
const D = 0x40;
const PS = 0x80;
const G = 0x100;

/** Error code of a page fault. */
const ERROR = { P: 1, W: 2, U: 4, RSVD: 8, I: 16 } as const;

const A20 = 0x10_0000;

/** A physical address as it leaves the CPU: bit 20 is 0 while A20 is closed. */
const gated = (cpu: X86Cpu, pa: number): number =>
  (cpu.word("lines") & LINES.A20) !== 0 ? pa : pa - (Math.floor(pa / A20) % 2 === 1 ? A20 : 0);

/** One entry, of a table of 4- or 8-byte entries. */
interface Entry {
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

export function walkPages(cpu: X86Cpu, va: number, high: number, access: Access, mmuIdx: number): Mapping | GuestFault {
  const cr0 = cpu.word("cr0");
  if ((cr0 & CR0.PG) === 0) {
    return {
      pa: gated(cpu, (va & 0xffff_f000) >>> 0),
      readable: true,
      writable: true,
      executable: true,
      device: false,
      wholePage: true,
      global: true,
    };
  }
  const cr4 = cpu.word("cr4");
  const long = (cpu.word("efer") & EFER.LMA) !== 0;
  // Bits 63 to 47 must be the same.
  if (long && (high >>> 15) % 0x1_ffff !== 0) return new GuestFault(exceptions.generalProtection, 0, va, high);
  const user = mmuIdx === mmu.user;
  const fault = (bits: number): GuestFault => {
    let code = bits | (access === "write" ? ERROR.W : 0) | (user ? ERROR.U : 0);
    if (access === "execute" && ((cpu.word("efer") & EFER.NXE) !== 0 || (cr4 & CR4.SMEP) !== 0)) code |= ERROR.I;
    return new GuestFault(exceptions.pageFault, code, va, high);
  };
  const wide = (cr4 & CR4.PAE) !== 0;
  const { memory } = cpu.env;
  const read = (at: number): Entry => ({ at, low: memory.read32(at), high: wide ? memory.read32(at + 4) : 0 });
  const nxe = (cpu.word("efer") & EFER.NXE) !== 0;
  // Physical addresses beyond what the model has are reserved, and NX where it is not enabled.
  const reservedHigh = ((~0 << (cpu.model.physicalBits - 32)) & 0x7fff_ffff) | (nxe ? 0 : 0x8000_0000);
  const target = ({ low, high: upper }: Entry, mask: number): number => (upper & 0xf_ffff) * 2 ** 32 + ((low & mask) >>> 0);

  let rights = RW | US;
  let noExecute = false;
  let table: number;
  const path: Entry[] = [];
  let bits: number;
  if (long) {
    table = cpu.high(cpu.s.wide.cr3) * 2 ** 32 + ((cpu.wide("cr3") & 0xffff_f000) >>> 0);
    bits = 39;
  } else if (wide) {
    // The four pointers have no rights; what is wrong with them is found out here and not at the load of CR3.
    const pointer = read((cpu.wide("cr3") & 0xffff_ffe0) + (va >>> 30) * 8);
    if ((pointer.low & P) === 0) return fault(0);
    if ((pointer.high & (reservedHigh | 0x8000_0000)) !== 0 || (pointer.low & 0x1e6) !== 0) return fault(ERROR.P | ERROR.RSVD);
    table = target(pointer, 0xffff_f000);
    bits = 21;
  } else {
    table = (cpu.wide("cr3") & 0xffff_f000) >>> 0;
    bits = 22;
  }
  const step = wide ? 9 : 10;
  let entry: Entry;
  for (;;) {
    const index =
      bits >= 32 ? (high >>> (bits - 32)) & 0x1ff : bits === 30 ? ((va >>> 30) | (high << 2)) & 0x1ff : (va >>> bits) & ((1 << step) - 1);
    entry = read(gated(cpu, table + index * (wide ? 8 : 4)));
    const { low, high: upper } = entry;
    if ((low & P) === 0) return fault(0);
    if (wide && (upper & reservedHigh) !== 0) return fault(ERROR.P | ERROR.RSVD);
    path.push(entry);
    rights &= low;
    if ((upper & 0x8000_0000) !== 0) noExecute = true;
    if (bits === 12) break;
    if ((low & PS) !== 0 && (wide ? bits <= 30 : (cr4 & CR4.PSE) !== 0)) {
      if (bits >= 39 || (bits === 30 && !cpu.model.features.pdpe1gb)) return fault(ERROR.P | ERROR.RSVD);
      break;
    }
    if (long && bits >= 39 && (low & PS) !== 0) return fault(ERROR.P | ERROR.RSVD);
    table = target(entry, 0xffff_f000);
    bits -= step;
  }

  const userPage = (rights & US) !== 0;
  const writablePage = (rights & RW) !== 0;
  let readable = true;
  let writable = writablePage;
  let executable = !noExecute;
  if (user) {
    if (!userPage) return fault(ERROR.P);
  } else {
    if (!writablePage && (cr0 & CR0.WP) === 0) writable = true;
    if (userPage) {
      if ((cr4 & CR4.SMEP) !== 0) executable = false;
      if (mmuIdx === mmu.supervisorSmap) readable = writable = false;
    }
  }
  if (access === "read" ? !readable : access === "write" ? !writable : !executable) return fault(ERROR.P);

  // Accessed in all levels, dirty in the last one.
  for (const { at, low } of path) if ((low & A) === 0) memory.write32(at, low | A);
  const dirty = (entry.low & D) !== 0;
  if (access === "write" && !dirty) memory.write32(entry.at, entry.low | A | D);

  const inside = bits === 12 ? 0 : (va & (2 ** Math.min(bits, 31) - 1) & 0xffff_f000) >>> 0;
  const mask = bits === 12 ? 0xffff_f000 : bits === 21 ? 0xffe0_0000 : bits === 22 ? 0xffc0_0000 : 0xc000_0000;
  // Of 4 MiB pages bits 13 to 20 are address bits 32 to 39 (PSE-36).
  const above = !wide && bits === 22 ? ((entry.low >>> 13) & 0xff) * 2 ** 32 : 0;
  const page = target(entry, mask) + above + inside;
  return {
    pa: gated(cpu, page),
    readable,
    // The first write has to set the dirty bit.
    writable: writable && (dirty || access === "write"),
    executable,
    device: false,
    wholePage: true,
    global: (entry.low & G) !== 0 && (cr4 & CR4.PGE) !== 0,
    sizeBits: bits,
  };
}
