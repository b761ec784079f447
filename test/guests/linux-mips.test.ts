/** Debian's kernels for the Malta board, 32 and 64 bits, with commands typed at their console. */
import { debianMips64el, debianMipsel, emulatorCalled, GuestProcess, type LinuxGuest, prompt, ready } from "@tsemu/guests";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const bootLimit = 300;
const commandLimit = 120;

/** The kernel for 64 bits needs release 2 of the architecture; without an FPU it emulates one. */
const variants = [
  { kernel: "4kc-malta", program: "tsemu-system-mipsel", cpu: "24Kf", machine: "mips", build: debianMipsel },
  { kernel: "5kc-malta", program: "tsemu-system-mips64el", cpu: "MIPS64R2-generic", machine: "mips64", build: debianMips64el },
] as const;
type Variant = (typeof variants)[number];

const start = ({ program, cpu }: Variant, guest: LinuxGuest, ...args: string[]): GuestProcess =>
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

describe.each(variants)("Debian's $kernel kernel with BusyBox", (variant) => {
  let vm: GuestProcess;
  beforeAll(async () => {
    vm = start(variant, await variant.build(() => {}));
    await toShell(vm);
  });
  afterAll(() => vm.kill());

  const sh = (line: string): Promise<string> => vm.command(line, prompt, commandLimit);

  it.each<[string, string]>([
    ["uname -s -m", `Linux ${variant.machine}\n`],
    ["head -c 2097152 /dev/zero | sha256sum", "5647f05ec18958947d32874eeb788fa396a05d0bab7c1b71f112ceb7e9b31eee  -\n"],
    [
      "awk 'BEGIN { for (i = 1; i <= 1000; i++) { x += 1 / i; y = y / 2 - x * 1e-3 } printf \"%.9f %.9e\\n\", x, y }'",
      "7.485470861 -1.496893972e-02\n",
    ],
    ["seq 1 5000 | sort -r | sort -n | tail -n 1", "5000\n"],
    ["(sleep 1; echo late > /tmp/job) & wait; cat /tmp/job", "late\n"],
    ["cat /sys/devices/system/clocksource/clocksource0/current_clocksource", "MIPS\n"],
    ["cat /sys/bus/pci/devices/0000:00:0a.0/device /sys/bus/pci/devices/0000:00:0a.3/device", "0x7110\n0x7113\n"],
    ["grep -c XT-PIC.*ttyS0 /proc/interrupts", "1\n"],
    // A tick of CP0's timer, not of the 8254.
    ["grep -c 'MIPS.*timer' /proc/interrupts", "1\n"],
  ])("%s", async (line, expected) => expect(await sh(line)).toContain(expected));

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

  it("switches off", async () => {
    vm.type("poweroff\n");
    expect(await vm.end(commandLimit)).toBe(0);
  });
});

it.each(variants)("$kernel reboots", async (variant) => {
  const vm = start(variant, await variant.build(() => {}), "-no-reboot");
  try {
    await toShell(vm);
    vm.type("reboot\n");
    expect(await vm.end(commandLimit)).toBe(0);
  } finally {
    vm.kill();
  }
});
