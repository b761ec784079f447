/**
 * Registers of coprocessor 0, by register << 3 | sel (MIPS64 PRA, chapter 9). Watch, performance counters and trace are not there: Config1
 * says so, and they read as zero.
 */
import type { MipsCpu } from "../mips-cpu.ts";
import type { Cp0Name } from "../state.ts";
import { CAUSE } from "./cp0-bits.ts";

export interface Cp0Register {
  readonly name: string;
  /** Low and high word. */
  read(cpu: MipsCpu): number;
  readHigh?(cpu: MipsCpu): number;
  write(cpu: MipsCpu, low: number, high: number): void;
}

const ignored = (): void => {};

/** A register of one word whose writable bits are those of `mask`. */
const word = (name: Cp0Name, mask = 0xffff_ffff): Cp0Register => ({
  name,
  read: (cpu) => cpu.word(name),
  write: (cpu, value) => cpu.setWord(name, ((cpu.word(name) & ~mask) | (value & mask)) >>> 0),
});

/** A register of the CPU's width. */
const wide = (name: Cp0Name): Cp0Register => ({
  name,
  read: (cpu) => cpu.low(name),
  readHigh: (cpu) => cpu.words(name)[1],
  write: (cpu, low, high) => cpu.setWords(name, low, high),
});

const constant = (name: string, value: (cpu: MipsCpu) => number): Cp0Register => ({ name, read: value, write: ignored });

/** EntryLo: on a 32-bit CPU frames have 20 bits, on others as many as addresses have. */
const entryLo = (name: "entrylo0" | "entrylo1"): Cp0Register => ({
  ...wide(name),
  write: (cpu, low, high) => {
    const frameBits = cpu.model.physicalBits - 6;
    cpu.setWords(
      name,
      frameBits >= 32 ? low >>> 0 : (low & (2 ** frameBits - 1)) >>> 0,
      frameBits > 32 ? (high & (2 ** (frameBits - 32) - 1)) >>> 0 : 0,
    );
  },
});

/** Context and XContext: software writes PTEBase alone. */
const context: Cp0Register = {
  ...wide("context"),
  write: (cpu, low, high) => cpu.setWords("context", ((low & 0xff80_0000) | (cpu.low("context") & 0x007f_fff0)) >>> 0, high),
};

const xcontext: Cp0Register = {
  ...wide("xcontext"),
  write(cpu, _low, high) {
    // PTEBase begins above the virtual page number's bits and the region's two.
    const kept = 2 ** (cpu.model.segmentBits - 9 - 32 + 2) - 1;
    const [oldLow, oldHigh] = cpu.words("xcontext");
    cpu.setWords("xcontext", oldLow, ((high & ~kept) | (oldHigh & kept)) >>> 0);
  },
};

/** Masks of pages of 4 KiB to 256 MiB. */
const legalMask = (value: number): number => {
  const bits = (value >>> 13) & 0xffff;
  // Pairs of ones from the bottom; others are UNDEFINED, and taken as 4 KiB pages.
  return [0, 3, 0xf, 0x3f, 0xff, 0x3ff, 0xfff, 0x3fff, 0xffff].includes(bits) ? (bits << 13) >>> 0 : 0;
};

