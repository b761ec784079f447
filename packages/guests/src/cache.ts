/** Where fetched and built guests are kept: TSEMU_GUESTS, or .cache/guests in the project's folder. */
import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const cacheFolder = (): string => process.env.TSEMU_GUESTS ?? fileURLToPath(new URL("../../../.cache/guests", import.meta.url));

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Writes a file that is either whole or not there. */
export const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  await mkdir(join(path, ".."), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, bytes);
  await rename(partial, path);
};
