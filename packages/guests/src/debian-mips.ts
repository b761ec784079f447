/** Debian for little-endian MIPS, 32 and 64 bits: its kernels for the Malta board, and an initramfs with its BusyBox. */
import { debianLinux } from "./debian-linux.ts";

const modules = ["ata_piix", "ata_generic", "sd_mod", "sr_mod", "isofs", "crc32c_generic", "ext4", "pcnet32", "psmouse"];

export const debianMipsel = debianLinux({ architecture: "mipsel", flavour: "4kc-malta", modules });
export const debianMips64el = debianLinux({ architecture: "mips64el", flavour: "5kc-malta", modules });
