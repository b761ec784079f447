/** From the words of a command line to the plan of a system. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";
import { helpText, versionText } from "./help.ts";
import type { MachinePlan, Program, SystemPlan } from "./plan.ts";
import { planChars } from "./plan-chars.ts";
import { answerDeviceHelp, planDevices, planGlobals } from "./plan-devices.ts";
import { planDrives } from "./plan-drives.ts";
import { planLog } from "./plan-log.ts";
import { planMachine } from "./plan-machine.ts";
import { answerNetHelp, planNets } from "./plan-nets.ts";
import { planTime } from "./plan-time.ts";
import { parseInteger } from "./qemu-opts.ts";

const controlA = 1;

/** Throws a UserError for what is wrong with it, an Answer if it only asks for help. Opens nothing. */
export const planSystem = (args: readonly string[], program: Program, nowMs: number): SystemPlan => {
  const line = parseCommandLine(args);
  if (line.has("h")) throw new Answer(helpText(program.name));
  if (line.has("version")) throw new Answer(versionText);
  const warnings: string[] = [];
  // Questions are answered even where no machine is named.
  const log = planLog(line);
  answerDeviceHelp(line);
  answerNetHelp(line);
  const chars = planChars(line);
  const display = line.last("display");
  if (display === "curses" && line.has("nographic")) throw new UserError("-nographic cannot be used with -display curses");
  if (display === "curses" && chars.chars.some((char) => char.backend.kind === "stdio"))
    throw new UserError("-display curses: the terminal is the display's alone (no stdio for -serial, -monitor and -chardev)");
  if (display !== undefined && display !== "none" && display !== "curses")
    throw new UserError(`-display ${display}: Parameter 'type' does not accept value '${display}'`);
  const machine = planMachine(line, program, warnings);
  const nets = planNets(line, machine.machine);
  const drives = planDrives(line, machine);
  const lockstep = planLockstep(line);
  const devices = planDevices(line, machine, { drives, chars, nets });
  return {
    ...machine,
    name: line.last("name"),
    drives,
    disks: devices.disks,
    ide: devices.ide,
    chars: chars.chars,
    serial: chars.serial,
    monitor: chars.monitor,
    debugConsole: chars.debugConsole,
    display: display === "curses" ? "curses" : "none",
    graphics: planGraphics(line, machine),
    noGraphic: line.has("nographic") || display === undefined,
    debugExit: devices.debugExit,
    romFolders: [...line.all("L"), ...usualRomFolders],
    consoles: devices.consoles,
    nics: nets.nics,
    rngs: devices.rngs,
    ...planGlobals(line, warnings),
    time: planTime(line, nowMs, warnings),
    log,
    paused: line.has("S"),
    gdb: line.last("gdb") ?? (line.has("s") ? "tcp::1234" : undefined),
    lockstep,
    noReboot: line.has("no-reboot"),
    noShutdown: line.has("no-shutdown"),
    seed: planNumber(line, "seed", 2 ** 64, (value) => `-seed ${value}: Invalid seed number: ${value}`),
    escape: planNumber(line, "echr", 256, (value) => `-echr ${value}: the escape character is a number below 256`) ?? controlA,
    warnings,
  };
};

/** Where the packages of distributions put firmware. */
const usualRomFolders = ["/usr/share/seabios", "/usr/share/qemu", "/usr/local/share/qemu"] as const;

const planGraphics = (line: CommandLine, { machine }: MachinePlan): SystemPlan["graphics"] => {
  const type = line.last("vga");
  // Machines without a display have had this option ignored.
  if (machine.display === undefined) return undefined;
  if (type === undefined || type === "std") return line.has("nodefaults") && type === undefined ? "none" : "std";
  if (type === "none") return "none";
  throw new UserError(`unknown vga type: ${type}`);
};

/** What cannot be repeated, or means one of the two machines only, does not go with it. */
const planLockstep = (line: CommandLine): boolean => {
  if (!line.has("lockstep")) return false;
  const { icount } = planTime(line, 0, []);
  if (line.last("icount")?.includes("sleep=on") === true && icount !== undefined)
    throw new UserError("-lockstep: -icount sleep=on cannot be repeated");
  if (line.has("S")) throw new UserError("-lockstep: the machines cannot be stopped: -S does not go with it");
  if (line.has("gdb") || line.has("s")) throw new UserError("-lockstep: there is no debugger of two machines: -gdb does not go with it");
  const tier = line.has("tier") || line.all("accel").some((value) => value.includes("tier="));
  if (tier) throw new UserError("-lockstep: one machine interprets, the other compiles: tier= does not go with it");
  return true;
};

const planNumber = (line: CommandLine, name: string, limit: number, message: (value: string) => string): number | undefined => {
  const value = line.last(name);
  if (value === undefined) return undefined;
  const number = parseInteger(value);
  if (number === undefined || number < 0 || number >= limit) throw new UserError(message(value));
  return number;
};
