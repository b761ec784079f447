/** A kernel of Debian's, and an initramfs with its BusyBox and the kernel's modules for the board. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, exists, writeWhole } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import { buildInitramfs, initramfsVersion } from "./initramfs.ts";
import { loadOrder } from "./kernel-modules.ts";

export interface LinuxGuest {
  /** Paths of files. */
  readonly kernel: string;
  readonly initrd: string;
}

export interface DebianLinux {
  readonly architecture: string;
  /** Where it is kept, if that is not named after the architecture. */
  readonly name?: string;
  /** The end of the kernel package's name. */
  readonly flavour: string;
  /** What the board's devices need beyond what the kernel has built in. */
  readonly modules: readonly string[];
}

/** Fetches and builds what is not in the cache yet. `say` is told what takes time. */
export const debianLinux =
  ({ architecture, name: kept = architecture, flavour, modules }: DebianLinux) =>
  async (say: (text: string) => void): Promise<LinuxGuest> => {
    const folder = join(cacheFolder(), `debian-${kept}`);
    const guest = { kernel: join(folder, "vmlinuz"), initrd: join(folder, `initramfs-${initramfsVersion(modules)}.gz`) };
    if ((await exists(guest.kernel)) && (await exists(guest.initrd))) return guest;
    const archive = new DebianArchive(cacheFolder(), architecture);
    say(`fetching Debian's list of packages for ${architecture}`);
    await archive.update();
    const name = await archive.newest(`linux-image-[0-9.]+-[0-9]+-${flavour}`);
    say(`fetching ${name} and busybox-static (less than 50 MB)`);
    const kernel = await archive.unpack(name);
    const busybox = await archive.unpack("busybox-static");
    const release = (await readdir(join(kernel, "lib/modules")))[0]!;
    say("building the initramfs");
    const loaded = await loadOrder(join(kernel, "lib/modules", release, "kernel"), modules);
    await writeWhole(guest.initrd, buildInitramfs(await readFile(join(busybox, "bin/busybox")), loaded));
    await writeWhole(guest.kernel, await readFile(join(kernel, `boot/vmlinuz-${release}`)));
    return guest;
  };
