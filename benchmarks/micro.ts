/**
 * What the parts of the emulator cost: npm run bench:micro -- [translation] [dispatch] [memory] [execution] [--only PROGRAM,..]
 * Without names all four tables; --only chooses the programs of the last.
 */
import { parseArgs } from "node:util";
import { dispatchTable } from "./micro/dispatch.ts";
import { executionTable } from "./micro/execution.ts";
import { memoryTable } from "./micro/memory.ts";
import { translationTable } from "./micro/translation.ts";
import { loadCompiler } from "../test/support/bare-system.ts";
import { choosePrograms } from "./programs.ts";

const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
const compiler = await loadCompiler();
const tables: Readonly<Record<string, readonly [title: string, make: () => Promise<string>]>> = {
  translation: ["Translation", translationTable],
  dispatch: ["From block to block", () => dispatchTable(compiler)],
  memory: ["Memory", () => memoryTable(compiler)],
  execution: ["Guest instructions a second", () => executionTable(compiler, choosePrograms(values.only))],
};
const unknown = positionals.find((name) => !(name in tables));
if (unknown !== undefined) {
  console.error(`bench:micro: there is no table "${unknown}"; there are ${Object.keys(tables).join(", ")}`);
  process.exit(1);
}
for (const [name, [title, make]] of Object.entries(tables)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n## ${title}\n\n${await make()}`);
}
