/** Runs what was planned, until the guest or the user ends it. */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "@tsemu/base";
import type { KeyName } from "@tsemu/devices";
import { defaultLimits } from "@tsemu/engine";
import {
  type CodeCacheFile,
  codeChecksum,
  ImmediateCompiler,
  InlineCompiler,
  nodeHostLoop,
  seededRandom,
  systemRandom,
} from "@tsemu/host-node";
import { type BootImage, type KernelModule, type NamedFile, serialiseFdt } from "@tsemu/loader";
import { System, SystemDebugger, type SystemOptions } from "@tsemu/system";
import { openCodeCache } from "./code-cache.ts";
import { compileThread } from "./compile-thread.ts";
import type { CursesDisplay } from "./curses/display.ts";
import type { CloseGdb } from "./gdb-server.ts";
import { readImage } from "./files.ts";
import { versionText } from "./help.ts";
import { openLog } from "./log-output.ts";
import { Monitor, runCommand } from "./monitor.ts";
import { openPorts } from "./open-ports.ts";
import type { Program, SystemPlan } from "./plan.ts";
import { runLockstep } from "./run-lockstep.ts";
import { screendump } from "./screendump.ts";
import { handleSignals, stopProcess } from "./signals.ts";

/** Says something on standard error, after the program's name. */
export type Say = (text: string) => void;

/** The exit code. */
export const runSystem = async (plan: SystemPlan, program: Program, say: Say): Promise<number> => {
  for (const text of plan.warnings) say(`warning: ${text}`);
  if (plan.lockstep) return runLockstep(plan, program, say);
  const images = readImages(plan);
  const output = openLog(plan.log);
  process.on("exit", () => output.flush());
  let system: System | undefined;
  let monitor: Monitor | undefined;
  let closeGdb: CloseGdb | undefined;
  const ports = await openPorts(plan, {
    onQuit: () => system?.quit(),
    onSignal: (signal) => (signal === "SIGINT" ? terminate("SIGINT") : stopProcess(signal)),
    onMonitor: () => monitor?.greet(),
    warn: (text) => say(`warning: ${text}`),
  });
  let status: number | undefined;
  const endWith = (code: number): void => {
    status ??= code;
    system?.quit();
  };
  const terminate = handleSignals({ terminal: ports.terminal, say, quit: () => system?.quit() });
  try {
    system = new System({
      ...(await compilation(plan)),
      target: program.target,
      machine: plan.machine,
      machineOptions: machineOptionsOf(plan, images),
      log: output.log,
      host: nodeHostLoop,
      random: plan.seed === undefined ? systemRandom : seededRandom(plan.seed % 2 ** 32),
      ports: {
        ...ports,
        rngs: plan.rngs,
        modernVirtio: plan.modernVirtio,
        graphics: plan.graphics,
        noGraphic: plan.noGraphic,
        romFile: (name) => findRom(name, plan.romFolders)?.bytes,
        debugExit: plan.debugExit === undefined ? undefined : { ...plan.debugExit, exit: endWith },
      },
      icountShift: plan.time.icount?.shift,
      icountSleep: plan.time.icount?.sleep,
      wallClockStart: plan.time.wallClockStart,
    });
    const keep = codeCache(plan, program, images);
    const kept = keep?.read();
    if (kept !== undefined) system.vcpu.restoreCode(kept, codeChecksum);
    const boot = plan.machine.boot(system.machine, images);
    if (plan.dumpDtb !== undefined) return dumpDtb(plan.dumpDtb, boot, system, say);
    system.boot(bootState(boot, plan));
    if (ports.monitor !== undefined) {
      monitor = new Monitor(ports.monitor, monitorControl(system, plan));
      if (!ports.monitorShares) monitor.greet();
    }
    ports.open();
    startCurses(ports.curses, system);
    system.paused = plan.paused;
    if (plan.gdb !== undefined) closeGdb = await serveDebugger(plan.gdb, system, plan);
    const code = await runUntilEnd(system, plan, () => bootState(plan.machine.boot(system!.machine, images), plan));
    system.debugger?.ended();
    const bytes = keep === undefined ? undefined : system.vcpu.keepCode(codeChecksum);
    if (bytes !== undefined) keep!.write(bytes);
    return status ?? code;
  } finally {
    await closeGdb?.();
    await ports.close();
    output.close();
  }
};

const keyMs = 20;

const startCurses = (curses: CursesDisplay | undefined, system: System): void =>
  curses?.start({
    display: system.machine.display,
    press: (keys) => {
      system.machine.keys?.press(keys, keyMs * 1e6);
      system.wake();
    },
  });

/** What a plan and its files say of the machine itself. */
export const machineOptionsOf = (plan: SystemPlan, images: ReturnType<typeof readImages>): SystemOptions["machineOptions"] => ({
  ramBytes: plan.ramBytes,
  cpu: plan.cpu,
  cpuCount: plan.cpuCount,
  firmware: images.bios?.bytes,
  boot: plan.bootOptions,
});

/** The file of translated code. Code of an earlier run has no breakpoints in it. */
const codeCache = (plan: SystemPlan, { target }: Program, images: ReturnType<typeof readImages>): CodeCacheFile | undefined => {
  if (plan.gdb !== undefined) return undefined;
  const guest = [images.bios, images.kernel].flatMap((image) => image?.bytes ?? []);
  return openCodeCache(plan.codeCache, plan.log.items, [target.name, plan.cpu, plan.machine.name], guest);
};

