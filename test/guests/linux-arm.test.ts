/** Debian's kernel on the virt board, used as a person would use it: the emulator as a process, commands typed at its console. */
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianArm, GuestProcess, type LinuxGuest, prompt, ready, tool } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Seconds until a Debian kernel has unpacked itself and reached the shell; generous, for slow and busy hosts. */
const bootLimit = 300;
const commandLimit = 120;
const MiB = 2 ** 20;

let guest: LinuxGuest;
let folder: string;
beforeAll(async () => {
  guest = await debianArm(() => {});
  folder = await mkdtemp(join(tmpdir(), "tsemu-guests-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (...args: string[]): GuestProcess =>
  new GuestProcess([
    "-M",
    "virt",
    "-m",
    "256",
    "-nographic",
    "-kernel",
    guest.kernel,
    "-initrd",
    guest.initrd,
    "-append",
    "console=ttyAMA0",
    ...args,
  ]);

const toShell = async (vm: GuestProcess): Promise<void> => {
  await vm.waitFor(ready, bootLimit);
  await vm.waitFor(prompt, commandLimit);
  // The shell wraps what is typed at the terminal's width.
  vm.type("stty cols 500\n");
  await vm.waitFor(prompt, commandLimit);
};

describe("Debian's kernel with BusyBox", () => {
  let vm: GuestProcess;
  beforeAll(async () => {
    vm = start("-device", "virtio-rng-device", "-nic", "loopback");
    await toShell(vm);
  });
  afterAll(() => vm.kill());

  const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);

  it.each<[string, string]>([
    ["uname -s -m", "Linux armv7l\n"],
    ["head -c 2097152 /dev/zero | sha256sum", "5647f05ec18958947d32874eeb788fa396a05d0bab7c1b71f112ceb7e9b31eee  -\n"],
    [
      "awk 'BEGIN { for (i = 1; i <= 1000; i++) { x += 1 / i; y = y / 2 - x * 1e-3 } printf \"%.9f %.9e\\n\", x, y }'",
      "7.485470861 -1.496893972e-02\n",
    ],
    ["seq 1 2000 | sort -rn | head -n 3 | tr '\\n' ' '; echo", "2000 1999 1998 \n"],
    ["seq 1 5000 | sort -r | sort -n | tail -n 1", "5000\n"],
    ["echo one two three | tr ' ' '\\n' | grep -c t", "2\n"],
    ["(sleep 1; echo late > /tmp/job) & wait; cat /tmp/job", "late\n"],
    ["ls -l /init | cut -c1-10; test -c /dev/null && echo device", "-rwxr-xr-x\ndevice\n"],
    ["f() { test $1 -le 1 && echo 1 || echo $(($1 * $(f $(($1 - 1))))); }; f 8", "40320\n"],
    ["cat /sys/class/misc/hw_random/rng_current; head -c 16 /dev/hwrng | wc -c", "virtio_rng.0\n16\n"],
  ])("%s", async (line, expected) => expect(await sh(line)).toContain(expected));

  it("compresses and expands without loss", async () => {
    const [a, b] = (await sh("seq 1 20000 | md5sum; seq 1 20000 | gzip -9 | gunzip | md5sum")).trim().split("\n");
    expect(a).toMatch(/^[0-9a-f]{32} /);
    expect(b).toBe(a);
  });

  it("keeps time: sleep 1 takes about a second", async () => {
    const before = performance.now();
    await sh("sleep 1");
    const taken = performance.now() - before;
    expect(taken).toBeGreaterThan(990);
    expect(taken).toBeLessThan(4000);
    const [from, to] = (await sh("cut -d' ' -f1 /proc/uptime; sleep 2; cut -d' ' -f1 /proc/uptime")).split("\n").map(Number);
    expect(to! - from!).toBeGreaterThan(1.9);
    expect(to! - from!).toBeLessThan(5);
  });

  it("knows what time it is", async () => {
    const seconds = Number(await sh("date +%s"));
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(30);
  });

  it("reports programs that die", async () => {
    expect(await sh("sh -c 'kill -SEGV $$'; echo died $?")).toContain("died 139");
  });

  it("powers off, and the emulator ends with 0", async () => {
    vm.type("poweroff -f\n");
    expect(await vm.end(commandLimit)).toBe(0);
  });
});

describe("ends of a run", () => {
  it("reboots into the same kernel, and with -no-reboot ends instead", async () => {
    const vm = start();
    try {
      await toShell(vm);
      vm.type("reboot -f\n");
      await toShell(vm);
      vm.type("\x01x");
      expect(await vm.end(commandLimit)).toBe(0);
    } finally {
      vm.kill();
    }
    const once = start("-no-reboot");
    try {
      await toShell(once);
      once.type("reboot -f\n");
      expect(await once.end(commandLimit)).toBe(0);
    } finally {
      once.kill();
    }
  });
});

describe("a disk", () => {
  const image = async (name: string): Promise<string> => {
    const path = join(folder, name);
    const file = await open(path, "w");
    await file.truncate(32 * MiB);
    await file.close();
    await tool("mkfs.ext4", ["-q", "-F", "-L", "tsemu", path]);
    return path;
  };

  const write = async (vm: GuestProcess): Promise<void> => {
    const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);
    await toShell(vm);
    expect(await sh("mount -t ext4 /dev/vda /mnt; echo $?")).toMatch(/^0$/m);
    await sh("seq 1 20000 > /mnt/numbers; mkdir /mnt/d; ln -s numbers /mnt/d/link; md5sum < /mnt/numbers");
    expect(await sh("sync; echo 3 > /proc/sys/vm/drop_caches; tail -n 1 /mnt/numbers")).toContain("20000\n");
    await sh("umount /mnt");
    vm.type("poweroff -f\n");
    expect(await vm.end(commandLimit)).toBe(0);
  };

  it("with ext4 is mounted, written, and clean afterwards", async () => {
    const path = await image("disk.img");
    const vm = start("-drive", `file=${path},format=raw,if=none,id=d`, "-device", "virtio-blk-device,drive=d");
    try {
      await write(vm);
    } finally {
      vm.kill();
    }
    expect(await tool("e2fsck", ["-f", "-n", path])).toMatch(/tsemu: 14\/\d+ files/);
    expect(await tool("debugfs", ["-R", "cat /numbers", path])).toMatch(/\n19999\n20000\n$/);
  });

  it("stays as it is with -snapshot, over the modern transport", async () => {
    const path = await image("snapshot.img");
    const before = await readFile(path);
    const vm = start("-snapshot", "-drive", `file=${path},format=raw,if=virtio`, "-global", "virtio-mmio.force-legacy=false");
    try {
      await write(vm);
    } finally {
      vm.kill();
    }
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it("that is cut short, or deleted, under the running guest: it gets errors, or goes on, and so does the emulator", async () => {
    const [cut, deleted] = [await image("cut.img"), await image("deleted.img")];
    const disk = (path: string, serial: string): string[] => [
      "-drive",
      `file=${path},format=raw,if=none,id=${serial}`,
      "-device",
      `virtio-blk-device,drive=${serial},serial=${serial}`,
    ];
    const vm = start(...disk(cut, "cut"), ...disk(deleted, "deleted"));
    const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);
    try {
      await toShell(vm);
      for (const name of ["cut", "deleted"]) {
        await sh(`ln -s /dev/$(basename $(dirname $(grep -lx ${name} /sys/block/*/serial))) /dev/${name}`);
      }
      const before = await sh("dd if=/dev/deleted bs=4096 skip=100 count=1 2>/dev/null | md5sum");
      await tool("truncate", ["-s", "4096", cut]);
      await rm(deleted);
      const printed = await sh("dd if=/dev/cut of=/dev/null bs=4096 skip=100 count=1; echo still here");
      expect(printed).toContain("Input/output error");
      expect(printed).toContain("still here");
      // What was there is; the file lives on until the emulator closes it, as under any program.
      expect(await sh("dd if=/dev/cut of=/dev/null bs=512 count=1; echo read")).toMatch(/1\+0 records out[^]*read/);
      await sh("echo 3 > /proc/sys/vm/drop_caches");
      expect(await sh("dd if=/dev/deleted bs=4096 skip=100 count=1 2>/dev/null | md5sum")).toBe(before);
      expect(await sh("mount -t ext4 /dev/deleted /mnt && seq 1 1000 > /mnt/n && sync && umount /mnt; echo code $?")).toContain("code 0\n");
      expect(await sh("mount -t ext4 /dev/cut /mnt; echo code $?")).not.toContain("code 0\n");
      vm.type("poweroff -f\n");
      expect(await vm.end(commandLimit)).toBe(0);
      expect(vm.errors).toBe("");
    } finally {
      vm.kill();
    }
  });
});
