/**
 * An encoder of ACPI Machine Language (ACPI 6.4, chapter 20): terms as functions that give bytes. As much of the language as a board's table of
 * devices needs.
 */
export type Aml = readonly number[];

// Opcodes, by the specification's names.
const op = {
  Zero: 0x00,
  One: 0x01,
  Name: 0x08,
  BytePrefix: 0x0a,
  WordPrefix: 0x0b,
  DWordPrefix: 0x0c,
  StringPrefix: 0x0d,
  Scope: 0x10,
  Buffer: 0x11,
  Package: 0x12,
  Method: 0x14,
  DualName: 0x2e,
  MultiName: 0x2f,
  Ext: 0x5b,
  Local0: 0x60,
  Arg0: 0x68,
  Store: 0x70,
  Notify: 0x86,
  And: 0x7b,
  Or: 0x7d,
  CreateDWordField: 0x8a,
  If: 0xa0,
  Else: 0xa1,
  Return: 0xa4,
} as const;
const ext = { OpRegion: 0x80, Field: 0x81, Device: 0x82 } as const;

const segment = (name: string): Aml => [...name.padEnd(4, "_")].map((c) => c.charCodeAt(0));

/** A name: "_HID", "\\_SB.PCI0", "^PRQ0". */
export const path = (text: string): Aml => {
  const [, prefix, rest] = /^([\\^]*)(.*)$/.exec(text) as unknown as [string, string, string];
  const names = rest === "" ? [] : rest.split(".");
  const head = names.length === 0 ? [0] : names.length === 1 ? [] : names.length === 2 ? [op.DualName] : [op.MultiName, names.length];
  return [...[...prefix].map((c) => c.charCodeAt(0)), ...head, ...names.flatMap(segment)];
};

/** A length that counts itself, in one to four bytes, before what it is of. */
const packaged = (body: Aml): Aml => {
  if (body.length + 1 < 0x40) return [body.length + 1, ...body];
  for (let bytes = 1; bytes <= 3; bytes++) {
    const length = body.length + 1 + bytes;
    if (length < 2 ** (4 + 8 * bytes))
      return [(bytes << 6) | (length & 0xf), ...Array.from({ length: bytes }, (_, i) => (length >>> (4 + 8 * i)) & 0xff), ...body];
  }
  throw new Error("internal error: AML package too long");
};

const little = (value: number, size: number): number[] => Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);

export const integer = (value: number): Aml => {
  if (value === 0) return [op.Zero];
  if (value === 1) return [op.One];
  if (value < 0x100) return [op.BytePrefix, value];
  return value < 0x1_0000 ? [op.WordPrefix, ...little(value, 2)] : [op.DWordPrefix, ...little(value, 4)];
};

export const text = (value: string): Aml => [op.StringPrefix, ...[...value].map((c) => c.charCodeAt(0)), 0];

export const buffer = (bytes: Aml): Aml => [op.Buffer, ...packaged([...integer(bytes.length), ...bytes])];

export const packageOf = (elements: readonly Aml[]): Aml => [op.Package, ...packaged([elements.length, ...elements.flat()])];

/** Three letters and four hexadecimal digits in a word, as plug-and-play hardware is called. */
export const eisaId = (id: string): Aml => {
  const letters = Array.from(id.slice(0, 3)).reduce((bits, c) => (bits << 5) | (c.charCodeAt(0) - 0x40), 0);
  const digits = Number.parseInt(id.slice(3), 16);
  return [op.DWordPrefix, letters >>> 8, letters & 0xff, digits >>> 8, digits & 0xff];
};

export const name = (at: string, value: Aml): Aml => [op.Name, ...path(at), ...value];
export const scope = (at: string, ...body: readonly Aml[]): Aml => [op.Scope, ...packaged([...path(at), ...body.flat()])];
export const device = (at: string, ...body: readonly Aml[]): Aml => [op.Ext, ext.Device, ...packaged([...path(at), ...body.flat()])];
export const method = (at: string, args: number, ...body: readonly Aml[]): Aml => [
  op.Method,
  ...packaged([...path(at), args, ...body.flat()]),
];