type Boot = BootImage;

/** With firmware, or with nothing at all, the CPU begins at its reset vector. */
export const bootState = (boot: Boot, plan: SystemPlan) => ({
  parts: boot.parts,
  start: plan.kernel === undefined || boot.fromReset === true ? undefined : { entry: boot.entry, registers: boot.registers },
});

/** Goes on after resets. */
const runUntilEnd = async (system: System, plan: SystemPlan, bootAgain: () => Parameters<System["boot"]>[0]): Promise<number> => {
  for (;;) {
    const end = await system.run();
    if (end.kind === "quit") return 0;
    if (end.kind === "reset") {
      if (plan.noReboot) return 0;
      system.boot(bootAgain());
    } else if (plan.noShutdown) system.paused = true;
    else return 0;
  }
};

const noRom = (bios: string, { bios: given }: SystemPlan): string =>
  given === undefined
    ? `could not load PC BIOS '${bios}': it comes with the package seabios; -L names the folder it is in, -bios a file`
    : `Could not find ROM image '${bios}'`;

/** A file of that name, here or in one of the folders. */
const findRom = (name: string, folders: readonly string[]): NamedFile | undefined => {
  const places = [name, ...folders.map((folder) => join(folder, name))];
  const place = places.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === false);
  return place === undefined ? undefined : readImage(place, `Could not find ROM image '${name}'`);
};

/** "file words,file words": the words, with the file's name before them, are the module's command line. */
const readModules = (text: string): KernelModule[] =>
  text
    .split(/(?<!,),(?!,)/)
    .map((part) => part.replaceAll(",,", ",").trim())
    .map((commandLine) => {
      const file = commandLine.split(" ")[0]!;
      return { ...readImage(file, `could not load initrd '${file}'`), commandLine };
    });

export const readImages = (plan: SystemPlan) => {
  const { kernel, initrd, dtb } = plan;
  const bios = plan.bios ?? plan.machine.firmware?.usual;
  const firmware = bios === undefined ? undefined : findRom(bios, plan.romFolders);
  if (bios !== undefined && firmware === undefined) throw new UserError(noRom(bios, plan));
  if (firmware?.bytes.length === 0) throw new UserError(`could not load firmware '${bios}': the file is empty`);
  const kernelFile = kernel === undefined ? undefined : readImage(kernel, `could not load kernel '${kernel}'`);
  const asModules = plan.machine.takesModules?.(kernelFile) === true;
  return {
    bios: firmware,
    kernel: kernelFile,
    initrd: initrd === undefined || asModules ? undefined : readImage(initrd, `could not load initrd '${initrd}'`),
    modules: initrd === undefined || !asModules ? undefined : readModules(initrd),
    dtb: dtb === undefined ? undefined : readImage(dtb, `Couldn't open dtb file ${dtb}`),
    commandLine: plan.append,
  };
};

/** Where hot code is compiled, and when it is hot. */
const compilation = async ({ tier, compileThread: inThread }: SystemPlan): Promise<Pick<SystemOptions, "compiler" | "limits">> => {
  if (tier === "0") return {};
  if (tier === "1") return { compiler: new ImmediateCompiler(), limits: { ...defaultLimits, threshold: 1 } };
  return { compiler: inThread ? compileThread() : new InlineCompiler() };
};

const serveDebugger = async (where: string, system: System, plan: SystemPlan): Promise<CloseGdb | undefined> => {
  const { serveGdb, systemPlace } = await import("./gdb-server.ts");
  const place = systemPlace(where);
  if (place === undefined) return undefined;
  const control = monitorControl(system, plan);
  system.debugger = new SystemDebugger(system, (command) => runCommand(control, command));
  return serveGdb(place, system.debugger);
};

const dumpDtb = (path: string, boot: Boot, system: System, say: Say): number => {
  const tree = system.machine.deviceTree();
  const bytes = boot.parts.find((part) => part.what === "device tree")?.bytes ?? (tree === undefined ? undefined : serialiseFdt(tree));
  if (bytes === undefined) throw new UserError("This machine doesn't have an FDT");
  try {
    writeFileSync(path, bytes);
  } catch {
    throw new UserError(`qemu_fdt_dumpdtb: Failed dumping dtb to ${path}`);
  }
  say(`info: dtb dumped to ${path}. Exiting.`);
  return 0;
};

const monitorControl = (system: System, plan: SystemPlan) => ({
  name: plan.name,
  version: versionText,
  get paused() {
    return system.paused;
  },
  set paused(paused: boolean) {
    system.paused = paused;
  },
  quit: () => system.quit(),
  reset: () => system.requestReset(),
  pressPowerButton: () => {
    system.machine.pressPowerButton();
    system.wake();
  },
  screendump: (file: string) => screendump(system.machine.display, file),
  sendKeys: (keys: readonly KeyName[], ms: number): boolean => {
    const { keys: keyboard } = system.machine;
    keyboard?.press(keys, ms * 1e6);
    system.wake();
    return keyboard !== undefined;
  },
  registers: () => system.vcpu.cpu.dump(true),
});
