#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mipsn32");
const { userMipsn32 } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMipsn32(program, process.argv.slice(2));
