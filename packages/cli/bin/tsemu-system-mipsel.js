#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-mipsel");
const { main, systemMipsel } = await load("tsemu-system-mips", "../src/system-mips.ts");
await main(systemMipsel(program), process.argv.slice(2));
