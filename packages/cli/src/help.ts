/** Texts made from the table of options. */
import { logItems } from "@tsemu/base";
import { type OptionRow, sections, version } from "./options.ts";

const column = 16;

export const versionText = `tsemu emulator version ${version}\n`;

const spellings = (row: OptionRow): string => {
  const names = [row.name, ...(row.aliases ?? [])].map((name) => `-${name}`);
  return `${names.join(" or ")}${row.arg === undefined ? "" : ` ${row.arg}`}`;
};

const helpOf = (row: OptionRow): string => {
  const left = spellings(row);
  const indent = " ".repeat(column);
  const lines =
    left.length < column
      ? [left.padEnd(column) + row.help[0]!, ...row.help.slice(1).map((l) => indent + l)]
      : [left, ...row.help.map((l) => indent + l)];
  return lines.map((line) => `${line}\n`).join("");
};

/** -help: one block a section, in QEMU's layout. */
export const helpText = (program: string): string =>
  [
    versionText,
    `usage: ${program} [options] [disk_image]\n\n'disk_image' is a raw hard disk image\n\n`,
    ...sections.map((s) => `${s.title}:\n${s.rows.map(helpOf).join("")}\n`),
    "During emulation, the following keys are useful:\n",
    "ctrl-a h        print help\nctrl-a x        exit the emulator\nctrl-a c        switch between console and monitor\n",
  ].join("");

/** -d help */
export const logHelp = (): string =>
  `Log items (comma separated):\n${Object.entries(logItems)
    .map(([name, text]) => `${name.padEnd(15)} ${text}\n`)
    .join("")}`;

const escaped = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

/** docs/reference/options.md */
export const optionsMarkdown = (): string => {
  const table = (rows: readonly OptionRow[]): string =>
    ["| option | argument | what it does |", "|---|---|---|", ...rows.map(markdownRow), ""].join("\n");
  return [
    "# Options of tsemu-system-*",
    "",
    "Made from the table in `packages/cli/src/options.ts` by `node packages/cli/src/write-options.ts`: do not edit.",
    "",
    ...sections.flatMap((s) => [`## ${s.title}`, "", table(s.rows)]),
    "## Log items of -d",
    "",
    "| item | what is logged |",
    "|---|---|",
    ...Object.entries(logItems).map(([name, text]) => `| \`${name}\` | ${escaped(text)} |`),
    "",
  ].join("\n");
};

const markdownRow = (row: OptionRow): string => {
  const names = [row.name, ...(row.aliases ?? [])].map((name) => `\`-${name}\``).join(", ");
  const arg = row.arg === undefined ? "" : `\`${row.arg.replaceAll("|", "\\|")}\``;
  return `| ${names} | ${arg} | ${row.help.map(escaped).join("; ")} |`;
};
