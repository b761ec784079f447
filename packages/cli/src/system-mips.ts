/** tsemu-system-mips, tsemu-system-mipsel, tsemu-system-mips64, tsemu-system-mips64el */
import { malta } from "@tsemu/machines";
import { mipsTarget } from "@tsemu/target-mips";
import type { Program } from "./plan.ts";

/** `name`: what the program was called as. */
const system =
  (bits: 32 | 64, bigEndian: boolean) =>
  (name: string): Program => ({ name, target: mipsTarget({ bits, bigEndian }), machines: [malta({ bits, bigEndian })] });

export const systemMips = system(32, true);
export const systemMipsel = system(32, false);
export const systemMips64 = system(64, true);
export const systemMips64el = system(64, false);
export { main } from "./main.ts";
