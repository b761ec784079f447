/**
 * What an architecture has to give, as a list of checks over the contract alone: they know no architecture. What they find is the to-do list
 * of whoever adds one.
 *
 *     npm run conformance NAME
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Logger } from "@tsemu/base";
import { Prng } from "@tsemu/decode";
import { defaultLimits, RegionTier, Vcpu } from "@tsemu/engine";
import { ImmediateCompiler } from "@tsemu/host-node";
import { TimerQueue, unconnected } from "@tsemu/hw";
import { printBlock, verify } from "@tsemu/ir";
import { AddressSpace, EmulatorMemory } from "@tsemu/memory";
import { instantiateSoftFloat } from "@tsemu/softfloat";
import { type Access, type CodeReader, type Cpu, type DebugRegister, GuestFault, type Target, type Translation } from "@tsemu/target";
import type { RegisteredTarget } from "../../packages/cli/src/targets.ts";

const STATE_BASE = 0x2000;
const SAMPLES = 300;
/** From so many places random code is executed. */
const STARTS = 12;
const KiB = 1024;
/** Bytes at the beginning of physical memory, and around where exceptions lead. */
const RAM_BYTES = 1024 * KiB;
const VECTOR_BYTES = 64 * KiB;
/** Where code may be: the first of them that leads to RAM. */
const entries = [0x1000, 0x8000_1000];

/** A CPU on RAM full of random words, with nothing else around it. */
interface Bare {
  readonly vcpu: Vcpu;
  readonly cpu: Cpu;
  readonly entry: number;
  readonly high: number;
}

/** `vectors`: a physical address at which there is RAM too. */
function bare(target: Target, model: string, vectors?: number): Bare {
  const memory = new EmulatorMemory(RAM_BYTES + VECTOR_BYTES);
  const space = new AddressSpace(memory);
  const fill = (pa: number, size: number): void => {
    const prng = new Prng(pa + 1);
    space.addRam({ kind: "ram", name: `ram${pa}`, pa, size });
    space.writeBytes(pa, new Uint8Array(Uint32Array.from({ length: size >> 2 }, () => prng.u32()).buffer));
  };
  fill(0, RAM_BYTES);
  if (vectors !== undefined && vectors >= RAM_BYTES) fill(vectors - (vectors % VECTOR_BYTES), VECTOR_BYTES);
  let vcpu: Vcpu | undefined;
  const clock = new TimerQueue(() => (vcpu?.instructionCount ?? 0) * 8);
  vcpu = new Vcpu({
    target,
    model,
    space,
    clock,
    log: new Logger(),
    wasmModules: { softfloat: instantiateSoftFloat(memory.memory) },
    output: () => unconnected,
    firmwareCall: () => false,
  });
  vcpu.reset();
  const { cpu } = vcpu;
  for (const entry of entries) {
    cpu.reset();
    cpu.start(entry, []);
    const high = pcHigh(target, cpu);
    const page = cpu.walk(entry, "execute", cpu.fetchMmuIdx(cpu.blockFlags()), high);
    if (!(page instanceof GuestFault) && page.pa < RAM_BYTES) return { vcpu, cpu, entry, high };
  }
  throw new Error(`started at ${entries.map(hex).join(" or ")}, a CPU has to find RAM there`);
}

const hex = (n: number): string => `0x${n.toString(16)}`;
const pcOf = (target: Target, cpu: Cpu): number => cpu.state.u32[target.pc.offset >> 2]!;
const pcHigh = (target: Target, cpu: Cpu): number => (target.addressBits === 64 ? cpu.state.u32[(target.pc.offset >> 2) + 1]! : 0);
const flagsOf = (target: Target, cpu: Cpu): number => cpu.state.i32[target.flags.offset >> 2]!;
const different = (names: readonly string[]): string | undefined => {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? undefined : `${twice} is there twice`;
};

/** Random bytes wherever one reads. */
const randomCode = (seed: number): CodeReader => {
  const u32 = (va: number): number => new Prng(Math.imul(seed, 0x9e37_79b1) ^ va).u32();
  return { u32, u16: (va) => u32(va) & 0xffff, u8: (va) => u32(va) & 0xff };
};

interface Sample extends Translation {
  readonly reader: CodeReader;
  /** Does it raise an exception, always or under a condition? */
  readonly raises: boolean;
}

/** What a check looks at; made when it is first asked for, so that an architecture that has little is told what it lacks. */
class Subject {
  readonly registered: RegisteredTarget;
  readonly target: Target;
  readonly root: string;
  readonly model: string;
  #bare: Bare | undefined;
  #samples: readonly Sample[] | undefined;

