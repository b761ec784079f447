/** npm run new-target: what it makes compiles, is registered, and is told what it lacks as docs/contributing/add-an-architecture.md says. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newTarget } from "./new-target.ts";

const root = join(import.meta.dirname, "../..");
const run = promisify(execFile);
let project: string;
let written: string[];

beforeAll(() => {
  // As much of the project as the generator changes, with everything else linked.
  project = mkdtempSync(join(tmpdir(), "tsemu-new-target-"));
  mkdirSync(join(project, "packages/cli/src"), { recursive: true });
  for (const path of ["packages/cli/src/targets.ts", "packages/cli/package.json", "tsconfig.json"])
    cpSync(join(root, path), join(project, path));
  written = newTarget("toy", project);
  // What npm install does.
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "@tsemu"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")).filter((entry) => !entry.startsWith(".") && entry !== "@tsemu"))
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  for (const name of readdirSync(join(root, "node_modules/@tsemu")))
    symlinkSync(join(root, "node_modules/@tsemu", name), join(modules, "@tsemu", name));
  symlinkSync(join(project, "targets/toy"), join(modules, "@tsemu/target-toy"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("has no trace of the template's name", () => {
  const own = written.filter((path) => path.startsWith("targets/toy/"));
  expect(own).toContain("targets/toy/src/toy-cpu.ts");
  expect(own.filter((path) => /template/i.test(path + readFileSync(join(project, path), "utf8")))).toEqual([]);
});

test("compiles, with the line that registers it", { timeout: 120_000 }, async () => {
  const config = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as object;
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      ...config,
      include: ["targets/*/src", "packages/cli/src/targets.ts", join(root, "packages/base/src/webassembly.d.ts")],
      exclude: [],
    }),
  );
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, "-p", project]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
});

test("fails conformance with the list that the documentation has", { timeout: 120_000 }, async () => {
  const program = join(import.meta.dirname, "print-conformance.ts");
  const { code, stdout } = await run(process.execPath, [program, "toy", project]).then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  expect(code).toBe(1);
  const document = readFileSync(join(root, "docs/contributing/add-an-architecture.md"), "utf8");
  const listed = /^ {4}toy: \d+ of \d+ checks.*\n(?: {4}- .*\n)+/m.exec(document)?.[0].replaceAll(/^ {4}/gm, "");
  expect(stdout).toBe(listed);
});

test("takes no name that is taken, or no name", () => {
  expect(() => newTarget("toy", project)).toThrow("there is targets/toy already");
  expect(() => newTarget("../toy", project)).toThrow("no name");
});
