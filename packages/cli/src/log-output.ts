/** Where -d writes to: a file or standard error, by blocks and not by lines. */
import { closeSync, openSync, writeSync } from "node:fs";
import { Logger, UserError } from "@tsemu/base";
import { reasonOf } from "@tsemu/host-node";
import type { LogPlan } from "./plan.ts";

const blockLength = 65_536;
const standardError = 2;

export interface LogOutput {
  readonly log: Logger;
  /** Writes out what waits. */
  flush(): void;
  close(): void;
}

export const openLog = (plan: LogPlan): LogOutput => {
  const fd = plan.file === undefined || plan.items.length === 0 ? standardError : openFile(plan.file);
  let waiting: string[] = [];
  let length = 0;
  let scheduled = false;
  const flush = (): void => {
    const text = waiting.join("");
    waiting = [];
    length = 0;
    try {
      writeAll(fd, text);
    } catch {
      // Nobody reads it any more, or the disk is full: the guest is not to suffer.
    }
  };
  const write = (text: string): void => {
    waiting.push(text);
    length += text.length;
    if (length > blockLength) flush();
    else if (!scheduled) {
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        flush();
      });
    }
  };
  const close = (): void => {
    flush();
    if (fd !== standardError) closeSync(fd);
  };
  return { log: new Logger(plan.items, write, plan.ranges), flush, close };
};

const openFile = (path: string): number => {
  try {
    return openSync(path, "w");
  } catch (error) {
    throw new UserError(`Error opening logfile ${path}: ${reasonOf(error)}`);
  }
};

const writeAll = (fd: number, text: string): void => {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      // A pipe or terminal that somebody else has made non-blocking.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
};
