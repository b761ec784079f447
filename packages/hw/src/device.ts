import type { Logger } from "@tsemu/base";
import type { Clock } from "./clock.ts";

/** A range of registers on a bus. Offsets are from the device's base; values are u32 (accesses of 8 bytes are split by the bus, low word first). */
export interface MmioDevice {
  /** size is 1, 2 or 4 bytes. The result is taken modulo 2^(8*size). */
  read(offset: number, size: number): number;
  write(offset: number, value: number, size: number): void;
}

/** Memory as a device holds it: what the guest stores is there at once. */
export interface MemoryBlock {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** What a variable map shows: memory to read, and the memory that stores go to (none: ROM), or a device. */
export type MapPart =
  | {
      readonly pa: number;
      readonly size: number;
      readonly reads: { readonly block: MemoryBlock; readonly offset: number };
      readonly writes?: { readonly block: MemoryBlock; readonly offset: number } | undefined;
    }
  | { readonly pa: number; readonly size: number; readonly device: MmioDevice };

/** A part of the address map that changes while the machine runs. */
export interface VariableMap {
  /** From now on these are seen, in place of what was set before. */
  set(parts: readonly MapPart[]): void;
}

/** The wires that every device gets; each device's options add its own (irq, port ...). */
export interface DeviceWires {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the machine may ask of any device. */
export interface Device {
  /** Back to the state after power-on. Lines that depend on registers are driven again. */
  reset(): void;
}

/** Guest-physical memory as a bus master (virtio, DMA controllers) sees it. Reads of nothing give zeros, writes to nothing vanish. */
export interface DmaPort {
  read(pa: number, into: Uint8Array): void;
  write(pa: number, from: Uint8Array): void;
}
