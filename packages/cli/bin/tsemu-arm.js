#!/usr/bin/env node
// Plain JavaScript that any Node understands: an old one gets a line that says what to do.
import module from "node:module";
import { basename } from "node:path";

const needed = 24;
const program = basename(process.argv[1] ?? "tsemu-arm").replace(/\.js$/, "");

if (Number(process.versions.node.split(".")[0]) < needed) {
  console.error(`${program}: Node.js ${needed} or newer is needed, this is ${process.version} ('npx ${program}' in the project's folder uses the one that came with it)`);
  process.exit(1);
}

module.enableCompileCache();
const { userArm } = await import("../src/user-arm.ts");
await userArm(program, process.argv.slice(2));
