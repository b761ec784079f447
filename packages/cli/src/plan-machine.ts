/** -machine, -cpu, -smp, -m, -accel and the boot images. */
import { alignUp, UserError } from "@tsemu/base";
import { type MachineDescription, tooMuchRam } from "@tsemu/machines";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import { planBoot } from "./plan-boot.ts";
import type { MachinePlan, Program, Tier } from "./plan.ts";
import { parseInteger, parseSize, QemuOpts } from "./qemu-opts.ts";

const MiB = 2 ** 20;
/** Boards round their memory up to this. */
const ramAlignment = 8192;

export const planMachine = (line: CommandLine, program: Program, warnings: string[]): MachinePlan => {
  const acceleration = planAccelerator(line, warnings);
  const options = line.all("machine").map((value) => new QemuOpts("-machine", value, "type"));
  const last = (key: string): string | undefined => options.map((o) => o.get(key)).findLast((v) => v !== undefined);
  const type = last("type");
  const machine = findMachine(type, program);
  const boot = {
    dumpDtb: last("dumpdtb"),
    kernel: line.last("kernel") ?? last("kernel"),
    initrd: line.last("initrd") ?? last("initrd"),
    append: line.last("append") ?? last("append"),
    dtb: line.last("dtb") ?? last("dtb"),
    bios: line.last("bios") ?? last("firmware"),
  };
  const accelerator = last("accel");
  for (const o of options) checkMachineProperties(o, machine);
  if (accelerator !== undefined) checkAccelerator(accelerator, accelerator.split(":"));
  const { kernel, initrd, append } = boot;
  if (kernel === undefined && append !== undefined) throw new UserError("-append only allowed with -kernel option");
  if (kernel === undefined && initrd !== undefined) throw new UserError("-initrd only allowed with -kernel option");
  return {
    machine,
    cpu: planCpu(line.last("cpu"), machine, program),
    cpuCount: planSmp(line.last("smp"), machine),
    ramBytes: planMemory(line.last("m"), machine),
    bootOptions: planBoot(line, machine),
    ...acceleration,
    ...boot,
  };
};

const findMachine = (type: string | undefined, { machines }: Program): MachineDescription => {
  if (type === "help" || type === "?") {
    throw new Answer(`Supported machines are:\n${machines.map((m) => `${m.name.padEnd(20)} ${m.description}\n`).join("")}`);
  }
  const hint = "\nUse -machine help to list supported machines";
  if (type === undefined) return machines.find((m) => m.isDefault === true) ?? fail(`No machine specified, and there is no default${hint}`);
  return machines.find((m) => m.name === type) ?? fail(`unsupported machine type${hint}`);
};

const fail = (message: string): never => {
  throw new UserError(message);
};

/** Properties that scripts give and that are true of our machines anyway. */
const fixedProperties: Readonly<Record<string, readonly string[]>> = {
  "gic-version": ["2"],
  highmem: ["on", "off"],
  virtualization: ["off"],
  secure: ["off"],
  its: ["off"],
  iommu: ["none"],
  usb: ["off"],
  graphics: ["on", "off"],
  "dump-guest-core": ["on", "off"],
  "mem-merge": ["on", "off"],
  // microvm's
  acpi: ["on", "auto"],
  pit: ["on", "auto"],
  pic: ["on", "auto"],
  rtc: ["on", "auto"],
  ioapic2: ["off", "auto"],
  pcie: ["off", "auto"],
  "isa-serial": ["on"],
  "auto-kernel-cmdline": ["on"],
  "x-option-roms": ["on"],
};

const checkMachineProperties = (o: QemuOpts, machine: MachineDescription): void => {
  if (o.wantsHelp) {
    const own = ["accel", "append", "dtb", "dumpdtb", "firmware", "initrd", "kernel"].map((key) => `  ${key}=<string>\n`);
    const fixed = Object.entries(fixedProperties).map(([key, values]) => `  ${key}=${values.join("|")}\n`);
    throw new Answer(`${machine.name}-machine options:\n${[...own, ...fixed].join("")}`);
  }
  for (const [key, values] of Object.entries(fixedProperties)) {
    const value = o.get(key);
    if (value !== undefined && !values.includes(value)) fail(`Property '${machine.name}-machine.${key}': '${value}' is not supported`);
  }
  const unknown = o.rest[0];
  if (unknown !== undefined) fail(`Property '${machine.name}-machine.${unknown}' not found`);
};

const planCpu = (given: string | undefined, machine: MachineDescription, { target }: Program): string => {
  if (given === undefined) return machine.cpus[0]!;
  const [name, ...properties] = given.split(",");
  if (name === "help" || name === "?") {
    const rows = target.cpuModels.map((m) => `  ${m.name.padEnd(16)} ${m.description}\n`);
    throw new Answer(`Available CPUs:\n${rows.join("")}`);
  }
  if (name === "host") fail("CPU model 'host' requires KVM (use -cpu max)");
  const model = target.cpuModels.find((m) => m.name === name || m.aliases?.includes(name!) === true);
  if (model === undefined) return fail(`unable to find CPU model '${name}'`);
  if (properties.length > 0) fail(`Property '${model.name}-${target.name}-cpu.${properties[0]!.split("=")[0]}' not found`);
  if (!machine.cpus.includes(model.name)) fail(`${machine.name}: CPU type ${model.name} not supported`);
  return model.name;
};

