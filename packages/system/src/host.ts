/** What a running system needs of its host beside ports: time, and turns of the event loop. */
export interface HostLoop {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Lets the host handle its events; resolves as soon as it has. */
  turn(): Promise<void>;
  /** Resolves after that time. `ms` is finite and positive. */
  sleep(ms: number): { readonly done: Promise<void>; cancel(): void };
}
