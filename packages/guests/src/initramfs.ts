/** A root file system in memory: BusyBox, a first process that starts a shell, and kernel modules. */
import { gzipSync } from "node:zlib";
import { cpio, type CpioEntry } from "./cpio.ts";
import type { KernelModule } from "./kernel-modules.ts";

/** What the shell shows when it waits. */
export const prompt = "tsemu# ";
/** Printed when the system is up. */
export const ready = "TSEMU-READY";

const init = `#!/bin/busybox sh
# The first process: mounts what programs expect, loads the modules, then a shell on the console.
/bin/busybox mkdir -p /proc /sys /dev /tmp /mnt /root /sbin /usr/bin /usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s
export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root PS1='${prompt}'
for module in $(cat /modules/order 2>/dev/null); do insmod /modules/$module.ko; done
hostname tsemu
cd /root
echo "${ready} $(uname -s -r -m)"
setsid -c sh -i </dev/console >/dev/console 2>&1
# The shell was left.
poweroff -f
`;

const text = (contents: string): Uint8Array => new TextEncoder().encode(contents);

/** The compressed archive, for -initrd. `busybox`: a static binary. */
export const buildInitramfs = (busybox: Uint8Array, modules: readonly KernelModule[] = []): Uint8Array => {
  const entries: CpioEntry[] = [
    ...["bin", "dev", "modules"].map((path): CpioEntry => ({ kind: "directory", path })),
    { kind: "device", path: "dev/console", major: 5, minor: 1 },
    { kind: "file", path: "bin/busybox", bytes: busybox, executable: true },
    { kind: "file", path: "init", bytes: text(init), executable: true },
    { kind: "file", path: "modules/order", bytes: text(modules.map((m) => `${m.name}\n`).join("")) },
    ...modules.map((m): CpioEntry => ({ kind: "file", path: `modules/${m.name}.ko`, bytes: m.bytes })),
  ];
  return gzipSync(cpio(entries), { level: 6 });
};
