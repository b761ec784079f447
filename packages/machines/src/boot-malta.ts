/** What YAMON, Malta's firmware, does before it starts a kernel: the bridges are programmed, arguments and environment are in memory. */
import { swap32, UserError } from "@tsemu/base";
import { type BootImage, loadMipsKernel } from "@tsemu/loader";
import type { BuiltMachine } from "./build.ts";
import type { BootFiles } from "./describe.ts";

/** Bytes of RAM below the I/O space, where kernels begin; what is beyond is elsewhere, and only in ememsize. */
export const lowRam = 2 ** 28;
/** The GT-64120's registers, uncached. */
const GT = 0xbbe0_0000;
/** Decoders of the CPU in units of 2 MiB: low end, high end. */
const decoders: readonly (readonly [offset: number, value: number])[] = [
  [0x068, 0xdf], // the registers: 0x1be00000
  [0x048, 0xc0], // PCI I/O: 0x18000000
  [0x050, 0x40],
  [0x058, 0x80], // PCI memory 0: 0x10000000
  [0x060, 0x3f],
  [0x080, 0xc1], // PCI memory 1: 0x18200000
  [0x088, 0x5e],
];
/** PIRQA and PIRQB to request 10, PIRQC and PIRQD to 11: registers 0x60 to 0x63 of device 10. */
const ROUTES_ADDRESS = 0x8000_5060;
const ROUTES = 0x0b0b_0a0a;

export const bootMalta =
  (bits: 32 | 64, bigEndian: boolean) =>
  (machine: BuiltMachine, o: BootFiles): BootImage => {
    if (o.kernel === undefined)
      throw new UserError(`Could not load MIPS bios '${bigEndian ? "mips" : "mipsel"}_bios.bin', and no -kernel argument was specified`);
    if (o.dtb !== undefined) throw new UserError("-dtb: kernels for this machine have a device tree of their own");
    // The GT-64120's registers are little-endian; configuration data it swaps as the CPU needs it.
    const littleEndian = (value: number): number => (bigEndian ? swap32(value) : value);
    return loadMipsKernel({
      kernel: o.kernel,
      initrd: o.initrd,
      commandLine: o.commandLine,
      ramSize: Math.min(machine.options.ramBytes, lowRam),
      wholeRamSize: machine.options.ramBytes,
      bits,
      bigEndian,
      environment: { modetty0: "38400n8r" },
      stores: [
        ...decoders.map(([offset, value]) => [GT + offset, littleEndian(value)] as const),
        [GT + 0xcf8, littleEndian(ROUTES_ADDRESS)],
        [GT + 0xcfc, ROUTES],
      ],
    });
  };
