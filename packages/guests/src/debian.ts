/**
 * Packages of Debian for another architecture, without root and without a trace in the host's own apt: everything that apt writes
 * goes to a folder of ours. Debian's mirrors and keys are the host's.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "./cache.ts";
import { tool } from "./tools.ts";

export class DebianArchive {
  readonly #folder: string;
  readonly #architecture: string;

  constructor(folder: string, architecture: string) {
    this.#folder = join(folder, `apt-${architecture}`);
    this.#architecture = architecture;
  }

  #options(): string[] {
    const f = this.#folder;
    const settings = {
      "APT::Architecture": this.#architecture,
      "APT::Architectures": this.#architecture,
      "Dir::State": f,
      "Dir::State::Lists": join(f, "lists"),
      "Dir::State::status": join(f, "status"),
      "Dir::Cache": join(f, "cache"),
      "Dir::Cache::pkgcache": "",
      "Dir::Cache::srcpkgcache": "",
      "APT::Get::List-Cleanup": "0",
      "APT::Sandbox::User": "",
    };
    return Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  }

  /** Fetches the lists of packages. */
  async update(): Promise<void> {
    for (const sub of ["lists/partial", "cache/archives/partial", "debs"]) await mkdir(join(this.#folder, sub), { recursive: true });
    await writeFile(join(this.#folder, "status"), "");
    try {
      await tool("apt-get", [...this.#options(), "update"]);
    } catch (error) {
      // One of several lists may be out of step with its mirror; what is missing shows at the download.
      const lists = await readdir(join(this.#folder, "lists"));
      if (!lists.some((name) => name.includes("Packages"))) throw error;
    }
  }

  /** The newest of the packages whose names are like this, a regular expression. */
  async newest(pattern: string): Promise<string> {
    const found = await tool("apt-cache", [...this.#options(), "search", "--names-only", `^${pattern}$`]);
    const names = found
      .split("\n")
      .map((line) => line.split(" ")[0]!)
      .filter((name) => new RegExp(`^${pattern}$`).test(name));
    const newest = names.toSorted(byVersion).at(-1);
    if (newest === undefined)
      throw new Error(`there is no package ${pattern} for ${this.#architecture} among the host's apt sources (they must be Debian's)`);
    return newest;
  }

  /** Downloads a package and unpacks it; returns the folder. */
  async unpack(name: string): Promise<string> {
    const target = join(this.#folder, "root", name);
    if (await exists(target)) return target;
    const debs = join(this.#folder, "debs");
    await tool("apt-get", [...this.#options(), "download", name], debs);
    const deb = (await readdir(debs)).find((file) => file.startsWith(`${name}_`));
    if (deb === undefined) throw new Error(`apt-get download ${name} brought no file`);
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await tool("dpkg-deb", ["-x", join(debs, deb), partial]);
    await rename(partial, target);
    return target;
  }

  /** Downloads a package's sources into a folder; the names of the files. */
  async source(name: string, target: string): Promise<string[]> {
    const parts = join(this.#folder, "source-parts");
    await mkdir(parts, { recursive: true });
    for (const [file, text] of await hostSources()) {
      // Both of apt's notations: stanzas, and one line a source.
      const asSource = text.replaceAll(/^(Types:).*$/gm, "$1 deb-src").replaceAll(/^\s*deb\s/gm, "deb-src ");
      await writeFile(join(parts, file), asSource);
    }
    const options = [...this.#options(), "-o", "Dir::Etc::sourcelist=/dev/null", "-o", `Dir::Etc::sourceparts=${parts}`];
    await tool("apt-get", [...options, "update"]);
    await tool("apt-get", [...options, "source", "--only-source", "--download-only", name], target);
    return readdir(target);
  }

  /** Downloads packages with all that they depend on and unpacks them over one another into a folder, without running their scripts. */
  async unpackTogether(names: readonly string[], target: string): Promise<void> {
    const archives = join(this.#folder, "cache/archives");
    // What is not installed is downloaded; the list of what is installed is empty.
    await tool("apt-get", [...this.#options(), "-y", "--no-install-recommends", "--download-only", "install", ...names]);
    const needed = await tool("apt-get", [...this.#options(), "-y", "--no-install-recommends", "--simulate", "install", ...names]);
    const files = await readdir(archives);
    for (const [, name] of needed.matchAll(/^Inst (\S+)/gm)) {
      const deb = files.find((file) => file.startsWith(`${name}_`));
      if (deb === undefined) throw new Error(`apt-get install --download-only brought no file for ${name}`);
      await tool("dpkg-deb", ["-x", join(archives, deb), target]);
    }
  }
}

/** The host's apt sources, by file name. */
const hostSources = async (): Promise<[name: string, text: string][]> => {
  const folder = "/etc/apt/sources.list.d";
  const names = (await exists(folder)) ? (await readdir(folder)).filter((name) => /\.(list|sources)$/.test(name)) : [];
  const files = names.map((name): [string, string] => [name, join(folder, name)]);
  if (await exists("/etc/apt/sources.list")) files.push(["main.list", "/etc/apt/sources.list"]);
  return Promise.all(files.map(async ([name, path]): Promise<[string, string]> => [name, await readFile(path, "utf8")]));
};

/** 6.1.0-9 before 6.1.0-50 before 6.12.1-1. */
const byVersion = (a: string, b: string): number => {
  const numbers = (name: string): number[] => (name.match(/[0-9]+/g) ?? []).map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};
