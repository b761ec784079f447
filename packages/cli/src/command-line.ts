/**
 * QEMU's command lines, by way of yargs's parser (all of yargs would take longer to load than some guests to start). It has no notion of options with one dash and long names, of values that begin with a dash or
 * hold quotes, so the words are first brought into a form that it takes as they are: `--name="value"`, for every value.
 */
import { UserError } from "@tsemu/base";
import parser from "yargs-parser";
import { findOption, optionRows } from "./options.ts";

export interface CommandLine {
  has(name: string): boolean;
  /** The last value given. */
  last(name: string): string | undefined;
  /** All values in order. */
  all(name: string): readonly string[];
  /** Words that belong to no option: disk images. */
  readonly words: readonly string[];
}

/** The words in the form that the parser takes. Errors are QEMU's. */
export const normalise = (args: readonly string[]): string[] => {
  const options: string[] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-")) {
      words.push(arg);
      continue;
    }
    const row = findOption(arg.startsWith("--") ? arg.slice(2) : arg.slice(1));
    if (row === undefined) {
      if (arg.replace(/^--?/, "") === "enable-kvm")
        throw new UserError(`${arg}: invalid accelerator kvm (code is always translated: -accel tcg)`);
      throw new UserError(`${arg}: invalid option`);
    }
    if (row.arg === undefined) {
      options.push(`--${row.name}`);
      continue;
    }
    // Whatever comes next is the value, even if it looks like an option.
    const value = args[++i];
    if (value === undefined) throw new UserError(`${arg}: requires an argument`);
    // The parser takes away one pair of quotes, always.
    options.push(`--${row.name}="${value}"`);
  }
  return [...options, "--", ...words];
};

export const parseCommandLine = (args: readonly string[]): CommandLine => {
  const withValue = optionRows.filter((row) => row.arg !== undefined).map((row) => row.name);
  const flags = optionRows.filter((row) => row.arg === undefined).map((row) => row.name);
  const parsed = parser(normalise(args), {
    string: withValue,
    boolean: flags,
    configuration: {
      "short-option-groups": false,
      "camel-case-expansion": false,
      "boolean-negation": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "duplicate-arguments-array": true,
      "greedy-arrays": false,
      "strip-aliased": true,
      "populate--": true,
    },
  }) as Readonly<Record<string, unknown>>;
  const all = (name: string): readonly string[] => {
    const value = parsed[name];
    return value === undefined ? [] : ((Array.isArray(value) ? value : [value]) as string[]);
  };
  return {
    has: (name) => parsed[name] !== undefined && parsed[name] !== false,
    last: (name) => all(name).at(-1),
    all,
    words: (parsed["--"] ?? []) as string[],
  };
};
