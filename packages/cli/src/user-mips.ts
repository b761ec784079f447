/** tsemu-mips, tsemu-mipsel, tsemu-mipsn32, tsemu-mipsn32el, tsemu-mips64, tsemu-mips64el */
import { mipsTarget } from "@tsemu/target-mips";
import { linuxAbi } from "@tsemu/target-mips/linux";
import { userMain } from "./user-main.ts";

/** `name`: what the program was called as. */
type UserMain = (name: string, args: readonly string[]) => Promise<void>;

const o32 =
  (bigEndian: boolean): UserMain =>
  (name, args) =>
    userMain({ name, target: mipsTarget({ bits: 32, bigEndian }), defaultCpu: "24Kf" }, linuxAbi({ abi: "o32", bigEndian }), args);

const of64 =
  (abi: "n32" | "n64", bigEndian: boolean): UserMain =>
  (name, args) =>
    userMain({ name, target: mipsTarget({ bits: 64, bigEndian }), defaultCpu: "MIPS64R2-generic" }, linuxAbi({ abi, bigEndian }), args);

export const userMips = o32(true);
export const userMipsel = o32(false);
export const userMips64 = of64("n64", true);
export const userMips64el = of64("n64", false);
export const userMipsn32 = of64("n32", true);
export const userMipsn32el = of64("n32", false);
