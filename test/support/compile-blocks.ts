/** Blocks of instructions without control flow, each compiled as a region of its own, in the memory of a replay. */
import { imports, type Region, type RegionBlock } from "@tsemu/backend-wasm";
import { compileBatch } from "@tsemu/backend-wasm/compile";
import type { Block } from "@tsemu/ir";
import { ARENA } from "@tsemu/memory";
import { CODE_ADDRESS, type FloatReplay } from "@tsemu/target-arm/testing";

export type Run = (descriptor: number) => number;

/** Link cells that lead nowhere: the code returns where it would go on. */
export const UNLINKED = ARENA + 64;

/** The blocks are optimized. `alignmentFault` is the one helper of these instructions that is the host's. */
export function compileBlocks(
  { insn: { linkage } }: FloatReplay,
  blocks: readonly { readonly ir: Block; readonly flags: number }[],
  alignmentFault: () => number,
): Run[] {
  const { memory, table, softFloat, lookup } = linkage;
  const irs = new Map<RegionBlock, Block>();
  const regions = blocks.map(({ ir, flags }): Region => {
    const block: RegionBlock = {
      pc: CODE_ADDRESS,
      pcHigh: 0,
      flags,
      descriptor: ARENA,
      insnCount: 1,
      code: new Uint8Array(),
      lookedUp: [],
      gotos: Array.from({ length: 8 }, () => ({ to: -1, cell: UNLINKED })),
      targets: new Array<number[]>(8).fill([]),
      guard: undefined,
      secondGuard: undefined,
      site: 1,
    };
    irs.set(block, ir);
    return { blocks: [block], entries: [0] };
  });
  const module = new WebAssembly.Module(compileBatch({ regions, addressBits: 32 }, (block) => irs.get(block)!).bytes);
  const env: Record<string, unknown> = { [imports.memory]: memory.memory, [imports.table]: table, [imports.lookup]: lookup };
  env[imports.slowLoad] = env[imports.slowStore] = () => 1;
  env[`${imports.helper}alignment_fault`] = alignmentFault;
  for (const { name } of WebAssembly.Module.imports(module)) {
    if (name.startsWith(imports.helper)) env[name] ??= softFloat[name.slice(imports.helper.length).replace(".std", "")];
  }
  const { exports } = new WebAssembly.Instance(module, { env } as never);
  return blocks.map((_, i) => exports[`r${i}`] as Run);
}
