/**
 * `npm run bench:user`: programs of Debian in qemu-arm and in tsemu-arm, by turns, from start to end. Run it with --help.
 * Only the ratios mean something: seconds depend on the host and on what else it does.
 */
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianSysroot } from "@tsemu/guests";
import { currentCommit } from "./history.ts";
import { readOptions, versionOf } from "./options.ts";
import { geometricMean, markdownTable, median } from "./statistics.ts";
import { makeInputs, type Workload, workloads } from "./user-workloads.ts";

const help = `npm run bench:user -- [options]
  --runs N          of each program in each emulator, by turns (3)
  --only A,B        these programs: ${workloads.map((w) => w.name).join(", ")}
  --limit SECONDS   for each run (600)
  --tsemu FILE      another checkout's packages/cli/bin/tsemu-arm.js
  --kept            tsemu finds the code that a run before these has kept (otherwise none)
  --json FILE       appends a record to the file, one line of JSON
`;

const text = { type: "string" } as const;
const {
  values: options,
  fail,
  say,
  positive,
} = readOptions("bench:user", help, {
  runs: { ...text, default: "3" },
  only: text,
  limit: { ...text, default: "600" },
  tsemu: { ...text, default: fileURLToPath(new URL("../packages/cli/bin/tsemu-arm.js", import.meta.url)) },
  kept: { type: "boolean", default: false },
  json: text,
  help: { type: "boolean", short: "h", default: false },
});
const runs = positive("runs");
const limit = positive("limit");
const chosen =
  options.only === undefined
    ? workloads
    : options.only.split(",").map((name) => workloads.find((w) => w.name === name) ?? fail(`there is no program '${name}'`));

const qemu = versionOf("qemu-arm", "qemu-user", fail);
const sysroot = await debianSysroot("armhf", say);
const folder = mkdtempSync(join(tmpdir(), "bench-user-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
say("making the inputs");
makeInputs(folder, sysroot);

const environment = {
  PATH: "/usr/bin:/bin",
  HOME: folder,
  LC_ALL: "C",
  PYTHONHOME: "/usr",
  TSEMU_LD_PREFIX: sysroot,
  QEMU_LD_PREFIX: sysroot,
  TSEMU_CODE_CACHE: options.kept ? join(folder, "code") : "off",
};

/** What registers qemu-arm for programs that others start, in a namespace of its own: then $0 and its arguments are run. */
const registering = [
  "mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&",
  "printf '%s' ':arm:M::\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x28\\x00:",
  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:/usr/bin/qemu-arm:F'",
  "> /proc/sys/fs/binfmt_misc/register",
];
const namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
const inNamespace = `${registering[0]} ${registering[1]}${registering[2]} ${registering[3]} && exec "$0" "$@"`;

const compressed = execFileSync("qemu-arm", [join(sysroot, "bin/bzip2"), "-c", "text"], {
  cwd: folder,
  env: environment,
  maxBuffer: 2 ** 26,
});
writeFileSync(join(folder, "text.bz2"), compressed);

interface Side {
  readonly name: "QEMU" | "tsemu";
  command(workload: Workload): readonly string[];
}
const sides: readonly Side[] = [
  { name: "QEMU", command: ({ starts }) => [...(starts ? [...namespace, inNamespace] : []), "qemu-arm"] },
  { name: "tsemu", command: () => [process.execPath, options.tsemu] },
];

/** Seconds that a run took, or what it says that it took for what it is to do. */
const run = ({ name, command }: Side, workload: Workload): Promise<number> =>
  new Promise((resolve) => {
    const [program, ...words] = workload.command({ sysroot, folder });
    const [file, ...first] = command(workload);
    const started = performance.now();
    const child = spawn(file!, [...first, join(sysroot, program!), ...words], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString("latin1")));
    child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString("latin1")));
    const timer = setTimeout(() => child.kill("SIGKILL"), 1000 * limit);
    child.on("error", (error) => fail(error.message));
    child.on("close", (code) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      if (code !== 0) fail(`${workload.name} in ${name} ended with ${code ?? "a signal"}: ${errors.slice(-500)}`);
      const measured = workload.seconds?.(output) ?? seconds;
      if (workload.expected !== undefined && !workload.expected.test(output))
        fail(`${workload.name} in ${name} printed ${output.slice(-300)}`);
      resolve(measured);
    });
  });

const rows: { readonly name: string; readonly kind: Workload["kind"]; readonly qemu: number; readonly tsemu: number }[] = [];
for (const workload of chosen) {
  const seconds: [number[], number[]] = [[], []];
  if (options.kept) await run(sides[1]!, workload);
  for (let i = 0; i < runs; i++) for (const [side, list] of seconds.entries()) list.push(await run(sides[side]!, workload));
  const row = { name: workload.name, kind: workload.kind, qemu: median(seconds[0]), tsemu: median(seconds[1]) };
  process.stderr.write(
    `bench:user: ${row.name}: QEMU ${seconds[0].map((s) => s.toFixed(2)).join(" ")}, tsemu ${seconds[1].map((s) => s.toFixed(2)).join(" ")}\n`,
  );
  rows.push(row);
}

console.log(
  markdownTable(
    [`medians of ${runs}`, "QEMU s", "tsemu s", "ratio"],
    rows.map((row) => [row.name, row.qemu.toFixed(2), row.tsemu.toFixed(2), (row.tsemu / row.qemu).toFixed(2)]),
  ),
);
const real = rows.filter(({ kind }) => kind === "program");
if (real.length > 0) console.log(`\nGeometric mean of the programs: ${geometricMean(real.map((row) => row.tsemu / row.qemu)).toFixed(2)}`);
if (options.json !== undefined)
  appendFileSync(
    options.json,
    `${JSON.stringify({ date: new Date().toISOString(), commit: currentCommit(), node: process.version, qemu, runs, rows })}\n`,
  );
