/** What differs between two machines, and a text that says so. */
import { hex32 } from "@tsemu/base";
import type { Slot, StateLayout } from "@tsemu/ir";
import { GuestFault } from "@tsemu/target";
import type { System } from "./system.ts";

export interface Difference {
  /** A slot's name, "memory 0x...", or another thing in words. */
  readonly what: string;
  readonly reference: string;
  readonly compiled: string;
}

export interface DifferenceReport {
  /** Instructions executed before the block. */
  readonly insns: number;
  readonly differences: readonly Difference[];
  /** Address and flags of the block after which the two differ. */
  readonly block: { readonly pc: number; readonly flags: number } | undefined;
  readonly text: string;
}

/** Addresses of differing memory that are listed. */
const MEMORY_LISTED = 16;

const valueOf = (bytes: Uint8Array, { offset, size }: Slot): string => {
  let digits = "";
  for (let i = size - 1; i >= 0; i--) digits += bytes[offset + i]!.toString(16).padStart(2, "0");
  return `0x${digits}`;
};

/** Slots that hold different values; views of the same bytes are all listed. */
export const differingSlots = (layout: StateLayout, a: Uint8Array, b: Uint8Array): Slot[] =>
  layout.slots.filter((slot) => {
    for (let i = slot.offset; i < slot.offset + slot.size; i++) if (a[i] !== b[i]) return true;
    return false;
  });

const equalWords = (a: Uint32Array, b: Uint32Array): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const wordsOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

export const compareState = (reference: System, compiled: System): Difference[] => {
  const a = reference.vcpu.state;
  const b = compiled.vcpu.state;
  if (equalWords(a.u32, b.u32)) return [];
  return differingSlots(a.layout, a.bytes, b.bytes).map((slot) => ({
    what: slot.name,
    reference: valueOf(a.bytes, slot),
    compiled: valueOf(b.bytes, slot),
  }));
};

/** All RAM of the two, word by word. */
export const compareMemory = (
  reference: System,
  compiled: System,
  sameBytes: (a: Uint8Array, b: Uint8Array) => boolean = (a, b) => equalWords(wordsOf(a), wordsOf(b)),
): Difference[] => {
  const found: Difference[] = [];
  for (const region of reference.space.regions) {
    if (region.kind !== "ram") continue;
    const bytes = ({ vcpu }: System): Uint8Array => vcpu.memory.u8.subarray(region.host, region.host + region.size);
    if (sameBytes(bytes(reference), bytes(compiled))) continue;
    const a = wordsOf(bytes(reference));
    const b = wordsOf(bytes(compiled));
    for (let i = 0; i < a.length && found.length < MEMORY_LISTED; i++)
      if (a[i] !== b[i]) found.push({ what: `memory ${hex32(region.pa + 4 * i)}`, reference: hex32(a[i]!), compiled: hex32(b[i]!) });
  }
  return found;
};

interface Situation {
  /** The interpreting machine, before the block. */
  readonly system: System;
  readonly count: number;
  /** Its state there. */
  readonly before: Uint8Array;
  readonly differences: readonly Difference[];
  /** Executes the block. */
  run(): void;
}

/** Disassembly, IR and values of the block at the machine's pc. */
export const reportDifference = ({ system, count, before, differences, run }: Situation): DifferenceReport => {
  const { vcpu } = system;
  const { layout } = vcpu.state;
  const { place } = vcpu;
  const { pc, pcHigh, flags } = place;
  let block: ReturnType<typeof vcpu.explain> | undefined;
  try {
    block = vcpu.explain(place);
  } catch (error) {
    if (!(error instanceof GuestFault)) throw error;
  }
  const registers = vcpu.cpu.dump(true);
  run();
  const changed = differingSlots(layout, before, vcpu.state.bytes);
  const after = vcpu.state.bytes;
  const values = (bytes: Uint8Array, slots: readonly Slot[]): string[] => slots.map((slot) => `; ${slot.name} = ${valueOf(bytes, slot)}`);
  const set = layout.slots.filter((slot) => before.subarray(slot.offset, slot.offset + slot.size).some((byte) => byte !== 0));
  const text = [
    `the tiers differ after the block at ${vcpu.address(pc, pcHigh)}, flags ${hex32(flags)}, which begins after ${count} instructions:`,
    ...differences.map((d) => `  ${d.what}: interpreted ${d.reference}, compiled ${d.compiled}`),
    "",
    "instructions:",
    block?.code ?? "cannot be fetched",
    "",
    "IR as translated:",
    block?.ir ?? "",
    "registers before it:",
    registers,
    "",
    // The block by itself, as a test of the compiler would have it.
    "; run: interpret, compile",
    "; before:",
    ...values(before, set),
    block?.optimized ?? "",
    "; after, interpreted:",
    ...values(after, changed),
    "",
  ].join("\n");
  return { insns: count, differences, block: { pc, flags }, text };
};
