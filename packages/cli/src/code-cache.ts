/** The file of translated code of a run, in both modes. */
import type { LogItem } from "@tsemu/base";
import { type CodeCacheFile, codeCacheFile, defaultCodeCache } from "@tsemu/host-node/user";

/** Logs of these would not be what they are without a file. */
const changedByIt: readonly LogItem[] = ["in_asm", "op", "op_opt", "out_wat", "nochain"];

/** `folder`: "off", or undefined for the usual one. The texts and images say what guest it is. None where one is not wanted, or cannot be named. */
export const openCodeCache = (
  folder: string | undefined,
  logged: readonly LogItem[],
  texts: readonly string[],
  images: readonly Uint8Array[] = [],
): CodeCacheFile | undefined =>
  folder === "off" || logged.some((item) => changedByIt.includes(item))
    ? undefined
    : codeCacheFile(folder ?? defaultCodeCache(), texts, images);