  constructor(registered: RegisteredTarget, target: Target, root: string) {
    this.registered = registered;
    this.target = target;
    this.root = root;
    this.model = target.cpuModels.at(-1)!.name;
  }

  get bare(): Bare {
    return (this.#bare ??= bare(this.target, this.model));
  }

  /** A CPU that was just started. */
  get cpu(): Cpu {
    const { cpu, entry } = this.bare;
    cpu.reset();
    cpu.start(entry, []);
    return cpu;
  }

  /** Random code translated, one instruction each. */
  get samples(): readonly Sample[] {
    if (this.#samples !== undefined) return this.#samples;
    const { cpu } = this;
    const { entry, high } = this.bare;
    const flags = cpu.blockFlags();
    const translate = this.target.translator(this.model, STATE_BASE);
    this.#samples = Array.from({ length: SAMPLES }, (_, i) => {
      const reader = randomCode(i);
      const translation = translate(reader, entry, flags, 1, high);
      return { ...translation, reader, raises: translation.ir.insts.some((inst) => inst.kind === "raise") };
    });
    return this.#samples;
  }

  get instructions(): readonly Sample[] {
    return this.samples.filter((sample) => !sample.raises);
  }

  get registers(): readonly DebugRegister[] {
    return this.target.debug.features(this.bare.cpu).flatMap((feature) => feature.registers);
  }
}

interface Check {
  readonly name: string;
  /** What is missing or wrong; undefined if nothing is. */
  readonly lacks: (s: Subject) => string | undefined;
}

