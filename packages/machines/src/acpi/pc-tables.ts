/**
 * The ACPI tables of a PC, and the script by which firmware puts them into memory: it allocates files, adds their addresses to pointers in them and
 * computes checksums (QEMU's docs/specs/acpi_mem_hotplug family, "etc/table-loader"). The tables lie in one file, one after the other.
 */
import { pcDsdt, type DsdtOptions } from "./pc-dsdt.ts";

export interface AcpiOptions extends DsdtOptions {
  readonly cpuCount: number;
  /** Where the power management's registers are, once the firmware has placed them. */
  readonly pmBase: number;
}

export interface AcpiFiles {
  readonly rsdp: Uint8Array;
  readonly tables: Uint8Array;
  readonly loader: Uint8Array;
}

export const acpiFileNames = { rsdp: "etc/acpi/rsdp", tables: "etc/acpi/tables", loader: "etc/table-loader" } as const;

const headerBytes = 36;
/** Tables are padded to this, so that their size does not depend on what is in them. */
const fileAlignment = 4096;
const SCI = 9;
const HPET_ID = 0x8086_a201;
const loaderBytes = 4096;
const entryBytes = 128;
const nameBytes = 56;

const little = (value: number, size: number): number[] => Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
const ascii = (text: string, size: number): number[] => [...text.padEnd(size, " ")].map((c) => c.charCodeAt(0));
const words = (...values: readonly number[]): number[] => values.flatMap((value) => little(value, 4));

/** A table with its header; the checksum is the firmware's to compute. */
const table = (signature: string, revision: number, body: readonly number[]): number[] => [
  ...ascii(signature, 4),
  ...little(headerBytes + body.length, 4),
  revision,
  0,
  ...ascii("TSEMU", 6),
  ...ascii("TSEMUPC", 8),
  ...little(1, 4),
  ...ascii("TSEM", 4),
  ...little(1, 4),
  ...body,
];

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

const madt = (cpuCount: number): number[] => {
  const override = (source: number, to: number, flags: number): number[] => [2, 10, 0, source, ...little(to, 4), ...little(flags, 2)];
  // Active high, level-triggered.
  const PCI = 0xd;
  return table("APIC", 1, [
    ...words(0xfee0_0000, 1),
    ...Array.from({ length: cpuCount }, (_, n) => [0, 8, n, n, ...little(1, 4)]).flat(),
    1, // the I/O APIC
    12,
    0,
    0,
    ...words(0xfec0_0000, 0),
    ...override(0, 2, 0),
    ...[5, SCI, 10, 11].flatMap((n) => override(n, n, PCI)),
    4, // NMI is LINT1 of all CPUs
    6,
    0xff,
    0,
    0,
    1,
  ]);
};

const hpet = table("HPET", 1, [...words(HPET_ID), 0, 0, 0, 0, ...little(0xfed0_0000, 8), 0, 0, 0, 0]);

/** Entries of the script. */
const allocate = (file: string, alignment: number, zone: "high" | "fseg"): number[] =>
  entry(1, [...fileName(file), ...little(alignment, 4), zone === "high" ? 1 : 2]);
const addPointer = (file: string, at: number, to: string): number[] => entry(2, [...fileName(file), ...fileName(to), ...little(at, 4), 4]);
const addChecksum = (file: string, at: number, start: number, length: number): number[] =>
  entry(3, [...fileName(file), ...words(at, start, length)]);
const fileName = (file: string): number[] => [
  ...[...file].map((c) => c.charCodeAt(0)),
  ...new Array<number>(nameBytes - file.length).fill(0),
];
const entry = (command: number, fields: readonly number[]): number[] => [
  ...little(command, 4),
  ...fields,
  ...new Array<number>(entryBytes - 4 - fields.length).fill(0),
];

export const pcAcpi = (o: AcpiOptions): AcpiFiles => {
  const { rsdp: rsdpFile, tables: file } = acpiFileNames;
  const bytes: number[] = [...facs];
  const script = [...allocate(rsdpFile, 16, "fseg"), ...allocate(file, 64, "high")];
  const put = (made: readonly number[]): number => {
    const at = bytes.length;
    bytes.push(...made);
    return at;
  };
  const checksum = (at: number, length: number): void => void script.push(...addChecksum(file, at + 9, at, length));
  const dsdt = table("DSDT", 1, pcDsdt(o));
  const dsdtAt = put(dsdt);
  checksum(dsdtAt, dsdt.length);
  const listed: number[] = [];
  const fixed = fadt(0, dsdtAt, o.pmBase);
  listed.push(put(fixed));
  script.push(...addPointer(file, listed[0]! + headerBytes, file), ...addPointer(file, listed[0]! + headerBytes + 4, file));
  checksum(listed[0]!, fixed.length);
  for (const made of [madt(o.cpuCount), hpet]) {
    listed.push(put(made));
    checksum(listed.at(-1)!, made.length);
  }
  const rsdt = table("RSDT", 1, words(...listed));
  const rsdtAt = put(rsdt);
  listed.forEach((_, i) => script.push(...addPointer(file, rsdtAt + headerBytes + 4 * i, file)));
  checksum(rsdtAt, rsdt.length);
  const rsdp = [...ascii("RSD PTR ", 8), 0, ...ascii("TSEMU", 6), 0, ...words(rsdtAt)];
  script.push(...addPointer(rsdpFile, 16, file), ...addChecksum(rsdpFile, 8, 0, rsdp.length));
  const tables = new Uint8Array(Math.ceil(bytes.length / fileAlignment) * fileAlignment);
  tables.set(bytes);
  const loader = new Uint8Array(loaderBytes);
  loader.set(script);
  return { rsdp: Uint8Array.from(rsdp), tables, loader };
};
