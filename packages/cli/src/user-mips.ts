/** tsemu-mips, tsemu-mipsel */
import { mipsTarget } from "@tsemu/target-mips";
import { linuxAbi } from "@tsemu/target-mips/linux";
import { userMain } from "./user-main.ts";

/** `name`: what the program was called as. */
const o32 =
  (bigEndian: boolean) =>
  (name: string, args: readonly string[]): Promise<void> =>
    userMain({ name, target: mipsTarget({ bits: 32, bigEndian }), defaultCpu: "24Kf" }, linuxAbi({ abi: "o32", bigEndian }), args);

export const userMips = o32(true);
export const userMipsel = o32(false);
