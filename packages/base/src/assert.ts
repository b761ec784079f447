/** Throws when an invariant of the emulator itself (never of the guest) does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message}`);
}

/** For the end of a switch over a closed union: a type error where a case is missing. */
export function unreachable(x: never, what = "case"): never {
  throw new Error(`internal error: unreachable ${what}: ${JSON.stringify(x)}`);
}

/** A message for the user, printed as one line without a stack trace; `exitCode` is QEMU's for the same mistake. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}
