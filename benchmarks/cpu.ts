/**
 * The CPU programs in native QEMU and in tsemu, alternately: npm run bench:cpu -- [--runs N] [--only NAME,..] [--mode system|user] [--save]
 *
 * Every run is a process of its own, in which the program is repeated. A run's steady time is the least of its last repetitions, its
 * first repetition shows what warming up costs; of several runs the medians count. "CPU ratio" compares the CPU time, of all
 * threads, of the repetitions between the first and the last: what else runs on the machine hardly changes that. --qemu and --tsemu
 * give other programs to compare: FILE of another QEMU, or tsemu-system-arm.js of another checkout.
 */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { currentCommit, type Entry, keep, type Measured, outputOf, type Ratios } from "./history.ts";
import { readOptions } from "./options.ts";
import { plotRatios } from "./plot.ts";
import { type BenchProgram, choosePrograms, expectedChecksums } from "./programs.ts";
import { archs, type Command, type Mode, programFile, qemuCommand, type Run, runProgram, tsemuCommand } from "./run-emulator.ts";
import { geometricMean, markdownTable, median } from "./statistics.ts";

/** The guest's clock may be off from the host's by this share of the time and these seconds. */
const CLOCK_SHARE = 0.05;
const CLOCK_SECONDS = 0.2;

interface Times {
  readonly steady: number;
  readonly first: number;
  readonly cpu: number;
}

const help = `npm run bench:cpu -- [options]
  --runs N          of each program in each emulator, by turns (1)
  --repeat N        repetitions of the program in a run (5)
  --only A,B        these programs
  --mode MODE       system: without an operating system, on a board; user: as Linux programs (system)
  --arch ARCH       ${archs.map(({ name }) => name).join(", ")} (arm)
  --timeout S       seconds for each run (120)
  --qemu FILE       another QEMU
  --tsemu FILE      another checkout's program under packages/cli/bin
  --save            keeps the result in benchmarks/history.json, and the plot
`;

const text = { type: "string" } as const;
const { values, fail, positive } = readOptions("bench:cpu", help, {
  runs: { ...text, default: "1" },
  repeat: { ...text, default: "5" },
  only: text,
  mode: { ...text, default: "system" },
  arch: { ...text, default: "arm" },
  timeout: { ...text, default: "120" },
  qemu: text,
  tsemu: text,
  save: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
});
const [runs, repetitions, timeout] = [positive("runs"), positive("repeat"), positive("timeout")];
if (values.mode !== "system" && values.mode !== "user") fail(`--mode is system or user, not '${values.mode}'`);
const mode = values.mode as Mode;
const arch = archs.find(({ name }) => name === values.arch) ?? fail(`--arch is one of ${archs.map(({ name }) => name).join(", ")}`);
if (mode === "system" && arch.board === undefined) fail(`--arch ${arch.name} is for --mode user`);
const file = programFile(mode, arch);
if (!existsSync(file)) fail(`${file} is not there: node benchmarks/build-programs.ts ${basename(file)}`);
const problems: string[] = [];
const problem = (text: string): void => {
  problems.push(text);
  console.log(`!! ${text}`);
};

/** What a run came to; undefined, and reported, if it failed or printed a wrong checksum. */
const timesOf = (run: Run, who: string, name: string, expected: string): Times | undefined => {
  const { repetitions: all, failure } = run;
  const wrong = all.find((r) => r.checksum !== expected);
  if (wrong !== undefined)
    problem(`${name} in ${who}: repetition ${all.indexOf(wrong) + 1} has checksum ${wrong.checksum}, not ${expected}`);
  if (failure !== undefined) problem(`${name} in ${who}: ${failure}`);
  if (wrong !== undefined || failure !== undefined) return undefined;
  const byHost = all.at(-1)!.arrived - all[0]!.arrived;
  const byGuest = all.slice(1).reduce((sum, r) => sum + r.seconds, 0);
  const late = Math.abs(byHost - byGuest) > CLOCK_SECONDS + CLOCK_SHARE * byHost;
  // Either clock may be wrong, or this process did not get the lines in time: then it did not see the CPU time in time either.
  if (late) console.log(`!! ${name} in ${who}: the guest measured ${byGuest.toFixed(2)} s, the host ${byHost.toFixed(2)} s`);
  const last = all.slice(-Math.min(3, all.length - 1));
  const cpu = late ? Number.NaN : all.at(-2)!.cpu - all[0]!.cpu;
  return { steady: Math.min(...last.map((r) => r.seconds)), first: all[0]!.seconds, cpu };
};

