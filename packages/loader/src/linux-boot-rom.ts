/**
 * An option ROM that boots Linux on a PC: it registers itself with the firmware as a device to boot from (BIOS Boot Specification 1.01), and if it
 * is chosen it fetches the kernel's parts through the firmware configuration device and enters the setup in real mode, as Linux's
 * Documentation/arch/x86/boot says. It is machine code of 16 bits; what it does stands above each piece.
 */
const code =
  // signature, length in 512 bytes; initialisation: mov ax, 0x20; retf; pointer to the header at 0x20
  "55 aa 01 b8 20 00 cb 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 20 00 00 00 00 00 " +
  // $PnP: bootstrap entry vector at 0x4d; its name
  "24 50 6e 50 10 02 00 00 00 00 00 00 00 00 00 00 40 00 02 00 80 e4 00 00 00 00 4d 00 00 00 00 00 " +
  "4c 69 6e 75 78 20 6c 6f 61 64 65 72 00 " +
  // 0x4d: cli; cld; ds = ss = 0; sp = 0x7c00; si = table
  "fa fc 31 c0 8e d8 8e d0 bc 00 7c be 03 01 " +
  // 0x5b: the next item of the table, 0 ends it; its size to 0x7e10, its address to 0x7e14
  "2e ad 85 c0 74 36 66 bb 04 00 00 00 66 bf 10 7e 00 00 e8 47 00 2e ad 66 bb 04 00 00 00 66 bf 14 " +
  "7e 00 00 e8 36 00 " +
  // 0x81: its data, if there are any, to that address
  "2e ad 66 8b 1e 10 7e 66 8b 3e 14 7e 66 85 db 74 c9 e8 22 00 eb c4 " +
  // 0x97: the last address was the setup's: all segments = it / 16, sp = 0xfff0; far jump to 0x20 paragraphs behind it
  "66 8b 1e 14 7e 66 c1 eb 04 8e db 8e c3 8e e3 8e eb 8e d3 bc f0 ff 83 c3 20 53 6a 00 66 31 db cb " +
  // 0xb7: control structure at 0x7e00: select item ax and read, ebx bytes, to edi; its address to ports 0x514 and 0x518
  "66 c1 e0 10 b8 0a 00 66 0f c8 66 a3 00 7e 66 89 d8 66 0f c8 66 a3 04 7e 66 31 c0 66 a3 08 7e ba " +
  "14 05 66 ef 66 89 f8 66 0f c8 66 a3 0c 7e 66 b8 00 7e 00 00 66 0f c8 ba 18 05 66 ef " +
  // 0xf3: until the control word is clear
  "66 a1 00 7e 66 0f c8 66 a9 fe ff ff ff 75 f1 c3 " +
  // 0x103: items by number: size, address and data of the kernel, the initrd, the command line, the setup
  "08 00 07 00 11 00 0b 00 0a 00 12 00 14 00 13 00 15 00 17 00 16 00 18 00 00 00 ";

const romBytes = 512;

export const linuxBootRom = (): Uint8Array => {
  const rom = new Uint8Array(romBytes);
  rom.set(
    code
      .trim()
      .split(/\s+/)
      .map((byte) => Number.parseInt(byte, 16)),
  );
  // Firmware takes it only if all its bytes add up to 0.
  rom[romBytes - 1] = -rom.reduce((sum, byte) => sum + byte, 0);
  return rom;
};
