/** A root file system in memory: BusyBox as the first process, a shell on the console, and kernel modules. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { cpio, type CpioEntry } from "./cpio.ts";
import type { KernelModule } from "./kernel-modules.ts";

/** What the shell shows when it waits. */
export const prompt = "tsemu# ";
/** Printed when the system is up. */
export const ready = "TSEMU-READY";

const init = `#!/bin/busybox sh
# Mounts what programs expect, loads the modules, then becomes the init of /etc/inittab.
/bin/busybox mkdir -p /proc /sys /dev /tmp /mnt /root /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s
export PATH=/usr/bin:/usr/sbin:/bin:/sbin
for module in $(cat /modules/order 2>/dev/null); do insmod /modules/$module.ko; done
hostname tsemu
echo "${ready} $(uname -s -r -m)"
exec init
`;

// The dash makes it a login shell, which owns the terminal: Ctrl-C and job control work.
const inittab = `::once:-/bin/sh
::ctrlaltdel:/sbin/reboot
`;

// Leaving the shell switches the machine off.
const profile = `export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root PS1='${prompt}'
trap poweroff EXIT
cd
`;

/** Changes with what buildInitramfs makes of the same BusyBox and kernel, so that none of an older version is used. */
export const initramfsVersion = (modules: readonly string[]): string =>
  createHash("sha256")
    .update([init, inittab, profile, ...modules].join("\0"))
    .digest("hex")
    .slice(0, 8);

const text = (contents: string): Uint8Array => new TextEncoder().encode(contents);

/** The compressed archive, for -initrd. `busybox`: a static binary. */
export const buildInitramfs = (busybox: Uint8Array, modules: readonly KernelModule[] = []): Uint8Array => {
  const entries: CpioEntry[] = [
    ...["bin", "dev", "etc", "modules"].map((path): CpioEntry => ({ kind: "directory", path })),
    { kind: "device", path: "dev/console", major: 5, minor: 1 },
    { kind: "file", path: "bin/busybox", bytes: busybox, executable: true },
    { kind: "file", path: "init", bytes: text(init), executable: true },
    { kind: "file", path: "etc/inittab", bytes: text(inittab) },
    { kind: "file", path: "etc/profile", bytes: text(profile) },
    { kind: "file", path: "modules/order", bytes: text(modules.map((m) => `${m.name}\n`).join("")) },
    ...modules.map((m): CpioEntry => ({ kind: "file", path: `modules/${m.name}.ko`, bytes: m.bytes })),
  ];
  return gzipSync(cpio(entries), { level: 6 });
};
