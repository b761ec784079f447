/** Debian for 32-bit ARM: its kernel, and an initramfs with its BusyBox. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, exists, writeWhole } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import { debianLinux, type LinuxGuest } from "./debian-linux.ts";

/** For the virt board. */
export const debianArm = debianLinux({
  architecture: "armhf",
  flavour: "armmp",
  modules: ["virtio_mmio", "virtio_blk", "virtio_net", "virtio_console", "virtio_rng", "crc32c_generic", "ext4"],
});

/** Debian's installer for the network: the same kernel, and an initrd of 27 MB with its text interface. */
export const installerArm = async (say: (text: string) => void): Promise<LinuxGuest> => {
  const folder = join(cacheFolder(), "debian-installer-armhf");
  const guest = { kernel: join(folder, "vmlinuz"), initrd: join(folder, "initrd.gz") };
  if ((await exists(guest.kernel)) && (await exists(guest.initrd))) return guest;
  const archive = new DebianArchive(cacheFolder(), "armhf");
  say("fetching Debian's list of packages for armhf");
  await archive.update();
  const name = await archive.newest("debian-installer-[0-9]+-netboot-armhf");
  say(`fetching ${name} (about 33 MB)`);
  const images = join(await archive.unpack(name), "usr/lib/debian-installer/images");
  const release = (await readdir(images))[0]!;
  const text = join(images, release, "armhf/text/debian-installer/armhf");
  await writeWhole(guest.initrd, await readFile(join(text, "initrd.gz")));
  await writeWhole(guest.kernel, await readFile(join(text, "vmlinuz")));
  return guest;
};

/** U-Boot for the virt board, from the host's package u-boot-qemu (or fetched). */
export const ubootArm = async (): Promise<string> => {
  const installed = "/usr/lib/u-boot/qemu_arm/u-boot.bin";
  if (await exists(installed)) return installed;
  const cached = join(cacheFolder(), "u-boot/qemu_arm.bin");
  if (await exists(cached)) return cached;
  // The package is the same for all architectures.
  const archive = new DebianArchive(cacheFolder(), "armhf");
  await archive.update();
  await writeWhole(cached, await readFile(join(await archive.unpack("u-boot-qemu"), installed)));
  return cached;
};
