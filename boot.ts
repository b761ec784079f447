import { readFileSync } from "node:fs";
import { Logger, type LogItem } from "@tsemu/base";
import { virtArm } from "@tsemu/machines";
import { loadArmKernel } from "@tsemu/loader";
import { System } from "@tsemu/system";
import { armTarget } from "@tsemu/target-arm";
const [kernel, initrd, append, items, limit] = process.argv.slice(2);
const M = 2**20;
const log = new Logger((items ?? "").split(",").filter(Boolean) as LogItem[], (t) => process.stderr.write(t));
const port = { write: (b: Uint8Array) => void process.stdout.write(b), attach: (a) => { process.stdin.on("data", (d) => a(d)); }, resume() {} };
const ramBytes = 256 * M;
const t0 = performance.now();
const sys = new System({
  target: armTarget(), machine: virtArm, machineOptions: { ramBytes, cpu: "cortex-a15", cpuCount: 1 }, log,
  host: { now: () => performance.now(), turn: () => new Promise((r) => setImmediate(r)), sleep: (ms) => { let t; const done = new Promise<void>((r) => { t = setTimeout(r, ms); }); return { done, cancel: () => clearTimeout(t) }; } },
  random: { fill: (b) => b.fill(7) }, ports: { serial: [port], drives: [], nets: [] }, icountShift: process.env.ICOUNT ? +process.env.ICOUNT : undefined, wallClockStart: Date.now() / 1000,
});
const image = loadArmKernel({ kernel: { name: kernel, bytes: readFileSync(kernel) }, initrd: initrd ? { name: initrd, bytes: readFileSync(initrd) } : undefined, commandLine: append, ramBase: 0x40000000, ramSize: ramBytes, boardId: virtArm.boardId, dtb: sys.machine.deviceTree() });
sys.boot({ parts: image.parts, start: { entry: image.entry, registers: image.registers } });
process.stderr.write(`ready ${(performance.now() - t0).toFixed(0)} ms\n`);
if (limit) setTimeout(() => { process.stderr.write(`\nquit: insns ${sys.vcpu.instructionCount} blocks ${sys.vcpu.translated} flushes ${sys.vcpu.mmu.flushes}\n${sys.vcpu.cpu.dump(false)}\n`); process.exit(0); }, +limit * 1000);
const end = await sys.run();
console.error(end, sys.vcpu.instructionCount, ((performance.now() - t0) / 1000).toFixed(2));
process.exit(0);
