/**
 * Records what QEMU's user emulation does with the random cases of the VFP and Advanced SIMD tables:
 *     arm-linux-gnueabihf-gcc -O1 -static -marm -mfpu=neon-vfpv4 one-insn.c -o /tmp/one-insn
 *     arm-linux-gnueabi-gcc -O1 -static -marm -march=armv6 -mfpu=vfp -mfloat-abi=softfp -DFEW_REGISTERS one-insn.c -o /tmp/one-insn-v6
 *     node record-float.ts /tmp/one-insn [run ...]
 * A results file is JSON: the run's parameters, and in base64 for each case a byte of flags and what changed.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { floatCases, floatRuns, floatTable, initialData, packResults, type Result } from "@tsemu/target-arm/testing";

const STATE_BYTES = 16 * 4 + 256;
const PAGE = 0x1000;

const [program, ...chosen] = process.argv.slice(2);
if (program === undefined) throw new Error("usage: record-float.ts <one-insn> [run ...]");

for (const run of floatRuns.filter((r) => chosen.length === 0 || chosen.includes(r.name))) {
  const perRow = Number(process.env["PER_ROW"] ?? run.perRow);
  const cases = [...floatCases(floatTable(run), run.seed, perRow, run.vectors)];
  const page = initialData(PAGE);
  const input = new Uint8Array(PAGE + STATE_BYTES * cases.length);
  input.set(page);
  cases.forEach((c, i) => {
    const words = new Uint32Array([c.word, c.apsr, c.fpscr, ...c.core, ...c.registers]);
    input.set(new Uint8Array(words.buffer), PAGE + STATE_BYTES * i);
  });
  const { stdout, status } = spawnSync("qemu-arm", ["-cpu", run.qemuCpu, run.vectors ? `${program}-v6` : program], { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${program} failed: ${status}`);
  const results = cases.map((_, i): Result => {
    const at = stdout.byteOffset + i * (STATE_BYTES + PAGE);
    const words = new Uint32Array(stdout.buffer.slice(at, at + STATE_BYTES + PAGE));
    return {
      // SIGILL, or a bus error or segmentation fault.
      signal: words[0] === 0 ? 0 : words[0] === 4 ? 1 : 2,
      apsr: words[1]!,
      fpscr: words[2]!,
      core: words.subarray(3, 16),
      registers: words.subarray(16, 80),
      data: new Uint8Array(words.buffer, STATE_BYTES, PAGE),
    };
  });
  const packed = packResults(cases, results, page);
  const file = new URL(`./${run.name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify({ seed: run.seed, perRow: run.perRow, cases: cases.length, results: Buffer.from(packed).toString("base64") }, undefined, 1)}\n`);
  console.log(`${run.name}: ${cases.length} cases, ${packed.length} bytes`);
}
