#!/usr/bin/env node
import { load, programName } from "./start.js";

const program = programName("tsemu-arm");
const { userArm } = await load("tsemu-arm", "../src/user-arm.ts");
await userArm(program, process.argv.slice(2));
