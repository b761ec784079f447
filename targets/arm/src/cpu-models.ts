/** CPU models as rows: features and identification registers (each core's Technical Reference Manual). */
import type { CpuModel } from "@tsemu/target";

/** What distinguishes cores for translation and system registers. Later architectures include the earlier ones' features. */
export interface Features {
  /** Architecture version: 5 (v5TE), 6, 7. */
  readonly version: 5 | 6 | 7;
  readonly v6K: boolean;
  /** SDIV and UDIV in T32 (v7-R, A15) and in A32. */
  readonly divide: boolean;
  readonly thumb2: boolean;
  /** Multiprocessing Extensions: PLDW, broadcast maintenance. */
  readonly mp: boolean;
  readonly lpae: boolean;
  readonly genericTimer: boolean;
  /** 0: none; 2, 3, 4. */
  readonly vfp: 0 | 2 | 3 | 4;
  /** 16 or 32 doubleword registers. */
  readonly vfpRegisters: 16 | 32;
  readonly neon: boolean;
  /** Conversions to and from half precision. */
  readonly halfPrecision: boolean;
  /** VFPv2's short vectors work (otherwise FPSCR.Len is ignored or undefined). */
  readonly shortVectors: boolean;
  readonly pmu: boolean;
  readonly jazelle: boolean;
  readonly thumbEE: boolean;
  /** Security Extensions as seen from the processor: VBAR and SMC exist. */
  readonly security: boolean;
  readonly virtualization: boolean;
  /** ARMv8's A32 additions (AES, SHA, CRC32, VRINT, VSEL, LDA/STL): only `max`. */
  readonly v8: boolean;
}

export interface ArmModel extends CpuModel {
  readonly features: Features;
  /** Identification registers by name; absent ones read as zero. */
  readonly id: Readonly<Record<string, number>>;
  readonly sctlrReset: number;
}

const v5: Features = {
  version: 5,
  v6K: false,
  divide: false,
  thumb2: false,
  mp: false,
  lpae: false,
  genericTimer: false,
  vfp: 2,
  vfpRegisters: 16,
  neon: false,
  halfPrecision: false,
  shortVectors: true,
  pmu: false,
  jazelle: true,
  thumbEE: false,
  security: false,
  virtualization: false,
  v8: false,
};
const v6: Features = { ...v5, version: 6, v6K: true, security: true };
const v7: Features = {
  ...v6,
  version: 7,
  thumb2: true,
  vfp: 3,
  vfpRegisters: 32,
  neon: true,
  shortVectors: false,
  pmu: true,
  jazelle: false,
  thumbEE: true,
};
const v7ve: Features = { ...v7, mp: true, divide: true, lpae: true, genericTimer: true, vfp: 4, halfPrecision: true };

