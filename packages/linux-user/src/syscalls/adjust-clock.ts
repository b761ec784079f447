/** adjtimex and clock_adjtime: the clock is the host's, which nobody here may change; what is known of it is told. */
import { fail } from "../errno.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { clockNs, CLOCK, isMonotonic, isRealtime } from "./clocks.ts";

/** Modes that change nothing: none, and reading what adjtime has left. */
const SINGLESHOT_READ = 0xa001;
/** The clock is not kept by anybody that this kernel knows of; what the calls return then. */
const STA_UNSYNC = 0x40;
const TIME_ERROR = 5;
/** What a kernel says before anybody has set anything: errors in us, ticks in us, the frequency that it would change at the most. */
const MOST_ERROR = 16_000_000;
const TICK = 10_000;
const TOLERANCE = 500 << 16;
const TIME_CONSTANT = 2;

function adjust(call: Call, at: number, layoutName: "timex" | "timex64"): number {
  const { kernel, memory } = call;
  const layout = kernel.layout(layoutName);
  const modes = memory.u32(at);
  if (modes !== 0 && modes !== SINGLESHOT_READ) return fail("EPERM");
  const now = kernel.realtimeNs();
  memory.write(
    at,
    layout.build({
      modes,
      maxerror: MOST_ERROR,
      esterror: MOST_ERROR,
      status: STA_UNSYNC,
      constant: TIME_CONSTANT,
      precision: 1,
      tolerance: TOLERANCE,
      sec: now / 1_000_000_000n,
      usec: Number((now % 1_000_000_000n) / 1000n),
      tick: TICK,
    }),
  );
  return TIME_ERROR;
}

function clockAdjust(call: Call, clock: number, at: number, layout: "timex" | "timex64"): number {
  if (clock === CLOCK.REALTIME) return adjust(call, at, layout);
  if (!isRealtime(clock) && !isMonotonic(clock)) clockNs(call, clock);
  return fail("EOPNOTSUPP");
}

export const adjustClockRows: readonly SyscallRow[] = [
  syscall("adjtimex", ["ptr"], (call, at) => adjust(call, at, "timex")),
  syscall("clock_adjtime", ["int", "ptr"], (call, clock, at) => clockAdjust(call, clock, at, "timex")),
  syscall("clock_adjtime64", ["int", "ptr"], (call, clock, at) => clockAdjust(call, clock, at, "timex64")),
];
