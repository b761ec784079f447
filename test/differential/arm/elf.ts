/** Writes small static ELF programs for ARM Linux: no linker, no sections, only what the kernel's loader reads. */

export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Size in memory; zero-filled after the bytes. */
  readonly memorySize?: number;
  readonly executable?: boolean;
}

const headerSize = 52;
const programHeaderSize = 32;
const page = 0x1000;

/** An executable of the given segments (page-aligned addresses, writable) that starts in A32 state at `entry`. */
export function armExecutable(entry: number, segments: readonly Segment[]): Uint8Array {
  const offsets: number[] = [];
  let end = Math.ceil((headerSize + programHeaderSize * segments.length) / page) * page;
  for (const { bytes } of segments) {
    offsets.push(end);
    end = Math.ceil((end + bytes.length) / page) * page;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  // e_ident: ELF, 32 bits, little-endian, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 40, true); // EM_ARM
  view.setUint32(20, 1, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, headerSize, true);
  view.setUint32(36, 0x0500_0000, true); // EABI 5
  view.setUint16(40, headerSize, true);
  view.setUint16(42, programHeaderSize, true);
  view.setUint16(44, segments.length, true);
  segments.forEach((segment, i) => {
    const at = headerSize + i * programHeaderSize;
    const fields = [
      1, // PT_LOAD
      offsets[i]!,
      segment.address,
      segment.address,
      segment.bytes.length,
      segment.memorySize ?? segment.bytes.length,
      segment.executable ? 5 : 6,
      page,
    ];
    fields.forEach((field, n) => view.setUint32(at + 4 * n, field, true));
    file.set(segment.bytes, offsets[i]);
  });
  return file;
}
