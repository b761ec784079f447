/** Character streams other than the terminal. */
import { closeSync, openSync, writeSync } from "node:fs";
import { UserError } from "@tsemu/base";
import type { CharPort } from "@tsemu/hw";
import { OutputBuffer } from "./output-buffer.ts";
import { reasonOf } from "./reasons.ts";

/** Takes everything, sends nothing. */
export class NullCharPort implements CharPort {
  write(): void {}
  attach(): void {}
  resume(): void {}
}

/** Writes what the guest sends to a file; sends nothing. */
export class FileCharPort implements CharPort {
  readonly #fd: number;
  readonly #buffer: OutputBuffer;
  #broken = false;

  /** Opens the file; a UserError if that fails. `warn` is told once if writing fails later. */
  constructor(path: string, append: boolean, warn: (text: string) => void) {
    try {
      this.#fd = openSync(path, append ? "a" : "w");
    } catch (error) {
      throw new UserError(`Could not open '${path}': ${reasonOf(error)}`);
    }
    this.#buffer = new OutputBuffer((bytes) => {
      if (this.#broken) return;
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        this.#broken = true;
        warn(`writing to '${path}' failed: ${reasonOf(error)}`);
      }
    });
  }

  write(bytes: Uint8Array): void {
    this.#buffer.write(bytes);
  }

  attach(): void {}
  resume(): void {}

  close(): void {
    this.#buffer.flush();
    closeSync(this.#fd);
  }
}