const rows: readonly (readonly [register: number, sel: number, row: Cp0Register])[] = [
  [
    0,
    0,
    {
      name: "Index",
      read: (cpu) => cpu.word("index"),
      // An entry that is not there changes nothing.
      write(cpu, value) {
        const index = value & 0x7fff_ffff;
        if (index < cpu.tlb.size) cpu.setWord("index", ((cpu.word("index") & 0x8000_0000) | index) >>> 0);
      },
    },
  ],
  [1, 0, constant("Random", (cpu) => cpu.random())],
  [2, 0, entryLo("entrylo0")],
  [3, 0, entryLo("entrylo1")],
  [4, 0, context],
  [4, 2, wide("userlocal")],
  [5, 0, { name: "PageMask", read: (cpu) => cpu.word("pagemask"), write: (cpu, value) => cpu.setWord("pagemask", legalMask(value)) }],
  [5, 1, constant("PageGrain", () => 0)],
  [
    6,
    0,
    {
      name: "Wired",
      read: (cpu) => cpu.word("wired"),
      write: (cpu, value) => cpu.setWord("wired", value & (2 ** Math.ceil(Math.log2(cpu.tlb.size)) - 1)),
    },
  ],
  [
    7,
    0,
    {
      name: "HWREna",
      read: (cpu) => cpu.word("hwrena"),
      write: (cpu, value) => cpu.setWord("hwrena", value & (cpu.hasUserLocal ? 0x2000_000f : 0xf)),
    },
  ],
  [8, 0, { ...wide("badvaddr"), write: ignored }],
  [
    9,
    0,
    {
      name: "Count",
      read(cpu) {
        cpu.timer.poll();
        return cpu.timer.count();
      },
      write: (cpu, value) => cpu.timer.setCount(value),
    },
  ],
  [10, 0, { ...wide("entryhi"), write: (cpu, low, high) => cpu.setEntryHi((low & 0xffff_e0ff) >>> 0, cpu.tlb.vpnHigh(high)) }],
  [11, 0, { name: "Compare", read: (cpu) => cpu.word("compare"), write: (cpu, value) => cpu.timer.setCompare(value) }],
  [12, 0, { name: "Status", read: (cpu) => cpu.word("status"), write: (cpu, value) => cpu.writeStatus(value) }],
  [12, 1, word("intctl", 0x3e0)],
  [12, 2, word("srsctl", 0)],
  [12, 3, word("srsmap")],
  [
    13,
    0,
    {
      name: "Cause",
      read(cpu) {
        cpu.timer.poll();
        return cpu.state.u32[cpu.CAUSE]!;
      },
      write(cpu, value) {
        const mask = CAUSE.IP_SOFTWARE | CAUSE.IV | (cpu.model.features.release >= 2 ? CAUSE.DC : 0);
        cpu.timer.beforeStop();
        cpu.setWord("cause", ((cpu.word("cause") & ~mask) | (value & mask)) >>> 0);
        cpu.timer.update();
        cpu.interruptsChanged();
      },
    },
  ],
  [14, 0, wide("epc")],
  [15, 0, constant("PRId", (cpu) => cpu.model.prid)],
  [
    15,
    1,
    {
      name: "EBase",
      read: (cpu) => cpu.word("ebase"),
      // A base in kseg0 or kseg1 always; the CPU's number is 0.
      write: (cpu, value) => cpu.setWord("ebase", ((value & 0x3fff_f000) | 0x8000_0000) >>> 0),
    },
  ],
  [
    16,
    0,
    {
      name: "Config",
      read: (cpu) => cpu.word("config0"),
      write: (cpu, value) => cpu.setWord("config0", ((cpu.word("config0") & ~7) | (value & 7)) >>> 0),
    },
  ],
  [16, 1, constant("Config1", (cpu) => cpu.model.config[1])],
  [16, 2, constant("Config2", (cpu) => cpu.model.config[2])],
  [16, 3, constant("Config3", (cpu) => cpu.config3())],
  [17, 0, wide("lladdr")],
  [20, 0, xcontext],
  [23, 0, word("debug")],
  [24, 0, wide("depc")],
  [25, 0, constant("PerfCtl", () => 0)],
  [26, 0, word("errctl")],
  [28, 0, word("taglo")],
  [28, 1, word("datalo")],
  [29, 0, word("taghi")],
  [29, 1, word("datahi")],
  [30, 0, wide("errorepc")],
  [31, 0, wide("desave")],
];

const byKey = new Map(rows.map(([register, sel, row]) => [(register << 3) | sel, row]));
/** Registers that release 1 does not have. */
const release2 = new Set([(4 << 3) | 2, (5 << 3) | 1, 7 << 3, (12 << 3) | 1, (12 << 3) | 2, (12 << 3) | 3, (15 << 3) | 1]);

function find(cpu: MipsCpu, key: number, access: string): Cp0Register | undefined {
  const { features } = cpu.model;
  const register = byKey.get(key);
  const missing =
    (release2.has(key) && features.release < 2) ||
    (key === 20 << 3 && features.bits === 32) ||
    (key === ((4 << 3) | 2) && !cpu.hasUserLocal);
  if (register !== undefined && !missing) return register;
  cpu.env.log.log("unimp", () => `${access} of CP0 register ${key >>> 3}, sel ${key & 7}, which is not there`);
  return undefined;
}

/** The low word; the high one goes to result_high. */
export function readCp0(cpu: MipsCpu, key: number): number {
  const register = find(cpu, key, "read");
  const low = register?.read(cpu) ?? 0;
  cpu.state.u32[cpu.RESULT_HIGH] = register?.readHigh?.(cpu) ?? low >> 31;
  return low | 0;
}

export function writeCp0(cpu: MipsCpu, key: number, low: number, high: number): void {
  find(cpu, key, "write")?.write(cpu, low >>> 0, high >>> 0);
}
