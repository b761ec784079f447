/** From the files of the command line to memory contents and a first instruction, for the ARM boards. */
import { UserError } from "@tsemu/base";
import { type BootImage, loadArmKernel, parseFdt, placeFirmwareDtb, setMemory } from "@tsemu/loader";
import type { BuiltMachine } from "./build.ts";
import type { BootFiles } from "./describe.ts";

/** The machine number of boards that are known by their device tree alone. */
const deviceTreeOnly = 0xffff_ffff;

/** Everything to put in memory after a reset; to be done again at every reset (the seeds in the device tree are fresh each time). */
export const bootArm = (machine: BuiltMachine, o: BootFiles): BootImage => {
  const { description, options } = machine;
  const { base } = description.ram;
  const given = o.dtb === undefined ? undefined : parseFdt(o.dtb.bytes, `Couldn't open dtb file ${o.dtb.name}`);
  if (given !== undefined) setMemory(given, base, options.ramBytes);
  const dtb = given ?? machine.deviceTree();
  if (o.kernel === undefined) {
    if (o.initrd !== undefined || (o.commandLine ?? "") !== "") {
      throw new UserError("-append/-initrd only allowed with -kernel option");
    }
    // With firmware, or with nothing at all: the CPU starts at its reset vector.
    const parts = dtb === undefined ? [] : [placeFirmwareDtb(dtb, base, options.ramBytes)];
    return { parts, entry: description.firmware?.base ?? 0, registers: [] };
  }
  if (options.firmware !== undefined) throw new UserError("-kernel together with -bios is not supported");
  return loadArmKernel({
    kernel: o.kernel,
    initrd: o.initrd,
    commandLine: o.commandLine,
    ramBase: base,
    ramSize: options.ramBytes,
    boardId: description.boardId ?? deviceTreeOnly,
    dtb,
  });
};
