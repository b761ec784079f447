/** Debian's cloud kernel on microvm: no PCI, virtio over MMIO, ACPI without its usual hardware. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianCloud, emulatorCalled, GuestProcess, prompt, ready } from "@tsemu/guests";
import { expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const bootLimit = 500;
const commandLimit = 120;

it("boots to a shell, has a disk, and switches itself off", { timeout: 1_500_000 }, async () => {
  const guest = await debianCloud(() => {});
  const folder = await mkdtemp(join(tmpdir(), "tsemu-microvm-"));
  const disk = join(folder, "disk.img");
  await writeFile(disk, Buffer.alloc(2 ** 20, "on virtio\n"));
  const vm = new GuestProcess(
    "-M microvm -cpu max -m 256 -nographic -append console=ttyS0 -device virtio-rng-device"
      .split(" ")
      .concat("-L", guest.firmware, "-kernel", guest.kernel, "-initrd", guest.initrd)
      .concat("-drive", `file=${disk},format=raw,if=virtio`),
    { program: [process.execPath, emulatorCalled("tsemu-system-x86_64")] },
  );
  const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);
  try {
    await vm.waitFor(ready, bootLimit);
    await vm.waitFor(prompt, commandLimit);
    expect(await sh("stty cols 500; dmesg -n 1; uname -r")).toMatch(/-cloud-amd64\n/);
    expect(await sh("head -n 1 /dev/vda; ls /proc/bus/pci 2>&1 | wc -l")).toBe("on virtio\n1\n");
    expect(await sh("cat /proc/interrupts")).toMatch(/IO-APIC +23-fasteoi +virtio1/);
    expect(await sh("cat /sys/bus/acpi/devices/LNXPWRBN:00/path /sys/bus/acpi/devices/PNP0C0C:00/path 2>/dev/null")).toContain("PWRB");
    vm.type("poweroff -f\n");
    expect(await vm.end(commandLimit)).toBe(0);
  } finally {
    vm.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
