/** Linux on the Malta board in both byte orders, with 32 and 64 bits, used as a person would use it: the emulator as a process, commands typed at its console. */
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  builtMips,
  canBuildMips,
  debianMips64el,
  debianMipsel,
  emulatorCalled,
  GuestProcess,
  type LinuxGuest,
  prompt,
  ready,
  tool,
} from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const bootLimit = 300;
const commandLimit = 120;
const MiB = 2 ** 20;
/** Milliseconds for fetching, and for building a kernel. */
const buildLimit = 3_600_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsemu-guests-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const kernels = [
  {
    name: "Debian's 4kc-malta kernel",
    program: "tsemu-system-mipsel",
    cpu: "24Kf",
    machine: "mips",
    fetch: debianMipsel,
    there: true,
  },
  // It needs release 2 of the architecture; without an FPU it emulates one, slowly.
  {
    name: "Debian's 5kc-malta kernel",
    program: "tsemu-system-mips64el",
    cpu: "MIPS64R2-generic",
    machine: "mips64",
    fetch: debianMips64el,
    there: true,
  },
  {
    name: "a big-endian kernel (needs gcc-mips-linux-gnu)",
    program: "tsemu-system-mips",
    cpu: "24Kf",
    machine: "mips",
    fetch: builtMips,
    there: await canBuildMips(),
  },
];

