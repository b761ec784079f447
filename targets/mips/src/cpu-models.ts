/** CPU models as rows: what they have, and what their identification registers say (the MIPS32 and MIPS64 cores' software user's manuals). */
import type { CpuModel } from "@tsemu/target";

/** What a row of the decode tables may ask for. */
export interface Features {
  readonly bits: 32 | 64;
  readonly release: 1 | 2;
  readonly fpu: boolean;
  /** Paired singles. */
  readonly ps: boolean;
  readonly dsp: 0 | 1 | 2;
}

export interface MipsModel extends CpuModel {
  readonly features: Features;
  readonly tlbEntries: number;
  readonly prid: number;
  /** Config, Config1 ... Config3; bit 15 of Config (big-endian) is the target's. */
  readonly config: readonly [number, number, number, number];
  /** Bits of Status that software can write. */
  readonly statusMask: number;
  /** FIR. */
  readonly fir: number;
  /** Bits of a virtual address in the mapped segments, and of a physical one. */
  readonly segmentBits: number;
  readonly physicalBits: number;
}

interface Cache {
  readonly sets: number;
  readonly line: number;
  readonly ways: number;
}

const M = 0x8000_0000;
/** Config: K0 cacheable, R4000-style TLB; AT says 64 bits, AR release 2. */
const config0 = (bits: 32 | 64, release: 1 | 2): number => M | (bits === 64 ? 2 << 13 : 0) | (release === 2 ? 1 << 10 : 0) | (1 << 7) | 2;
/** Config1: TLB size and both caches alike. `bits`: performance counters, watch, MIPS16, EJTAG, FPU. */
const config1 = (tlb: number, { sets, line, ways }: Cache, bits: number): number =>
  M | ((tlb - 1) << 25) | (sets << 22) | (line << 19) | (ways << 16) | (sets << 13) | (line << 10) | (ways << 7) | bits;
const FP = 1;
const EP = 2;
const VINT = 1 << 5;
const LPA = 1 << 7;
const DSPP = 1 << 10;
const DSP2P = 1 << 11;
const small: Cache = { sets: 0, line: 3, ways: 1 };
const medium: Cache = { sets: 1, line: 4, ways: 1 };
const large: Cache = { sets: 2, line: 4, ways: 3 };

/** FIR: F64 L W in bits 22 to 20, PS D S in 18 to 16. MIPS-3D (bit 19), which QEMU's 20Kc has, is not there. */
const fir = (id: number, bits: number): number => bits | (id << 8);
const FIR_32R2 = (1 << 22) | (1 << 21) | (1 << 20) | (1 << 17) | (1 << 16);
const FIR_PS = 1 << 18;

const base: Features = { bits: 32, release: 1, fpu: false, ps: false, dsp: 0 };
const r2: Features = { ...base, release: 2 };
const base64: Features = { ...base, bits: 64 };
const float64: Features = { ...base64, fpu: true, ps: true };

export const models: readonly MipsModel[] = [
  {
    name: "4Kc",
    description: "MIPS32",
    features: base,
    tlbEntries: 16,
    prid: 0x0001_8000,
    config: [config0(32, 1), config1(16, small, EP), M, 0],
    statusMask: 0x1278_ff17,
    fir: 0,
    segmentBits: 32,
    physicalBits: 32,
  },
  {
    name: "24Kc",
    description: "MIPS32 release 2",
    features: r2,
    tlbEntries: 16,
    prid: 0x0001_9300,
    config: [config0(32, 2), config1(16, small, EP), M, 0],
    statusMask: 0x1278_ff1f,
    fir: 0,
    segmentBits: 32,
    physicalBits: 32,
  },
  {
    name: "24Kf",
    description: "MIPS32 release 2 with FPU",
    features: { ...r2, fpu: true },
    tlbEntries: 16,
    prid: 0x0001_9300,
    config: [config0(32, 2), config1(16, small, EP | FP), M, 0],
    statusMask: 0x3678_ff1f,
    fir: fir(0x93, FIR_32R2),
    segmentBits: 32,
    physicalBits: 32,
  },
  {
    name: "34Kf",
    description: "MIPS32 release 2 with FPU and DSP ASE",
    features: { ...r2, fpu: true, dsp: 1 },
    tlbEntries: 16,
    prid: 0x0001_9500,
    config: [config0(32, 2), config1(16, small, EP | FP), M, VINT | DSPP],
    statusMask: 0x3778_ff1f,
    fir: fir(0x95, FIR_32R2),
    segmentBits: 32,
    physicalBits: 32,
  },
  {
    name: "74Kf",
    description: "MIPS32 release 2 with FPU and DSP ASE release 2",
    features: { ...r2, fpu: true, dsp: 2 },
    tlbEntries: 16,
    prid: 0x0001_9700,
    config: [config0(32, 2), config1(16, small, EP | FP), M, VINT | DSPP | DSP2P],
    statusMask: 0x3778_ff1f,
    fir: fir(0x97, FIR_32R2),
    segmentBits: 32,
    physicalBits: 32,
  },
  {
    name: "5Kc",
    description: "MIPS64",
    features: base64,
    tlbEntries: 32,
    prid: 0x0001_8100,
    config: [config0(64, 1), config1(32, medium, EP), M, 0],
    statusMask: 0x12f8_ffff,
    fir: 0,
    segmentBits: 42,
    physicalBits: 36,
  },
  {
    name: "5KEc",
    description: "MIPS64 release 2",
    features: { ...base64, release: 2 },
    tlbEntries: 32,
    prid: 0x0001_8900,
    config: [config0(64, 2), config1(32, medium, EP), M, 0],
    statusMask: 0x12f8_ffff,
    fir: 0,
    segmentBits: 42,
    physicalBits: 36,
  },
  {
    name: "20Kc",
    description: "MIPS64 with FPU and paired singles",
    features: float64,
    tlbEntries: 48,
    prid: 0x0001_8200,
    config: [config0(64, 1) | 8, config1(48, large, EP | FP), M, 0],
    statusMask: 0x36fb_ffff,
    fir: fir(0x82, FIR_32R2 | FIR_PS),
    segmentBits: 40,
    physicalBits: 36,
  },
  {
    name: "MIPS64R2-generic",
    description: "MIPS64 release 2 with FPU and paired singles",
    features: { ...float64, release: 2 },
    tlbEntries: 64,
    prid: 0x0001_0000,
    config: [config0(64, 2), config1(64, large, EP | FP), M, LPA],
    statusMask: 0x36fb_ffff,
    fir: fir(0, FIR_32R2 | FIR_PS),
    segmentBits: 42,
    physicalBits: 36,
  },
];

export const findModel = (name: string): MipsModel | undefined =>
  models.find((model) => model.name === name || model.aliases?.includes(name));
