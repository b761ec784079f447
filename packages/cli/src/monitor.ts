/** The human monitor: a prompt on a character device, with the commands that there are. */
import { isKeyName, type KeyName } from "@tsemu/devices";
import type { CharPort } from "@tsemu/hw";
import { parseInteger } from "./qemu-opts.ts";

/** What the monitor may do with the machine. */
export interface MonitorControl {
  readonly name: string | undefined;
  paused: boolean;
  quit(): void;
  reset(): void;
  pressPowerButton(): void;
  registers(): string;
  /** Writes what the display shows to a file; what there is to say of it. */
  screendump(file: string): string;
  /** Presses keys together for so many milliseconds. False if there is no keyboard. */
  sendKeys(keys: readonly KeyName[], ms: number): boolean;
  readonly version: string;
}

interface Command {
  readonly name: string;
  readonly short?: string;
  readonly arg?: string;
  readonly help: string;
  run(control: MonitorControl, arg: string): string;
}

const nothing = (act: () => void): string => {
  act();
  return "";
};

const information: Readonly<Record<string, (control: MonitorControl) => string>> = {
  name: (c) => (c.name === undefined ? "" : `${c.name}\n`),
  registers: (c) => `\nCPU#0\n${c.registers()}\n`,
  status: (c) => `VM status: ${c.paused ? "paused" : "running"}\n`,
  version: (c) => c.version,
};

const holdMs = 100;
const mostKeys = 16;

function sendKey(control: MonitorControl, arg: string): string {
  const [names = "", time, ...more] = arg.split(" ");
  const keys = names.split("-").map((name) => ({ "<": "less" })[name] ?? name);
  if (names === "") return "sendkey: string expected\n";
  if (more.length > 0) return "sendkey: extraneous characters at the end of line\n";
  const ms = time === undefined ? holdMs : parseInteger(time);
  if (ms === undefined) return `invalid char '${time![0]}' in expression\n`;
  if (keys.length > mostKeys) return "too many keys\n";
  const known = keys.filter((name) => isKeyName(name));
  if (known.length < keys.length) return `invalid parameter: ${keys.find((name) => !isKeyName(name))}\n`;
  return control.sendKeys(known, Math.max(0, ms)) ? "" : "There is no keyboard.\n";
}

const commands: readonly Command[] = [
  { name: "cont", short: "c", help: "resume emulation", run: (c) => nothing(() => void (c.paused = false)) },
  { name: "help", short: "?", help: "show the help", run: () => commands.map((row) => `${usage(row)} -- ${row.help}\n`).join("") },
  {
    name: "info",
    arg: "[subcommand]",
    help: "show various information about the system state",
    run: (c, arg) => information[arg]?.(c) ?? listInformation(),
  },
  { name: "quit", short: "q", help: "quit the emulator", run: (c) => nothing(() => c.quit()) },
  {
    name: "screendump",
    arg: "filename",
    help: "save the screen as a picture: PPM, or PNG if the name ends in .png",
    run: (c, arg) => (arg === "" ? "screendump: a file name is needed\n" : c.screendump(arg)),
  },
  {
    name: "sendkey",
    arg: "keys [hold_ms]",
    help: "send keys to the VM (e.g. 'sendkey ctrl-alt-f1', default hold time=100 ms)",
    run: sendKey,
  },
  { name: "stop", short: "s", help: "stop emulation", run: (c) => nothing(() => void (c.paused = true)) },
  { name: "system_powerdown", help: "send system power down event", run: (c) => nothing(() => c.pressPowerButton()) },
  { name: "system_reset", help: "reset the system", run: (c) => nothing(() => c.reset()) },
];

const usage = (row: Command): string =>
  [row.short === undefined ? row.name : `${row.name}|${row.short}`, row.arg].filter(Boolean).join(" ");

const listInformation = (): string =>
  Object.keys(information)
    .map((name) => `info ${name}\n`)
    .join("");

/** What the line's command says; undefined where there is no such command. */
export function runCommand(control: MonitorControl, line: string): string | undefined {
  if (line === "") return "";
  const [word, ...rest] = line.split(/\s+/);
  return commands.find((row) => row.name === word || row.short === word)?.run(control, rest.join(" "));
}

/** QEMU's: scripts wait for it. */
const prompt = "(qemu) ";
const longestLine = 4096;

export class Monitor {
  readonly #port: CharPort;
  readonly #control: MonitorControl;
  #line = "";
  #greeted = false;

  constructor(port: CharPort, control: MonitorControl) {
    this.#port = port;
    this.#control = control;
    port.attach((bytes) => {
      for (const byte of bytes) this.#key(byte);
      return bytes.length;
    });
  }

  /** Shows itself: at the start if the device is its own, otherwise when it gets the keyboard. */
  greet(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#print(`${this.#control.version.split("\n")[0]} monitor - type 'help' for more information\n${prompt}`);
  }

  #print(text: string): void {
    this.#port.write(new TextEncoder().encode(text.replaceAll("\n", "\r\n")));
  }

  #key(byte: number): void {
    const char = String.fromCharCode(byte);
    if (char === "\r" || char === "\n") {
      this.#print("\n");
      const line = this.#line.trim();
      this.#line = "";
      this.#print(`${runCommand(this.#control, line) ?? `unknown command: '${line.split(/\s+/)[0]}'\n`}${prompt}`);
    } else if (byte === 0x7f || byte === 0x08) {
      if (this.#line === "") return;
      this.#line = this.#line.slice(0, -1);
      this.#print("\b \b");
    } else if (byte === 0x15) {
      this.#print("\b \b".repeat(this.#line.length));
      this.#line = "";
    } else if (byte >= 0x20 && byte < 0x7f && this.#line.length < longestLine) {
      this.#line += char;
      this.#print(char);
    }
  }
}
