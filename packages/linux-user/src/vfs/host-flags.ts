/** Flags of open() as the host's port takes them. */
import { hostOpen } from "@tsemu/hw";
import { O } from "./constants.ts";

export function hostFlags(flags: number): number {
  const access = flags & O.ACCMODE;
  let host: number = access === O.RDONLY ? hostOpen.read : access === O.WRONLY ? hostOpen.write : hostOpen.read | hostOpen.write;
  if ((flags & O.CREAT) !== 0) host |= hostOpen.create;
  if ((flags & O.EXCL) !== 0) host |= hostOpen.exclusive;
  if ((flags & O.TRUNC) !== 0) host |= hostOpen.truncate;
  if ((flags & O.DSYNC) !== 0) host |= hostOpen.sync;
  if ((flags & O.NONBLOCK) !== 0) host |= hostOpen.nonBlocking;
  // The names have been resolved: a link that appears in between is not followed, and no terminal becomes the emulator's.
  return host | hostOpen.noFollow | hostOpen.noControllingTerminal;
}
