/** npm run conformance NAME: what a registered architecture lacks. Ends with 1 if that is anything. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RegisteredTarget } from "../../packages/cli/src/targets.ts";
import { checkNames, conformance } from "./conformance.ts";

// Another project's folder may be named: the test of new-target makes one.
const [name, root = join(import.meta.dirname, "../..")] = process.argv.slice(2);
const { targets } = (await import(pathToFileURL(join(root, "packages/cli/src/targets.ts")).href)) as {
  readonly targets: readonly RegisteredTarget[];
};
const registered = targets.find((target) => target.name === name);
if (registered === undefined) throw new Error(`npm run conformance NAME, one of ${targets.map((target) => target.name).join(" ")}`);
const lacks = await conformance(registered, root);
console.log(`${name}: ${checkNames.length - lacks.length} of ${checkNames.length} checks are met`);
for (const line of lacks) console.log(`- ${line}`);
process.exitCode = lacks.length === 0 ? 0 : 1;
