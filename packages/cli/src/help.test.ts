import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { helpText, optionsMarkdown } from "./help.ts";
import { optionRows } from "./options.ts";

it("docs/reference/options.md is what the table says; if not: node packages/cli/src/write-options.ts", () => {
  expect(readFileSync(new URL("../../../docs/reference/options.md", import.meta.url), "utf8")).toBe(optionsMarkdown());
});

it("the text of -help has every option, in lines that fit", () => {
  const text = helpText("tsemu-system-arm");
  for (const row of optionRows) expect(text).toContain(`-${row.name}`);
  expect(text).toMatch(/^-nographic {6}redirect/m);
});

it("no name is used twice", () => {
  const names = optionRows.flatMap((row) => [row.name, ...(row.aliases ?? [])]);
  expect(new Set(names).size).toBe(names.length);
});
