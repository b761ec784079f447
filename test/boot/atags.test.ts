/** Booting without a device tree leaves memory and registers at the kernel's first instruction as native QEMU does, bit for bit. */
import { readFileSync } from "node:fs";
import { bootArm } from "@tsemu/machines";
import { describe, expect, it } from "vitest";
import * as state from "../../targets/arm/src/state.ts";
import { bareSystem, MiB } from "../support/bare-system.ts";
import { type AtagsRecord, atagsCases, entry, initrdBytes, kernelBytes, packMemory, recordedBytes } from "./atags-cases.ts";

const records = JSON.parse(readFileSync(new URL("../vectors/arm/atags.json", import.meta.url), "utf8")) as AtagsRecord[];
/** The boot stub's. */
const stubInsns = 4;
const TAG_INITRD2 = 0x5442_0005;

describe("ATAGS on versatilepb", () => {
  it("has a record for every case", () => expect(records.map((r) => r.name)).toEqual(atagsCases.map((c) => c.name)));

  it.each(atagsCases.map((c, i) => ({ ...c, record: records[i]! })))("$name", ({ megabytes, initrdBytes: length, append, record }) => {
    const { system } = bareSystem({ board: "versatilepb", ramBytes: megabytes * MiB });
    const initrd = length === undefined ? undefined : { name: "initrd", bytes: initrdBytes(length) };
    const boot = bootArm(system.machine, { kernel: { name: "kernel", bytes: kernelBytes() }, initrd, commandLine: append });
    system.boot({ parts: boot.parts, start: { entry: boot.entry, registers: boot.registers } });
    expect(system.advance(stubInsns)).toEqual({ kind: "done" });
    const { u32 } = system.vcpu.state;
    const registers = state.r.map((slot) => u32[slot.offset >> 2]!);
    expect([...registers.slice(0, 15), u32[state.pc.offset >> 2]]).toEqual(record.registers);
    expect(record.registers[15]).toBe(entry);
    expect(u32[state.cpsr.offset >> 2]! & 0xff).toBe(record.psr);
    const memory = new Uint8Array(recordedBytes);
    system.space.readBytes(0, memory);
    expect(packMemory(memory)).toBe(record.memory);
    if (initrd === undefined) return;
    // The list says where the initrd is; it is there.
    const words = new Uint32Array(memory.buffer);
    const at = words.indexOf(TAG_INITRD2);
    const [pa, size] = [words[at + 1]!, words[at + 2]!];
    expect(size).toBe(length);
    const there = new Uint8Array(size);
    system.space.readBytes(pa, there);
    expect(there).toEqual(initrd.bytes);
  });
});
