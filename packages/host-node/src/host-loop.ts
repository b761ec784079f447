/** Time and turns of Node's event loop. */
export interface Sleep {
  readonly done: Promise<void>;
  cancel(): void;
}

export const nodeHostLoop = {
  now: (): number => performance.now(),
  turn: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  sleep(ms: number): Sleep {
    // Node's timers know nothing below a millisecond; a guest that waits so short a time must not wait longer.
    if (ms < 1) return { done: nodeHostLoop.turn(), cancel: () => {} };
    let timer: NodeJS.Timeout | undefined;
    const done = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    return { done, cancel: () => clearTimeout(timer) };
  },
} as const;
