import type { Block } from "../inst.ts";
import { dead } from "./dead.ts";
import { forward } from "./forward.ts";

/** The passes by name, in the order in which a block goes through them. */
export const passes: Readonly<Record<string, (block: Block) => Block>> = { forward, dead };

/** A block after all passes. Instructions are reused: the block given is no longer valid. */
export const optimize = (block: Block): Block => dead(forward(block));
