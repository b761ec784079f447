/** CP15 c7 and c8: cache, branch predictor and TLB maintenance, barriers, address translation (ARM DDI 0406C, B4.2). */
import type { Access } from "@tsemu/target";
import { GuestFault } from "@tsemu/target";
import type { ArmCpu } from "../arm-cpu.ts";
import { cacheOperations } from "./cache-operations.ts";
import { cp15, operation, type RowsFor, slotIndex, type SystemRegister } from "./registers.ts";

/** Barriers, which User mode may use too. */
const barriers: readonly (readonly [crm: number, opc2: number, name: string])[] = [
  [5, 4, "CP15ISB"],
  [10, 4, "CP15DSB"],
  [10, 5, "CP15DMB"],
];

/** PAR for the result of a translation (B4.1.112). */
function translateTo(access: Access, privileged: boolean): (cpu: ArmCpu, va: number) => void {
  return (cpu, va) => {
    const result = cpu.walk(va >>> 0, access, privileged ? 1 : 0);
    const long = cpu.longDescriptors;
    const { u32 } = cpu.state;
    let low: number;
    let high = 0;
    if (result instanceof GuestFault) {
      const fsr = result.argument;
      low = long
        ? (1 << 11) | ((fsr & 0x3f) << 1) | 1
        : (((fsr >>> 10) & 1) << 6) | ((fsr & 15) << 1) | ((fsr >>> 12) & 1 ? 1 << 6 : 0) | 1;
    } else {
      low = ((result.pa % 2 ** 32) & 0xfffff000) | (long ? 1 << 11 : 0);
      high = Math.floor(result.pa / 2 ** 32);
    }
    u32[slotIndex("par")] = low;
    u32[slotIndex("parh")] = high;
  };
}

export const maintenance: RowsFor = (f) => {
  const rows: SystemRegister[] = cacheOperations.map(({ name, key }) => operation(name, key));
  for (const [crm, opc2, name] of barriers) rows.push({ ...operation(name, cp15(7, 0, crm, opc2)), user: "w" });
  // Test and clean loops of the ARM926 end when Z is set: MRC p15, 0, APSR_nzcv, c7, c10, 3.
  if (f.version < 6) {
    for (const crm of [10, 14]) rows.push({ name: "test and clean", key: cp15(7, 0, crm, 3), read: () => 0x4000_0000 });
  }
  rows.push(operation("WFI", cp15(7, 0, 0, 4)));
  if (f.version >= 6) {
    rows.push(
      operation("ATS1CPR", cp15(7, 0, 8, 0), translateTo("read", true)),
      operation("ATS1CPW", cp15(7, 0, 8, 1), translateTo("write", true)),
      operation("ATS1CUR", cp15(7, 0, 8, 2), translateTo("read", false)),
      operation("ATS1CUW", cp15(7, 0, 8, 3), translateTo("write", false)),
    );
  }
  // TLB operations: c3 inner shareable, c5 instruction, c6 data, c7 unified. By ASID means those of all ASIDs.
  for (const crm of [3, 5, 6, 7]) {
    rows.push(
      operation("TLBIALL", cp15(8, 0, crm, 0), (cpu) => cpu.env.flushTlb("all")),
      operation("TLBIMVA", cp15(8, 0, crm, 1), (cpu, va) => cpu.env.flushTlb(va >>> 0)),
      operation("TLBIASID", cp15(8, 0, crm, 2), (cpu) => cpu.env.flushTlb("nonGlobal")),
      operation("TLBIMVAA", cp15(8, 0, crm, 3), (cpu, va) => cpu.env.flushTlb(va >>> 0)),
    );
  }
  return rows;
};
