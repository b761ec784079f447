/** Which package may import which: a room knows the rooms before it, never those behind. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** What the sources of each package may import. Its tests, and what it offers to tests, may import anything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "packages/base": [],
  "packages/ir": ["base"],
  "packages/decode": ["base"],
  "packages/hw": ["base"],
  "packages/target": ["base", "hw", "ir"],
  "packages/memory": ["base", "hw", "ir", "target"],
  "packages/gdbstub": ["target"],
  "packages/interpreter": ["base", "ir", "memory"],
  "packages/backend-wasm": ["base", "ir", "memory"],
  "packages/backend-binaryen": ["backend-wasm"],
  "packages/softfloat": ["base", "ir"],
  "packages/engine": ["backend-wasm", "base", "hw", "interpreter", "ir", "memory", "target"],
  "packages/devices": ["base", "hw"],
  "packages/loader": ["base"],
  "packages/machines": ["base", "devices", "hw", "loader", "target"],
  "packages/linux-user": ["base", "engine", "hw", "memory", "softfloat", "target"],
  "packages/system": ["base", "engine", "hw", "ir", "loader", "machines", "memory", "softfloat", "target"],
  "packages/host-node": ["backend-binaryen", "backend-wasm", "base", "hw"],
  "packages/cli": [
    "base",
    "devices",
    "engine",
    "gdbstub",
    "host-node",
    "hw",
    "linux-user",
    "loader",
    "machines",
    "system",
    "target",
    ...readdirSync(join(root, "targets")).map((name) => `target-${name}`),
  ],
  "packages/tsemu": ["base", "engine", "host-node", "linux-user", "target", "target-arm"],
  "packages/guests": ["cli"],
  "targets/*": ["base", "decode", "hw", "ir", "softfloat", "target"],
};
/** Modules that are not ours, by package. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  "packages/backend-binaryen": ["binaryen"],
  "packages/cli": ["fflate", "yargs-parser"],
  "packages/loader": ["fflate"],
};
const onNode = ["packages/tsemu", "packages/host-node", "packages/cli", "packages/guests"];
/** Rooms that every guest architecture shares. */
const shared = [
  "base",
  "hw",
  "system",
  "engine",
  "ir",
  "interpreter",
  "backend-wasm",
  "backend-binaryen",
  "memory",
  "target",
  "decode",
  "gdbstub",
  "linux-user",
];

const filesUnder = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
const isTest = (file: string): boolean => /\.(test|testing)\.ts$|\/testing\//.test(file);
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const packages = ["packages", "targets"].flatMap((top) => readdirSync(join(root, top)).map((name) => `${top}/${name}`));
const importsOf = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export)\b[^;"]*?from "([^"\n]+)"|^import "([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm)].map(
    (m) => (m[1] ?? m[2] ?? m[3])!,
  );

describe.each(packages)("%s", (folder) => {
  const rule = allowed[folder] ?? (folder.startsWith("targets/") ? allowed["targets/*"] : undefined);
  const sources = filesUnder(join(folder, "src")).filter((file) => !isTest(file));

  it("imports only what its room allows", () => {
    expect(rule, `no rule for ${folder}: add one to this table`).toBeDefined();
    const wrong = sources.flatMap((file) =>
      importsOf(read(file))
        .filter((name) => {
          if (name.startsWith(".")) return relative(join(folder, "src"), join(file, "..", name)).startsWith("..");
          if (name.startsWith("node:")) return !onNode.includes(folder);
          if (name.startsWith("@tsemu/")) return !rule!.includes(name.split("/")[1]!);
          return !(foreign[folder] ?? []).some((own) => name === own || name.startsWith(`${own}/`));
        })
        .map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("declares what it imports", () => {
    const { name, dependencies = {} } = JSON.parse(read(join(folder, "package.json"))) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    const used = new Set(
      sources
        .flatMap((file) => importsOf(read(file)))
        .flatMap((module) => /^(@tsemu\/[^/]+|binaryen|fflate|yargs-parser)/.exec(module)?.[1] ?? []),
    );
    expect([...used].filter((module) => module !== name && !(module in dependencies))).toEqual([]);
  });
});

it("no room is imported in a circle", () => {
  const order = Object.keys(allowed).map((folder) => folder.replace(/^packages\//, ""));
  const rooms = new Map(order.map((name, i) => [name, i]));
  for (const [folder, names] of Object.entries(allowed)) {
    if (folder === "packages/cli" || folder === "packages/tsemu" || folder === "targets/*") continue;
    for (const name of names)
      expect(rooms.get(name)!, `${folder} before ${name}`).toBeLessThan(rooms.get(folder.replace(/^packages\//, ""))!);
  }
});

/** Names of architectures, also at the beginning of longer ones: mipsTarget, ARM_LR. */
const names = /\b(arm|Arm|ARM|aarch|AArch|thumb|Thumb|mips|Mips|MIPS|ppc|Ppc|PPC|powerpc|sparc|Sparc|SPARC|x86|X86|i386)([A-Z_\d]\w*)?\b/;
/** What only one of them has. */
const parts = /\b(\w*apic\w*|cp0|cp15|msr|cr[0-48])\b/i;
/** Timers are armed; Linux's calls are called so. */
const notMeant = /\barm\(|"arm_(fadvise64_64|sync_file_range)"/g;

// Comments may give examples.
it("shared rooms name no guest architecture", () => {
  const wrong = shared.flatMap((name) =>
    filesUnder(`packages/${name}/src`)
      .filter((file) => !isTest(file) && !file.endsWith(".generated.ts"))
      .flatMap((file) =>
        read(file)
          .split("\n")
          .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line) && [names, parts].some((pattern) => pattern.test(line.replace(notMeant, ""))))
          .map((line) => `${file}: ${line.trim()}`),
      ),
  );
  expect(wrong).toEqual([]);
});
