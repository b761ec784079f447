// What the programs have in common before TypeScript can be read. Plain JavaScript that any Node understands: an old one gets a line that
// says what to do.
import { readFileSync, statSync } from "node:fs";
import module from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const needed = 24;

/** What the program was called as. Ends the process if Node is too old. */
export function programName(usual) {
  const program = basename(process.argv[1] ?? usual).replace(/\.js$/, "");
  if (Number(process.versions.node.split(".")[0]) < needed) {
    console.error(`${program}: Node.js ${needed} or newer is needed, this is ${process.version} ('npx ${program}' in the project's folder uses the one that came with it)`);
    process.exit(1);
  }
  return program;
}

/** The program from the bundle, if there is one made of the sources as they are; otherwise from the sources, which takes longer to load. */
export function load(entry, source) {
  module.enableCompileCache();
  const folder = freshBundle(new URL("../dist/manifest.json", import.meta.url), fileURLToPath(new URL("../../../", import.meta.url)));
  return import(new URL(folder === undefined ? source : `../dist/${folder}/${entry}.js`, import.meta.url).href);
}

/** The bundle's folder, if no file that it was made of has another size or time since. `root`: what the files' names begin at. */
export function freshBundle(manifest, root) {
  try {
    const { folder, inputs } = JSON.parse(readFileSync(manifest, "utf8"));
    for (const [name, size, mtimeMs] of inputs) {
      const now = statSync(root + name);
      if (now.size !== size || now.mtimeMs !== mtimeMs) return undefined;
    }
    return folder;
  } catch {
    // There is no bundle, or a source has gone.
    return undefined;
  }
}
