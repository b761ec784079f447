#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-x86_64");
const { userX86_64 } = await load("tsemu-user-x86", "../src/user-x86.ts");
await userX86_64(program, process.argv.slice(2));
