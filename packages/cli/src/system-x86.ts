/** tsemu-system-i386, tsemu-system-x86_64 */
import { microvm, pc } from "@tsemu/machines";
import { x86Target } from "@tsemu/target-x86";
import type { Program } from "./plan.ts";

/** `name`: what the program was called as. */
const system =
  (bits: 32 | 64) =>
  (name: string): Program => {
    const target = x86Target(bits);
    const usual = bits === 64 ? "qemu64" : "qemu32";
    const cpus = [usual, ...target.cpuModels.map((model) => model.name).filter((model) => model !== usual)];
    return { name, target, machines: [pc({ bits, cpus }), microvm({ bits, cpus })] };
  };

export const systemI386 = system(32);
export const systemX86_64 = system(64);
export { main } from "./main.ts";
