/** Debian for little-endian MIPS, 32 and 64 bits: its kernels for the Malta board, and an initramfs with its BusyBox. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, exists, writeWhole } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import type { LinuxGuest } from "./debian-arm.ts";
import { buildInitramfs, initramfsVersion } from "./initramfs.ts";
import { loadOrder } from "./kernel-modules.ts";

/** What the devices of the Malta board need beyond what the kernels have built in. */
const moduleNames = ["ata_piix", "ata_generic", "sd_mod", "sr_mod", "isofs", "crc32c_generic", "ext4", "pcnet32", "psmouse"];

/** Fetches and builds what is not in the cache yet. `say` is told what takes time. */
const debianMips =
  (architecture: string, flavour: string) =>
  async (say: (text: string) => void): Promise<LinuxGuest> => {
    const folder = join(cacheFolder(), `debian-${architecture}`);
    const guest = { kernel: join(folder, "vmlinuz"), initrd: join(folder, `initramfs-${initramfsVersion(moduleNames)}.gz`) };
    if ((await exists(guest.kernel)) && (await exists(guest.initrd))) return guest;
    const archive = new DebianArchive(cacheFolder(), architecture);
    say(`fetching Debian's list of packages for ${architecture}`);
    await archive.update();
    const name = await archive.newest(`linux-image-[0-9.]+-[0-9]+-${flavour}`);
    say(`fetching ${name} and busybox-static (about 48 MB)`);
    const kernel = await archive.unpack(name);
    const busybox = await archive.unpack("busybox-static");
    const release = (await readdir(join(kernel, "lib/modules")))[0]!;
    say("building the initramfs");
    const modules = await loadOrder(join(kernel, "lib/modules", release, "kernel"), moduleNames);
    await writeWhole(guest.initrd, buildInitramfs(await readFile(join(busybox, "bin/busybox")), modules));
    await writeWhole(guest.kernel, await readFile(join(kernel, `boot/vmlinuz-${release}`)));
    return guest;
  };

export const debianMipsel = debianMips("mipsel", "4kc-malta");
export const debianMips64el = debianMips("mips64el", "5kc-malta");
