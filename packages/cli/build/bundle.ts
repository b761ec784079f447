/**
 * Bundles the programs: a few files in place of some 250 modules, each of which would be found, read and stripped of its types at every
 * start. dist/ holds a folder named after what is in it, so that a program that is running while another bundle is made still finds the
 * parts that it loads later, and manifest.json: the folder, and size and time of all that it was made of (bin/start.js compares them).
 * Each program is a script, not a module, since of scripts V8's compiled code can be kept (bin/start.js again).
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "esbuild";

/** What bin/start.js reads. Names of inputs are relative to the project's folder. */
export interface Manifest {
  readonly folder: string;
  readonly inputs: readonly (readonly [name: string, size: number, mtimeMs: number])[];
}

/** The file that a program begins with, or that a worker runs, by the name that it gets. */
const entries = {
  "tsemu-system-arm": "packages/cli/src/index.ts",
  "tsemu-system-mips": "packages/cli/src/system-mips.ts",
  "tsemu-system-x86": "packages/cli/src/system-x86.ts",
  "tsemu-arm": "packages/cli/src/user-arm.ts",
  "tsemu-user-mips": "packages/cli/src/user-mips.ts",
  "tsemu-user-x86": "packages/cli/src/user-x86.ts",
  "compile-worker": "packages/cli/src/compile-worker.ts",
};

const projectRoot = join(import.meta.dirname, "..", "..", "..");

/** Bundles the programs of the project into `dist`. */
export async function bundle(dist = join(projectRoot, "packages/cli/dist"), root = projectRoot): Promise<Manifest> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    write: false,
    metafile: true,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    // Large, and only loaded for -d out_wat: from its sources.
    external: ["@tsemu/backend-binaryen"],
    // What scripts have in place of import.meta.
    define: { "import.meta.filename": "__filename", "import.meta.dirname": "__dirname", "import.meta.url": "scriptUrl" },
    banner: { js: 'var scriptUrl = require("node:url").pathToFileURL(__filename).href;' },
    // bin/start.js reads it as Latin-1.
    charset: "ascii",
    // Functions keep their names, for profiles and traces of the stack.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
  });
  const hash = createHash("sha256");
  for (const { path, contents } of outputFiles) hash.update(`${basename(path)} ${contents.length} `).update(contents);
  const folder = hash.digest("hex").slice(0, 16);
  mkdirSync(join(dist, folder), { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(join(dist, folder, basename(path)), contents);

  const sources = Object.keys(metafile.inputs);
  const names = [...sources, ...packagesOf(sources, root), relative(root, import.meta.filename)];
  const inputs = names.map((name) => {
    const { size, mtimeMs } = statSync(join(root, name));
    return [name, size, mtimeMs] as const;
  });
  const manifest: Manifest = { folder, inputs };
  const path = join(dist, "manifest.json");
  const previous = folderOf(path);
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(manifest));
  renameSync(`${path}.${process.pid}`, path);
  for (const entry of readdirSync(dist, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== folder && entry.name !== previous) rmSync(join(dist, entry.name), { recursive: true });
  return manifest;
}

/** Guests that make the programs do what they do at every start: how each is called, and what is typed. */
const firstRuns: readonly (readonly [args: readonly string[], input: string])[] = [
  [
    ["bin/tsemu-system-arm.js", ..."-M virt -accel tcg,code-cache=off -nographic -kernel ../../test/guests/bare/hello-arm.elf".split(" ")],
    "q",
  ],
  [["bin/tsemu-arm.js", "../../test/linux-user/programs/linux-user-tests.armhf", "identity"], ""],
];

/** Runs each program of the bundle for the first time, after which its compiled code is kept. If that fails, its next run is the first. */
export function runFirst(): void {
  for (const [args, input] of firstRuns)
    spawnSync(process.execPath, args, {
      cwd: join(projectRoot, "packages/cli"),
      input,
      stdio: ["pipe", "ignore", "ignore"],
      timeout: 20_000,
    });
}

/** The package.json of every source: it says where a package begins. */
function packagesOf(sources: readonly string[], root: string): string[] {
  const found = new Set<string>();
  for (const folder of new Set(sources.map(dirname)))
    for (let at = folder; at !== "."; at = dirname(at)) {
      const name = join(at, "package.json");
      if (!existsSync(join(root, name))) continue;
      found.add(name);
      break;
    }
  return [...found];
}

function folderOf(manifest: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as Manifest).folder;
  } catch {
    return undefined;
  }
}
