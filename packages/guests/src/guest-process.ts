/** An emulator in a process of its own, with its console on pipes: for tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The file of an emulator, by its name. */
export const emulatorCalled = (name: string): string => fileURLToPath(new URL(`../../cli/bin/${name}.js`, import.meta.url));
export const emulator = emulatorCalled("tsemu-system-arm");

export interface GuestProcessOptions {
  /** What to run, with its first arguments. */
  readonly program?: readonly [string, ...string[]];
  /** Is told what is printed, carriage returns and all. */
  readonly onOutput?: (text: string) => void;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export class GuestProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  /** Everything printed so far, without carriage returns. */
  output = "";
  /** What it said on standard error. */
  errors = "";
  #from = 0;
  #code: number | undefined;
  #changed: (() => void) | undefined;

  /** The arguments are the emulator's, or those of another program that is put in its place. */
  constructor(args: readonly string[], { program = [process.execPath, emulator], onOutput, ...options }: GuestProcessOptions = {}) {
    const [file, ...first] = program;
    this.#child = spawn(file, [...first, ...args], { ...options, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => {
      this.errors += `${error.message}\n`;
    });
    this.#child.stdout!.on("data", (bytes: Buffer) => {
      const text = bytes.toString("latin1");
      this.output += text.replaceAll("\r", "");
      onOutput?.(text);
      this.#changed?.();
    });
    this.#child.stderr!.on("data", (bytes: Buffer) => {
      this.errors += bytes.toString("latin1");
    });
    this.#child.stdin!.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        this.#code = code ?? (signal === null ? -1 : 128);
        this.#changed?.();
        resolve(this.#code);
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Types something at the console. */
  type(text: string): void {
    this.#child.stdin!.write(Buffer.from(text, "latin1"));
  }

  /** The end of standard input. */
  closeInput(): void {
    this.#child.stdin!.end();
  }

  /** Waits for a text in what was printed after the text waited for last; returns what came before it. */
  async waitFor(text: string | RegExp, seconds: number): Promise<string> {
    const deadline = performance.now() + 1000 * seconds;
    for (;;) {
      const rest = this.output.slice(this.#from);
      const match = typeof text === "string" ? { index: rest.indexOf(text), length: text.length } : regExpMatch(text, rest);
      if (match.index >= 0) {
        this.#from += match.index + match.length;
        return rest.slice(0, match.index);
      }
      const left = deadline - performance.now();
      if (left <= 0 || this.#code !== undefined) {
        const why = this.#code === undefined ? `not within ${seconds} s` : `the emulator ended with ${this.#code}`;
        throw new Error(`waiting for ${text}: ${why}; the last it printed:\n${rest.slice(-2000)}\n${this.errors.slice(-1000)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 1000));
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Runs a command in the guest's shell; returns what it printed. */
  async command(line: string, prompt: string, seconds: number): Promise<string> {
    // The end is printed in two pieces, so that the echo of the line is not taken for it.
    this.type(`${line}; echo "--e""nd-- $?"\n`);
    await this.waitFor('$?"\n', seconds);
    const printed = await this.waitFor(/--end-- \d+\n/, seconds);
    await this.waitFor(prompt, seconds);
    return printed;
  }

  /** Waits until the process has ended; its exit code. */
  async end(seconds: number): Promise<number> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error(`no end within ${seconds} s; the last it printed:\n${this.output.slice(-2000)}`)),
        1000 * seconds,
      ).unref();
    });
    return Promise.race([this.#ended, late]);
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }
}

const regExpMatch = (pattern: RegExp, text: string): { index: number; length: number } => {
  const match = pattern.exec(text);
  return { index: match?.index ?? -1, length: match?.[0].length ?? 0 };
};
