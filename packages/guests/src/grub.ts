/** Disks and CDs that Debian's GRUB starts Linux from, made without root. */
import { copyFile, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import type { LinuxGuest } from "./debian-linux.ts";
import { tool } from "./tools.ts";

const sector = 512;
const MiB = 2 ** 20;
/** The core of GRUB is before the first partition. */
const firstPartition = 1 * MiB;
const partitionTable = 0x1be;
const LINUX = 0x83;
const ACTIVE = 0x80;
const noCylinders = [0xfe, 0xff, 0xff] as const;
const diskModules = "biosdisk part_msdos ext2 serial terminal configfile normal linux echo sleep halt".split(" ");

/** What the menu has. It waits for a key; with the serial port as its terminal, where there is one, too. */
const menu = `if serial --unit=0 --speed=115200; then
  terminal_input serial console
  terminal_output serial console
fi
set timeout=-1
menuentry "Nothing" { echo "nothing is started"; sleep 10; }
menuentry "Linux" { linux /boot/vmlinuz console=ttyS0; initrd /boot/initrd.gz; }
`;

/** The folder with GRUB's modules for a PC's BIOS. */
export const grubModules = async (): Promise<string> => {
  const archive = new DebianArchive(cacheFolder(), "amd64");
  await archive.update();
  return join(await archive.unpack("grub-pc-bin"), "usr/lib/grub/i386-pc");
};

/** A folder with GRUB's menu, the kernel and its initramfs, as the root of a file system. */
const withTree = async <T>(guest: LinuxGuest, use: (folder: string, root: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "tsemu-grub-"));
  try {
    const root = join(folder, "root");
    await mkdir(join(root, "boot/grub"), { recursive: true });
    await writeFile(join(root, "boot/grub/grub.cfg"), menu);
    await copyFile(guest.kernel, join(root, "boot/vmlinuz"));
    await copyFile(guest.initrd, join(root, "boot/initrd.gz"));
    return await use(folder, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** A disk with GRUB in its first sectors and one partition, of ext4. */
export const grubDisk = (guest: LinuxGuest, image: string): Promise<void> =>
  withTree(guest, async (folder, root) => {
    const modules = await grubModules();
    const core = join(folder, "core.img");
    const config = join(folder, "core.cfg");
    await writeFile(config, "set root=(hd0,msdos1)\nset prefix=($root)/boot/grub\nnormal ($root)/boot/grub/grub.cfg\n");
    await tool("grub-mkimage", ["-O", "i386-pc", "-d", modules, "-c", config, "-p", "/boot/grub", "-o", core, ...diskModules]);
    const files = (await stat(guest.kernel)).size + (await stat(guest.initrd)).size;
    const partition = Math.ceil(files / MiB) * MiB + 8 * MiB;
    await tool("truncate", ["-s", String(firstPartition + partition), image]);
    const place = ["-E", `offset=${firstPartition}`, "-d", root, image, `${partition / 1024}k`];
    await tool("mkfs.ext4", ["-q", "-F", "-O", "^has_journal,^metadata_csum_seed", ...place]);
    const coreBytes = await readFile(core);
    if (sector + coreBytes.length > firstPartition) throw new Error("GRUB's core does not fit before the first partition");
    const disk = await open(image, "r+");
    // The boot sector fetches the core from the sectors behind it.
    await disk.write(bootSector(await readFile(join(modules, "boot.img")), partition), 0, sector, 0);
    await disk.write(coreBytes, 0, coreBytes.length, sector);
    await disk.close();
  });

const bootSector = (code: Uint8Array, partitionBytes: number): Uint8Array => {
  const bytes = Uint8Array.from(code.subarray(0, sector)).fill(0, partitionTable, sector - 2);
  const view = new DataView(bytes.buffer);
  bytes.set([ACTIVE, ...noCylinders, LINUX, ...noCylinders], partitionTable);
  view.setUint32(partitionTable + 8, firstPartition / sector, true);
  view.setUint32(partitionTable + 12, partitionBytes / sector, true);
  view.setUint16(sector - 2, 0xaa55, true);
  return bytes;
};

/** A CD with an El Torito image of GRUB's. */
export const grubCd = (guest: LinuxGuest, image: string): Promise<void> =>
  withTree(guest, async (_, root) => {
    await tool("grub-mkrescue", ["-d", await grubModules(), "--fonts=", "--locales=", "--themes=", "-o", image, root]);
  });
