/** -lockstep: two machines of one plan, with one console. */
import { defaultLimits } from "@tsemu/engine";
import { ImmediateCompiler, nodeHostLoop, seededRandom } from "@tsemu/host-node";
import { Logger } from "@tsemu/base";
import type { BlockPort, CharPort } from "@tsemu/hw";
import { Lockstep, type LockstepInput, type LockstepMachine, System } from "@tsemu/system";
import { openLog } from "./log-output.ts";
import { openPorts } from "./open-ports.ts";
import type { Program, SystemPlan } from "./plan.ts";
import { bootState, machineOptionsOf, readImages, type Say } from "./run-system.ts";
import { handleSignals, stopProcess } from "./signals.ts";

const stepInsns = 10_000;
/** Memory is compared every million instructions. */
const memoryEvery = 100;
const defaultShift = 3;
/** Low, so that most of what is executed is compiled. */
const threshold = 20;

/** The exit code: 1 if the tiers differ. */
export const runLockstep = async (plan: SystemPlan, program: Program, say: Say): Promise<number> => {
  for (const text of plan.warnings) say(`warning: ${text}`);
  const images = readImages(plan);
  const output = openLog(plan.log);
  process.on("exit", () => output.flush());
  const seed = plan.seed ?? Date.now() % 2 ** 32;
  const compiler = new ImmediateCompiler();
  let lockstep: Lockstep | undefined;
  const ports = await openPorts(
    { ...plan, drives: [], disks: [], ide: [], nics: [] },
    {
      onQuit: () => lockstep?.quit(),
      onSignal: (signal) => (signal === "SIGINT" ? terminate("SIGINT") : stopProcess(signal)),
      onMonitor: () => ports.monitor?.write(new TextEncoder().encode("There is no monitor with -lockstep.\r\n")),
      warn: (text) => say(`warning: ${text}`),
    },
  );
  const terminate = handleSignals({ terminal: ports.terminal, say, quit: () => lockstep?.quit() });
  // A monitor that nobody reads from: its keys are thrown away.
  ports.monitor?.attach((bytes) => bytes.length);
  const real = [...ports.serial, ...ports.consoles];
  let input: LockstepInput[] = [];
  real.forEach((port, number) =>
    port?.attach(
      (bytes) => {
        input.push({ port: number, bytes: bytes.slice() });
        lockstep?.wake();
        return bytes.length;
      },
      () => void input.push({ port: number, bytes: "break" }),
    ),
  );

  const make = async (side: "reference" | "compiled", live: boolean): Promise<LockstepMachine> => {
    const shown = side === "reference" && live;
    const queue = new RequestQueue();
    const own = await openPorts(
      {
        ...plan,
        chars: [],
        serial: [],
        consoles: [],
        monitor: undefined,
        drives: plan.drives.map((drive) => ({ ...drive, snapshot: true, guessed: drive.guessed && shown })),
      },
      { onQuit: () => {}, onSignal: () => {}, onMonitor: () => {}, warn: (text) => say(`warning: ${text}`) },
    );
    const streams = real.map((port) => new LockstepPort(shown ? port : undefined));
    const system = new System({
      target: program.target,
      machine: plan.machine,
      machineOptions: machineOptionsOf(plan, images),
      log: shown ? output.log : new Logger(),
      host: nodeHostLoop,
      random: seededRandom(seed % 2 ** 32),
      ports: {
        serial: streams.slice(0, ports.serial.length),
        consoles: streams.slice(ports.serial.length),
        drives: own.drives.map((drive) => ({ ...drive, port: queue.port(drive.port) })),
        ide: own.ide.map((unit) => (unit?.port === undefined ? unit : { ...unit, port: queue.port(unit.port) })),
        nets: own.nets,
        rngs: plan.rngs,
        modernVirtio: plan.modernVirtio,
      },
      icountShift: plan.time.icount?.shift ?? defaultShift,
      icountSleep: false,
      wallClockStart: plan.time.wallClockStart,
      ...(side === "compiled" ? { compiler, limits: { ...defaultLimits, threshold } } : {}),
    });
    const restart = (): void => system.boot(bootState(plan.machine.boot(system.machine, images), plan));
    restart();
    return {
      system,
      restart,
      takeOutput: () => streams.map((stream) => stream.take()).join("\0"),
      input: ({ port, bytes }) => streams[port]!.give(bytes),
      settle: () => queue.settle(),
      close: () => own.close(),
    };
  };

  lockstep = new Lockstep({
    make,
    host: nodeHostLoop,
    step: stepInsns,
    memoryEvery,
    noReboot: plan.noReboot,
    sameBytes: (a, b) => Buffer.compare(a, b) === 0,
    takeInput: () => {
      const taken = input;
      input = [];
      return taken;
    },
    say,
  });
  try {
    ports.open();
    const end = await lockstep.run();
    await ports.close();
    if (end.kind === "difference") {
      say(`lockstep: ${end.report.text}`);
      return 1;
    }
    if (end.kind === "end") say(`lockstep: no difference in ${end.insns} instructions`);
    return 0;
  } finally {
    await ports.close();
    output.close();
  }
};

/** A stream of one of the machines: keeps what the guest writes for comparison, and shows it if it is the one to be seen. */
class LockstepPort implements CharPort {
  readonly #shown: CharPort | undefined;
  #written = "";
  #accept: (bytes: Uint8Array) => number = () => 0;
  #onBreak: (() => void) | undefined;

  constructor(shown: CharPort | undefined) {
    this.#shown = shown;
  }

  write(bytes: Uint8Array): void {
    this.#written += String.fromCharCode(...bytes);
    this.#shown?.write(bytes);
  }

  attach(accept: (bytes: Uint8Array) => number, onBreak?: () => void): void {
    this.#accept = accept;
    this.#onBreak = onBreak;
  }

  /** What was not taken is offered again with every step. */
  resume(): void {}

  give(bytes: Uint8Array | "break"): number {
    if (bytes !== "break") return this.#accept(bytes);
    this.#onBreak?.();
    return 0;
  }

  take(): string {
    const written = this.#written;
    this.#written = "";
    return written;
  }
}

/** Carries out the disk requests of one machine one after the other, so that they are done in the same order in every run. */
class RequestQueue {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  port(below: BlockPort): BlockPort {
    return {
      size: below.size,
      readOnly: below.readOnly,
      read: (offset, into) => this.#add(() => below.read(offset, into)),
      write: (offset, from) => this.#add(() => below.write(offset, from)),
      flush: () => this.#add(() => below.flush()),
      close: () => below.close(),
    };
  }

  #add(request: () => Promise<void>): Promise<void> {
    this.#waiting++;
    const done = this.#last.then(request);
    this.#last = done
      .catch(() => {})
      .then(() => {
        this.#waiting--;
      });
    return done;
  }

  /** Also lets frames of loopback networks arrive, which takes a turn of the event loop. */
  async settle(): Promise<void> {
    do await nodeHostLoop.turn();
    while (this.#waiting > 0);
  }
}
