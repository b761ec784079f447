/** CP15 c1..c6, c10, c12, c13: control, translation, faults, context (ARM DDI 0406C, B3.17). */
import type { ArmCpu } from "../arm-cpu.ts";
import {
  cp14,
  cp15,
  operation,
  type RowsFor,
  slotIndex,
  stored,
  type SystemRegister,
  wide,
  type WideRegister,
  type WideRowsFor,
} from "./registers.ts";

const flush = (cpu: ArmCpu): void => cpu.env.flushTlb("all");
/** A switch of address spaces: what is global stays, as in a TLB with ASIDs. Before v6 there were none. */
function switchSpace(cpu: ArmCpu): void {
  if (cpu.features.version < 6) return flush(cpu);
  const { u32 } = cpu.state;
  // Tables start at TTBR0; the ASID is in CONTEXTIDR, or (long descriptors) above the address.
  const asid = cpu.longDescriptors ? u32[slotIndex("ttbr0h")]! : u32[slotIndex("contextidr")]! & 0xff;
  const access = cpu.longDescriptors ? 0 : cpu.domainAccessNumber(u32[slotIndex("dacr")]!) << 8;
  cpu.env.switchAddressSpace(u32[slotIndex("ttbr0")]! + ((asid & 0x1f_ffff) | access) * 2 ** 32);
}

/**
 * What the pages of one address space allow depends on the DACR too, and kernels change it at every system call: each value of it makes another
 * space. Global translations hold only as long as the access to their domains does not change.
 */
const dacr: SystemRegister = {
  ...stored("dacr", cp15(3, 0, 0, 0)),
  write: (cpu, value) => {
    const at = slotIndex("dacr");
    const changed = (cpu.state.u32[at]! ^ value) >>> 0;
    cpu.state.u32[at] = value;
    if (changed === 0) return;
    if ((cpu.globalDomains & changed) !== 0) flush(cpu);
    switchSpace(cpu);
  },
};

/** A register whose writes change translations. */
const mapping = (name: string, key: number, mask = 0xffffffff, changed = flush): SystemRegister => {
  const row = stored(name, key, mask);
  const at = slotIndex(name);
  return {
    ...row,
    write: (cpu, value, k) => {
      const before = cpu.state.u32[at];
      row.write!(cpu, value, k);
      if (cpu.state.u32[at] !== before) changed(cpu);
    },
  };
};

const sctlr: SystemRegister = {
  name: "SCTLR",
  key: cp15(1, 0, 0, 0),
  read: (cpu) => cpu.state.u32[slotIndex("sctlr")]!,
  write: (cpu, value) => {
    const at = slotIndex("sctlr");
    // Bits that read as one, or are not implemented, keep their reset value.
    const writable =
      cpu.features.version >= 7
        ? 0x7201_3c07 | (cpu.features.lpae ? 0x0018_0000 : 0)
        : cpu.features.version === 6
          ? 0x33e0_ff87 | 0x100
          : 0x0000_ff87 | 0x300;
    const next = ((cpu.state.u32[at]! & ~writable) | (value & writable)) >>> 0;
    if (next === cpu.state.u32[at]) return;
    cpu.state.u32[at] = next;
    flush(cpu);
    cpu.refreshFlags();
  },
};

