/** Debian for PCs, 32 and 64 bits: its kernels, an initramfs with its BusyBox, and its SeaBIOS with the ROM of the graphics card. */
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import { debianLinux, type LinuxGuest } from "./debian-linux.ts";

export interface PcGuest extends LinuxGuest {
  /** The folder of firmware, for -L. */
  readonly firmware: string;
}

const modules = [
  "ata_piix",
  "ata_generic",
  "sd_mod",
  "sr_mod",
  "isofs",
  "crc32c_generic",
  "ext4",
  "virtio_pci",
  "virtio_blk",
  "virtio_net",
  "virtio_rng",
  "psmouse",
  "i2c-piix4",
];

/** SeaBIOS, for every PC. */
export const seaBios = async (): Promise<string> => {
  const archive = new DebianArchive(cacheFolder(), "amd64");
  await archive.update();
  return join(await archive.unpack("seabios"), "usr/share/seabios");
};

const debianPc = (architecture: string, flavour: string) => {
  const linux = debianLinux({ architecture, flavour, modules });
  return async (say: (text: string) => void): Promise<PcGuest> => ({ ...(await linux(say)), firmware: await seaBios() });
};

export const debianI386 = debianPc("i386", "686");
export const debianAmd64 = debianPc("amd64", "amd64");

/** Debian's kernel for virtual machines without PCI's usual devices, for microvm. */
export const debianCloud = async (say: (text: string) => void): Promise<PcGuest> => {
  const microvmModules = ["virtio_mmio", "virtio_blk", "virtio_net", "virtio_rng", "crc32c_generic", "ext4"];
  const linux = debianLinux({ architecture: "amd64", name: "cloud-amd64", flavour: "cloud-amd64", modules: microvmModules });
  return { ...(await linux(say)), firmware: await seaBios() };
};

/** Memtest86+ for 32 and for 64 bits, which starts as Linux does. */
export const memtest = async (): Promise<{ readonly ia32: string; readonly x64: string }> => {
  const archive = new DebianArchive(cacheFolder(), "amd64");
  await archive.update();
  const folder = join(await archive.unpack("memtest86+"), "boot");
  return { ia32: join(folder, "memtest86+ia32.bin"), x64: join(folder, "memtest86+x64.bin") };
};

/** Debian's installer for the network: a kernel, and an initrd of 30 MB with its text interface. */
export const installerPc = async (architecture: "i386" | "amd64", say: (text: string) => void): Promise<PcGuest> => {
  const archive = new DebianArchive(cacheFolder(), architecture);
  say(`fetching Debian's list of packages for ${architecture}`);
  await archive.update();
  const name = await archive.newest(`debian-installer-12-netboot-${architecture}`);
  say(`fetching ${name} (about 130 MB)`);
  const folder = join(await archive.unpack(name), "usr/lib/debian-installer/images/12", architecture);
  const text = join(folder, "text/debian-installer", architecture);
  return { kernel: join(text, "linux"), initrd: join(text, "initrd.gz"), firmware: await seaBios() };
};
