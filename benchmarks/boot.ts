/**
 * `npm run bench:boot`: boots one guest in native QEMU and in tsemu, by turns, and compares. Run it with --help.
 * Only the ratios mean something: seconds depend on the host and on what else it does.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { emulatorCalled, prompt } from "@tsemu/guests";
import { bootArguments, bootGuests } from "./boot-guests.ts";
import { type BootResult, bootOnce, type Milestone } from "./boot-run.ts";
import { readOptions, versionOf } from "./options.ts";

const help = `npm run bench:boot -- [options]
  --guest GUEST           which emulators, and what they boot if nothing else is said: arm (Debian's armmp), mipsel, mips64el (4kc-malta,
                          5kc-malta), mips (a kernel that is built once from Debian's sources), i386, x86_64 (686, amd64) (arm)
  --runs N                boots in each emulator, by turns (3)
  --kernel FILE           the kernel (the guest's, fetched once)
  --initrd FILE           the initramfs; with --kernel: none
  --dtb FILE              the device tree, for boards without one
  --append TEXT           the kernel's command line (console=ttyAMA0, console=ttyS0)
  -M, --machine BOARD     (virt, malta, pc)
  -m, --memory MB         (256)
  --cpu MODEL             (the board's, or what the guest needs)
  --until REGEXP          what on the console ends a boot (the shell's prompt)
  --limit SECONDS         for each boot (300)
  --kept                  tsemu finds the code that a boot before these has kept (otherwise none)
  --only qemu|tsemu       no comparison
  --v86                   also boots in v86 (the npm package), which is for PCs without 64 bits
  --json FILE             appends a record to the file, one line of JSON
`;

const text = { type: "string" } as const;
const {
  values: options,
  fail,
  say,
  positive,
} = readOptions("bench:boot", help, {
  guest: { ...text, default: "arm" },
  runs: { ...text, default: "3" },
  kernel: text,
  initrd: text,
  dtb: text,
  append: text,
  machine: { ...text, short: "M" },
  memory: { ...text, short: "m", default: "256" },
  cpu: text,
  until: text,
  limit: { ...text, default: "300" },
  kept: { type: "boolean", default: false },
  only: text,
  v86: { type: "boolean", default: false },
  json: text,
  help: { type: "boolean", short: "h", default: false },
});
const runs = positive("runs");
const limit = positive("limit");
if (options.only !== undefined && options.only !== "qemu" && options.only !== "tsemu") fail("--only takes qemu or tsemu");
if (options.v86 && options.guest !== "i386") fail("--v86 needs --guest i386");

const usual = bootGuests[options.guest] ?? fail(`--guest takes ${Object.keys(bootGuests).join(", ")}`);
const qemuName = `qemu-system-${options.guest}`;
const qemu = options.only === "tsemu" ? undefined : versionOf(qemuName, usual.package, (message) => fail(`${message} (or --only tsemu)`));

const untilPattern = (): RegExp => {
  try {
    return new RegExp(options.until ?? prompt);
  } catch (error) {
    return fail(`--until: ${(error as Error).message}`);
  }
};
const milestones: Milestone[] = [
  { name: "first kernel line", pattern: /Linux version/ },
  { name: options.until === undefined ? "shell prompt" : `"${options.until}"`, pattern: untilPattern() },
];

/** Paths count from where npm was called, not from the project's folder. */
const pathOf = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(process.env.INIT_CWD ?? ".", path);
const fetched = options.kernel === undefined ? await usual.fetch(say) : undefined;
const guest = { kernel: fetched?.kernel ?? pathOf(options.kernel), initrd: pathOf(options.initrd) ?? fetched?.initrd };
const args = bootArguments(
  {
    machine: options.machine ?? usual.machine,
    memory: options.memory,
    cpu: options.cpu ?? usual.cpu,
    // The same for both.
    firmware: fetched?.firmware,
    ...guest,
    dtb: pathOf(options.dtb),
    append: options.append ?? usual.append,
  },
  [...usual.more, "-no-reboot"],
);