export const control: RowsFor = (f) => {
  const rows: SystemRegister[] = [
    sctlr,
    stored("actlr", cp15(1, 0, 0, 1)),
    stored("cpacr", cp15(1, 0, 0, 2), f.neon ? 0xc0f00000 : f.version >= 6 ? 0x00f00000 : 0, (cpu) => cpu.refreshFlags()),
    mapping("ttbr0", cp15(2, 0, 0, 0), 0xffffffff, switchSpace),
    dacr,
    stored("dfsr", cp15(5, 0, 0, 0)),
    stored("ifsr", cp15(5, 0, 0, 1)),
    stored("dfar", cp15(6, 0, 0, 0)),
    mapping("fcseidr", cp15(13, 0, 0, 0), f.version >= 7 ? 0 : 0xfe000000),
    mapping("contextidr", cp15(13, 0, 0, 1), 0xffffffff, switchSpace),
  ];
  if (f.version < 6) {
    // ARM926: lockdown registers and trace identification exist and keep nothing that matters.
    for (const [crn, crm] of [
      [9, 0],
      [10, 0],
      [15, 0],
      [15, 1],
    ] as const)
      for (let opc2 = 0; opc2 < 8; opc2++) rows.push({ name: `c${crn}`, key: cp15(crn, 0, crm, opc2), read: () => 0, write: () => {} });
    return rows;
  }
  rows.push(
    mapping("ttbr1", cp15(2, 0, 0, 1)),
    mapping("ttbcr", cp15(2, 0, 0, 2), f.lpae ? 0xf3cfbfbf | 0x7f : 0x37),
    stored("adfsr", cp15(5, 0, 1, 0)),
    stored("aifsr", cp15(5, 0, 1, 1)),
    stored("ifar", cp15(6, 0, 0, 2)),
    { ...stored("tpidrurw", cp15(13, 0, 0, 2)), user: "rw" },
    { ...stored("tpidruro", cp15(13, 0, 0, 3)), user: "r" },
    stored("tpidrprw", cp15(13, 0, 0, 4)),
    stored("par", cp15(7, 0, 4, 0)),
    mapping("prrr", cp15(10, 0, 2, 0)),
    mapping("nmrr", cp15(10, 0, 2, 1)),
    { name: "ISR", key: cp15(12, 0, 1, 0), read: (cpu) => cpu.interruptStatus() },
  );
  if (f.security) {
    rows.push(stored("vbar", cp15(12, 0, 0, 0), 0xffffffe0));
  }
  if (f.lpae) rows.push(stored("amair0", cp15(10, 0, 3, 0)), stored("amair1", cp15(10, 0, 3, 1)));
  if (f.thumbEE) rows.push(stored("teecr", cp14(0, 6, 0, 0), 1), { ...stored("teehbr", cp14(1, 6, 0, 0)), user: "rw" });
  // Implementation-defined registers that Linux touches on these cores.
  if (f.version >= 7) {
    rows.push(
      { name: "CBAR", key: cp15(15, 4, 0, 0), read: (cpu) => cpu.state.u32[slotIndex("cbar")]! },
      // A9: power control and diagnostic registers; A15 and A7: L2 control (number of CPUs 1).
      { name: "c15", key: cp15(15, 0, 0, 0), read: () => 0, write: () => {} },
      { name: "c15diag", key: cp15(15, 0, 0, 1), read: () => 0, write: () => {} },
      { name: "L2CTLR", key: cp15(9, 1, 0, 2), read: (cpu) => cpu.state.u32[slotIndex("l2ctlr")]!, write: () => {} },
      { name: "L2ECTLR", key: cp15(9, 1, 0, 3), read: () => 0, write: () => {} },
    );
  } else rows.push(operation("c15", cp15(15, 0, 9, 0)));
  return rows;
};

const wideSlot = (name: string, key: number, after: (cpu: ArmCpu) => void = () => {}): WideRegister => ({
  name,
  key,
  read: (cpu) => [cpu.state.u32[slotIndex(name)]!, cpu.state.u32[slotIndex(`${name}h`)]!],
  write: (cpu, low, high) => {
    const { u32 } = cpu.state;
    if (u32[slotIndex(name)] === low >>> 0 && u32[slotIndex(`${name}h`)] === high >>> 0) return;
    u32[slotIndex(name)] = low;
    u32[slotIndex(`${name}h`)] = high;
    after(cpu);
  },
});

export const wideControl: WideRowsFor = (f) =>
  f.lpae ? [wideSlot("ttbr0", wide(0, 2), switchSpace), wideSlot("ttbr1", wide(1, 2), flush), wideSlot("par", wide(0, 7))] : [];
