/**
 * Two machines made alike, one interpreting and one compiling, run in step: the same number of instructions each, then a comparison of
 * all registers, of what was printed, and now and then of memory. Both keep time by counting instructions, so that the first difference
 * can be found again: the two are made anew, run to the last point where they were equal, and the last step is halved until one block
 * is left.
 *
 * A step that ends within a block executes the rest of it in tier 0 on both sides. So the smallest step that shows a difference ends
 * where the wrong block does.
 */
import type { HostLoop } from "./host.ts";
import { compareMemory, compareState, type Difference, type DifferenceReport, reportDifference } from "./lockstep-report.ts";
import type { System } from "./system.ts";

/** Something from outside, for a port: bytes, or a break. */
export interface LockstepInput {
  readonly port: number;
  readonly bytes: Uint8Array | "break";
}

export interface LockstepMachine {
  readonly system: System;
  /** What its streams got since this was asked last, in order, by port. */
  takeOutput(): string;
  /** Gives input to a device; returns how many bytes it took. */
  input(input: LockstepInput): number;
  /** Resolves once everything that devices asked of the host is done. */
  settle(): Promise<void>;
  /** Back to the start, after a reset. */
  restart(): void;
  close(): Promise<void>;
}

export interface LockstepOptions {
  /** Makes a machine, always the same one, ready to run. `live`: this is not a repetition, output is to be seen. */
  make(side: "reference" | "compiled", live: boolean): Promise<LockstepMachine>;
  readonly host: HostLoop;
  /** Instructions of a step. */
  readonly step: number;
  /** Steps after which memory is compared. */
  readonly memoryEvery: number;
  /** Takes what has come from outside since this was asked last. Without one of these the machines get no input. */
  takeInput?(): LockstepInput[];
  readonly noReboot?: boolean;
  /** Compares bytes; a host may have something faster than a loop. */
  sameBytes?(a: Uint8Array, b: Uint8Array): boolean;
  say?(text: string): void;
}

export type LockstepEnd =
  | { readonly kind: "end"; readonly reason: string; readonly insns: number }
  | { readonly kind: "limit"; readonly insns: number }
  | { readonly kind: "difference"; readonly report: DifferenceReport };

interface Pair {
  readonly reference: LockstepMachine;
  readonly compiled: LockstepMachine;
  /** Input that a device had no room for yet. */
  waiting: LockstepInput[];
}

/** Differences that are named before the block is looked for, which takes long. */
const MAX_SHOWN = 4;

/** What a step came to. */
interface StepResult {
  readonly end: string;
  readonly differences: readonly Difference[];
}

export class Lockstep {
  readonly #o: LockstepOptions;
  /** Input by the number of the step before which it was given. */
  readonly #inputs = new Map<number, LockstepInput[]>();
  #quit = false;
  #wake: (() => void) | undefined;
  #pair: Pair | undefined;

  constructor(options: LockstepOptions) {
    this.#o = options;
  }

  /** Ends run() from outside. */
  quit(): void {
    this.#quit = true;
    this.wake();
  }

  /** There is input. */
  wake(): void {
    this.#wake?.();
  }