/** Spaces of operation regions. */
export const space = { systemMemory: 0, systemIo: 1, pciConfig: 2 } as const;
export const operationRegion = (at: string, kind: number, offset: number, length: number): Aml => [
  op.Ext,
  ext.OpRegion,
  ...path(at),
  kind,
  ...integer(offset),
  ...integer(length),
];
/** Fields of eight bits, one after the other, accessed as bytes. */
export const byteFields = (region: string, names: readonly string[]): Aml => [
  op.Ext,
  ext.Field,
  ...packaged([...path(region), 1, ...names.flatMap((n) => [...segment(n), 8])]),
];

/** One field of 32 bits at the region's beginning. */
export const wordField = (region: string, name: string): Aml => [
  op.Ext,
  ext.Field,
  ...packaged([...path(region), 3, ...segment(name), 32]),
];

export const notify = (who: string, value: number): Aml => [op.Notify, ...path(who), ...integer(value)];

export const argument = (n: number): Aml => [op.Arg0 + n];
export const local = (n: number): Aml => [op.Local0 + n];
export const store = (value: Aml, to: Aml): Aml => [op.Store, ...value, ...to];
export const and = (a: Aml, b: Aml, to: Aml = [op.Zero]): Aml => [op.And, ...a, ...b, ...to];
export const or = (a: Aml, b: Aml, to: Aml = [op.Zero]): Aml => [op.Or, ...a, ...b, ...to];
export const when = (condition: Aml, ...body: readonly Aml[]): Aml => [op.If, ...packaged([...condition, ...body.flat()])];
export const otherwise = (...body: readonly Aml[]): Aml => [op.Else, ...packaged(body.flat())];
export const give = (value: Aml): Aml => [op.Return, ...value];
/** The four bytes at `at` of a buffer, under a name. */
export const dwordField = (of: Aml, at: number, as: string): Aml => [op.CreateDWordField, ...of, ...integer(at), ...path(as)];

// ---- resource descriptors (6.4)

export const resources = (...descriptors: readonly Aml[]): Aml => buffer([...descriptors.flat(), 0x79, 0]);
/** I/O ports with all sixteen address bits decoded. */
export const ioPorts = (first: number, length: number): Aml => [0x47, 1, ...little(first, 2), ...little(first, 2), 1, length];
/** An edge-triggered ISA interrupt. */
export const isaInterrupt = (n: number): Aml => [0x22, ...little(1 << n, 2)];
const interrupt = (flags: number, numbers: readonly number[]): Aml => [
  0x89,
  ...little(2 + 4 * numbers.length, 2),
  flags,
  numbers.length,
  ...numbers.flatMap((n) => little(n, 4)),
];
/** Level-triggered, active high, shared: one of these. */
export const sharedInterrupt = (...numbers: readonly number[]): Aml => interrupt(0x09, numbers);
/** Edge-triggered, active high. */
export const edgeInterrupt = (n: number): Aml => interrupt(0x03, [n]);
/** Level-triggered, active high. */
export const levelInterrupt = (n: number): Aml => interrupt(0x01, [n]);
export const memory32 = (base: number, length: number): Aml => [0x86, 9, 0, 1, ...little(base, 4), ...little(length, 4)];

/** Kinds of address ranges: memory that can be cached and written, ports, bus numbers. */
const ranges = { memory: { type: 0, flags: 0x03 }, io: { type: 1, flags: 0x03 }, bus: { type: 2, flags: 0 } } as const;
const FIXED_PRODUCER = 0x0c;
const range = (tag: number, size: number, kind: keyof typeof ranges, first: number, last: number): Aml => {
  const { type, flags } = ranges[kind];
  const words = [0, first, last, 0, last - first + 1].flatMap((word) => little(word, size));
  return [tag, ...little(3 + words.length, 2), type, FIXED_PRODUCER, flags, ...words];
};
export const busNumbers = (first: number, last: number): Aml => range(0x88, 2, "bus", first, last);
export const ioRange = (first: number, last: number): Aml => range(0x88, 2, "io", first, last);
export const memoryRange = (first: number, last: number): Aml => range(0x87, 4, "memory", first, last);
