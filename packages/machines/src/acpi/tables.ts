/**
 * What boards' ACPI tables have in common: their headers, and the script by which firmware puts them into memory: it allocates files, adds their
 * addresses to pointers in them and computes checksums (QEMU's docs/specs/acpi_mem_hotplug family, "etc/table-loader"). The tables lie in one
 * file, one after the other.
 */
export interface AcpiFiles {
  readonly rsdp: Uint8Array;
  readonly tables: Uint8Array;
  readonly loader: Uint8Array;
}

export const acpiFileNames = { rsdp: "etc/acpi/rsdp", tables: "etc/acpi/tables", loader: "etc/table-loader" } as const;

const headerBytes = 36;
/** Tables are padded to this, so that their size does not depend on what is in them. */
const fileAlignment = 4096;
const loaderBytes = 4096;
const entryBytes = 128;
const nameBytes = 56;

export const little = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
export const ascii = (text: string, size: number): number[] => [...text.padEnd(size, " ")].map((c) => c.charCodeAt(0));
export const words = (...values: readonly number[]): number[] => values.flatMap((value) => little(value, 4));

/** A table with its header; the checksum is the firmware's to compute. */
export const table = (signature: string, revision: number, body: readonly number[]): number[] => [
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

/** Interrupt controllers. `levels`: requests that are level-triggered; `timer`: the input that request 0 is on, if not its own. */
export const madt = (o: { cpuCount: number; levels: readonly number[]; timer?: number }): number[] => {
  const override = (source: number, to: number, flags: number): number[] => [2, 10, 0, source, ...little(to, 4), ...little(flags, 2)];
  // Active high, level-triggered.
  const LEVEL = 0xd;
  return table("APIC", 1, [
    ...words(0xfee0_0000, 1),
    ...Array.from({ length: o.cpuCount }, (_, n) => [0, 8, n, n, ...little(1, 4)]).flat(),
    1, // the I/O APIC
    12,
    0,
    0,
    ...words(0xfec0_0000, 0),
    ...(o.timer === undefined ? [] : override(0, o.timer, 0)),
    ...o.levels.flatMap((n) => override(n, n, LEVEL)),
    4, // NMI is LINT1 of all CPUs
    6,
    0xff,
    0,
    0,
    1,
  ]);
};

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

export interface AcpiTables {
  /** Firmware control structure, if there is one. */
  readonly facs?: readonly number[];
  readonly dsdt: readonly number[];
  readonly fadt: (facsAt: number, dsdtAt: number) => readonly number[];
  readonly others: readonly (readonly number[])[];
}

/** Where the FADT has the addresses of FACS and DSDT. */
const fadtPointers = { facs: headerBytes, dsdt: headerBytes + 4 } as const;

export const acpiFiles = (o: AcpiTables): AcpiFiles => {
  const { rsdp: rsdpFile, tables: file } = acpiFileNames;
  const bytes: number[] = [...(o.facs ?? [])];
  const script = [...allocate(rsdpFile, 16, "fseg"), ...allocate(file, 64, "high")];
  const put = (made: readonly number[]): number => {
    const at = bytes.length;
    bytes.push(...made);
    return at;
  };
  const checksum = (at: number, length: number): void => void script.push(...addChecksum(file, at + 9, at, length));
  const dsdtAt = put(o.dsdt);
  checksum(dsdtAt, o.dsdt.length);
  const fadt = o.fadt(0, dsdtAt);
  const fadtAt = put(fadt);
  if (o.facs !== undefined) script.push(...addPointer(file, fadtAt + fadtPointers.facs, file));
  script.push(...addPointer(file, fadtAt + fadtPointers.dsdt, file));
  checksum(fadtAt, fadt.length);
  const listed = [fadtAt];
  for (const made of o.others) {
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