  /** Runs until the guest ends, there is a difference, quit() is called, or `limit` instructions are done. */
  async run(limit = Number.POSITIVE_INFINITY): Promise<LockstepEnd> {
    const pair = (this.#pair = await this.#make(true));
    let equalMemory = -1;
    for (let step = 0; ; step++) {
      const insns = pair.reference.system.vcpu.instructionCount;
      if (this.#quit) return await this.#finish({ kind: "end", reason: "quit", insns });
      if (insns >= limit) return await this.#finish({ kind: "limit", insns });
      const inputs = this.#o.takeInput?.() ?? [];
      if (inputs.length > 0) this.#inputs.set(step, inputs);
      const withMemory = step % this.#o.memoryEvery === this.#o.memoryEvery - 1;
      const { end, differences } = await this.#step(pair, step, this.#o.step, withMemory || insns + this.#o.step >= limit);
      if (differences.length > 0) return await this.#locate(step, equalMemory, differences);
      if (withMemory) equalMemory = step;
      if (end === "idle") await this.#wait();
      else if (end !== "done" && !(end === "reset" && this.#o.noReboot !== true)) {
        const memory = compareMemory(pair.reference.system, pair.compiled.system, this.#o.sameBytes);
        if (memory.length > 0) return await this.#locate(step, equalMemory, memory);
        return await this.#finish({ kind: "end", reason: end, insns: pair.reference.system.vcpu.instructionCount });
      }
    }
  }

  async #finish(end: LockstepEnd): Promise<LockstepEnd> {
    await this.#close();
    return end;
  }

  async #close(): Promise<void> {
    const pair = this.#pair;
    this.#pair = undefined;
    await pair?.reference.close();
    await pair?.compiled.close();
  }

  async #make(live: boolean): Promise<Pair> {
    return { reference: await this.#o.make("reference", live), compiled: await this.#o.make("compiled", live), waiting: [] };
  }

  /** Nothing happens before something comes from outside. */
  async #wait(): Promise<void> {
    const sleep = this.#o.host.sleep(100);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([sleep.done, woken]);
    this.#wake = undefined;
    sleep.cancel();
  }

  /** Gives a step's input and executes its instructions on both sides; what differs afterwards. */
  async #step(pair: Pair, step: number, insns: number, withMemory: boolean): Promise<StepResult> {
    const { reference, compiled } = pair;
    const differences: Difference[] = [];
    const differ = (what: string, a: string | number, b: string | number): void => {
      if (a !== b) differences.push({ what, reference: String(a), compiled: String(b) });
    };
    const inputs = [...pair.waiting, ...(this.#inputs.get(step) ?? [])];
    pair.waiting = [];
    for (const input of inputs) {
      const a = reference.input(input);
      differ("bytes of input taken", a, compiled.input(input));
      if (input.bytes !== "break" && a < input.bytes.length) pair.waiting.push({ ...input, bytes: input.bytes.subarray(a) });
    }
    const a = reference.system.advance(insns);
    const b = compiled.system.advance(insns);
    await reference.settle();
    await compiled.settle();
    differ("why it stopped", textOf(a), textOf(b));
    differ("instructions executed", reference.system.vcpu.instructionCount, compiled.system.vcpu.instructionCount);
    differ("output", reference.takeOutput(), compiled.takeOutput());
    differences.push(...compareState(reference.system, compiled.system));
    if (withMemory) differences.push(...compareMemory(reference.system, compiled.system, this.#o.sameBytes));
    if (a.kind === "reset" && differences.length === 0) {
      reference.restart();
      compiled.restart();
    }
    return { end: textOf(a), differences };
  }

  /** Two new machines, run to before the step. */
  async #replay(steps: number): Promise<Pair> {
    await this.#close();
    const pair = (this.#pair = await this.#make(false));
    for (let step = 0; step < steps; step++) await this.#step(pair, step, this.#o.step, false);
    return pair;
  }

  /** Finds the block after which the two differ first, knowing the step that showed it and the last one after which memory was equal. */
  async #locate(found: number, equalMemory: number, shown: readonly Difference[]): Promise<LockstepEnd> {
    const say = this.#o.say ?? (() => {});
    const stepInsns = this.#o.step;
    const some = shown.slice(0, MAX_SHOWN).map(({ what, reference, compiled }) => `${what} (${reference}, ${compiled})`);
    say(`the tiers differ after step ${found} of ${stepInsns} instructions, in ${some.join(", ")}; looking for the block`);
    let pair = await this.#replay(equalMemory + 1);
    let first = equalMemory + 1;
    let result: StepResult;
    for (; ; first++) {
      result = await this.#step(pair, first, stepInsns, true);
      if (result.differences.length > 0) break;
      if (first >= found) {
        const insns = pair.reference.system.vcpu.instructionCount;
        return await this.#finish({
          kind: "difference",
          report: { insns, differences: [], block: undefined, text: "the difference did not show again when the run was repeated\n" },
        });
      }
    }
    let high = stepInsns;
    for (let low = 0; high - low > 1; ) {
      const middle = (low + high) >> 1;
      pair = await this.#replay(first);
      const { differences } = await this.#step(pair, first, middle, true);
      if (differences.length > 0) {
        high = middle;
        result = { ...result, differences };
      } else low = middle;
    }
    const report = await this.#report(first, high, result.differences);
    return await this.#finish({ kind: "difference", report });
  }

  /** The last of `insns` instructions of a step is where the differing block ends. */
  async #report(step: number, insns: number, differences: readonly Difference[]): Promise<DifferenceReport> {
    let pair = await this.#replay(step);
    await this.#step(pair, step, insns - 1, false);
    const cut = pair.reference.system.vcpu.lastCut;
    pair = await this.#replay(step);
    await this.#step(pair, step, insns - 1 - (cut?.insns ?? 0), false);
    const { system } = pair.reference;
    const before = system.vcpu.state.bytes.slice();
    const count = system.vcpu.instructionCount;
    return reportDifference({ system, count, before, differences, run: () => void system.advance(1 + (cut?.insns ?? 0)) });
  }
}

const textOf = (end: ReturnType<System["advance"]>): string => (end.kind === "shutdown" ? end.reason : end.kind);
