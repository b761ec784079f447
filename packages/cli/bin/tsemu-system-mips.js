#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-mips");
const { main, systemMips } = await load("tsemu-system-mips", "../src/system-mips.ts");
await main(systemMips(program), process.argv.slice(2));
