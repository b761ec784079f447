/** From the plan to the ports that the machine's devices get: opens terminals, files and disk images. */
import { UserError } from "@tsemu/base";
import type { BlockPort, CharPort } from "@tsemu/hw";
import {
  FileBlockPort,
  FileCharPort,
  LoopbackNetPort,
  NullCharPort,
  NullNetPort,
  OverlayBlockPort,
  Terminal,
  TerminalMux,
} from "@tsemu/host-node";
import type { DriveOptions, IdeOptions, NetOptions } from "@tsemu/machines";
import { CursesDisplay } from "./curses/display.ts";
import type { CharPlan, DrivePlan, SystemPlan } from "./plan.ts";

export interface Ports {
  readonly serial: (CharPort | undefined)[];
  readonly consoles: CharPort[];
  readonly monitor: CharPort | undefined;
  readonly debugConsole: CharPort | undefined;
  readonly drives: DriveOptions[];
  readonly ide: (IdeOptions | undefined)[];
  readonly floppies: (BlockPort | undefined)[];
  readonly nets: NetOptions[];
  readonly terminal: Terminal | undefined;
  /** -display curses; somebody has to start it. */
  readonly curses: CursesDisplay | undefined;
  /** Whether the monitor shares its device with the guest. */
  readonly monitorShares: boolean;
  /** Begins to read the terminal. */
  open(): void;
  /** Writes out and closes everything. */
  close(): Promise<void>;
}

export interface PortEvents {
  onQuit(): void;
  onSignal(signal: "SIGINT" | "SIGTSTP" | "SIGQUIT"): void;
  /** The monitor has got the keyboard. */
  onMonitor(): void;
  warn(text: string): void;
}

export const openPorts = async (plan: SystemPlan, events: PortEvents): Promise<Ports> => {
  const images = await openDrives(plan.drives, events);
  const backends = new Map<string, Backend>();
  for (const char of plan.chars) backends.set(char.id, openChar(char, plan, events));
  const portOf = (id: string | undefined, onFocus?: () => void): CharPort | undefined =>
    id === undefined ? undefined : backends.get(id)!.port(onFocus);
  const curses = plan.display === "curses" ? openCurses(events) : undefined;
  const serial = plan.serial.map((id) => portOf(id));
  const consoles = plan.consoles.map((id) => portOf(id) ?? new NullCharPort());
  const monitor = portOf(plan.monitor, () => events.onMonitor()) ?? curses?.display.monitorPort;
  return {
    serial,
    consoles,
    monitor,
    debugConsole: portOf(plan.debugConsole),
    curses: curses?.display,
    monitorShares: curses !== undefined || plan.chars.some((char) => char.id === plan.monitor && char.mux),
    terminal: curses?.terminal ?? [...backends.values()].find((b) => b.terminal !== undefined)?.terminal,
    drives: plan.disks.map(({ drive, serialNumber, bootIndex }) => ({
      port: images.get(drive)!,
      bootIndex,
      ...(serialNumber === undefined ? {} : { serialNumber }),
    })),
    ide: plan.ide.map((unit) => {
      if (unit === undefined) return undefined;
      const { kind, drive, serialNumber, bootIndex } = unit;
      const port = drive === undefined ? undefined : images.get(drive)!;
      return { kind, port, bootIndex, ...(serialNumber === undefined ? {} : { serialNumber }) };
    }),
    floppies: [0, 1].map((n) => {
      const drive = plan.drives.find((d) => d.interface === "floppy" && d.index === n);
      return drive === undefined ? undefined : images.get(drive.id);
    }),
    nets: plan.nics.map(({ backend, mac }) => ({ port: backend === "loopback" ? new LoopbackNetPort() : new NullNetPort(), mac })),
    open: () => backends.forEach((b) => b.open?.()),
    async close() {
      curses?.display.close();
      for (const b of backends.values()) b.close?.();
      await Promise.allSettled([...images.values()].map((image) => image.close()));
    },
  };
};

const openCurses = (events: PortEvents): { terminal: Terminal; display: CursesDisplay } => {
  const { stdin: input, stdout: output } = process;
  const terminal = new Terminal({ input, output, signals: false, onSignal: () => {} });
  const every = (ms: number, run: () => void): (() => void) => {
    const timer = setInterval(run, ms);
    return () => clearInterval(timer);
  };
  const display = new CursesDisplay({ terminal, every, onMonitor: () => events.onMonitor() });
  process.on("exit", () => display.close());
  return { terminal, display };
};

interface Backend {
  port(onFocus?: () => void): CharPort;
  readonly terminal?: Terminal;
  open?(): void;
  close?(): void;
}

const openChar = (char: CharPlan, plan: SystemPlan, events: PortEvents): Backend => {
  const { backend } = char;
  if (backend.kind === "null") return { port: () => new NullCharPort() };
  if (backend.kind === "file") {
    try {
      const file = new FileCharPort(backend.path, backend.append, (text) => events.warn(text));
      return { port: () => file, close: () => file.close() };
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`${char.text}: ${error.message}`);
      throw error;
    }
  }
  const terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    signals: backend.signals,
    onSignal: (signal) => events.onSignal(signal),
  });
  const mux = new TerminalMux({
    terminal,
    escape: char.mux ? plan.escape : undefined,
    onQuit: () => events.onQuit(),
    now: () => performance.now(),
  });
  return { port: (onFocus) => mux.port(onFocus), terminal, open: () => mux.open(), close: () => terminal.close() };
};

const openDrives = async (drives: readonly DrivePlan[], events: PortEvents): Promise<Map<string, BlockPort>> => {
  const images = new Map<string, BlockPort>();
  for (const drive of drives) {
    try {
      const file = await FileBlockPort.open(drive.file, drive.readOnly || drive.snapshot);
      images.set(drive.id, cached(drive.snapshot && !drive.readOnly ? new OverlayBlockPort(file) : file, drive.cache));
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`${drive.text}: ${error.message}`);
      throw error;
    }
    if (drive.guessed) events.warn(`Image format was not specified for '${drive.file}' and is taken to be raw (format=raw says so)`);
  }
  return images;
};

/** The port with `cache=` on top. */
const cached = (port: BlockPort, mode: DrivePlan["cache"]): BlockPort => {
  if (mode === "writeback") return port;
  return {
    size: port.size,
    readOnly: port.readOnly,
    read: (offset, into) => port.read(offset, into),
    async write(offset, from) {
      await port.write(offset, from);
      if (mode === "writethrough") await port.flush();
    },
    flush: () => (mode === "unsafe" ? Promise.resolve() : port.flush()),
    close: () => port.close(),
  };
};
