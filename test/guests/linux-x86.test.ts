/** Debian's kernels on the PC, 32 and 64 bits, booted by SeaBIOS and used as a person would: commands typed at the console, disks, power. */
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianAmd64, debianI386, emulatorCalled, GuestProcess, type PcGuest, prompt, ready } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const bootLimit = 300;
const commandLimit = 120;
const MiB = 2 ** 20;
/** Milliseconds for fetching. */
const fetchLimit = 3_600_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsemu-guests-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const kernels = [
  { name: "Debian's 686 kernel", program: "tsemu-system-i386", cpu: "max", machine: "i686", fetch: debianI386 },
  { name: "Debian's amd64 kernel", program: "tsemu-system-x86_64", cpu: "max", machine: "x86_64", fetch: debianAmd64 },
];

describe.each(kernels)("$name", ({ program, cpu, machine, fetch }) => {
  let guest: PcGuest;
  beforeAll(async () => {
    guest = await fetch(() => {});
  }, fetchLimit);

  const start = (args: readonly string[]): GuestProcess =>
    new GuestProcess(
      `-M pc -cpu ${cpu} -m 512 -nographic -append console=ttyS0`
        .split(" ")
        .concat("-L", guest.firmware, "-kernel", guest.kernel, "-initrd", guest.initrd, args),
      { program: [process.execPath, emulatorCalled(program)] },
    );

  const toShell = async (vm: GuestProcess): Promise<void> => {
    await vm.waitFor(ready, bootLimit);
    await vm.waitFor(prompt, commandLimit);
    // The shell wraps what is typed at the terminal's width; what the kernel finds later is not to stand between the lines.
    vm.type("stty cols 500; dmesg -n 1\n");
    await vm.waitFor(prompt, commandLimit);
  };

  describe("at its shell, with a disk on virtio and one on IDE", () => {
    let vm: GuestProcess;
    const virtio = (): string => join(folder, `${machine}-virtio.img`);
    const ide = (): string => join(folder, `${machine}-ide.img`);
    beforeAll(async () => {
      for (const path of [virtio(), ide()]) {
        const file = await open(path, "w");
        await file.truncate(8 * MiB);
        await file.close();
      }
      await writeFile(virtio(), "on virtio\n", { flag: "r+" });
      await writeFile(ide(), "on IDE\n", { flag: "r+" });
      vm = start(
        `-drive file=${virtio()},format=raw,if=virtio -drive file=${ide()},format=raw`
          .split(" ")
          .concat("-device virtio-rng-pci -nic loopback,model=virtio-net-pci".split(" ")),
      );
      await toShell(vm);
    });
    afterAll(() => vm.kill());

    const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);

    it.each<[string, string]>([
      ["head -c 2097152 /dev/zero | sha256sum", "5647f05ec18958947d32874eeb788fa396a05d0bab7c1b71f112ceb7e9b31eee  -\n"],
      [
        "awk 'BEGIN { for (i = 1; i <= 1000; i++) { x += 1 / i; y = y / 2 - x * 1e-3 } printf \"%.9f %.9e\\n\", x, y }'",
        "7.485470861 -1.496893972e-02\n",
      ],
      ["cat /sys/bus/pci/devices/0000:00:01.0/device /sys/bus/pci/devices/0000:00:01.3/device", "0x7000\n0x7113\n"],
      ["cat /sys/class/dmi/id/sys_vendor", "tsemu\n"],
      ["head -n 1 /dev/vda", "on virtio\n"],
      ["head -n 1 /dev/sda", "on IDE\n"],
      ["cat /sys/class/misc/hw_random/rng_current", "virtio_rng.0\n"],
      ["cat /sys/class/net/eth0/carrier", "cat: read error: Invalid argument\n"],
    ])("%s", async (line, output) => {
      expect(await sh(line)).toBe(output);
    });

    it("is what it says it is", async () => {
      expect(await sh("uname -s -m")).toBe(`Linux ${machine}\n`);
    });

    it("has its interrupts by the I/O APIC and by messages", async () => {
      const interrupts = await sh("cat /proc/interrupts");
      expect(interrupts).toMatch(/IO-APIC +4-edge +ttyS0/);
      expect(interrupts).toMatch(/IO-APIC +9-fasteoi +acpi/);
      expect(interrupts).toMatch(/PCI-MSI.* virtio\d-/);
    });

    it("writes to both disks", async () => {
      await sh(
        "dd if=/dev/urandom of=/tmp/data bs=64k count=16; dd if=/tmp/data of=/dev/vda bs=64k seek=8; dd if=/tmp/data of=/dev/sda bs=64k seek=8",
      );
      const sum = await sh("sync; sha256sum /tmp/data | cut -c1-64");
      const host = async (path: string): Promise<string> => {
        const { createHash } = await import("node:crypto");
        const bytes = await readFile(path);
        return `${createHash("sha256")
          .update(bytes.subarray(8 * 65_536, 24 * 65_536))
          .digest("hex")}\n`;
      };
      expect([await host(virtio()), await host(ide())]).toEqual([sum, sum]);
    });

    it("comes back after a reboot, and switches off", async () => {
      vm.type("reboot -f\n");
      await vm.waitFor("SeaBIOS", commandLimit);
      await toShell(vm);
      vm.type("poweroff -f\n");
      expect(await vm.end(commandLimit)).toBe(0);
    });
  });
});
