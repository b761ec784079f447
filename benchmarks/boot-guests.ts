/** The guests that bench:boot and bench:profile boot, by the name that their emulators have behind "tsemu-system-". */
import { builtMips, debianAmd64, debianArm, debianI386, debianMips64el, debianMipsel, type LinuxGuest, type PcGuest } from "@tsemu/guests";

export interface BootGuest {
  readonly fetch: (say: (text: string) => void) => Promise<LinuxGuest & Partial<PcGuest>>;
  readonly machine: string;
  readonly append: string;
  readonly cpu?: string;
  /** Debian's package of QEMU. */
  readonly package: string;
  /** Options for both. */
  readonly more: readonly string[];
}

/** What a boot is given; what is undefined is left to the emulator. */
export interface BootOptions {
  readonly machine: string;
  readonly memory: string;
  readonly cpu: string | undefined;
  readonly firmware: string | undefined;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly dtb?: string | undefined;
  readonly append: string;
}

/** The emulators' arguments, with `more` at the end. */
export const bootArguments = (o: BootOptions, more: readonly string[]): string[] => {
  const optional = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  return [
    "-M",
    o.machine,
    "-m",
    o.memory,
    ...optional("-cpu", o.cpu),
    ...optional("-L", o.firmware),
    ...optional("-kernel", o.kernel),
    ...optional("-initrd", o.initrd),
    ...optional("-dtb", o.dtb),
    "-append",
    o.append,
    "-nographic",
    ...more,
  ];
};

// QEMU's Malta has a graphics card whose firmware another package brings.
const onMalta = { machine: "malta", append: "console=ttyS0", package: "qemu-system-mips", more: ["-vga", "none"] };
const onPc = { machine: "pc", append: "console=ttyS0", cpu: "max", package: "qemu-system-x86", more: ["-vga", "none", "-nic", "none"] };
export const bootGuests: Readonly<Record<string, BootGuest>> = {
  arm: { fetch: debianArm, machine: "virt", append: "console=ttyAMA0", package: "qemu-system-arm", more: [] },
  mipsel: { fetch: debianMipsel, ...onMalta },
  mips64el: { fetch: debianMips64el, ...onMalta, cpu: "MIPS64R2-generic" },
  mips: { fetch: builtMips, ...onMalta },
  i386: { fetch: debianI386, ...onPc },
  x86_64: { fetch: debianAmd64, ...onPc },
};
