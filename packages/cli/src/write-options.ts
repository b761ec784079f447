/** Writes docs/reference/options.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { optionsMarkdown } from "./help.ts";

const folder = new URL("../../../docs/reference/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("options.md", folder), optionsMarkdown());
