/**
 * A MIPS CPU without an operating system: exceptions, the TLB, modes and interrupts, as QEMU's Malta board shows them. The program prints
 * what its handlers saw (test/guests/bare/exceptions-mips.c); the machine here is RAM, a UART's data register and a reset register.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Logger } from "@tsemu/base";
import { defaultLimits, RegionTier, Vcpu } from "@tsemu/engine";
import { ImmediateCompiler } from "@tsemu/host-node";
import { TimerQueue, unconnected } from "@tsemu/hw";
import { parseElf } from "@tsemu/loader";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { mipsTarget } from "../targets/mips/src/index.ts";
import { describe, expect, test } from "vitest";

const bare = join(import.meta.dirname, "guests/bare");
const RAM_SIZE = 0x80_0000;
const UART = 0x1800_03f8;
const RESET = 0x1f00_0500;
/** Virtual time is the instruction count, so many ns each. */
const NS_PER_INSN = 8;

/** What the program prints, in that many instructions at the most. */
function run(compiled: boolean): string {
  const memory = new EmulatorMemory(RAM_SIZE);
  const space = new AddressSpace(memory);
  space.addRam({ kind: "ram", name: "ram", pa: 0, size: RAM_SIZE });
  let output = "";
  let ended = false;
  const device = (write: (value: number) => void) => ({ read: () => 0, write: (_offset: number, value: number) => write(value) });
  space.addMmio("uart", UART, 8, device((value) => (output += String.fromCharCode(value))) as never);
  space.addMmio("reset", RESET, 8, device(() => (ended = true)) as never);
  let vcpu: Vcpu | undefined;
  let idle = 0;
  const clock = new TimerQueue(() => ((vcpu?.instructionCount ?? 0) + idle) * NS_PER_INSN);
  vcpu = new Vcpu({
    target: mipsTarget({ bits: 32, bigEndian: false }),
    model: "24Kf",
    space,
    clock,
    log: new Logger(),
    wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
    output: () => unconnected,
    firmwareCall: () => false,
  });
  if (compiled) vcpu.hotCode = new RegionTier(vcpu, new ImmediateCompiler(), { ...defaultLimits, threshold: 1, least: 1 });
  vcpu.reset();
  const { entry, segments } = parseElf(readFileSync(join(bare, "exceptions-mipsel.elf")), "program");
  for (const { pa, bytes } of segments) space.writeBytes(Number(pa & 0x1fff_ffffn), bytes);
  vcpu.cpu.start(Number(entry), []);
  for (let slices = 0; !ended && slices < 20_000; slices++) {
    clock.runDue();
    const end = vcpu.runSlice(1000, true);
    // WAIT: time goes on to the next timer.
    if (end.kind === "stop") idle += Math.max(1, Math.ceil((clock.deadline - clock.now()) / NS_PER_INSN));
  }
  expect(ended).toBe(true);
  return output;
}

describe.each([
  ["tier 0", false],
  ["compiled", true],
])("%s", (_, compiled) => {
  test("shows what QEMU's board shows", () => {
    const expected = readFileSync(join(bare, "exceptions-mips.txt"), "utf8")
      // There is no MIPS16e and there are no watch registers.
      .replace("config1 9e190c8f", "config1 9e190c83");
    expect(run(compiled)).toBe(expected);
  });
});
