#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-mipsel");
const { userMipsel } = await load("tsemu-user-mips", "../src/user-mips.ts");
await userMipsel(program, process.argv.slice(2));
