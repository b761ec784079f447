#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mips64");
const { userMips64 } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMips64(program, process.argv.slice(2));
