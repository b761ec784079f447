/** Signals that the emulator gets are meant for the program: its whole group, as the terminal would do it. */
import os from "node:os";
import type { Kernel } from "@tsemu/linux-user";

const forwarded = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCONT", "SIGWINCH"] as const;

export function forwardSignals(kernel: Kernel): void {
  for (const name of forwarded) process.on(name, () => kernel.hostSignal(os.constants.signals[name]));
}
