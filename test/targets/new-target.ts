/**
 * Makes an empty architecture: the template beside this file under another name, registered.
 *
 *     npm run new-target NAME
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const template = join(import.meta.dirname, "template");

/** Before the end of the list in packages/cli/src/targets.ts. */
const registration = (name: string): string =>
  `  { name: "${name}", folder: "${name}", load: async () => (await import("@tsemu/target-${name}")).${name}Target() },\n`;

/** Makes targets/<name> in the project at `root`; the files that it wrote. */
export function newTarget(name: string, root: string): string[] {
  if (!/^[a-z][a-z0-9]*$/.test(name)) throw new Error(`"${name}" is no name: letters and digits, all small`);
  const folder = join(root, "targets", name);
  if (existsSync(folder)) throw new Error(`there is targets/${name} already`);
  const rename = (text: string): string => text.replaceAll("template", name).replaceAll("Template", name[0]!.toUpperCase() + name.slice(1));
  const written: string[] = [];
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    written.push(path);
  };
  for (const file of readdirSync(template, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|json)$/.test(path))
    .toSorted())
    write(join("targets", name, rename(file)), rename(readFileSync(join(template, file), "utf8")));
  const registry = "packages/cli/src/targets.ts";
  write(
    registry,
    readFileSync(join(root, registry), "utf8").replace(/^\];\n/m, (end) => registration(name) + end),
  );
  const manifest = "packages/cli/package.json";
  const cli = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { dependencies: Record<string, string> };
  const dependencies = { ...cli.dependencies, [`@tsemu/target-${name}`]: "0.1.0" };
  cli.dependencies = Object.fromEntries(Object.entries(dependencies).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  write(manifest, `${JSON.stringify(cli, undefined, 2)}\n`);
  return written;
}

if (import.meta.main) {
  const [name] = process.argv.slice(2);
  if (name === undefined) throw new Error("npm run new-target NAME");
  for (const path of newTarget(name, join(import.meta.dirname, "../.."))) console.log(path);
  console.log(`npm install links it; npm run conformance ${name} says what it lacks.`);
}
