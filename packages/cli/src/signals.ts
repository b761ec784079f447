/** Signals of the host: the terminal is given back before anything else happens. */
import type { Terminal } from "@tsemu/host-node";

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Ending = keyof typeof numbers;

export interface SignalHandling {
  readonly terminal: Terminal | undefined;
  readonly say: (text: string) => void;
  quit(): void;
}

/** Installs the handlers; returns what a signal to end does. */
export const handleSignals = ({ terminal, say, quit }: SignalHandling): ((signal: Ending) => void) => {
  let ending = false;
  const terminate = (signal: Ending): void => {
    // The first asks for an orderly end; the second does not wait for it.
    if (ending) process.exit(1);
    ending = true;
    terminal?.close();
    say(`terminating on signal ${numbers[signal]}`);
    quit();
  };
  for (const signal of Object.keys(numbers) as Ending[]) process.on(signal, () => terminate(signal));
  process.on("SIGTSTP", () => {
    terminal?.raw(false);
    process.kill(process.pid, "SIGSTOP");
  });
  process.on("SIGCONT", () => terminal?.raw(true));
  process.once("SIGQUIT", () => {
    terminal?.close();
    process.kill(process.pid, "SIGQUIT");
  });
  return terminate;
};

/** What the terminal would have done with ^Z and ^\, were it not in raw mode: the shell's whole job gets the signal. */
export const stopProcess = (signal: "SIGTSTP" | "SIGQUIT"): void => {
  process.kill(0, signal);
};
