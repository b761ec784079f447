/** Makes blocks of guest code: translation, passes, tier-0 code in the arena, and what the log is to say of them. */
import { hex32, hex64, type Logger } from "@tsemu/base";
import type { Encoder } from "@tsemu/interpreter";
import { optimize, printBlock } from "@tsemu/ir";
import { descriptor, STATE_BASE } from "@tsemu/memory";
import { type Cpu, maxBlockInsns, type Target, type Translate } from "@tsemu/target";
import type { Place, TranslatedBlock } from "./block-cache.ts";
import type { CodeArena } from "./code-arena.ts";
import type { MmuCodeReader } from "./code-reader.ts";
import { exitWords } from "./exits.ts";
import { type ReadyBlock, translateForTier0 } from "./translate-block.ts";

/** Where a block begins, at most how many instructions it gets, and the stale one in whose place it comes. */
export interface Wanted {
  readonly pa: number;
  readonly place: Place;
  readonly maxInsns: number;
  readonly old?: TranslatedBlock | undefined;
  /** Asked for the physical address of the next page, where the block crosses into it. */
  secondPage(): number;
}

export class BlockMaker {
  readonly #target: Target;
  readonly #cpu: Cpu;
  readonly #translate: Translate;
  readonly #reader: MmuCodeReader;
  readonly #arena: CodeArena;
  readonly #encoder: Encoder;
  readonly #log: Logger;
  /** Blocks made so far. */
  made = 0;

  constructor(target: Target, model: string, cpu: Cpu, reader: MmuCodeReader, arena: CodeArena, encoder: Encoder, log: Logger) {
    this.#target = target;
    this.#cpu = cpu;
    this.#translate = target.translator(model, STATE_BASE);
    this.#reader = reader;
    this.#arena = arena;
    this.#encoder = encoder;
    this.#log = log;
  }

  #ready(place: Place, maxInsns: number): ReadyBlock {
    const reader = this.#reader.begin(this.#cpu.fetchMmuIdx(place.flags), place.pcHigh);
    return translateForTier0(this.#target, this.#translate, reader, place, maxInsns);
  }

  /** Throws GuestFault where code cannot be fetched. */
  make({ pa, place, maxInsns, old, secondPage }: Wanted): TranslatedBlock {
    this.made++;
    const { pc, pcHigh, flags } = place;
    const { translation, ir } = this.#ready(place, maxInsns);
    const { bytes, insnCount } = translation;
    const logged = this.#log.covers(pc);
    if (logged && this.#log.on("in_asm"))
      this.#log.log("in_asm", `${["----------------", `IN: `, ...this.#disassembly(place, bytes)].join("\n")}\n`);
    if (logged) this.#log.log("op", () => `OP:\n${printBlock(ir)}`);
    const exits = exitWords(translation.ir, pc, this.#target.pageBits);
    const optimized = optimize(ir);
    if (logged) this.#log.log("op_opt", () => `OP after optimization:\n${printBlock(optimized)}`);
    const arena = this.#arena;
    const address = old?.descriptor ?? arena.allocate(descriptor.size);
    const base = arena.next;
    const encoded = this.#encoder.encode(optimized, base);
    arena.allocate(4 * encoded.length);
    const sites = arena.allocate(4 * encoded.insns.length);
    arena.write(sites, encoded.insns);
    arena.write(arena.allocate(4 * exits.length), exits);
    return {
      descriptor: address,
      pc,
      pcHigh,
      flags,
      pa,
      pa2: (pc % 0x1000) + bytes > 0x1000 ? secondPage() : -1,
      bytes,
      insnCount,
      base,
      entry: base + 4 * encoded.entry,
      sites,
      gotos: encoded.gotos,
      stale: false,
      rewrites: old === undefined ? 0 : old.rewrites + 1,
      next: undefined,
    };
  }

  /** The block there in words: its instructions, its IR as translated and as optimized. Throws GuestFault where it cannot be fetched. */
  explain(place: Place): { readonly code: string; readonly ir: string; readonly optimized: string } {
    const { translation, ir } = this.#ready(place, maxBlockInsns);
    const code = this.#disassembly(place, translation.bytes).join("\n");
    return { code, ir: printBlock(ir), optimized: printBlock(optimize(ir)) };
  }

  #disassembly({ pc, pcHigh, flags }: Place, bytes: number): string[] {
    const lines: string[] = [];
    const reader = this.#reader;
    const address = (at: number): string => (this.#target.addressBits === 64 ? hex64(at, pcHigh) : hex32(at));
    for (let at = pc; at < pc + bytes; ) {
      const { text, length } = this.#target.disassemble(reader, at, flags);
      const code = length === 2 ? reader.u16(at).toString(16).padStart(4, "0") : reader.u32(at).toString(16).padStart(8, "0");
      lines.push(`${address(at)}:  ${code.padEnd(8)}  ${text}`);
      at += length;
    }
    return lines;
  }
}
