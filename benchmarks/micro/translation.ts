/** What it costs to make code: each step from the guest's bytes to functions that V8 can call, for the code of the CPU programs. */
import { setFlagsFromString } from "node:v8";
import { compileBatch } from "@tsemu/backend-wasm/compile";
import { type Batch, imports, type IrOf } from "@tsemu/backend-wasm";
import type { HotCode, TranslatedBlock, Vcpu } from "@tsemu/engine";
import { Encoder } from "@tsemu/interpreter";
import { type Block, optimize } from "@tsemu/ir";
import { STATE_BASE } from "@tsemu/memory";
import { maxBlockInsns } from "@tsemu/target";
import { type Case, measure } from "../harness.ts";
import { programs } from "../programs.ts";
import { markdownTable } from "../statistics.ts";
import { execute, programGuest } from "./guest.ts";

/** Instructions of each program that are executed to find its code; enough to reach the inner loops. */
const RECORD_INSNS = 3_000_000;
/** The same for finding regions. */
const REGION_INSNS = 12_000_000;

/** Where tier-0 code is written in a memory of its own. */
const CODE_BASE = 0x10_0000;

/** Takes note of blocks that are executed twice. */
class Recorder implements HotCode {
  readonly threshold = 2;
  readonly blocks: TranslatedBlock[] = [];
  hot(block: TranslatedBlock): void {
    this.blocks.push(block);
  }
  invalidated(): void {}
  clear(): void {}
  restore(): void {}
  overwritten(): [] {
    return [];
  }
  keep(): Int32Array {
    return new Int32Array();
  }
  site(): never {
    throw new Error("nothing is compiled here");
  }
}

/** The blocks of all programs, and a CPU in whose memory they are. */
const recordBlocks = (): { readonly vcpu: Vcpu; readonly blocks: readonly TranslatedBlock[] } => {
  const blocks = new Map<string, TranslatedBlock>();
  let vcpu: Vcpu | undefined;
  for (const { name } of programs) {
    const system = programGuest(name, {});
    const recorder = new Recorder();
    vcpu = system.vcpu;
    vcpu.hotCode = recorder;
    execute(system, RECORD_INSNS);
    // What runs before the MMU is on has other flags, but is the same code.
    for (const block of recorder.blocks) blocks.set(`${block.pc} ${block.flags}`, block);
  }
  return { vcpu: vcpu!, blocks: [...blocks.values()] };
};

interface RecordedBatch {
  readonly batch: Batch;
  readonly irOf: IrOf;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly imports: WebAssembly.Imports;
}

/** The regions that the programs have compiled when they run. */
const recordRegions = (): readonly RecordedBatch[] => {
  const recorded: RecordedBatch[] = [];
  for (const { name } of programs) {
    const batches: Omit<RecordedBatch, "imports">[] = [];
    const compileNow = (batch: Batch, irOf: IrOf): ReturnType<typeof compileBatch> => {
      const result = compileBatch(batch, irOf);
      batches.push({ batch, irOf, bytes: result.bytes });
      return result;
    };
    const system = programGuest(name, { compiler: { compile: (batch, irOf) => Promise.resolve(compileNow(batch, irOf)), compileNow } });
    execute(system, REGION_INSNS);
    for (const batch of batches) recorded.push({ ...batch, imports: importsOf(system.vcpu) });
  }
  return recorded;
};

const nothing = (): number => 0;

/** What a module of regions imports; it is not called here. */
const importsOf = (vcpu: Vcpu): WebAssembly.Imports => {
  const env = {
    [imports.memory]: vcpu.memory.memory,
    [imports.table]: vcpu.table,
    [imports.slowLoad]: nothing,
    [imports.slowStore]: nothing,
    [imports.lookup]: vcpu.lookupFunction,
    ...Object.fromEntries(vcpu.regionHelpers().map(([name, fn]) => [imports.helper + name, fn])),
  };
  return { env } as WebAssembly.Imports;
};

let serial = 0;
/** The module with a custom section that no module had before, since V8 remembers the modules it has compiled. */
const fresh = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const section = [0, 6, 1, 0x6e, 0, 0, 0, 0];
  const copy = new Uint8Array(bytes.length + section.length);
  copy.set(bytes);
  copy.set(section, bytes.length);
  new DataView(copy.buffer).setUint32(bytes.length + 4, serial++);
  return copy;
};

