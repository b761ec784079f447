/** RLIMIT_CPU: a signal when the soft limit is reached and every second from then on, the end at the hard one. */
import type { Kernel } from "./kernel.ts";
import { type Process, RLIMIT } from "./process.ts";
import { SI, SIG } from "./signals/numbers.ts";
import { sendToProcess } from "./signals/send.ts";

export function enforceCpuLimit(kernel: Kernel, process: Process): void {
  const { soft, hard } = process.limits[RLIMIT.CPU]!;
  if (soft === Number.POSITIVE_INFINITY || process.exitStatus !== undefined) return;
  const seconds = process.cpu.now() / 1e9;
  if (seconds >= hard) sendToProcess(kernel, process, { signal: SIG.SIGKILL, code: SI.KERNEL });
  else if (seconds >= soft) {
    // As Linux does it, the limit itself moves on.
    process.limits[RLIMIT.CPU] = { soft: soft + 1, hard };
    sendToProcess(kernel, process, { signal: SIG.SIGXCPU, code: SI.KERNEL });
  }
}
