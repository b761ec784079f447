/** What was measured: every run in results/ (not committed), those worth keeping in history.json. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths } from "./programs.ts";

/** Of tsemu's time to QEMU's: when warm, in the first repetition, and of CPU time. */
export interface Ratios {
  readonly ratio: number;
  readonly firstRatio: number;
  readonly cpuRatio: number;
}

/** Seconds of a repetition, when warm. */
export interface Measured extends Ratios {
  readonly qemu: number;
  readonly tsemu: number;
}

/** Seconds and ratios, with no date: the commit says when. */
export interface Entry {
  readonly mode: string;
  /** With a + if the tree had changes that were not committed. */
  readonly commit: string;
  readonly node: string;
  readonly qemuVersion: string;
  readonly runs: number;
  readonly means: Readonly<Record<string, Ratios>>;
  readonly programs: Readonly<Record<string, Measured>>;
}

/** The output of a command in the project's folder; empty if that fails. */
export const outputOf = (program: string, ...args: string[]): string => {
  try {
    return execFileSync(program, args, { encoding: "utf8", cwd: import.meta.dirname, stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
};

export const currentCommit = (): string =>
  `${outputOf("git", "rev-parse", "--short=10", "HEAD")}${outputOf("git", "status", "--porcelain", "-uno") === "" ? "" : "+"}`;

const append = (file: string, entry: object): void => {
  let entries: object[] = [];
  try {
    entries = JSON.parse(readFileSync(file, "utf8")) as object[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  writeFileSync(file, `${JSON.stringify([...entries, entry], null, 2)}\n`);
};

/** Writes a run and its plot where they belong, and returns the files' names. */
export const keep = (entry: Entry, plot: string, save: boolean): string[] => {
  mkdirSync(paths.results, { recursive: true });
  const results = join(paths.results, `cpu-${entry.mode}`);
  append(`${results}.json`, { date: new Date().toISOString(), ...entry });
  writeFileSync(`${results}.svg`, plot);
  if (!save) return [`${results}.json`, `${results}.svg`];
  const saved = join(import.meta.dirname, `cpu-${entry.mode}.svg`);
  append(paths.history, entry);
  writeFileSync(saved, plot);
  return [`${results}.json`, paths.history, saved];
};