const each =
  <T>(inputs: readonly T[], work: (input: T) => void) =>
  (): void => {
    for (const input of inputs) work(input);
  };

const blockCases = (vcpu: Vcpu, blocks: readonly TranslatedBlock[]): readonly Case[] => {
  const translator = vcpu.target.translator(vcpu.model, STATE_BASE);
  const translate = (block: TranslatedBlock): Block =>
    translator(vcpu.reader.begin(vcpu.cpu.fetchMmuIdx(block.flags), 0), block.pc, block.flags, maxBlockInsns, 0).ir;
  // Constants get addresses as in the engine: equal ones share one, and those of 32 bits are found by their number.
  const constants = new Map<string | number, number>();
  const encoder = new Encoder({
    addressBits: 32,
    u32: new Uint32Array((CODE_BASE + 0x10_0000) >> 2),
    constant: (type, value) => {
      const key = type === "i32" ? (value as number) : `${type}${value}`;
      let at = constants.get(key);
      if (at === undefined) constants.set(key, (at = 0x4_0000 + 16 * constants.size));
      return at;
    },
    helper: (signature) => vcpu.helpers.index(signature),
  });
  const optimized = blocks.map((block) => optimize(translate(block)));
  return [
    { name: "translate", run: each(blocks, translate) },
    // The passes change their input, so every time they need a new one.
    { name: "optimize", run: each(blocks, (block) => optimize(translate(block))) },
    { name: "encode", run: each(optimized, (ir) => encoder.encode(ir, CODE_BASE)) },
  ];
};

const regionCases = (recorded: readonly RecordedBatch[]): readonly Case[] => {
  const instantiate = (): void => {
    let functions = 0;
    for (const { bytes, imports: env } of recorded) {
      functions += Object.keys(new WebAssembly.Instance(new WebAssembly.Module(fresh(bytes)), env).exports).length;
    }
    if (functions === 0) throw new Error("the modules export nothing");
  };
  return [
    {
      name: "compile",
      run: () => {
        for (const { batch, irOf } of recorded) compileBatch(batch, irOf);
      },
    },
    { name: "lazy", run: instantiate },
    {
      name: "eager",
      run: () => {
        setFlagsFromString("--no-wasm-lazy-compilation");
        instantiate();
        setFlagsFromString("--wasm-lazy-compilation");
      },
    },
  ];
};

const row = (step: string, seconds: number, units: number, insns: number): string[] => [
  step,
  ((seconds * 1e6) / units).toFixed(1),
  ((seconds * 1e9) / insns).toFixed(0),
  Math.round(insns / seconds).toLocaleString("en-US"),
];

/** The table of translation costs. */
export const translationTable = async (): Promise<string> => {
  const { vcpu, blocks } = recordBlocks();
  const blockInsns = blocks.reduce((sum, block) => sum + block.insnCount, 0);
  const block = await measure("blocks", blockCases(vcpu, blocks));
  const recorded = recordRegions();
  const regions = recorded.flatMap(({ batch }) => batch.regions);
  const regionInsns = regions.flatMap((region) => region.blocks).reduce((sum, b) => sum + b.insnCount, 0);
  const bytes = recorded.reduce((sum, r) => sum + r.bytes.length, 0);
  const region = await measure("regions", regionCases(recorded), { samples: 3 });
  const [t, o, e] = ["translate", "optimize", "encode"].map((name) => block.get(name)!) as [number, number, number];
  const rows = [
    row("decode and translate to IR", t, blocks.length, blockInsns),
    row("IR passes", o - t, blocks.length, blockInsns),
    row("encode for tier 0", e, blocks.length, blockInsns),
    row("region to WebAssembly", region.get("compile")!, regions.length, regionInsns),
    row("V8: compile lazily, instantiate", region.get("lazy")!, regions.length, regionInsns),
    row("V8: compile all at once (Liftoff), instantiate", region.get("eager")!, regions.length, regionInsns),
  ];
  return [
    `${blocks.length} blocks with ${(blockInsns / blocks.length).toFixed(1)} instructions each; ` +
      `${regions.length} regions with ${(regionInsns / regions.length).toFixed(0)} instructions each, ` +
      `${(bytes / regionInsns).toFixed(0)} bytes of WebAssembly an instruction`,
    "",
    markdownTable(["step", "us a block or region", "ns an insn", "insns/s"], rows),
  ].join("\n");
};
