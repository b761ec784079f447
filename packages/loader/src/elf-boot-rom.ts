/** The option ROM of elf-boot-rom.asm, which starts kernels in 32-bit protected mode (multiboot, PVH). */

/** What the ROM has to know. */
export interface ElfBootParameters {
  readonly entry: number;
  readonly eax: number;
  readonly ebx: number;
  /** Where the map of memory goes: entries of 24 bytes, of which the firmware's 20 begin at `within`. A multiple of 16 below 1 MiB. */
  readonly map: number;
  readonly within: number;
  /** Where its length goes: the number of entries, times `unit`. Below 1 MiB. */
  readonly length: number;
  readonly unit: number;
}

const code =
  "55 aa 01 b8 20 00 cb 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 20 00 00 00 00 00 " +
  "24 50 6e 50 10 02 00 00 00 00 00 00 00 00 00 00 5c 00 02 00 80 e4 00 00 00 00 6a 00 00 00 00 00 " +
  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 4b 65 72 6e " +
  "65 6c 20 6c 6f 61 64 65 72 00 fa fc 31 c0 8e d8 8e d0 bc 00 7c be bb 01 2e ad 85 c0 74 36 66 bb " +
  "04 00 00 00 66 bf 10 7e 00 00 e8 e2 00 2e ad 66 bb 04 00 00 00 66 bf 14 7e 00 00 e8 d1 00 2e ad " +
  "66 8b 1e 10 7e 66 8b 3e 14 7e 66 85 db 74 c9 e8 bd 00 eb c4 fb 2e 66 a1 4c 00 66 c1 e8 04 8e c0 " +
  "66 31 db 66 31 ed 31 ff 66 b8 20 e8 00 00 66 ba 50 41 4d 53 66 b9 14 00 00 00 57 2e 03 3e 50 00 " +
  "cd 15 5f 72 12 66 3d 50 41 4d 53 75 0a 66 45 83 c7 18 66 85 db 75 d1 fa fc 66 89 e8 2e 66 f7 26 " +
  "58 00 2e 66 8b 1e 54 00 89 df 83 e7 0f 66 c1 eb 04 8e c3 26 66 89 05 66 31 ed 8c cd 66 c1 e5 04 " +
  "c7 06 20 7e 17 00 66 67 8d 85 d0 01 00 00 66 a3 22 7e 0f 01 16 20 7e 0f 20 c0 0c 01 0f 22 c0 66 " +
  "6a 08 66 67 8d 85 4e 01 00 00 66 50 66 cb b8 10 00 00 00 8e d8 8e c0 8e d0 8e e0 8e e8 8b 85 44 " +
  "00 00 00 8b 9d 48 00 00 00 ff a5 40 00 00 00 66 c1 e0 10 b8 0a 00 66 0f c8 66 a3 00 7e 66 89 d8 " +
  "66 0f c8 66 a3 04 7e 66 31 c0 66 a3 08 7e ba 14 05 66 ef 66 89 f8 66 0f c8 66 a3 0c 7e 66 b8 00 " +
  "7e 00 00 66 0f c8 ba 18 05 66 ef 66 a1 00 7e 66 0f c8 66 a9 fe ff ff ff 75 f1 c3 08 00 07 00 11 " +
  "00 0b 00 0a 00 12 00 14 00 13 00 15 00 00 00 90 00 00 00 00 00 00 00 00 ff ff 00 00 00 9a cf 00 " +
  "ff ff 00 00 00 92 cf 00 ";

const romBytes = 512;
const parametersAt = 0x40;

export const elfBootRom = ({ entry, eax, ebx, map, within, length, unit }: ElfBootParameters): Uint8Array => {
  const rom = new Uint8Array(romBytes);
  rom.set(
    code
      .trim()
      .split(" ")
      .map((byte) => Number.parseInt(byte, 16)),
  );
  const view = new DataView(rom.buffer);
  [entry, eax, ebx, map, within, length, unit].forEach((value, i) => view.setUint32(parametersAt + 4 * i, value, true));
  // Firmware takes it only if all its bytes add up to 0.
  rom[romBytes - 1] = -rom.reduce((sum, byte) => sum + byte, 0);
  return rom;
};
