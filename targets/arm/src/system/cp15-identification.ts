/** CP15 c0: identification registers (ARM DDI 0406C, B3.17.2 and B4.1). */
import { constant, cp14, cp15, identity, type RowsFor, slotIndex } from "./registers.ts";

const CSSELR = slotIndex("csselr");

export const identification: RowsFor = (f) => {
  const rows = [
    identity("MIDR", cp15(0, 0, 0, 0), "midr"),
    identity("CTR", cp15(0, 0, 0, 1), "ctr"),
    constant("TCMTR", cp15(0, 0, 0, 2), 0),
    constant("TLBTR", cp15(0, 0, 0, 3), 0),
  ];
  // c0, 0, c0, 4 and 6..7 alias MIDR where nothing else is there.
  for (const opc2 of [4, 6, 7]) rows.push(identity("MIDR", cp15(0, 0, 0, opc2), "midr"));
  if (f.version < 6) return rows;
  if (f.version >= 7)
    rows.push(f.mp || f.lpae ? { name: "MPIDR", key: cp15(0, 0, 0, 5), read: () => 0x80000000 } : constant("MPIDR", cp15(0, 0, 0, 5), 0));
  const features = [
    ["id_pfr0", 1, 0],
    ["id_pfr1", 1, 1],
    ["id_dfr0", 1, 2],
    ["id_afr0", 1, 3],
    ["id_mmfr0", 1, 4],
    ["id_mmfr1", 1, 5],
    ["id_mmfr2", 1, 6],
    ["id_mmfr3", 1, 7],
    ["id_isar0", 2, 0],
    ["id_isar1", 2, 1],
    ["id_isar2", 2, 2],
    ["id_isar3", 2, 3],
    ["id_isar4", 2, 4],
    ["id_isar5", 2, 5],
    ["id_mmfr4", 2, 6],
    ["id_isar6", 2, 7],
  ] as const;
  for (const [name, crm, opc2] of features) rows.push(identity(name.toUpperCase(), cp15(0, 0, crm, opc2), name));
  // The rest of the CPUID space is reserved and reads as zero.
  for (let crm = 3; crm < 8; crm++) for (let opc2 = 0; opc2 < 8; opc2++) rows.push(constant("reserved", cp15(0, 0, crm, opc2), 0));
  if (f.version < 7) return rows;
  return [
    ...rows,
    { name: "CCSIDR", key: cp15(0, 1, 0, 0), read: (cpu) => cpu.model.id[`ccsidr${cpu.state.u32[CSSELR]! & 15}`] ?? 0 },
    identity("CLIDR", cp15(0, 1, 0, 1), "clidr"),
    constant("AIDR", cp15(0, 1, 0, 7), 0),
    {
      name: "CSSELR",
      key: cp15(0, 2, 0, 0),
      read: (cpu) => cpu.state.u32[CSSELR]!,
      write: (cpu, value) => {
        cpu.state.u32[CSSELR] = value & 15;
      },
    },
    // Debug and trace identification: no debug registers but the ones Linux and debuggers probe first.
    { ...constant("DBGDIDR", cp14(0, 0, 0, 0), 0x35141000), user: "r" as const },
    constant("DBGDSCRint", cp14(0, 0, 1, 0), 0),
    constant("DBGDRAR", cp14(1, 0, 0, 0), 0),
    constant("DBGDSAR", cp14(2, 0, 0, 0), 0),
    { name: "DBGOSLAR", key: cp14(1, 0, 0, 4), write: () => {} },
    constant("DBGOSLSR", cp14(1, 0, 1, 4), 0),
    { name: "DBGOSDLR", key: cp14(1, 0, 3, 4), read: () => 0, write: () => {} },
    constant("DBGPRSR", cp14(1, 0, 5, 4), 1),
  ];
};
