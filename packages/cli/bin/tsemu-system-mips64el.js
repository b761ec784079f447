#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-mips64el");
const { main, systemMips64el } = await load("tsemu-system-mips", "../src/system-mips.ts");
await main(systemMips64el(program), process.argv.slice(2));
