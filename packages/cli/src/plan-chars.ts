/** -chardev, -serial, -monitor, -nographic: the character devices and who uses them. */
import { UserError } from "@tsemu/base";
import { Answer } from "./answer.ts";
import type { CommandLine } from "./command-line.ts";
import type { CharPlan } from "./plan.ts";
import { QemuOpts } from "./qemu-opts.ts";

/** What QEMU has and we do not, for a message that says so. */
const missing = [
  "pty",
  "vc",
  "pipe",
  "socket",
  "udp",
  "telnet",
  "tcp",
  "unix",
  "websocket",
  "serial",
  "parallel",
  "ringbuf",
  "console",
  "msmouse",
  "spicevmc",
];

export interface CharDevices {
  readonly chars: CharPlan[];
  readonly serial: (string | undefined)[];
  readonly monitor: string | undefined;
  readonly debugConsole: string | undefined;
  /** The id of a chardev for a device that names one. */
  use(id: string, fail: () => never): string;
}

export const planChars = (line: CommandLine): CharDevices => {
  const chars: CharPlan[] = [];
  const users = new Map<string, number>();
  const add = (char: CharPlan): string => {
    if (chars.some((c) => c.id === char.id)) throw new UserError(`${char.text}: Duplicate ID '${char.id}' for chardev`);
    if (char.backend.kind === "stdio" && chars.some((c) => c.backend.kind === "stdio")) {
      throw new UserError(`${char.text}: cannot use stdio by multiple character devices`);
    }
    chars.push(char);
    return char.id;
  };
  const use = (id: string, fail: () => never): string => {
    const char = chars.find((c) => c.id === id) ?? fail();
    const count = (users.get(id) ?? 0) + 1;
    users.set(id, count);
    if (count > 1 && !char.mux) throw new UserError(`chardev '${id}' is already in use`);
    return id;
  };
  for (const value of line.all("chardev")) add(planChardev(value));

  /** The short forms of -serial and -monitor. */
  const redirect = (option: string, value: string, id: string): string | undefined => {
    const text = `${option} ${value}`;
    if (value === "none") return undefined;
    if (value.startsWith("chardev:")) {
      const name = value.slice("chardev:".length);
      return use(name, () => {
        throw new UserError(`${text}: chardev '${name}' not found`);
      });
    }
    const mux = value.startsWith("mon:");
    const short = mux ? value.slice(4) : value;
    return use(add({ id, mux, text, backend: shortBackend(short, text, !mux) }), () => {
      throw new Error("internal error: chardev lost");
    });
  };

  const { serials, monitors } = choose(line);
  const serial = serials.map(({ option, value }, i) => redirect(option, value, `serial${i}`));
  let monitor: string | undefined;
  for (const value of monitors) monitor = redirect("-monitor", value, "compat_monitor0") ?? monitor;
  // A multiplexed serial port is the monitor's terminal too.
  const muxed = chars.find((c) => c.mux && c.text.includes("mon:"));
  if (muxed !== undefined && monitor === undefined) monitor = use(muxed.id, () => undefined as never);
  const debug = line.last("debugcon");
  const debugConsole = debug === undefined ? undefined : redirect("-debugcon", debug, "debugcon");
  return { chars, serial, monitor, debugConsole, use };
};

/** Which serial ports and monitors there are, with the defaults of -nographic filled in; a window would be the default of QEMU only. */
const choose = (line: CommandLine): { serials: { option: string; value: string }[]; monitors: readonly string[] } => {
  const given = line.all("serial");
  const serials = given.map((value) => ({ option: "-serial", value }));
  const monitors = line.all("monitor");
  const defaults = !line.has("nodefaults");
  const terminal = line.has("nographic") || line.last("display") === undefined;
  const defaultSerial = defaults && given.length === 0;
  const defaultMonitor = defaults && monitors.length === 0 && !given.some((value) => value.startsWith("mon:"));
  if (!terminal) return { serials, monitors };
  if (defaultSerial && defaultMonitor) return { serials: [{ option: "-serial", value: "mon:stdio" }], monitors: [] };
  if (defaultSerial) serials.push({ option: "-serial", value: "stdio" });
  // The monitor has standard input only where -nographic says so; without it it would be a window.
  return { serials, monitors: defaultMonitor && line.has("nographic") ? ["stdio"] : monitors };
};

const shortBackend = (value: string, text: string, signals: boolean): CharPlan["backend"] => {
  if (value === "stdio") return { kind: "stdio", signals };
  if (value === "null") return { kind: "null" };
  if (value.startsWith("file:")) return { kind: "file", path: value.slice("file:".length), append: false };
  const name = value.split(":")[0]!;
  if (missing.includes(name))
    throw new UserError(`${text}: char driver '${name}' is not supported (stdio, mon:stdio, file:path, null and none are)`);
  throw new UserError(`${text}: '${value}' is not a valid char driver`);
};

const planChardev = (value: string): CharPlan => {
  const o = new QemuOpts("-chardev", value, "backend");
  const name = o.get("backend") ?? "";
  if (name === "help" || name === "?") throw new Answer("Available chardev backend types:\n  stdio\n  null\n  file\n");
  if (!["stdio", "null", "file"].includes(name)) {
    if (missing.includes(name)) o.fail(`char driver '${name}' is not supported (stdio, file and null are)`);
    o.fail(`'${name}' is not a valid char driver name`);
  }
  const id = o.get("id") ?? o.fail("chardev: no id specified");
  const mux = o.bool("mux") ?? false;
  let backend: CharPlan["backend"] = { kind: "null" };
  if (name === "stdio") backend = { kind: "stdio", signals: o.bool("signal") ?? true };
  if (name === "file")
    backend = { kind: "file", path: o.get("path") ?? o.fail("chardev: file: no filename given"), append: o.bool("append") ?? false };
  o.finish();
  return { id, backend, mux, text: o.text };
};