const measure = async (program: BenchProgram, qemu: Command, tsemu: Command, known: string | undefined): Promise<Measured | undefined> => {
  const found: { readonly qemu: Times[]; readonly tsemu: Times[] } = { qemu: [], tsemu: [] };
  let expected = known;
  for (let run = 0; run < runs; run++) {
    for (const [who, command] of [
      ["qemu", qemu],
      ["tsemu", tsemu],
    ] as const) {
      const result = await runProgram(command, mode, program.name, repetitions, timeout, arch);
      // QEMU comes first.
      expected ??= result.repetitions[0]?.checksum;
      const times = timesOf(result, who, program.name, expected ?? "");
      if (times !== undefined) found[who].push(times);
    }
  }
  if (found.qemu.length === 0 || found.tsemu.length === 0) return undefined;
  const of = (who: "qemu" | "tsemu", what: keyof Times): number =>
    median(found[who].map((times) => times[what]).filter((time) => !Number.isNaN(time)));
  return {
    qemu: of("qemu", "steady"),
    tsemu: of("tsemu", "steady"),
    ratio: of("tsemu", "steady") / of("qemu", "steady"),
    firstRatio: of("tsemu", "first") / of("qemu", "first"),
    cpuRatio: of("tsemu", "cpu") / of("qemu", "cpu"),
  };
};

const meansOf = (measured: ReadonlyMap<BenchProgram, Measured>): Entry["means"] => {
  const means: Record<string, Ratios> = {};
  for (const kind of ["all", "integer", "float"] as const) {
    const rows = [...measured].filter(([program]) => kind === "all" || program.kind === kind).map(([, row]) => row);
    if (rows.length === 0) continue;
    const mean = (what: keyof Ratios): number => geometricMean(rows.map((row) => row[what]).filter((ratio) => !Number.isNaN(ratio)));
    means[kind] = { ratio: mean("ratio"), firstRatio: mean("firstRatio"), cpuRatio: mean("cpuRatio") };
  }
  return means;
};

const ratioCells = (r: Ratios): string[] => [r.ratio, r.cpuRatio, r.firstRatio].map((n) => (Number.isNaN(n) ? "" : n.toFixed(2)));

const main = async (): Promise<void> => {
  if (mode !== "system" && mode !== "user") throw new Error("--mode is system or user");
  if (!(runs >= 1 && repetitions >= 3)) throw new Error("--runs is at least 1, --repeat at least 3");
  if (values.save && values.only !== undefined) fail("--save is for a run of all programs");
  const expected = expectedChecksums();
  const qemu = qemuCommand(mode, values.qemu, arch);
  const tsemu = tsemuCommand(mode, values.tsemu, arch);
  const measured = new Map<BenchProgram, Measured>();
  for (const program of choosePrograms(values.only)) {
    process.stderr.write(`${program.name} ... `);
    const row = await measure(program, qemu, tsemu, arch.ownChecksums ? undefined : expected[program.name]!);
    process.stderr.write(row === undefined ? "failed\n" : `${row.ratio.toFixed(2)}\n`);
    if (row !== undefined) measured.set(program, row);
  }
  if (measured.size === 0) throw new Error("nothing could be measured");
  const means = meansOf(measured);
  const rows = [...measured].map(([{ name, what }, row]) => [name, what, row.qemu.toFixed(3), row.tsemu.toFixed(3), ...ratioCells(row)]);
  const meanRows = Object.entries(means).map(([kind, mean]) => [kind, "geometric mean", "", "", ...ratioCells(mean)]);
  console.log(markdownTable(["program", "", "QEMU s", "tsemu s", "ratio", "CPU ratio", "first ratio"], [...rows, ...meanRows], 2));
  const kind = arch === archs[0] ? mode : `${mode}-${arch.name}`;
  const entry: Entry = {
    mode: kind,
    commit: currentCommit(),
    node: process.version,
    qemuVersion: /version (\S+)/.exec(outputOf(qemu[0], "--version"))?.[1] ?? "",
    runs,
    means,
    programs: Object.fromEntries([...measured].map(([{ name }, row]) => [name, row])),
  };
  const bars = [...measured].map(([{ name }, row]) => ({ name, steady: row.ratio, first: row.firstRatio }));
  const plot = plotRatios(`tsemu's time by QEMU's, ${mode} mode, ${arch.name} (grey: first repetition)`, bars);
  if (values.save && problems.length > 0) throw new Error("not saved: there were problems");
  for (const file of keep(entry, plot, values.save)) console.log(`written: ${file}`);
  if (problems.length > 0) process.exitCode = 1;
};

try {
  await main();
} catch (error) {
  console.error(`bench:cpu: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
