/** Debian's kernel with everything about the run fixed is the same in every tier: what it prints, and the state of the machine on the way. */
import { readFileSync } from "node:fs";
import { debianArm, type LinuxGuest } from "@tsemu/guests";
import { InlineCompiler } from "@tsemu/host-node";
import { bootArm } from "@tsemu/machines";
import { beforeAll, expect, it } from "vitest";
import { type BareOptions, bareSystem, hashMachine, loadCompiler, MiB } from "../support/bare-system.ts";
import { consoleOutput, tiers } from "../support/console-output.ts";

let guest: LinuxGuest;
beforeAll(async () => {
  guest = await debianArm(() => {});
});

/** What the first process does: processes, pipes, files, clocks, random numbers. Then it switches off. */
const script = [
  "b=/bin/busybox",
  "$b uname -a",
  "$b mkdir /proc /tmp",
  "$b mount -t proc proc /proc",
  "$b seq 1 500 | $b sort -r | $b sha256sum",
  "$b head -c 300000 /dev/zero | $b gzip | $b md5sum",
  "$b awk 'BEGIN { for (i = 1; i < 300; i++) x += 1 / i; print x }'",
  "$b sleep 0.2",
  "$b date -u",
  "$b cat /proc/uptime /proc/interrupts /proc/stat /proc/meminfo",
  "$b mknod /tmp/random c 1 9",
  "$b head -c 32 /tmp/random | $b hexdump",
  "$b poweroff -f",
].join("; ");

it("the console's output, byte by byte, from the first kernel line to the end", { timeout: 3_000_000 }, async () => {
  const args = ["-M", "virt", "-m", "256", "-nographic", "-kernel", guest.kernel, "-initrd", guest.initrd];
  const append = `console=ttyAMA0 rdinit=/bin/busybox -- sh -c "${script}"`;
  const outputs: string[] = [];
  for (const tier of tiers) outputs.push((await consoleOutput(tier, [...args, "-append", append], 900)).toString("latin1"));
  const [reference, ...others] = outputs;
  for (const text of ["Linux version", "UTC 2026", "MemTotal:", "arch_timer", "reboot: Power down"]) expect(reference).toContain(text);
  for (const other of others) expect(other).toBe(reference);
});

/** Instructions between the points where the machines are compared. */
const step = 200e6;
/** The first nine are in the decompressor, the rest in the kernel. */
const steps = 12;
/** The event loop gets a turn this often, for a compiler that needs some. */
const turn = 500_000;

const hashes = async (options: BareOptions): Promise<string[]> => {
  const { system, serial } = bareSystem({ ramBytes: 256 * MiB, ...options });
  const file = (name: string) => ({ name, bytes: new Uint8Array(readFileSync(name)) });
  const boot = bootArm(system.machine, { kernel: file(guest.kernel), initrd: file(guest.initrd), commandLine: "console=ttyAMA0" });
  system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
  const found: string[] = [];
  for (let i = 0; i < steps; i++) {
    for (let n = 0; n < step; n += turn) {
      expect(system.advance(turn).kind).toBe("done");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(system.vcpu.instructionCount).toBe(step * (i + 1));
    found.push(`${hashMachine(system)} ${serial.text.length} bytes printed`);
  }
  expect(serial.text).toContain("Linux version");
  const tier1 = system.vcpu.hotCode as { compiled: number; failures: number } | undefined;
  expect(tier1?.failures ?? 0).toBe(0);
  if (options.compiler !== undefined) expect(tier1!.compiled).toBeGreaterThan(20);
  return found;
};

it("registers and memory after each 200 million instructions", { timeout: 3_000_000 }, async () => {
  const reference = await hashes({});
  expect(new Set(reference).size).toBe(steps);
  expect(await hashes({ compiler: await loadCompiler(), threshold: 1 })).toEqual(reference);
  expect(await hashes({ compiler: new InlineCompiler(), threshold: 6000 })).toEqual(reference);
});
