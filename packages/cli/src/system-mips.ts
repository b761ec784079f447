/** tsemu-system-mips, tsemu-system-mipsel */
import { malta } from "@tsemu/machines";
import { mipsTarget } from "@tsemu/target-mips";
import type { Program } from "./plan.ts";

/** `name`: what the program was called as. */
const system =
  (bigEndian: boolean) =>
  (name: string): Program => ({ name, target: mipsTarget({ bits: 32, bigEndian }), machines: [malta({ bigEndian })] });

export const systemMips = system(true);
export const systemMipsel = system(false);
export { main } from "./main.ts";
