/** Stops for a debugger on a MIPS CPU, where branches have delay slots, in both tiers; and its registers as gdb has them. */
import { Logger } from "@tsemu/base";
import { defaultLimits, RegionTier, Vcpu } from "@tsemu/engine";
import { ImmediateCompiler } from "@tsemu/host-node";
import { TimerQueue, unconnected } from "@tsemu/hw";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { DebugStop } from "@tsemu/target";
import { mipsTarget } from "@tsemu/target-mips";
import { describe, expect, it } from "vitest";
import { words } from "./support/bare-system.ts";

const RAM_SIZE = 0x10_0000;
/** In kseg0. */
const BASE = 0x8000_0000;
const DATA = BASE + 0x2000;
const [ENTRY, LOOP, CALL, CALL_SLOT, BACK, BACK_SLOT, SUB, RETURN_SLOT] = [
  0x1000, 0x1008, 0x100c, 0x1010, 0x1014, 0x1018, 0x1020, 0x1024,
].map((offset) => BASE + offset);
const code = words(
  0x3c098000, //       lui   $t1, 0x8000
  0x24080005, //       addiu $t0, $zero, 5
  0x24420001, // loop: addiu $v0, $v0, 1
  0x0c000408, //       jal   sub
  0xad282000, //         sw  $t0, 0x2000($t1)
  0x1000fffc, //       b     loop
  0x00000000, //         nop
  0x00000000,
  0x03e00008, // sub:  jr    $ra
  0x25080001, //         addiu $t0, $t0, 1
);

function machine(compiled: boolean, bits: 32 | 64 = 32): Vcpu {
  const memory = new EmulatorMemory(RAM_SIZE);
  const space = new AddressSpace(memory);
  space.addRam({ kind: "ram", name: "ram", pa: 0, size: RAM_SIZE });
  const vcpu: Vcpu = new Vcpu({
    target: mipsTarget({ bits, bigEndian: false }),
    model: bits === 32 ? "24Kf" : "MIPS64R2-generic",
    space,
    clock: new TimerQueue(() => 0),
    log: new Logger(),
    wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
    output: () => unconnected,
    firmwareCall: () => false,
  });
  if (compiled) vcpu.hotCode = new RegionTier(vcpu, new ImmediateCompiler(), { ...defaultLimits, threshold: 1, least: 1 });
  vcpu.reset();
  space.writeBytes(0x1000, code);
  vcpu.cpu.start(ENTRY!, []);
  return vcpu;
}

const hex = (value: number): string => (value >>> 0).toString(16);

describe.each([
  ["interpreted", false],
  ["compiled", true],
])("%s", (_name, compiled) => {
  const made = () => {
    const vcpu = machine(compiled);
    const { u32 } = vcpu.state;
    const features = vcpu.target.debug.features(vcpu.cpu).flatMap(({ registers }) => registers);
    const register = (name: string): number => Number(features.find((r) => r.name === name)!.get(vcpu.cpu));
    const pc = (): string => hex(u32[vcpu.target.pc.offset >> 2]!);
    /** Runs until something is to be debugged. */
    const go = (): DebugStop => {
      for (let slice = 0; slice < 100; slice++) {
        const end = vcpu.runSlice(1000, false);
        if (end.kind === "fault" && end.fault instanceof DebugStop) return end.fault;
      }
      throw new Error("it does not stop");
    };
    return { vcpu, register, pc, go };
  };

  it("steps through delay slots", () => {
    const { vcpu, pc, register } = made();
    vcpu.runSlice(50_000, false);
    vcpu.cpu.start(ENTRY!, []);
    const places: string[] = [];
    for (let i = 0; i < 9; i++) {
      expect(vcpu.step()).toEqual({ kind: "budget" });
      places.push(pc());
    }
    expect(places).toEqual([ENTRY! + 4, LOOP!, CALL!, CALL_SLOT!, SUB!, RETURN_SLOT!, BACK!, BACK_SLOT!, LOOP!].map(hex));
    expect(register("r8")).toBe(6);
  });

  it("stops at breakpoints, in a delay slot too, in code that is hot", () => {
    const { vcpu, pc, go, register } = made();
    vcpu.runSlice(50_000, false);
    for (const place of [LOOP!, CALL_SLOT!, RETURN_SLOT!, BACK!]) {
      vcpu.addBreakpoint(place);
      const { kind, address } = go();
      expect([kind, hex(address), pc()]).toEqual(["breakpoint", hex(place), hex(place)]);
      const before = register("r2");
      // Going on from there stops there again, until it is stepped over.
      expect(hex(go().address)).toBe(hex(place));
      expect(vcpu.step()).toEqual({ kind: "budget" });
      expect(hex(go().address)).toBe(hex(place));
      expect(register("r2")).toBe(before + 1);
      vcpu.removeBreakpoint(place);
    }
    expect(vcpu.runSlice(10_000, false)).toEqual({ kind: "budget" });
  });

  it("stops before an access that is watched: in a delay slot, before the branch", () => {
    const { vcpu, pc, go, register } = made();
    vcpu.runSlice(50_000, false);
    vcpu.mmu.watch([{ va: DATA, size: 4, kind: "write" }]);
    for (let i = 0; i < 3; i++) {
      const { kind, address, access } = go();
      expect([kind, hex(address), access, pc()]).toEqual(["watchpoint", hex(DATA), "write", hex(CALL!)]);
      const before = vcpu.memory.u32[vcpu.space.hostAddress(0x2000) >> 2];
      expect(vcpu.stepWatched()).toEqual({ kind: "budget" });
      expect(vcpu.memory.u32[vcpu.space.hostAddress(0x2000) >> 2]).toBe(before! + 1);
      expect([register("r8"), pc()]).toEqual([before! + 1, hex(SUB!)]);
    }
    vcpu.mmu.watch([{ va: DATA, size: 4, kind: "read" }]);
    expect(vcpu.runSlice(10_000, false)).toEqual({ kind: "budget" });
  });
});

it("has the registers that gdb knows, under its numbers", () => {
  for (const bits of [32, 64] as const) {
    const vcpu = machine(false, bits);
    const features = vcpu.target.debug.features(vcpu.cpu);
    expect(features.map(({ name }) => name)).toEqual(["org.gnu.gdb.mips.cpu", "org.gnu.gdb.mips.cp0", "org.gnu.gdb.mips.fpu"]);
    const all = features.flatMap(({ registers }) => registers);
    const numbers = Object.fromEntries(all.filter(({ number }) => number !== undefined).map(({ name, number }) => [name, number]));
    expect(numbers).toEqual({ r0: 0, status: 32, lo: 33, hi: 34, badvaddr: 35, cause: 36, pc: 37, f0: 38, fcsr: 70 });
    const pattern = bits === 32 ? 0x8765_4321n : 0x8765_4321_1234_5678n;
    for (const register of all.filter((r) => /^[rf]\d+$|^hi$|^lo$|^pc$/.test(r.name))) {
      register.set!(vcpu.cpu, pattern & ~3n);
      expect([register.name, register.get(vcpu.cpu)]).toEqual([register.name, register.name === "r0" ? 0n : pattern & ~3n]);
    }
  }
});
