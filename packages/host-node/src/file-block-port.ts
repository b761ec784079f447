/** A disk image in a file of the host, sector by sector as it lies there ("raw"). */
import { constants, type FileHandle, open } from "node:fs/promises";
import { UserError } from "@tsemu/base";
import type { BlockPort } from "@tsemu/hw";
import { reasonOf } from "./reasons.ts";

const sector = 512;

export class FileBlockPort implements BlockPort {
  /** The file's size when it was opened, in whole sectors: what is missing of the last one reads as zeros. */
  readonly size: number;
  readonly readOnly: boolean;
  readonly #file: FileHandle;
  readonly #fileSize: number;

  private constructor(file: FileHandle, fileSize: number, readOnly: boolean) {
    this.#file = file;
    this.#fileSize = fileSize;
    this.size = Math.ceil(fileSize / sector) * sector;
    this.readOnly = readOnly;
  }

  /** A UserError if there is no such file, or one that may not be opened in this way. */
  static async open(path: string, readOnly: boolean): Promise<FileBlockPort> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, readOnly ? constants.O_RDONLY : constants.O_RDWR);
      const stat = await file.stat();
      if (stat.isFile()) return new FileBlockPort(file, stat.size, readOnly);
    } catch (error) {
      await file?.close();
      if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw new UserError(`Could not open '${path}': ${reasonOf(error)}`);
      file = undefined;
    }
    await file?.close();
    throw new UserError(`'file' driver requires '${path}' to be a regular file`);
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await this.#file.read(into, done, into.length - done, offset + done);
      if (bytesRead === 0) {
        // Past the end of the file as it was is the rest of its last sector; before it, somebody has cut the file.
        if (offset + done < this.#fileSize) throw new Error("the image has become shorter");
        into.fill(0, done);
        return;
      }
      done += bytesRead;
    }
  }

  async write(offset: number, from: Uint8Array): Promise<void> {
    for (let done = 0; done < from.length; ) {
      const { bytesWritten } = await this.#file.write(from, done, from.length - done, offset + done);
      if (bytesWritten === 0) throw new Error("nothing was written");
      done += bytesWritten;
    }
  }

  async flush(): Promise<void> {
    if (!this.readOnly) await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