export const models: readonly ArmModel[] = [
  {
    name: "arm926",
    aliases: ["arm926ej-s"],
    description: "ARM926EJ-S, ARMv5TEJ (DDI 0198)",
    features: v5,
    sctlrReset: 0x00090078,
    id: { midr: 0x41069265, ctr: 0x1dd20d2, fpsid: 0x41011090 },
  },
  {
    name: "arm1176",
    aliases: ["arm1176jzf-s"],
    description: "ARM1176JZF-S, ARMv6K (DDI 0301)",
    features: v6,
    sctlrReset: 0x00050078,
    id: {
      midr: 0x410fb767,
      ctr: 0x1dd20d2,
      fpsid: 0x410120b5,
      mvfr0: 0x11111111,
      mvfr1: 0x00000000,
      id_pfr0: 0x111,
      id_pfr1: 0x11,
      id_dfr0: 0x33,
      id_afr0: 0,
      id_mmfr0: 0x01130003,
      id_mmfr1: 0x10030302,
      id_mmfr2: 0x01222100,
      id_isar0: 0x0140011,
      id_isar1: 0x12002111,
      id_isar2: 0x11231121,
      id_isar3: 0x01102131,
      id_isar4: 0x141,
    },
  },
  {
    name: "cortex-a7",
    description: "Cortex-A7 MPCore, ARMv7-A with LPAE (DDI 0464)",
    features: v7ve,
    sctlrReset: 0x00c50078,
    id: {
      midr: 0x410fc075,
      fpsid: 0x41023075,
      mvfr0: 0x10110222,
      mvfr1: 0x11111111,
      ctr: 0x84448003,
      clidr: 0x0a200023,
      ccsidr0: 0x701fe00a,
      ccsidr1: 0x201fe00a,
      ccsidr2: 0x711fe07a,
      id_pfr0: 0x1131,
      id_pfr1: 0x11011,
      id_dfr0: 0x02010555,
      id_afr0: 0,
      id_mmfr0: 0x10101105,
      id_mmfr1: 0x40000000,
      id_mmfr2: 0x01240000,
      id_mmfr3: 0x02102211,
      id_isar0: 0x02101110,
      id_isar1: 0x13112111,
      id_isar2: 0x21232041,
      id_isar3: 0x11112131,
      id_isar4: 0x10011142,
    },
  },
  {
    name: "cortex-a8",
    description: "Cortex-A8, ARMv7-A (DDI 0344)",
    features: { ...v7, shortVectors: true },
    sctlrReset: 0x00c50078,
    id: {
      midr: 0x410fc080,
      fpsid: 0x410330c0,
      mvfr0: 0x11110222,
      mvfr1: 0x00011111,
      ctr: 0x82048004,
      clidr: (1 << 27) | (2 << 24) | 3,
      ccsidr0: 0xe007e01a,
      ccsidr1: 0x2007e01a,
      ccsidr2: 0xf0000000,
      id_pfr0: 0x1031,
      id_pfr1: 0x11,
      id_dfr0: 0x400,
      id_afr0: 0,
      id_mmfr0: 0x31100003,
      id_mmfr1: 0x20000000,
      id_mmfr2: 0x01202000,
      id_mmfr3: 0x11,
      id_isar0: 0x00101111,
      id_isar1: 0x12112111,
      id_isar2: 0x21232031,
      id_isar3: 0x11112131,
      id_isar4: 0x00111142,
    },
  },
  {
    name: "cortex-a9",
    description: "Cortex-A9, ARMv7-A with MP (DDI 0388)",
    features: { ...v7, mp: true, halfPrecision: true, shortVectors: true },
    sctlrReset: 0x00c50078,
    id: {
      midr: 0x410fc090,
      fpsid: 0x41033090,
      mvfr0: 0x11110222,
      mvfr1: 0x01111111,
      ctr: 0x80038003,
      clidr: (1 << 27) | (1 << 24) | 3,
      ccsidr0: 0xe00fe019,
      ccsidr1: 0x200fe019,
      mpidr: 0x80000000,
      id_pfr0: 0x1031,
      id_pfr1: 0x11,
      id_dfr0: 0x000,
      id_afr0: 0,
      id_mmfr0: 0x00100103,
      id_mmfr1: 0x20000000,
      id_mmfr2: 0x01230000,
      id_mmfr3: 0x00002111,
      id_isar0: 0x00101111,
      id_isar1: 0x13112111,
      id_isar2: 0x21232041,
      id_isar3: 0x11112131,
      id_isar4: 0x00111142,
    },
  },
  {
    name: "cortex-a15",
    description: "Cortex-A15 MPCore, ARMv7-A with LPAE (DDI 0438)",
    features: v7ve,
    sctlrReset: 0x00c50078,
    id: {
      midr: 0x412fc0f1,
      fpsid: 0x410430f0,
      mvfr0: 0x10110222,
      mvfr1: 0x11111111,
      ctr: 0x8444c004,
      clidr: 0x0a200023,
      ccsidr0: 0x701fe00a,
      ccsidr1: 0x201fe00a,
      ccsidr2: 0x711fe07a,
      id_pfr0: 0x1131,
      id_pfr1: 0x11011,
      id_dfr0: 0x02010555,
      id_afr0: 0,
      id_mmfr0: 0x10201105,
      id_mmfr1: 0x20000000,
      id_mmfr2: 0x01240000,
      id_mmfr3: 0x02102211,
      id_isar0: 0x02101110,
      id_isar1: 0x13112111,
      id_isar2: 0x21232041,
      id_isar3: 0x11112131,
      id_isar4: 0x10011142,
    },
  },
  {
    name: "max",
    description: "the Cortex-A15 with everything that is emulated",
    features: v7ve,
    sctlrReset: 0x00c50078,
    id: {
      midr: 0x412fc0f1,
      fpsid: 0x410430f0,
      mvfr0: 0x10110222,
      mvfr1: 0x11111111,
      ctr: 0x8444c004,
      clidr: 0x0a200023,
      ccsidr0: 0x701fe00a,
      ccsidr1: 0x201fe00a,
      ccsidr2: 0x711fe07a,
      id_pfr0: 0x1131,
      id_pfr1: 0x11011,
      id_dfr0: 0x02010555,
      id_afr0: 0,
      id_mmfr0: 0x10201105,
      id_mmfr1: 0x20000000,
      id_mmfr2: 0x01240000,
      id_mmfr3: 0x02102211,
      id_isar0: 0x02101110,
      id_isar1: 0x13112111,
      id_isar2: 0x21232041,
      id_isar3: 0x11112131,
      id_isar4: 0x10011142,
    },
  },
];

/** The model of that name, or undefined. */
export const findModel = (name: string): ArmModel | undefined => models.find((m) => m.name === name || m.aliases?.includes(name));
