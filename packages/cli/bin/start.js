// What the programs have in common before TypeScript can be read. Plain JavaScript that any Node understands: an old one gets a line that
// says what to do. Node's modules are asked for where they are used and not imported: for an import Node touches all that a module exports,
// which with node:fs loads its streams.

const needed = 24;

/** What the program was called as. Ends the process if Node is too old. */
export function programName(usual) {
  const program = (process.argv[1] ?? usual).replace(/^.*[\\/]/, "").replace(/\.js$/, "");
  if (Number(process.versions.node.split(".")[0]) < needed) {
    console.error(`${program}: Node.js ${needed} or newer is needed, this is ${process.version} ('npx ${program}' in the project's folder uses the one that came with it)`);
    process.exit(1);
  }
  return program;
}

/**
 * The program from the bundle, if there is one made of the sources as they are; otherwise from the sources, which takes longer to load.
 * TSEMU_BUNDLE=off in the environment: from the sources, whose names then stand in profiles.
 */
export function load(entry, source) {
  const { join } = process.getBuiltinModule("node:path");
  const dist = join(import.meta.dirname, "../dist");
  const folder =
    process.env.TSEMU_BUNDLE === "off" ? undefined : freshBundle(join(dist, "manifest.json"), join(import.meta.dirname, "../../../"));
  if (folder !== undefined) return loadScript(join(dist, folder, `${entry}.cjs`));
  process.getBuiltinModule("node:module").enableCompileCache();
  return import(source);
}

/** The bundle's folder, if no file that it was made of has another size or time since. `root`: what the files' names begin at. */
function freshBundle(manifest, root) {
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
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

/**
 * What a script of the bundle exports. Node's own cache of compiled code holds what was compiled when a module was loaded, so that most
 * functions are compiled again in each run. The one kept beside the script is made when a program ends, of all that it used: by the first
 * run with this Node, which is one of build/bundle.ts's.
 */
function loadScript(path) {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { createRequire } = process.getBuiltinModule("node:module");
  const vm = process.getBuiltinModule("node:vm");
  const cache = `${path}.${process.version}-${process.arch}`;
  let cachedData;
  try {
    cachedData = readFileSync(cache);
  } catch {
    // This is the first run.
  }
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(path, "latin1")}\n})`, {
    filename: path,
    cachedData,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (cachedData === undefined) process.on("exit", () => keep(cache, script));
  const loaded = { exports: {} };
  script.runInThisContext()(loaded.exports, createRequire(path), loaded, path, process.getBuiltinModule("node:path").dirname(path));
  return loaded.exports;
}

function keep(cache, script) {
  const { renameSync, writeFileSync } = process.getBuiltinModule("node:fs");
  try {
    const temporary = `${cache}.${process.pid}`;
    // The program may have changed the umask for its guest.
    writeFileSync(temporary, script.createCachedData(), { mode: 0o644 });
    renameSync(temporary, cache);
  } catch {
    // The project is somebody else's: programs start a little later.
  }
}
