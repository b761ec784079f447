/** The device tree of a board, printed from the same table as its hardware. */
import { type FdtTree, fdtTree, setMemory } from "@tsemu/loader";
import type { TreeContext } from "./describe.ts";

/** Undefined if the board has no device tree of its own. */
export const fdtFromMachine = (t: TreeContext): FdtTree | undefined => {
  if (t.machine.tree === undefined) return undefined;
  const tree = fdtTree(t.machine.tree(t));
  for (const row of t.machine.devices) tree.root.children.push(...(row.is.tree?.(row, t) ?? []));
  setMemory(tree, t.machine.ram.base, t.options.ramBytes);
  return tree;
};
