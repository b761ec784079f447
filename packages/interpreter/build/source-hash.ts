import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const sources = [
  "./interpreter-module.ts",
  "../src/handlers.ts",
  "../../ir/src/ops.ts",
  "../../memory/src/layout.ts",
  "../../backend-wasm/src/lower.ts",
  "../../backend-wasm/src/guest-access.ts",
];

/** The hash of all that the generated interpreter depends on. */
export function sourceHash(): string {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(readFileSync(new URL(source, import.meta.url)));
  return hash.digest("hex").slice(0, 16);
}
