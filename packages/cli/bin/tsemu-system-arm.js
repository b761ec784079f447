#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-system-arm");
const { main, systemArm } = await load("tsemu-system-arm", "../src/index.ts");
await main(systemArm(program), process.argv.slice(2));
