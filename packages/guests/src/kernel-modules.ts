/** Kernel modules of a package: which ones a module needs, and in which order they are loaded. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

export interface KernelModule {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The names in `depends=` of a module's .modinfo section. */
export const dependenciesOf = (module: Uint8Array): string[] => {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString("latin1");
  const match = /\0depends=([^\0]*)\0/.exec(text);
  return (match?.[1] ?? "").split(",").filter((name) => name !== "");
};

/** The kernel spells modules with underscores, their files sometimes with dashes. */
const spelling = (name: string): string => name.replaceAll("-", "_");

/** The named modules and all that they need, those needed first. Names without a file are built into the kernel. */
export const loadOrder = async (folder: string, names: readonly string[]): Promise<KernelModule[]> => {
  const files = new Map<string, string>();
  for (const path of await readdir(folder, { recursive: true })) {
    if (path.endsWith(".ko")) files.set(spelling(basename(path, ".ko")), join(folder, path));
  }
  const order: KernelModule[] = [];
  const seen = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    const path = files.get(name);
    if (path === undefined || seen.has(name)) return;
    seen.add(name);
    const bytes = await readFile(path);
    for (const needed of dependenciesOf(bytes)) await visit(spelling(needed));
    order.push({ name, bytes });
  };
  for (const name of names) await visit(spelling(name));
  return order;
};
