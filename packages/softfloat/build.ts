// Compiles assembly/ to WebAssembly and writes src/softfloat.generated.ts: npm run build --workspace @tsemu/softfloat
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { hashSources } from "./src/source-hash.ts";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "assembly");
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
);

let wasm: Uint8Array | undefined;
const { error, stderr } = await asc.main(
  ["index.ts", "--outFile", "out.wasm", "-O3", "--converge", "--runtime", "stub", "--importMemory", "--initialMemory", "1"].concat([
    "--noAssert",
    "--uncheckedBehavior",
    "always",
    "--use",
    "abort=",
  ]),
  {
    readFile: (name) => sources.get(name) ?? null,
    writeFile: (name, contents) => {
      if (name === "out.wasm") wasm = contents as Uint8Array;
    },
    listFiles: () => [...sources.keys()],
  },
);
if (error !== null || wasm === undefined) throw new Error(`${error?.message}\n${stderr.toString()}`);

const lines =
  Buffer.from(wasm)
    .toString("base64")
    .match(/.{1,120}/g) ?? [];
writeFileSync(
  join(here, "src", "softfloat.generated.ts"),
  [
    "// Written by ../build.ts from ../assembly; not to be edited.",
    "",
    "/** Hash of the sources that the module was built from: see source-hash.ts. */",
    `export const sourceHash = "${hashSources(sources)}";`,
    "",
    "/** The module, in base64. */",
    "export const wasmBase64 =",
    lines.map((line) => `  "${line}"`).join(" +\n") + ";",
    "",
  ].join("\n"),
);
console.log(`${wasm.length} bytes`);
