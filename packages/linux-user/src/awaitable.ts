/** A value that is there now or later: what may block returns a promise only where it does. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with the value, at once if it is there. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
