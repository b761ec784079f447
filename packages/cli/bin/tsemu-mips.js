#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mips");
const { userMips } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMips(program, process.argv.slice(2));
