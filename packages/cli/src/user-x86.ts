/** tsemu-i386, tsemu-x86_64 */
import { x86Target } from "@tsemu/target-x86";
import { linuxAbi } from "@tsemu/target-x86/linux";
import { userMain } from "./user-main.ts";

/** `name`: what the program was called as. */
export const userI386 = (name: string, args: readonly string[]): Promise<void> =>
  userMain({ name, target: x86Target(32), defaultCpu: "qemu32" }, linuxAbi(32), args);

export const userX86_64 = (name: string, args: readonly string[]): Promise<void> =>
  userMain({ name, target: x86Target(64), defaultCpu: "qemu64" }, linuxAbi(64), args);
