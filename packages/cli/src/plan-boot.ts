/** -boot: what firmware is to start from. Several of them are one, as with QEMU. */
import { UserError } from "@tsemu/base";
import type { BootOptions, MachineDescription } from "@tsemu/machines";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import { parseInteger, QemuOpts } from "./qemu-opts.ts";

const properties = {
  menu: "<bool (on/off)>",
  once: "<str>",
  order: "<str>",
  "reboot-timeout": "<int64>",
  "splash-time": "<int64>",
  strict: "<bool (on/off)>",
} as const;

export const planBoot = (line: CommandLine, machine: MachineDescription): BootOptions => {
  const all = line.all("boot").map((value) => new QemuOpts("-boot", value, "order"));
  if (all.some((o) => o.wantsHelp)) {
    const rows = Object.entries(properties).map(([key, type]) => `  ${key}=${type}\n`);
    throw new Answer(`boot-opts options:\n${rows.join("")}`);
  }
  const text = (key: string): string | undefined => all.map((o) => o.get(key)).findLast((value) => value !== undefined);
  const bool = (key: string): boolean | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    if (value !== "on" && value !== "off") return fail(`Parameter 'boot.${key}' expects 'on' or 'off'`);
    return value === "on";
  };
  const number = (key: string, least: number, what: string): number | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    const parsed = parseInteger(value) ?? fail(`Parameter 'boot.${key}' expects integer`);
    if (parsed < least || parsed > 65_535) fail(`${what} is invalid,it should be a value between ${least} and 65535`);
    return parsed;
  };
  const devices = (key: string): string | undefined => {
    const value = text(key);
    if (value !== undefined) checkDevices(value, machine);
    return value;
  };
  const options: BootOptions = {
    order: devices("order"),
    once: devices("once"),
    menu: bool("menu"),
    strict: bool("strict"),
    splashTime: number("splash-time", 0, "splash-time"),
    rebootTimeout: number("reboot-timeout", -1, "reboot timeout"),
  };
  for (const o of all) for (const key of o.rest) fail(`Parameter 'boot.${key}' is unexpected`);
  return options;
};

const fail = (message: string): never => {
  throw new UserError(message);
};

/** Letters as of drives: a and b floppies, c disks, d CD-ROMs, n to p networks. */
const checkDevices = (letters: string, { bootDevices }: MachineDescription): void => {
  [...letters].forEach((letter, i) => {
    if (letter < "a" || letter > "p") fail(`Invalid boot device '${letter}'`);
    if (letters.indexOf(letter) < i) fail(`Boot device '${letter}' was given twice`);
  });
  if (bootDevices === undefined) return;
  if (letters.length > bootDevices.most) fail("Too many boot devices for PC");
  const unknown = [...letters].find((letter) => !bootDevices.letters.includes(letter));
  if (unknown !== undefined) fail(`Invalid boot device for PC: '${unknown}'`);
};
