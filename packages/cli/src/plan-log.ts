/** -d, -D and -dfilter. */
import { type AddressRange, type LogItem, logItems, UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import { logHelp } from "./help.ts";
import type { LogPlan } from "./plan.ts";

const aliases: Readonly<Record<string, LogItem>> = { out_asm: "out_wat" };

export const planLog = (line: CommandLine): LogPlan => planLogOptions(line.last("d"), line.last("D"), line.last("dfilter"));

/** The same from the options' values. */
export const planLogOptions = (items: string | undefined, file: string | undefined, filter: string | undefined): LogPlan => ({
  items: planItems(items),
  file,
  ranges: filter?.split(",").map((range) => planRange(range, `-dfilter ${filter}`)),
});

const planItems = (given: string | undefined): LogItem[] => {
  if (given === undefined) return [];
  return given.split(",").flatMap((item): LogItem[] => {
    if (item === "help" || item === "?") throw new Answer(logHelp());
    if (item === "all") return Object.keys(logItems) as LogItem[];
    const name = aliases[item] ?? item;
    if (!Object.hasOwn(logItems, name)) throw new UserError(`-d ${given}: there is no log item '${item}' (-d help lists them)`);
    return [name as LogItem];
  });
};

const number = /^(0x[0-9a-f]+|[0-9]+)(\+|-|\.\.)(0x[0-9a-f]+|[0-9]+)$/i;

/** first..last, first+size or last-size. */
const planRange = (text: string, where: string): AddressRange => {
  const match = number.exec(text);
  if (match === null) throw new UserError(`${where}: Bad range specifier`);
  const [a, b] = [Number(match[1]), Number(match[3])];
  const range =
    match[2] === ".." ? { first: a, last: b } : match[2] === "+" ? { first: a, last: a + b - 1 } : { first: a - b + 1, last: a };
  if (range.first > range.last) throw new UserError(`${where}: Invalid range`);
  return range;
};
