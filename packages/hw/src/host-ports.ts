/** What a device sees of the host: streams, disks, networks. Implemented by host-node and host-web. */

/** A character stream, e.g. the terminal. */
export interface CharPort {
  /** Bytes from the guest to the host. */
  write(bytes: Uint8Array): void;
  /** Called by the device once: where bytes from the host go. `accept` returns how many bytes were taken; the port keeps the rest. `onBreak`: the line is held low. */
  attach(accept: (bytes: Uint8Array) => number, onBreak?: () => void): void;
  /** The device has room again: the port may offer what it kept. */
  resume(): void;
}

/** A disk image. Offsets and lengths in bytes, any alignment. Every promise may reject with an Error (an I/O error for the guest). */
export interface BlockPort {
  readonly size: number;
  readonly readOnly: boolean;
  read(offset: number, into: Uint8Array): Promise<void>;
  write(offset: number, from: Uint8Array): Promise<void>;
  /** Resolves when everything written before is on stable storage. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** An Ethernet segment: whole frames without FCS. */
export interface NetPort {
  send(frame: Uint8Array): void;
  /** Called by the device once. `deliver` returns false when the device has no room (the frame is dropped). */
  attach(deliver: (frame: Uint8Array) => boolean): void;
}

/** Fills arrays with random bytes; seeded where a run must repeat. */
export interface RandomPort {
  fill(into: Uint8Array): void;
}
