/** gdb's own numbers of signals (include/gdb/signals.def of its sources), by name. */
const names =
  "- HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU IO XCPU XFSZ VTALRM PROF WINCH LOST USR1 USR2 PWR POLL WIND PHONE WAITING LWP DANGER GRANT RETRACT MSG SOUND SAK PRIO".split(
    " ",
  );
const REALTIME_33 = 45;
const REALTIME_32 = 77;
const REALTIME_64 = 78;
/** What has no number. */
const UNKNOWN = 143;

const byName = new Map(names.map((name, number) => [`SIG${name}`, number]));
byName.set("SIGSTKFLT", UNKNOWN);

/** Real-time signals are called by their numbers: "SIG34". */
export function gdbSignal(name: string): number {
  const realTime = /^SIG(\d+)$/.exec(name);
  if (realTime === null) return byName.get(name) ?? UNKNOWN;
  const number = Number(realTime[1]);
  return number === 32 ? REALTIME_32 : number === 64 ? REALTIME_64 : REALTIME_33 + number - 33;
}

export function signalOfGdb(number: number): string | undefined {
  if (number === REALTIME_32) return "SIG32";
  if (number === REALTIME_64) return "SIG64";
  if (number >= REALTIME_33 && number < REALTIME_32 - 1) return `SIG${number - REALTIME_33 + 33}`;
  const name = number === 0 ? undefined : names[number];
  return name === undefined ? undefined : `SIG${name}`;
}
