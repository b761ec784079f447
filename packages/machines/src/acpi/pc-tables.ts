/** The ACPI tables of a PC. */
import { pcDsdt, type DsdtOptions } from "./pc-dsdt.ts";
import { type AcpiFiles, acpiFiles, ascii, little, madt, table, words } from "./tables.ts";

export interface AcpiOptions extends DsdtOptions {
  readonly cpuCount: number;
  /** Where the power management's registers are, once the firmware has placed them. */
  readonly pmBase: number;
}

const SCI = 9;
const HPET_ID = 0x8086_a201;

/** Firmware control structure: the lock and the waking vector. */
const facs = [...ascii("FACS", 4), ...little(64, 4), ...Array.from({ length: 56 }, () => 0)];

// Flags of the FADT: WBINVD works, C1 exists, no sleep button, RTC wakes from S4, the platform timer is better than others.
const FADT_FLAGS = 0x1 | 0x4 | 0x20 | 0x80 | 0x8000;
// Boot flags: devices of old, an 8042.
const fadt = (facsAt: number, dsdtAt: number, pm: number): number[] =>
  table("FACP", 1, [
    ...words(facsAt, dsdtAt),
    1, // model: several interrupt controllers
    0,
    ...little(SCI, 2),
    ...little(0xb2, 4), // SMI command port, its values for ACPI on and off
    0xf1,
    0xf0,
    0,
    0,
    ...words(pm, 0, pm + 4, 0, 0, pm + 8, 0xafe0, 0), // event blocks, control blocks, timer, general-purpose events
    4,
    2,
    0,
    4,
    4,
    0,
    0,
    0,
    ...little(0xfff, 2), // C2 and C3 take too long to exist
    ...little(0xfff, 2),
    ...little(0, 4),
    0,
    0,
    0,
    0,
    0x32, // century
    ...little(0, 3),
    ...words(FADT_FLAGS),
  ]);

const hpet = table("HPET", 1, [...words(HPET_ID), 0, 0, 0, 0, ...little(0xfed0_0000, 8), 0, 0, 0, 0]);

export const pcAcpi = (o: AcpiOptions): AcpiFiles =>
  acpiFiles({
    facs,
    dsdt: table("DSDT", 1, pcDsdt(o)),
    fadt: (facsAt, dsdtAt) => fadt(facsAt, dsdtAt, o.pmBase),
    others: [madt({ cpuCount: o.cpuCount, levels: [5, SCI, 10, 11], timer: 2 }), hpet],
  });
