/**
 * Where the time goes: npm run bench:profile -- PROGRAM|boot [--guest GUEST] [--until REGEXP] [--repeat N] [--top N] [--keep FOLDER] [-- further options of the emulator]
 *
 * Runs tsemu with V8's sampling profiler, and prints the time of its threads by what the code belongs to, then the functions that take the
 * most. PROGRAM is one of the CPU programs; "boot" boots a guest of bench:boot (arm) to the shell, or to --until. --keep leaves the .cpuprofile files for other
 * tools. The profiler itself costs some percent.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { emulatorCalled, GuestProcess, prompt } from "@tsemu/guests";
import { bootArguments, bootGuests } from "./boot-guests.ts";
import { choosePrograms } from "./programs.ts";
import { guestArguments } from "./run-emulator.ts";
import { markdownTable } from "./statistics.ts";

/** Seconds that a run may take. */
const LIMIT = 600;

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}
interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** The first that matches the function's file, or its name where it has no file. */
const groups: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["tier 0 (interpreter)", /wasm\/interpreter-/],
  ["tier 1 (compiled code)", /wasm\/compiled-/],
  ["soft float", /wasm\/soft-float-/],
  ["calls between JavaScript and WebAssembly", /^(js-to-wasm|wasm-to-js)/],
  ["memory: slow paths, TLB", /packages\/memory\//],
  ["CPU model: walks, exceptions, system registers", /targets\/\w+\/src\/(system\/|\w+-cpu|.*helpers|host-calls)/],
  ["decoding and translation", /packages\/(decode|target)\/|targets\//],
  ["IR and its passes", /packages\/ir\//],
  ["encoding for tier 0", /packages\/interpreter\//],
  ["region to WebAssembly", /packages\/backend-/],
  ["engine: lookup, chaining, regions", /packages\/engine\//],
  ["devices", /packages\/(devices|hw|machines)\//],
  ["system loop, host", /packages\/(system|host-node|cli)\//],
  ["V8: compiling and instantiating modules", /^(Module|Instance|compile|instantiate)$/],
  ["messages between threads", /^(postMessage|structuredClone|receiveMessageOnPort)$/],
  ["garbage collector", /^\(garbage collector\)$/],
  ["idle", /^\(idle\)$/],
  ["other V8", /^\(program\)$/],
];

const groupOf = ({ url, functionName }: CallFrame): string =>
  groups.find(([, pattern]) => pattern.test(url === "" ? functionName : url))?.[0] ?? "Node and start-up";

/** Self times in milliseconds by key. */
const selfTimes = ({ nodes, samples, timeDeltas }: Profile, key: (frame: CallFrame) => string): Map<string, number> => {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, key(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, i) => times.set(keys.get(id)!, (times.get(keys.get(id)!) ?? 0) + timeDeltas[i]! / 1000));
  return times;
};

const sorted = (times: ReadonlyMap<string, number>): [string, number][] => [...times].toSorted(([, a], [, b]) => b - a);

const functionOf = ({ functionName, url, lineNumber }: CallFrame): string =>
  `${functionName || "(anonymous)"} ${url.replace(/^file:.*\/(?=(packages|targets|node_modules)\/)/, "").replace(/^wasm:\/\/wasm\//, "")}${lineNumber > 0 && !url.startsWith("wasm") ? `:${lineNumber + 1}` : ""}`;

const print = (title: string, profile: Profile, top: number): void => {
  const byGroup = selfTimes(profile, groupOf);
  byGroup.delete("idle");
  const busy = [...byGroup.values()].reduce((sum, ms) => sum + ms, 0);
  const row = ([name, ms]: [string, number]): string[] => [name, ms.toFixed(0), `${((100 * ms) / busy).toFixed(1)} %`];
  console.log(`\n## ${title}: ${(busy / 1000).toFixed(1)} s busy\n\n${markdownTable(["group", "ms", "share"], sorted(byGroup).map(row))}`);
  const functions = selfTimes(profile, functionOf);
  for (const name of functions.keys()) if (name.startsWith("(idle)")) functions.delete(name);
  console.log(`\n${markdownTable(["function", "ms", "share"], sorted(functions).slice(0, top).map(row))}`);
};

const fail = (guest: string): never => {
  throw new Error(`no guest "${guest}": there are ${Object.keys(bootGuests).join(", ")}`);
};

/** The emulator's arguments, and what to wait for before it is ended; nothing if it ends by itself. */
const guestOf = async (what: string, guest: string, repetitions: number): Promise<{ args: string[]; until?: string }> => {
  if (what !== "boot") return { args: guestArguments("system", choosePrograms(what)[0]!.name, repetitions) };
  const { machine, append, cpu, more, fetch } = bootGuests[guest] ?? fail(guest);
  const { kernel, initrd, firmware } = await fetch((text) => process.stderr.write(`bench:profile: ${text}\n`));
  const args = bootArguments({ machine, memory: "256", cpu, firmware, kernel, initrd, append }, more);
  return { args, until: prompt };
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    options: {
      guest: { type: "string", default: "arm" },
      until: { type: "string" },
      repeat: { type: "string", default: "3" },
      top: { type: "string", default: "12" },
      keep: { type: "string" },
    },
    allowPositionals: true,
  });
  const [what, ...more] = positionals;
  if (what === undefined) throw new Error("which program? 'boot' boots a kernel");
  const { args, until } = await guestOf(what, values.guest, Number(values.repeat));
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), "profile-"));
  const names = new URL("profile-names.ts", import.meta.url).href;
  const node = [process.execPath, "--import", names, "--cpu-prof", `--cpu-prof-dir=${folder}`] as const;
  // From the sources: their names tell the groups apart.
  process.env["TSEMU_BUNDLE"] = "off";
  const vm = new GuestProcess([...args, ...more], { program: [...node, emulatorCalled(`tsemu-system-${values.guest}`)] });
  if (until !== undefined) {
    await vm.waitFor(values.until === undefined ? until : new RegExp(values.until), LIMIT);
    // Ctrl-A x: the profile is written when the emulator ends.
    vm.type("\x01x");
  }
  const code = await vm.end(LIMIT);
  if (code !== 0) throw new Error(`the emulator ended with ${code}: ${vm.errors.trim()}`);
  // CPU.date.time.pid.THREAD.number.cpuprofile
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
    const thread = Number(file.split(".")[4]);
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
    print(thread === 0 ? "main thread" : `compile worker (thread ${thread})`, profile, Number(values.top));
  }
  if (values.keep === undefined) rmSync(folder, { recursive: true });
};

try {
  await main();
} catch (error) {
  console.error(`bench:profile: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
