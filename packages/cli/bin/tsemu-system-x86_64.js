#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-x86_64");
const { main, systemX86_64 } = await load("tsemu-system-x86", "../src/system-x86.ts");
await main(systemX86_64(program), process.argv.slice(2));
