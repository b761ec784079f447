/** What a process does with each signal: sigaction's table, shared by the threads of a process. */
import { defaultAction, MOST_SIGNALS, SIG_DFL, SIG_IGN } from "./numbers.ts";
import { SignalSet } from "./signal-set.ts";

export interface SignalAction {
  /** SIG_DFL, SIG_IGN or an address. */
  readonly handler: number;
  /** Below 2^32. */
  readonly flags: number;
  readonly restorer: number;
  readonly mask: SignalSet;
}

const byDefault: SignalAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: SignalSet.empty };

export class SignalActions {
  #actions: SignalAction[] = Array.from({ length: MOST_SIGNALS + 1 }, () => byDefault);

  get(signal: number): SignalAction {
    return this.#actions[signal]!;
  }

  set(signal: number, action: SignalAction): void {
    this.#actions[signal] = action;
  }

  /** Is it dropped when it is sent? */
  ignores(signal: number): boolean {
    const { handler } = this.get(signal);
    return handler === SIG_IGN || (handler === SIG_DFL && defaultAction(signal) === "ignore");
  }

  /** SIG_IGN, and not only by default. */
  isIgnored(signal: number): boolean {
    return this.get(signal).handler === SIG_IGN;
  }

  copy(): SignalActions {
    const copy = new SignalActions();
    copy.#actions = [...this.#actions];
    return copy;
  }

  /** execve: what has a handler goes back to the default; what is ignored stays so. */
  resetForExec(): void {
    this.#actions = this.#actions.map((action) => (action.handler === SIG_IGN ? { ...byDefault, handler: SIG_IGN } : byDefault));
  }
}
