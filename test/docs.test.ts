/** What the documentation names exists: files, npm scripts, programs, options of the emulator. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { optionRows } from "@tsemu/cli";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith(".md"));

/** Every file of the project, as git knows them, and those that are not committed yet. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" }).split("\n");
/** Files that a command of the text makes. */
const made = ["benchmarks/history.json", "benchmarks/cpu-system.svg"];
const ignored = (path: string): boolean => {
  try {
    execFileSync("git", ["check-ignore", "-q", `${path}/x`], { cwd: root });
    return true;
  } catch {
    return false;
  }
};
const exists = (path: string): boolean => existsSync(join(root, path)) || made.includes(path) || ignored(path);

/** Of the files that a shell pattern names, one is enough. */
const named = (path: string): boolean => {
  if (!path.includes("*")) return exists(path);
  const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
  return files.some((file) => pattern.test(file));
};

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);

/** Paths that begin with one of the project's folders, wherever they are. Those with <placeholders> are no paths. */
const pathsIn = (text: string): string[] =>
  matches(text, /(?<![\w./-])((?:packages|targets|test|docs|benchmarks|\.ci)\/[\w./*<>-]*[\w*>/])/g).filter((path) => !path.includes("<"));

/** In text: `mm/page-pool.ts`, which is short for a path that ends so. */
const shortPathsIn = (text: string): string[] =>
  matches(text, /(?<![\w./*<>-])([\w*-][\w./*-]*\.(?:ts|js|md|json))\b/g).filter(
    (path) => !/^(packages|targets|test|docs|benchmarks)\//.test(path),
  );

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const workspaces = files
  .filter((file) => /^(packages|targets)\/[^/]+\/package\.json$/.test(file))
  .map((file) => JSON.parse(read(file)) as { name: string; scripts?: Record<string, string>; bin?: Record<string, string> });
const programs = Object.keys(Object.assign({}, ...workspaces.map((w) => w.bin ?? {})));

describe.each(documents)("%s", (document) => {
  const text = read(document);

  it("names files that exist", () => {
    expect(pathsIn(text).filter((path) => !named(path))).toEqual([]);
    const links = matches(text, /\]\(([^)#:]+)(?:#[^)]*)?\)/g);
    expect(links.filter((link) => !exists(join(dirname(document), link)))).toEqual([]);
    // A bare file name may be one that the reader is to make.
    const short = shortPathsIn(text).filter((path) => path.includes("/"));
    // ir/ops.ts is packages/ir/src/ops.ts.
    const isShort = (path: string): boolean =>
      files.some((file) => file.endsWith(`/${path}`) || file === `packages/${path.replace("/", "/src/")}`);
    expect(short.filter((path) => !isShort(path))).toEqual([]);
  });

  it("names npm scripts and programs that exist", () => {
    for (const [, script, workspace] of text.matchAll(/npm (?:run ([\w:-]+)|test\b)(?: -w (@[\w/-]+))?/g)) {
      const of = workspace === undefined ? scripts : workspaces.find((w) => w.name === workspace)?.scripts;
      expect(of, `${script} of ${workspace}`).toHaveProperty([script ?? "test"]);
    }
    expect(matches(text, /\bnpx (tsemu[\w-]*)/g).filter((name) => !programs.includes(name))).toEqual([]);
  });

  it("names options of the emulator that exist", () => {
    const names = new Set(optionRows.flatMap((row) => [row.name, ...(row.aliases ?? [])]));
    // Words of a command line of tsemu-system-arm in a block of code.
    const commands = matches(text.replaceAll("\\\n", " "), /^ {4}.*?\btsemu-system-arm (.*)$/gm);
    const used = commands.flatMap((command) =>
      matches(command.replace(/"[^"]*"|'[^']*'/g, "x").replace(/[|;&].*/, ""), /(?:^| )--?([a-zA-Z][\w-]*)/g),
    );
    expect(used.filter((name) => !names.has(name))).toEqual([]);
  });
});

it("the table of docs/architecture.md has every package", () => {
  const packages = files.flatMap((file) => /^(?:packages\/([^/]+)|(targets\/[^/]+))\/package\.json$/.exec(file)?.slice(1) ?? []);
  const table = read("docs/architecture.md").split("## Rooms")[1]!;
  expect(packages.filter((name) => name !== undefined && !table.includes(`\`${name}\``))).toEqual([]);
});

it("the documents are those that there are", () => {
  expect(documents.length).toBeGreaterThan(9);
  expect(documents.flatMap((document) => pathsIn(read(document))).length).toBeGreaterThan(80);
});
