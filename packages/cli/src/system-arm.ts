/** tsemu-system-arm */
import { versatilepb, virtArm } from "@tsemu/machines";
import { armTarget } from "@tsemu/target-arm";
import type { Program } from "./plan.ts";

/** `name`: what the program was called as. */
export const systemArm = (name: string): Program => ({ name, target: armTarget(), machines: [versatilepb, virtArm] });
