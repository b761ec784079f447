/** -icount and -rtc. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import type { TimePlan } from "./plan.ts";
import { parseInteger, QemuOpts } from "./qemu-opts.ts";

/** What `shift=auto` begins with on QEMU; ours stays there. */
const autoShift = 3;
const largestShift = 10;

export const planTime = (line: CommandLine, nowMs: number, warnings: string[]): TimePlan => ({
  icount: planIcount(line.last("icount"), warnings),
  wallClockStart: planRtc(line.last("rtc"), nowMs),
});

const planIcount = (given: string | undefined, warnings: string[]): TimePlan["icount"] => {
  if (given === undefined) return undefined;
  const o = new QemuOpts("-icount", given, "shift");
  const shift = o.get("shift");
  const sleep = o.bool("sleep") ?? true;
  if (o.bool("align") === true) o.fail("align=on is not supported");
  if (o.get("rr") !== undefined) o.fail("record and replay are not supported");
  o.finish();
  if (shift === "off") return undefined;
  if (shift === undefined) return o.fail("icount: shift option is missing");
  if (shift === "auto") {
    warnings.push(`-icount shift=auto: virtual time does not follow the host's; shift=${autoShift} is used`);
    return { shift: autoShift, sleep };
  }
  const number = parseInteger(shift);
  if (number === undefined || number < 0 || number > largestShift) return o.fail("icount: Invalid shift value");
  return { shift: number, sleep };
};

const planRtc = (given: string | undefined, nowMs: number): number => {
  if (given === undefined) return nowMs / 1000;
  const o = new QemuOpts("-rtc", given);
  if (o.wantsHelp) throw new Answer("rtc options:\n  base=<str>\n  clock=<str>\n");
  const base = o.get("base") ?? "utc";
  const clock = o.get("clock") ?? "host";
  if (!["host", "rt", "vm"].includes(clock)) throw new UserError(`invalid option value '${clock}'`);
  o.get("driftfix");
  o.finish();
  if (base === "utc") return nowMs / 1000;
  if (base === "localtime") return nowMs / 1000 - new Date(nowMs).getTimezoneOffset() * 60;
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$/.test(base) ? Date.parse(base.includes("T") ? `${base}Z` : base) : Number.NaN;
  if (Number.isNaN(ms)) throw new UserError("invalid datetime format\nvalid formats: '2006-06-17T16:01:21' or '2006-06-17'");
  return ms / 1000;
};
