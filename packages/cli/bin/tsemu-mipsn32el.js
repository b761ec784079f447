#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mipsn32el");
const { userMipsn32el } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMipsn32el(program, process.argv.slice(2));
