#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-i386");
const { userI386 } = await load("tsemu-user-x86", "../src/user-x86.ts");
await userI386(program, process.argv.slice(2));
