/** tsemu-arm */
import { armTarget } from "@tsemu/target-arm";
import { linuxAbi } from "@tsemu/target-arm/linux";
import { userMain } from "./user-main.ts";

/** `name`: what the program was called as. */
export const userArm = (name: string, args: readonly string[]): Promise<void> =>
  userMain({ name, target: armTarget(), defaultCpu: "max" }, linuxAbi, args);
