#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-i386");
const { main, systemI386 } = await load("tsemu-system-x86", "../src/system-x86.ts");
await main(systemI386(program), process.argv.slice(2));