describe.each(kernels)("$name", ({ program, cpu, machine, fetch, there }) => {
  describe.skipIf(!there)("with BusyBox", () => {
    let guest: LinuxGuest;
    beforeAll(async () => {
      guest = await fetch(() => {});
    }, buildLimit);

    const start = (...args: string[]): GuestProcess =>
      new GuestProcess(
        `-M malta -cpu ${cpu} -m 256 -nographic -append console=ttyS0`
          .split(" ")
          .concat("-kernel", guest.kernel, "-initrd", guest.initrd, args),
        { program: [process.execPath, emulatorCalled(program)] },
      );

    const toShell = async (vm: GuestProcess): Promise<void> => {
      await vm.waitFor(ready, bootLimit);
      await vm.waitFor(prompt, commandLimit);
      // The shell wraps what is typed at the terminal's width.
      vm.type("stty cols 500\n");
      await vm.waitFor(prompt, commandLimit);
    };

    describe("at its shell", () => {
      let vm: GuestProcess;
      beforeAll(async () => {
        vm = start("-nic", "loopback");
        await toShell(vm);
      });
      afterAll(() => vm.kill());

      const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);

      it.each<[string, string]>([
        ["uname -s -m", `Linux ${machine}\n`],
        ["head -c 2097152 /dev/zero | sha256sum", "5647f05ec18958947d32874eeb788fa396a05d0bab7c1b71f112ceb7e9b31eee  -\n"],
        [
          "awk 'BEGIN { for (i = 1; i <= 1000; i++) { x += 1 / i; y = y / 2 - x * 1e-3 } printf \"%.9f %.9e\\n\", x, y }'",
          "7.485470861 -1.496893972e-02\n",
        ],
        ["seq 1 2000 | sort -rn | head -n 3 | tr '\\n' ' '; echo", "2000 1999 1998 \n"],
        ["seq 1 5000 | sort -r | sort -n | tail -n 1", "5000\n"],
        ["(sleep 1; echo late > /tmp/job) & wait; cat /tmp/job", "late\n"],
        ["f() { test $1 -le 1 && echo 1 || echo $(($1 * $(f $(($1 - 1))))); }; f 8", "40320\n"],
        ["cat /sys/devices/system/clocksource/clocksource0/current_clocksource", "MIPS\n"],
        [
          "cat /sys/bus/pci/devices/0000:00:0a.0/device /sys/bus/pci/devices/0000:00:0a.1/device /sys/bus/pci/devices/0000:00:0a.3/device",
          "0x7110\n0x7111\n0x7113\n",
        ],
        // The card hears its own question for the address' owner, and sees that the link is there.
        [
          "ifconfig eth0 10.0.0.1 up; sleep 1; ping -c 1 10.0.0.9 > /dev/null; cat /sys/class/net/eth0/carrier; test $(cat /sys/class/net/eth0/statistics/rx_packets) -gt 0 && echo heard",
          "1\nheard\n",
        ],
        ["grep -c XT-PIC.*ttyS0 /proc/interrupts", "1\n"],
        // A tick of CP0's timer, not of the 8254.
        ["grep -c 'MIPS.*timer' /proc/interrupts", "1\n"],
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
        expect(taken).toBeGreaterThan(900);
        expect(taken).toBeLessThan(10_000);
      });

      it("knows the host's time", async () => {
        expect(Math.abs(Number((await sh("date +%s")).split("\n")[0]) - Date.now() / 1000)).toBeLessThan(30);
      });

      it("reports programs that die", async () => {
        expect(await sh("sh -c 'kill -SEGV $$'; echo died $?")).toContain("died 139");
      });

      it("switches off, and the emulator ends with 0", async () => {
        vm.type("poweroff\n");
        expect(await vm.end(commandLimit)).toBe(0);
      });
    });

    it("reboots", async () => {
      const vm = start("-no-reboot");
      try {
        await toShell(vm);
        vm.type("reboot\n");
        expect(await vm.end(commandLimit)).toBe(0);
      } finally {
        vm.kill();
      }
    });

    it("writes to ext4 on an IDE disk, reads a CD-ROM, leaves alone what it may not write to", async () => {
      const [disk, kept, disc] = ["disk.img", "kept.img", "disc.img"].map((name) => join(folder, `${program}-${name}`)) as [
        string,
        string,
        string,
      ];
      for (const path of [disk, kept]) {
        const file = await open(path, "w");
        await file.truncate(32 * MiB);
        await file.close();
        await tool("mkfs.ext4", ["-q", "-F", "-L", "tsemu", path]);
      }
      const numbered = Uint8Array.from({ length: 2 * MiB }, (_, i) => (i >>> 11) ^ i);
      await writeFile(disc, numbered);
      const before = await readFile(kept);
      const drives = ["-hda", disk, "-drive", `file=${kept},format=raw,if=ide,index=1,snapshot=on`, "-cdrom", disc];
      const vm = start(...drives);
      const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);
      try {
        await toShell(vm);
        for (const name of ["sda", "sdb"]) {
          expect(await sh(`mount -t ext4 /dev/${name} /mnt; echo code $?`)).toContain("code 0\n");
          await sh("seq 1 20000 > /mnt/numbers; mkdir /mnt/d; ln -s numbers /mnt/d/link");
          const sum = (await sh("md5sum < /mnt/numbers; sync; echo 3 > /proc/sys/vm/drop_caches; md5sum < /mnt/numbers")).match(
            /[0-9a-f]{32}/g,
          );
          expect(sum).toHaveLength(2);
          expect(sum![0]).toBe(sum![1]);
          await sh("umount /mnt");
        }
        expect(await sh("cat /sys/class/ata_device/dev1.0/dma_mode")).toContain("XFER_UDMA_2\n");
        expect(await sh("dmesg | grep -ciE 'ata[0-9.]+: .*(exception|failed|timeout|lost)'")).toContain("0\n");
        const digest = (await tool("md5sum", [disc])).slice(0, 32);
        expect(await sh("md5sum < /dev/sr0")).toContain(digest);
        vm.type("poweroff\n");
        expect(await vm.end(commandLimit)).toBe(0);
      } finally {
        vm.kill();
      }
      expect(await tool("e2fsck", ["-f", "-n", disk])).toMatch(/tsemu: 14\/\d+ files/);
      expect(await tool("debugfs", ["-R", "cat /numbers", disk])).toMatch(/\n19999\n20000\n$/);
      expect((await readFile(kept)).equals(before)).toBe(true);
    });
  });
});
