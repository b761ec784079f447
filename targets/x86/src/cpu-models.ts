/** CPU models as rows: what they have, and what CPUID says of them. */
import type { CpuModel } from "@tsemu/target";

/** What a row of the opcode maps may ask for. */
export interface Features {
  readonly longMode: boolean;
  readonly fpu: boolean;
  readonly cx8: boolean;
  readonly cx16: boolean;
  readonly cmov: boolean;
  readonly sysenter: boolean;
  readonly syscall: boolean;
  readonly mmx: boolean;
  readonly fxsr: boolean;
  readonly sse: boolean;
  readonly sse2: boolean;
  readonly sse3: boolean;
  readonly ssse3: boolean;
  readonly sse41: boolean;
  readonly sse42: boolean;
  readonly popcnt: boolean;
  readonly movbe: boolean;
  readonly lahf64: boolean;
  readonly lzcnt: boolean;
  readonly bmi1: boolean;
  readonly bmi2: boolean;
  readonly adx: boolean;
  readonly rdrand: boolean;
  readonly rdseed: boolean;
  readonly rdtscp: boolean;
  readonly clflush: boolean;
  readonly tsc: boolean;
  readonly msr: boolean;
  readonly pse: boolean;
  readonly pae: boolean;
  readonly pge: boolean;
  readonly nx: boolean;
  readonly smep: boolean;
  readonly smap: boolean;
  readonly pcid: boolean;
  readonly pdpe1gb: boolean;
  readonly apic: boolean;
  readonly aes: boolean;
  readonly pclmulqdq: boolean;
  readonly sha: boolean;
  readonly threeDNow: boolean;
  readonly xsave: boolean;
  readonly xsaveopt: boolean;
  readonly xsavec: boolean;
  readonly avx: boolean;
  readonly avx2: boolean;
  readonly fma: boolean;
  readonly f16c: boolean;
  readonly fsgsbase: boolean;
  readonly cpuid: boolean;
}

export interface X86Model extends CpuModel {
  readonly features: Features;
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** The name that CPUID has in leaves 80000002 to 80000004. */
  readonly brand: string;
  /** Bits of physical addresses. */
  readonly physicalBits: number;
}

const i486: Features = {
  longMode: false,
  fpu: true,
  cx8: false,
  cx16: false,
  cmov: false,
  sysenter: false,
  syscall: false,
  mmx: false,
  fxsr: false,
  sse: false,
  sse2: false,
  sse3: false,
  ssse3: false,
  sse41: false,
  sse42: false,
  popcnt: false,
  movbe: false,
  lahf64: false,
  lzcnt: false,
  bmi1: false,
  bmi2: false,
  adx: false,
  rdrand: false,
  rdseed: false,
  rdtscp: false,
  clflush: false,
  tsc: false,
  msr: false,
  pse: false,
  pae: false,
  pge: false,
  nx: false,
  smep: false,
  smap: false,
  pcid: false,
  pdpe1gb: false,
  apic: false,
  aes: false,
  pclmulqdq: false,
  sha: false,
  threeDNow: false,
  xsave: false,
  xsaveopt: false,
  xsavec: false,
  avx: false,
  avx2: false,
  fma: false,
  f16c: false,
  fsgsbase: false,
  cpuid: true,
};

const pentium: Features = { ...i486, tsc: true, msr: true, cx8: true, pse: true, apic: true };
const pentium2: Features = {
  ...pentium,
  pae: true,
  pge: true,
  cmov: true,
  sysenter: true,
  mmx: true,
  fxsr: true,
};
const pentium3: Features = { ...pentium2, sse: true };
const generic32: Features = { ...pentium3, sse2: true, sse3: true, clflush: true, popcnt: true, cx16: false };
const generic64: Features = { ...generic32, longMode: true, syscall: true, nx: true, cx16: true, lahf64: true, popcnt: false };

const core2: Features = { ...generic64, popcnt: false, ssse3: true };
const penryn: Features = { ...core2, sse41: true };
const nehalem: Features = { ...penryn, sse42: true, popcnt: true };
const westmere: Features = { ...nehalem, aes: true, pclmulqdq: true };
const sandyBridge: Features = { ...westmere, rdtscp: true, xsave: true, xsaveopt: true, avx: true };
const ivyBridge: Features = { ...sandyBridge, f16c: true, rdrand: true, fsgsbase: true, smep: true };
const haswell: Features = { ...ivyBridge, avx2: true, fma: true, bmi1: true, bmi2: true, lzcnt: true, movbe: true };

