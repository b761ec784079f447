/** CDs that Syslinux starts Linux from, made without root. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import type { LinuxGuest } from "./debian-linux.ts";
import { tool } from "./tools.ts";

/** A menu on the screen that waits for a key. */
const menu = `UI menu.c32
MENU TITLE A menu of Syslinux
LABEL nothing
  MENU LABEL Nothing
  LOCALBOOT -1
LABEL linux
  MENU LABEL Linux
  KERNEL /boot/vmlinuz
  INITRD /boot/initrd.gz
  APPEND console=tty0 quiet
`;

/** A CD with ISOLINUX as its El Torito image, the kernel and its initramfs; Linux has the screen as its console. */
export const isolinuxCd = async (guest: LinuxGuest, image: string): Promise<void> => {
  const archive = new DebianArchive(cacheFolder(), "amd64");
  await archive.update();
  const loader = join(await archive.unpack("isolinux"), "usr/lib/ISOLINUX/isolinux.bin");
  const modules = join(await archive.unpack("syslinux-common"), "usr/lib/syslinux/modules/bios");
  const root = await mkdtemp(join(tmpdir(), "tsemu-isolinux-"));
  try {
    for (const folder of ["boot", "isolinux"]) await mkdir(join(root, folder));
    await copyFile(loader, join(root, "isolinux/isolinux.bin"));
    for (const module of ["ldlinux", "menu", "libutil", "libcom32"])
      await copyFile(join(modules, `${module}.c32`), join(root, `isolinux/${module}.c32`));
    await writeFile(join(root, "isolinux/isolinux.cfg"), menu);
    await copyFile(guest.kernel, join(root, "boot/vmlinuz"));
    await copyFile(guest.initrd, join(root, "boot/initrd.gz"));
    const elTorito = "-b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table".split(" ");
    await tool("xorriso", ["-as", "mkisofs", "-quiet", "-R", ...elTorito, "-o", image, root]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
};
