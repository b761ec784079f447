/**
 * Linux for big-endian MIPS, of which Debian has no packages any more: a small kernel for the Malta board and BusyBox, built from Debian's
 * sources with Debian's cross compiler. The kernel has all its drivers built in.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cacheFolder, exists, writeWhole } from "./cache.ts";
import { DebianArchive } from "./debian.ts";
import type { LinuxGuest } from "./debian-linux.ts";
import { buildInitramfs, initramfsVersion } from "./initramfs.ts";
import { tool } from "./tools.ts";

const cross = "mips-linux-gnu-";

/** What is built in; allnoconfig leaves out the rest. */
const kernelOptions = [
  // The board, the CPU.
  "MIPS_MALTA CPU_BIG_ENDIAN CPU_MIPS32_R2 MIPS_FP_SUPPORT 32BIT HZ_100 COMPAT_32BIT_TIME PCI PCI_QUIRKS",
  "MFD_SYSCON POWER_RESET POWER_RESET_PIIX4_POWEROFF POWER_RESET_SYSCON",
  "SERIAL_8250 SERIAL_8250_CONSOLE RTC_CLASS RTC_HCTOSYS RTC_INTF_DEV RTC_DRV_CMOS",
  // What programs expect.
  "EXPERT MMU PRINTK PRINTK_TIME BUG BASE_FULL FUTEX EPOLL SIGNALFD TIMERFD EVENTFD SHMEM AIO ADVISE_SYSCALLS MEMBARRIER POSIX_TIMERS",
  "MULTIUSER SYSVIPC HIGH_RES_TIMERS NO_HZ_IDLE BINFMT_ELF BINFMT_SCRIPT COREDUMP TTY UNIX98_PTYS NET UNIX INET PACKET",
  "BLK_DEV_INITRD RD_GZIP PROC_FS PROC_SYSCTL SYSFS TMPFS DEVTMPFS DEVTMPFS_MOUNT CC_OPTIMIZE_FOR_PERFORMANCE SLUB",
  // Disks and what is on them, and the network card.
  "BLOCK BLK_DEV MSDOS_PARTITION SCSI BLK_DEV_SD BLK_DEV_SR ATA ATA_SFF ATA_BMDMA ATA_PIIX EXT4_FS ISO9660_FS",
  "NETDEVICES NET_CORE ETHERNET NET_VENDOR_AMD PCNET32",
]
  .join(" ")
  .split(" ");

/** Changes with the options, so that none built with others is used. */
const kernelVersion = createHash("sha256").update(kernelOptions.join(" ")).digest("hex").slice(0, 8);

/** Whether the compiler is there; the rest of what a build needs is named by an error if it is missing. */
export const canBuildMips = (): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(`${cross}gcc`, ["--version"], (error) => resolve(error === null));
  });

/** Fetches and builds what is not in the cache yet: some minutes, and 2 GB for as long as it takes. */
export const builtMips = async (say: (text: string) => void): Promise<LinuxGuest> => {
  const folder = join(cacheFolder(), "built-mips");
  const guest = { kernel: join(folder, `vmlinux-${kernelVersion}`), initrd: join(folder, `initramfs-${initramfsVersion([])}.gz`) };
  const busybox = join(folder, "busybox");
  const archive = new DebianArchive(cacheFolder(), "mipsel");
  if (!(await exists(guest.kernel)) || !(await exists(busybox))) {
    say("fetching Debian's list of packages");
    await archive.update();
  }
  if (!(await exists(busybox))) await writeWhole(busybox, await buildBusybox(archive, join(folder, "busybox-build"), say));
  if (!(await exists(guest.kernel))) await writeWhole(guest.kernel, await buildKernel(archive, join(folder, "linux-build"), say));
  if (!(await exists(guest.initrd))) await writeWhole(guest.initrd, buildInitramfs(await readFile(busybox)));
  return guest;
};

const jobs = `-j${availableParallelism()}`;

const fresh = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
};

const buildKernel = async (archive: DebianArchive, work: string, say: (text: string) => void): Promise<Uint8Array> => {
  const name = await archive.newest("linux-source-[0-9.]+");
  say(`fetching ${name} (about 135 MB)`);
  const tarball = join(await archive.unpack(name), "usr/src", `${name}.tar.xz`);
  await fresh(work);
  say("building the kernel");
  await tool("tar", ["-xJf", tarball, "-C", work]);
  const source = join(work, name);
  const options = join(work, "options");
  await writeFile(options, kernelOptions.map((option) => `CONFIG_${option}=y\n`).join(""));
  const make = (...args: string[]): Promise<string> => tool("make", ["-s", "ARCH=mips", `CROSS_COMPILE=${cross}`, ...args], source);
  await make(`KCONFIG_ALLCONFIG=${options}`, "allnoconfig");
  await make(jobs, "vmlinux");
  await tool(`${cross}strip`, [join(source, "vmlinux")]);
  const kernel = await readFile(join(source, "vmlinux"));
  await rm(work, { recursive: true });
  return kernel;
};

const buildBusybox = async (archive: DebianArchive, work: string, say: (text: string) => void): Promise<Uint8Array> => {
  say("fetching and building busybox");
  await fresh(work);
  const files = await archive.source("busybox", work);
  const tarball = files.find((file) => file.includes(".orig.tar"));
  if (tarball === undefined) throw new Error("the sources of busybox have no .orig.tar");
  await tool("tar", ["-xf", join(work, tarball), "-C", work]);
  const inside = (await readdir(work, { withFileTypes: true })).find((entry) => entry.isDirectory())!;
  const source = join(work, inside.name);
  const make = (...args: string[]): Promise<string> => tool("make", ["-s", `CROSS_COMPILE=${cross}`, ...args], source);
  await make("defconfig");
  const config = join(source, ".config");
  await writeFile(config, (await readFile(config, "utf8")).replace("# CONFIG_STATIC is not set", "CONFIG_STATIC=y"));
  await make(jobs, "busybox");
  const busybox = await readFile(join(source, "busybox"));
  await rm(work, { recursive: true });
  return busybox;
};
