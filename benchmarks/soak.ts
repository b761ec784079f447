/**
 * `npm run bench:soak`: Debian on the virt board, first idle, then a loop that copies a program, runs it and others through pipes, and writes over
 * it: code comes and goes all the time. Does memory stay bounded, and does the guest get as much done for its CPU time as in the beginning? Reads /proc.
 */
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { debianArm, GuestProcess, prompt } from "@tsemu/guests";
import { readOptions } from "./options.ts";
import { markdownTable } from "./statistics.ts";

const help = `npm run bench:soak -- [options]
  --minutes N   of the loop (30)
  --every N     seconds for a line (60)
`;
const { say, positive } = readOptions("bench:soak", help, {
  minutes: { type: "string", default: "30" },
  every: { type: "string", default: "60" },
  help: { type: "boolean", short: "h", default: false },
});
const minutes = positive("minutes");
const every = positive("every");

/** The guest says a number at the end of every round. */
const loop = String.raw`mkdir -p /tmp; i=0; while :; do for a in sh awk sed sort; do cp /bin/busybox /tmp/b$((i%7)); /tmp/b$((i%7)) echo "$a $i" | sed s/a/b/ | sort | md5sum >/dev/null; (ls /proc | wc -l; echo $i | awk '{print $1*3.7}'; date) >/dev/null; done; i=$((i+1)); echo "round $i"; done`;

const IDLE_SETTLES = 8;
const IDLE_SECONDS = 15;
/** Clock ticks a second of /proc/PID/stat: 100 on every Linux. */
const TICKS = 100;

const { kernel, initrd } = await debianArm(say);
const args = [
  "-M",
  "virt",
  "-m",
  "256",
  "-nographic",
  "-net",
  "none",
  "-accel",
  "tcg,code-cache=off",
  "-kernel",
  kernel,
  "-initrd",
  initrd,
];
const guest = new GuestProcess([...args, "-append", "console=ttyAMA0 quiet"]);
process.on("exit", () => guest.kill());

const cpuSeconds = (): number => {
  const fields = readFileSync(`/proc/${guest.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};
const residentMiB = (field: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${guest.pid}/status`, "utf8"))![1]) / 1024;

await guest.waitFor(prompt, 300);
await wait(1000 * IDLE_SETTLES);
const idle = cpuSeconds();
await wait(1000 * IDLE_SECONDS);
console.log(`idle: ${((100 * (cpuSeconds() - idle)) / IDLE_SECONDS).toFixed(1)} % of a core\n`);

guest.type(`${loop}\n`);
const rows: string[][] = [];
let [rounds, cpu] = [0, cpuSeconds()];
for (let seconds = every; seconds <= 60 * minutes; seconds += every) {
  await wait(1000 * every);
  const now = { rounds: Number(/.*\bround (\d+)\n/s.exec(guest.output)?.[1] ?? 0), cpu: cpuSeconds() };
  const rate = (now.rounds - rounds) / (now.cpu - cpu);
  rows.push([String(seconds), residentMiB("VmRSS").toFixed(0), residentMiB("VmHWM").toFixed(0), String(now.rounds), rate.toFixed(2)]);
  say(rows.at(-1)!.join(" "));
  ({ rounds, cpu } = now);
}
console.log(markdownTable(["seconds", "resident MiB", "highest MiB", "rounds", "rounds a second of CPU time"], rows));
process.exit(0);