/** Whatever is there. */
const max: Features = {
  ...generic64,
  ssse3: true,
  sse41: true,
  sse42: true,
  popcnt: true,
  movbe: true,
  lzcnt: true,
  bmi1: true,
  bmi2: true,
  adx: true,
  xsave: true,
  xsaveopt: true,
  xsavec: true,
  avx: true,
  avx2: true,
  fma: true,
  f16c: true,
  aes: true,
  pclmulqdq: true,
  sha: true,
  rdrand: true,
  rdseed: true,
  fsgsbase: true,
  rdtscp: true,
  smep: true,
  smap: true,
  pdpe1gb: true,
};

const intel = { vendor: "GenuineIntel", stepping: 3 };

const core = (name: string, description: string, brand: string, features: Features, model: number, stepping = 3): X86Model => ({
  vendor: "GenuineIntel",
  name,
  description,
  features,
  family: 6,
  model,
  stepping,
  brand,
  physicalBits: 40,
});

export const models: readonly X86Model[] = [
  {
    ...intel,
    name: "qemu32",
    description: "Generic 32-bit CPU",
    features: generic32,
    family: 6,
    model: 6,
    brand: "tsemu Virtual CPU",
    physicalBits: 36,
  },
  { ...intel, name: "486", description: "Intel 486", features: i486, family: 4, model: 8, stepping: 0, brand: "", physicalBits: 32 },
  { ...intel, name: "pentium", description: "Intel Pentium", features: pentium, family: 5, model: 4, brand: "", physicalBits: 32 },
  {
    ...intel,
    name: "pentium2",
    description: "Intel Pentium II",
    features: pentium2,
    family: 6,
    model: 5,
    stepping: 2,
    brand: "",
    physicalBits: 36,
  },
  {
    ...intel,
    name: "pentium3",
    description: "Intel Pentium III",
    features: pentium3,
    family: 6,
    model: 7,
    brand: "",
    physicalBits: 36,
  },
  {
    name: "qemu64",
    description: "Generic 64-bit CPU",
    features: generic64,
    vendor: "AuthenticAMD",
    family: 15,
    model: 107,
    stepping: 1,
    brand: "tsemu Virtual CPU",
    physicalBits: 40,
  },
  core("core2duo", "Intel Core 2 Duo", "Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz", core2, 15, 11),
  core("Penryn", "Intel Core 2 Duo P9xxx (Penryn Class Core 2)", "Intel Core 2 Duo P9xxx (Penryn Class Core 2)", penryn, 23),
  core("Nehalem", "Intel Core i7 9xx (Nehalem Class Core i7)", "Intel Core i7 9xx (Nehalem Class Core i7)", nehalem, 26),
  core("Westmere", "Westmere E56xx/L56xx/X56xx (Nehalem-C)", "Westmere E56xx/L56xx/X56xx (Nehalem-C)", westmere, 44, 1),
  core("SandyBridge", "Intel Xeon E312xx (Sandy Bridge)", "Intel Xeon E312xx (Sandy Bridge)", sandyBridge, 42, 1),
  core("IvyBridge", "Intel Xeon E3-12xx v2 (Ivy Bridge)", "Intel Xeon E3-12xx v2 (Ivy Bridge)", ivyBridge, 58, 9),
  core("Haswell", "Intel Core Processor (Haswell)", "Intel Core Processor (Haswell)", haswell, 60, 4),
  {
    name: "max",
    description: "Enables all features that are there",
    features: max,
    vendor: "AuthenticAMD",
    family: 15,
    model: 107,
    stepping: 1,
    brand: "tsemu Virtual CPU",
    physicalBits: 40,
  },
];

/** The same for CPUs whose registers have 32 bits: none of them has long mode. */
const models32: readonly X86Model[] = models.map((model) =>
  model.features.longMode ? { ...model, features: { ...model.features, longMode: false } } : model,
);

export const modelsOf = (bits: 32 | 64): readonly X86Model[] => (bits === 64 ? models : models32);