/** The first thing wrong with any of them. */
const each = <T>(items: Iterable<T>, lacks: (item: T) => string | undefined): string | undefined => {
  for (const item of items) {
    const wrong = lacks(item);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const checks: readonly Check[] = [
  {
    name: "name",
    lacks: ({ target, registered }) => (target.name === registered.name ? undefined : `it is registered as ${registered.name}`),
  },
  {
    name: "state",
    lacks({ target: { layout, pc, flags, addressBits } }) {
      if (pc.offset !== 0 || flags.offset !== 8) return "pc has to be at offset 0, the block flags at offset 8";
      if (layout.slots[pc.index] !== pc || layout.slots[flags.index] !== flags) return "pc and flags have to be slots of the layout";
      if (addressBits === 64 && !layout.slots.some((slot) => slot.offset === 4 && slot.size === 4))
        return "the upper word of pc has to be a slot";
      return different(layout.slots.map((slot) => slot.name)) ?? (layout.size % 8 === 0 ? undefined : "its size has to be a multiple of 8");
    },
  },
  {
    name: "CPU models",
    lacks: ({ target: { cpuModels } }) =>
      different(cpuModels.flatMap((model) => [model.name, ...(model.aliases ?? [])])) ??
      each(cpuModels, (model) => (model.description === "" ? `${model.name} has no description` : undefined)),
  },
  {
    name: "reset",
    lacks: ({ target }) =>
      each(target.cpuModels, ({ name }) => {
        const { cpu } = bare(target, name);
        cpu.reset();
        const before = cpu.state.bytes.slice();
        const flags = cpu.blockFlags();
        if (cpu.blockFlags() !== flags || before.some((byte, i) => byte !== cpu.state.bytes[i]))
          return `${name}: blockFlags changes what it looks at`;
        if (flags !== flagsOf(target, cpu)) return `${name}: the flags slot is not what blockFlags says`;
        if (!(cpu.fetchMmuIdx(flags) < target.mmuIdxCount) || target.mmuIdxCount > 4)
          return `${name}: there are MMU indexes beyond mmuIdxCount`;
        if (cpu.hasWork() || cpu.deliverInterrupt()) return `${name}: something interrupts it`;
        return undefined;
      }),
  },
  {
    name: "start",
    lacks({ target, registers, bare: { cpu, entry } }) {
      cpu.reset();
      cpu.start(entry, [0x1357_9bdf, 0x0246_8ace]);
      if (pcOf(target, cpu) !== entry) return "pc is not the entry";
      const values = registers.map((register) => BigInt.asUintN(32, register.get(cpu)));
      return values.includes(0x1357_9bdfn) && values.includes(0x0246_8acen) ? undefined : "its registers are nowhere in debug.features";
    },
  },
  {
    name: "debugger",
    lacks(s) {
      const { target, registers, cpu } = s;
      if (
        target.debug
          .features(cpu)[0]
          ?.registers.some((register) => register.name === "pc" || register.name === target.pc.name || register.type === "code_ptr") !==
        true
      )
        return "the first feature has no pc";
      const general = registers.filter((register) => register.set !== undefined && register.type === undefined);
      if (general.length < 4) return `only ${general.length} registers that can be written`;
      return (
        different(registers.map((register) => register.name)) ??
        each(registers, (register) => {
          const fresh = s.cpu;
          register.set?.(fresh, register.get(fresh) ^ 0x10n);
          const value = register.get(fresh);
          if (BigInt.asUintN(register.bits, value) !== value) return `${register.name} has more than ${register.bits} bits`;
          register.set?.(fresh, value);
          return register.get(fresh) === value ? undefined : `${register.name} changes when what it has is written to it`;
        }) ??
        (cpu.dump(true).includes(hex(pcOf(target, cpu)).slice(2)) ? undefined : "dump (-d cpu) does not show pc")
      );
    },
  },
  {
    name: "address translation",
    lacks({ target, cpu }) {
      const prng = new Prng(1);
      for (let i = 0; i < 1000; i++) {
        const va = prng.u32();
        const high = target.addressBits === 64 ? [0, 0xffff_ffff, prng.u32()][i % 3]! : 0;
        const access = (["read", "write", "execute"] as const)[i % 3]! satisfies Access;
        const page = cpu.walk(va, access, i % target.mmuIdxCount, high);
        if (page instanceof GuestFault) continue;
        if (page.pa % 2 ** target.pageBits !== 0) return `${hex(va)}: ${hex(page.pa)} is not the beginning of a page`;
        if (!(page.pa >= 0 && page.pa < 2 ** 40)) return `${hex(va)}: a physical address of ${hex(page.pa)}`;
      }
      return undefined;
    },
  },
  {
    name: "helpers",
    lacks({ target: { helpers, layout } }) {
      const float = instantiateSoftFloat(new EmulatorMemory(64 * KiB).memory);
      return (
        different(helpers.map(({ signature }) => signature.name)) ??
        each(helpers, (helper) => {
          const { name, params, result, effects } = helper.signature;
          if ("module" in helper) return helper.export in float ? undefined : `${name}: softfloat exports no ${helper.export}`;
          if ([...params, result].some((type) => type === "i64" || type === "v128"))
            return `${name}: a JavaScript function takes no i64 or v128`;
          const slots = [effects.reads, effects.writes].flatMap((side) => (side === "all" ? [] : side));
          return slots.every((slot) => layout.slots[slot.index] === slot) ? undefined : `${name}: its effects name slots of another layout`;
        })
      );
    },
  },
  {
    name: "instructions",
    lacks: ({ instructions }) =>
      instructions.length > 0 ? undefined : `of ${SAMPLES} pieces of random code none is an instruction: all raise an exception`,
  },
  {
    name: "well-formed code",
    lacks: ({ samples }) =>
      each(samples, ({ ir, insnCount, bytes, pc }) => {
        const [problem] = verify(ir);
        if (problem !== undefined) return `${problem.text} in\n${printBlock(ir)}`;
        const starts = ir.insts.filter((inst) => inst.kind === "insn");
        if (starts.length !== insnCount || starts[0]!.pc !== pc || bytes < 1)
          return `it says ${insnCount} instructions, ${bytes} bytes of\n${printBlock(ir)}`;
        return undefined;
      }),
  },
  {
    name: "translation depends on code and flags alone",
    lacks(s) {
      const { target, model, samples } = s;
      const flags = s.cpu.blockFlags();
      const again = target.translator(model, STATE_BASE);
      return each(samples, ({ ir, pc, reader }) =>
        printBlock(again(reader, pc, flags, 1, s.bare.high).ir) === printBlock(ir)
          ? undefined
          : `another time it is not\n${printBlock(ir)}`,
      );
    },
  },
  {
    name: "loads and stores",
    lacks: ({ samples }) =>
      each(["load", "store"], (kind) =>
        samples.some(({ ir }) => ir.insts.some((inst) => inst.kind === kind)) ? undefined : `no instruction has a ${kind}`,
      ),
  },
  {
    name: "branches",
    lacks: ({ samples }) =>
      samples.some(({ ir, pc, bytes }) => ir.insts.some((inst) => inst.kind === "goto" && inst.pc !== pc + bytes))
        ? undefined
        : "no instruction leads elsewhere than behind itself",
  },
  {
    name: "disassembly",
    lacks: (s) => {
      const flags = s.cpu.blockFlags();
      const texts = new Set<string>();
      const wrong = each(s.instructions, ({ reader, pc, bytes, ir }) => {
        const { text, length } = s.target.disassemble(reader, pc, flags);
        texts.add(text.split(/\s/)[0]!);
        if (text === "" || /^\.(word|byte|short)|\(bad\)/.test(text)) return `"${text}" for\n${printBlock(ir)}`;
        // With a delay slot the block has more than the instruction.
        return length > 0 && length <= bytes ? undefined : `"${text}" has ${length} bytes, its block ${bytes}`;
      });
      return wrong ?? (texts.size > 8 ? undefined : `${texts.size} mnemonics are all there are`);
    },
  },
  {
    name: "precise state",
    lacks: (s) =>
      each(s.samples, ({ ir }) =>
        each(ir.insts, (inst) => {
          if (inst.kind !== "insn") return undefined;
          const { cpu } = s;
          cpu.restore(inst.pc, inst.extra);
          return pcOf(s.target, cpu) === inst.pc ? undefined : `restore leaves pc at ${hex(pcOf(s.target, cpu))}, not ${hex(inst.pc)}`;
        }),
      ),
  },
  {
    name: "exceptions",
    lacks({ target, bare: { cpu, entry } }) {
      const before = afterException(target, cpu, entry);
      if (pcOf(target, cpu) === before) return "deliver does not go to a handler";
      return flagsOf(target, cpu) === cpu.blockFlags() ? undefined : "after deliver the flags slot is not what blockFlags says";
    },
  },
  { name: "both tiers", lacks: tiersDiffer },
  {
    name: "vectors",
    lacks: ({ registered, root }) =>
      existsSync(join(root, "test/vectors", registered.folder))
        ? undefined
        : `none recorded from another emulator or a processor: no folder ${registered.folder} in test/vectors`,
  },
  { name: "system emulation", lacks: ({ registered, root }) => lacksProgram(root, `tsemu-system-${registered.name}`) },
  { name: "user mode", lacks: ({ registered, root }) => lacksProgram(root, `tsemu-${registered.name}`) },
];

/** Takes an exception of a CPU that was just reset; where it was until then. */
function afterException(target: Target, cpu: Cpu, address: number): number {
  cpu.reset();
  const before = pcOf(target, cpu);
  cpu.deliver(cpu.alignmentFault(address + 1, "read", cpu.fetchMmuIdx(cpu.blockFlags()), pcHigh(target, cpu)));
  return before;
}

function lacksProgram(root: string, name: string): string | undefined {
  const { bin } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")) as { bin: Readonly<Record<string, string>> };
  return name in bin ? undefined : `there is no program ${name}`;
}

/** Executes random code in both tiers, a few instructions at a time, and compares registers and memory after each time. */
function tiersDiffer({ target, model, bare: { cpu: probe, entry } }: Subject): string | undefined {
  afterException(target, probe, entry);
  const at = probe.walk(pcOf(target, probe), "execute", probe.fetchMmuIdx(probe.blockFlags()), pcHigh(target, probe));
  const vectors = at instanceof GuestFault ? undefined : at.pa;
  for (let start = 0; start < STARTS; start++) {
    const [interpreted, compiled] = [false, true].map((tier1) => {
      const { vcpu, cpu } = bare(target, model, vectors);
      if (tier1) vcpu.hotCode = new RegionTier(vcpu, new ImmediateCompiler(), { ...defaultLimits, threshold: 1, least: 1 });
      cpu.reset();
      cpu.start(entry + 0x100 * start, [0x4000, 0x5000, 0x6000, 0x7000]);
      return vcpu;
    });
    for (let slice = 0; slice < 20; slice++) {
      interpreted!.runSlice(50, true);
      compiled!.runSlice(50, true);
      const [a, b] = [interpreted!.state.bytes, compiled!.state.bytes];
      const offset = a.findIndex((byte, i) => byte !== b[i]);
      if (offset >= 0) {
        const slot = target.layout.slots.find((candidate) => candidate.offset <= offset && offset < candidate.offset + candidate.size);
        return `from ${hex(entry + 0x100 * start)}, after ${interpreted!.instructionCount} instructions ${slot?.name ?? `offset ${offset}`} differs`;
      }
    }
    const memories = [interpreted!, compiled!].map(({ space }) => {
      const bytes = new Uint8Array(RAM_BYTES);
      space.readBytes(0, bytes);
      return bytes;
    });
    if (Buffer.compare(memories[0]!, memories[1]!) !== 0) return `from ${hex(entry + 0x100 * start)} memory differs`;
  }
  return undefined;
}

/** What the architecture lacks, a line each: the name of the check, what it found. `root`: the project's folder. */
export async function conformance(registered: RegisteredTarget, root: string): Promise<string[]> {
  const subject = new Subject(registered, await registered.load(), root);
  return checks.flatMap(({ name, lacks }) => {
    let lack: string | undefined;
    try {
      lack = lacks(subject);
    } catch (error) {
      lack = String(error);
    }
    return lack === undefined ? [] : [`${name}: ${lack}`];
  });
}

export const checkNames: readonly string[] = checks.map((check) => check.name);
