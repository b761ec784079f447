/** What the programs that compare with QEMU do with their command lines. */
import { execFileSync } from "node:child_process";
import { type ParseArgsConfig, parseArgs } from "node:util";

export interface BenchOptions<O extends NonNullable<ParseArgsConfig["options"]>> {
  readonly values: ReturnType<typeof parseArgs<{ options: O }>>["values"];
  /** Ends the program with a line on standard error. */
  fail(message: string): never;
  /** A line on standard error. */
  say(message: string): void;
  /** The option's value, which is to be a positive number. */
  positive(option: string): number;
}

/** Reads the command line; `--help` (which is to be among `options`) and mistakes end the program. `name` is that of the npm script. */
export function readOptions<O extends NonNullable<ParseArgsConfig["options"]>>(name: string, help: string, options: O): BenchOptions<O> {
  const say = (message: string): void => void process.stderr.write(`${name}: ${message}\n`);
  const fail = (message: string): never => {
    say(message);
    process.exit(1);
  };
  const read = (): BenchOptions<O>["values"] => {
    try {
      return parseArgs({ options }).values;
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  const values = read();
  const given = values as Readonly<Record<string, unknown>>;
  if (given["help"] === true) {
    process.stdout.write(help);
    process.exit(0);
  }
  const positive = (option: string): number => {
    const value = Number(given[option]);
    return Number.isInteger(value) && value > 0 ? value : fail(`--${option} takes a positive number, not '${given[option]}'`);
  };
  return { values, fail, say, positive };
}

/** The first line of the emulator's `--version`; without it `missing` is called with what is to be said. */
export function versionOf(program: string, debianPackage: string, missing: (message: string) => never): string {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8" }).split("\n")[0]!;
  } catch {
    return missing(
      `${program} is needed to compare with, and not there: on Debian and Ubuntu 'apt-get install ${debianPackage}' brings it`,
    );
  }
}
