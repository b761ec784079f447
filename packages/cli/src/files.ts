/** Files that are read whole: boot images. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { UserError } from "@tsemu/base";
import type { NamedFile } from "@tsemu/loader";

/** Nothing that has to fit into a guest's memory is larger. */
const largest = 2 ** 32;

/** The bytes of a file, or of a pipe (`<(command)`); a UserError with that message if it cannot be read. */
export const readImage = (path: string, message: string): NamedFile => {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const stat = fstatSync(fd);
    // A terminal, /dev/zero: these have no end.
    const endless = !stat.isFile() && !stat.isFIFO();
    if (!endless && stat.size < largest) return { name: path, bytes: readFileSync(fd) };
  } catch {
    // The message says what could not be done; QEMU does not say why either.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  throw new UserError(message);
};
