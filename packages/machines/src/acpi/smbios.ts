/** SMBIOS structures (DSP0134, 2.8): what the machine is called, its CPUs and memory; the firmware puts them into memory and finishes the anchor. */
const little = (value: number, size: number): number[] => Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);

/** Formatted area behind the header, then strings, each ended by a zero, and another one. */
const structure = (type: number, handle: number, fields: readonly number[], strings: readonly string[] = []): number[] => [
  type,
  4 + fields.length,
  ...little(handle, 2),
  ...fields,
  ...strings.flatMap((s) => [...[...s].map((c) => c.charCodeAt(0)), 0]),
  ...(strings.length === 0 ? [0, 0] : [0]),
];

const MiB = 2 ** 20;
const KiB = 2 ** 10;
const NONE = 0xfffe;

export interface SmbiosOptions {
  readonly product: string;
  readonly version: string;
  readonly cpuCount: number;
  readonly lowBytes: number;
  readonly highBytes: number;
}

const system = (o: SmbiosOptions): number[] =>
  structure(1, 0x100, [1, 2, 3, 0, ...new Array<number>(16).fill(0), 6, 0, 0], ["tsemu", o.product, o.version]);
const enclosure = (o: SmbiosOptions): number[] =>
  structure(3, 0x300, [1, 1, 2, 0, 0, 3, 3, 3, 2, ...little(0, 4), 0, 0, 0, 0, 0], ["tsemu", o.version]);
const processor = (o: SmbiosOptions, n: number): number[] =>
  structure(
    4,
    0x400 + n,
    // Socket, central processor, another family, maker, no ID, version; 2 GHz; enabled; no caches; one core of one thread.
    [1, 3, 1, 2, ...little(0, 8), 3, 0, ...little(0, 2), ...little(2000, 2), ...little(2000, 2), 0x41, 1].concat(
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
      [0, 0, 0, 1, 1, 1],
      little(2, 2),
      little(1, 2),
    ),
    [`CPU ${n}`, "tsemu", o.version],
  );
const array = (o: SmbiosOptions): number[] =>
  structure(16, 0x1000, [1, 3, 6, ...little((o.lowBytes + o.highBytes) / KiB, 4), ...little(NONE, 2), ...little(1, 2)]);
const module = (o: SmbiosOptions): number[] =>
  structure(
    17,
    0x1100,
    [
      ...little(0x1000, 2),
      ...little(NONE, 2),
      ...little(0xffff, 2),
      ...little(0xffff, 2),
      ...little((o.lowBytes + o.highBytes) / MiB, 2),
    ].concat([9, 0, 1, 0, 7], little(2, 2), little(0, 2), [2, 0, 0, 0, 0], little(0, 4), little(0, 2)),
    ["DIMM 0", "tsemu"],
  );
const mapped = (handle: number, first: number, bytes: number): number[] =>
  structure(19, handle, [...little(first / KiB, 4), ...little((first + bytes) / KiB - 1, 4), ...little(0x1000, 2), 1]);

/** The files "etc/smbios/smbios-tables" and "etc/smbios/smbios-anchor" (without checksums and address). */
export const smbios = (o: SmbiosOptions): { tables: Uint8Array; anchor: Uint8Array } => {
  const structures = [
    system(o),
    enclosure(o),
    ...Array.from({ length: o.cpuCount }, (_, n) => processor(o, n)),
    array(o),
    module(o),
    mapped(0x1300, 0, o.lowBytes),
    ...(o.highBytes > 0 ? [mapped(0x1301, 2 ** 32, o.highBytes)] : []),
    structure(32, 0x2000, [0, 0, 0, 0, 0, 0, 0]),
    structure(127, 0x7f00, []),
  ];
  const tables = Uint8Array.from(structures.flat());
  const largest = Math.max(...structures.map((s) => s.length));
  const text = (s: string): number[] => [...s].map((c) => c.charCodeAt(0));
  const anchor = Uint8Array.from([
    ...text("_SM_"),
    0,
    0x1f,
    2,
    8,
    ...little(largest, 2),
    0,
    ...little(0, 5),
    ...text("_DMI_"),
    0,
    ...little(tables.length, 2),
    ...little(0, 4),
    ...little(structures.length, 2),
    0x28,
  ]);
  return { tables, anchor };
};