const topology = ["sockets", "dies", "clusters", "cores", "threads"] as const;

const planSmp = (given: string | undefined, machine: MachineDescription): number => {
  if (given === undefined) return 1;
  const o = new QemuOpts("-smp", given, "cpus");
  if (o.wantsHelp) {
    throw new Answer(`smp-opts options:\n${["cpus", "maxcpus", ...topology].map((key) => `  ${key}=<num>\n`).join("")}`);
  }
  const number = (key: string): number | undefined => {
    const text = o.get(key);
    if (text === undefined) return undefined;
    const value = parseInteger(text);
    if (value === undefined) return fail(`Parameter 'smp.${key}' expects integer`);
    if (value < 1) fail("Invalid CPU topology: CPU topology parameters must be greater than zero");
    return value;
  };
  const parts = topology.map((key) => number(key));
  const given1 = number("cpus");
  const product = parts.reduce<number>((a, b) => a * (b ?? 1), 1);
  const cpus = given1 ?? product;
  const most = number("maxcpus") ?? Math.max(cpus, parts.some((p) => p !== undefined) ? product : cpus);
  o.finish();
  if (most < cpus) fail(`Invalid CPU topology: maxcpus must be equal to or greater than smp`);
  if (most > machine.maxCpus) fail(`Invalid SMP CPUs ${most}. The max CPUs supported by machine '${machine.name}' is ${machine.maxCpus}`);
  return cpus;
};

const planMemory = (given: string | undefined, machine: MachineDescription): number => {
  if (given === undefined) return machine.ram.defaultBytes;
  const o = new QemuOpts("-m", given, "size");
  const text = o.get("size");
  const bytes = text === undefined ? machine.ram.defaultBytes : parseSize(text, MiB);
  if (bytes === undefined) return o.fail("Parameter 'size' expects a non-negative number below 2^64");
  if (bytes === Number.POSITIVE_INFINITY) return o.fail(`Value '${text}' is out of range for parameter 'size'`);
  if (o.get("slots") !== undefined || o.get("maxmem") !== undefined)
    o.fail("memory cannot be added while a machine runs: 'slots' and 'maxmem' are not supported");
  o.finish();
  if (bytes > machine.ram.maxBytes) fail(tooMuchRam(machine, bytes));
  return bytes === 0 ? machine.ram.defaultBytes : alignUp(bytes, ramAlignment);
};

const checkAccelerator = (name: string, names: readonly string[]): void => {
  if (names.includes("tcg")) return;
  const hint = name === "kvm" || name === "host" ? " (code is always translated: -accel tcg)" : "";
  fail(`invalid accelerator ${name}${hint}`);
};

const planAccelerator = (line: CommandLine, warnings: string[]): Pick<MachinePlan, "tier" | "compileThread" | "codeCache"> => {
  let tier: Tier = "mixed";
  let codeCache: string | undefined;
  let compileThread = true;
  const setTier = (text: string, where: string): void => {
    if (text !== "0" && text !== "1" && text !== "mixed") throw new UserError(`${where}: Invalid 'tier' setting ${text}`);
    tier = text;
  };
  // The first that is there is taken, as in `-accel kvm -accel tcg`.
  const all = line.all("accel").map((value) => new QemuOpts("-accel", value, "accel"));
  for (const o of all) {
    const name = o.get("accel") ?? "";
    if (name === "help" || name === "?") throw new Answer("Accelerators supported in this binary:\ntcg\n");
    if (name === "tcg") break;
    if (o !== all.at(-1) && name === "kvm") continue;
    o.fail(`invalid accelerator ${name}${name === "kvm" ? " (code is always translated: -accel tcg)" : ""}`);
  }
  const chosen = all.find((o) => o.get("accel") === "tcg");
  if (chosen !== undefined) {
    const thread = chosen.get("thread");
    if (thread !== undefined && thread !== "single" && thread !== "multi") chosen.fail(`Invalid 'thread' setting ${thread}`);
    compileThread = thread !== "single";
    const text = chosen.get("tier");
    if (text !== undefined) setTier(text, chosen.text);
    codeCache = chosen.get("code-cache");
    for (const key of ["tb-size", "split-wx"]) if (chosen.get(key) !== undefined) warnings.push(`-accel tcg,${key}= has no effect`);
    chosen.finish((key) => `Property 'tcg-accel.${key}' not found`);
  }
  const plain = line.last("tier");
  if (plain !== undefined) setTier(plain, `-tier ${plain}`);
  return { tier, compileThread, codeCache };
};
