/** Network backends that need no network. */
import type { NetPort } from "@tsemu/hw";

/** A cable that leads nowhere. */
export class NullNetPort implements NetPort {
  send(): void {}
  attach(): void {}
}

/** Every frame comes back to its sender, a turn of the event loop later. */
export class LoopbackNetPort implements NetPort {
  #deliver: ((frame: Uint8Array) => boolean) | undefined;

  send(frame: Uint8Array): void {
    const copy = frame.slice();
    setImmediate(() => this.#deliver?.(copy));
  }

  attach(deliver: (frame: Uint8Array) => boolean): void {
    this.#deliver = deliver;
  }
}