interface Side {
  readonly name: "QEMU" | "tsemu" | "v86";
  readonly program: readonly [string, ...string[]];
  readonly results: BootResult[];
}
const sides: Side[] = [];
// Not the host's virtualization, should this be an ARM.
if (qemu !== undefined) sides.push({ name: "QEMU", program: [qemuName, "-accel", "tcg"], results: [] });
if (options.only !== "qemu")
  sides.push({ name: "tsemu", program: [process.execPath, emulatorCalled(`tsemu-system-${options.guest}`)], results: [] });
if (options.v86) sides.push({ name: "v86", program: [process.execPath, join(import.meta.dirname, "v86.ts")], results: [] });

// Code that earlier runs kept is not found unless that is asked for.
const cacheFolder = mkdtempSync(join(tmpdir(), "bench-boot-"));
process.on("exit", () => rmSync(cacheFolder, { recursive: true, force: true }));
const boot = async ({ name, program }: Side, keepsCode: boolean): Promise<BootResult> => {
  try {
    return await bootOnce({ program, args, milestones, limitSeconds: limit, cacheFolder }, keepsCode);
  } catch (error) {
    return fail(`${name}: ${(error as Error).message}`);
  }
};
const tsemuSide = sides.find(({ name }) => name === "tsemu");
if (options.kept && tsemuSide !== undefined) await boot(tsemuSide, true);

const started = new Date();
for (let run = 1; run <= runs; run++) {
  for (const side of sides) {
    const { name, results } = side;
    results.push(await boot(side, false));
    const seconds = results
      .at(-1)!
      .seconds.map((s) => s.toFixed(1))
      .join(" s, ");
    process.stderr.write(`bench:boot: run ${run} of ${runs}, ${name}: ${seconds} s\n`);
  }
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly digits: number;
  readonly of: (result: BootResult) => number;
}
const rows: Row[] = [
  ...milestones.map(({ name }, i) => ({ what: name, unit: "s", digits: 1, of: (r: BootResult) => r.seconds[i]! })),
  { what: "resident memory", unit: "MiB", digits: 0, of: (r) => r.residentMiB },
  { what: "CPU time", unit: "s", digits: 1, of: (r) => r.cpuSeconds },
];
const table = rows.map((row) => ({ ...row, medians: sides.map((side) => median(side.results.map(row.of))) }));
/** Of tsemu's value to each other emulator's. */
const ratios = (medians: readonly number[]): { readonly to: string; readonly ratio: number }[] => {
  const own = sides.findIndex(({ name }) => name === "tsemu");
  return own < 0 ? [] : sides.flatMap(({ name }, i) => (i === own ? [] : [{ to: name, ratio: medians[own]! / medians[i]! }]));
};
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const heading = [`medians of ${runs}`, ...sides.map((side) => side.name), ...ratios([]).map(({ to }) => `tsemu / ${to}`)];
console.log(line(heading));
console.log(line(heading.map(() => "---")));
for (const { what, unit, digits, medians } of table) {
  console.log(line([what, ...medians.map((m) => `${m.toFixed(digits)} ${unit}`), ...ratios(medians).map((r) => r.ratio.toFixed(2))]));
}

const commit = (): string | undefined => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
};
const fileRecord = (path: string | undefined) =>
  path === undefined ? undefined : createHash("sha256").update(readFileSync(path)).digest("hex");

if (options.json !== undefined) {
  const record = {
    date: started.toISOString(),
    commit: commit(),
    node: process.version,
    qemu,
    host: { cpu: cpus()[0]?.model, cores: cpus().length, loadAfter: loadavg() },
    args,
    kept: options.kept,
    sha256: { kernel: fileRecord(guest.kernel), initrd: fileRecord(guest.initrd) },
    milestones: milestones.map((m) => m.name),
    runs: Object.fromEntries(sides.map((side) => [side.name, side.results])),
    medians: Object.fromEntries(sides.map((side, i) => [side.name, Object.fromEntries(table.map((t) => [t.what, t.medians[i]]))])),
    ratios: Object.fromEntries(table.map((t) => [t.what, Object.fromEntries(ratios(t.medians).map((r) => [r.to, r.ratio]))])),
  };
  appendFileSync(pathOf(options.json)!, `${JSON.stringify(record)}\n`);
}
