#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mips64el");
const { userMips64el } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMips64el(program, process.argv.slice(2));
