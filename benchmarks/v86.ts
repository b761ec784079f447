/**
 * Boots a Linux kernel in v86 (the npm package), its first serial port on standard output: `bench:boot --v86` compares with it.
 * Of QEMU's options it takes -kernel, -initrd, -append, -m (MB) and -L (the folder of SeaBIOS and of the VGA's ROM); others it leaves alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { V86 } from "v86";

const option = (name: string): string => {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? undefined : process.argv[at + 1];
  if (value === undefined) throw new Error(`v86.ts: ${name} is missing`);
  return value;
};

/** v86 keeps the buffers it is given, so each is one of its own. */
const contents = (path: string): { buffer: ArrayBuffer } => ({ buffer: new Uint8Array(readFileSync(path)).buffer });

const firmware = option("-L");
const machine = new V86({
  wasm_path: fileURLToPath(import.meta.resolve("v86/build/v86.wasm")),
  memory_size: Number(option("-m")) * 2 ** 20,
  vga_memory_size: 8 * 2 ** 20,
  bios: contents(join(firmware, "bios.bin")),
  vga_bios: contents(join(firmware, "vgabios-stdvga.bin")),
  bzimage: contents(option("-kernel")),
  initrd: contents(option("-initrd")),
  cmdline: option("-append"),
  autostart: true,
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
});
machine.add_listener("serial0-output-byte", (byte: number) => {
  process.stdout.write(Uint8Array.of(byte));
});
