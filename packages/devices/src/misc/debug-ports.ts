/** Two ports that only emulated PCs have: one for messages of the firmware (QEMU's isa-debugcon), one that ends the emulator (isa-debug-exit). */
import type { CharPort, MmioDevice } from "@tsemu/hw";

/** What the port reads as, by which firmware knows that somebody listens. */
const LISTENING = 0xe9;

export const debugConsole = (port: CharPort): MmioDevice => ({
  read: () => LISTENING,
  write: (_, value) => port.write(Uint8Array.of(value & 0xff)),
});

/** `exit` is told the status: odd, so that it is never that of an emulator that ended otherwise. */
export const debugExit = (exit: (status: number) => void): MmioDevice => ({
  read: () => 0,
  write: (_, value) => exit(((value << 1) | 1) & 0xff),
});
