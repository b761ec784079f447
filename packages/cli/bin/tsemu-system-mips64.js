#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-mips64");
const { main, systemMips64 } = await load("tsemu-system-mips", "../src/system-mips.ts");
await main(systemMips64(program), process.argv.slice(2));
