/** CPUID: Intel SDM vol. 2, AMD APM vol. 3 for the extended leaves. What it says is what the model has. */
import type { Features } from "../cpu-models.ts";
import { supportedComponents, xsaveBytes } from "../x87/xsave.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { CR4 } from "./bits.ts";

type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];
const none: Leaf = [0, 0, 0, 0];

const bits = (features: Features, places: readonly (readonly [feature: keyof Features, bit: number])[]): number =>
  places.reduce((sum, [feature, bit]) => (features[feature] ? sum | (1 << bit) : sum), 0);

const leaf1Edx: readonly (readonly [keyof Features, number])[] = [
  ["fpu", 0],
  ["pse", 3],
  ["tsc", 4],
  ["msr", 5],
  ["pae", 6],
  ["cx8", 8],
  ["apic", 9],
  ["sysenter", 11],
  ["pge", 13],
  ["cmov", 15],
  ["clflush", 19],
  ["mmx", 23],
  ["fxsr", 24],
  ["sse", 25],
  ["sse2", 26],
];
const leaf1Ecx: readonly (readonly [keyof Features, number])[] = [
  ["sse3", 0],
  ["pclmulqdq", 1],
  ["ssse3", 9],
  ["fma", 12],
  ["cx16", 13],
  ["pcid", 17],
  ["sse41", 19],
  ["sse42", 20],
  ["movbe", 22],
  ["popcnt", 23],
  ["aes", 25],
  ["xsave", 26],
  ["avx", 28],
  ["f16c", 29],
  ["rdrand", 30],
];
const leaf7Ebx: readonly (readonly [keyof Features, number])[] = [
  ["fsgsbase", 0],
  ["bmi1", 3],
  ["avx2", 5],
  ["smep", 7],
  ["bmi2", 8],
  ["rdseed", 18],
  ["adx", 19],
  ["smap", 20],
  ["sha", 29],
];
const extendedEdx: readonly (readonly [keyof Features, number])[] = [
  ["syscall", 11],
  ["nx", 20],
  ["pdpe1gb", 26],
  ["rdtscp", 27],
  ["longMode", 29],
  ["threeDNow", 31],
];
const extendedEcx: readonly (readonly [keyof Features, number])[] = [
  ["lahf64", 0],
  ["lzcnt", 5],
];

/** Paging, debug extensions, machine checks, MTRRs, PAT: without a feature of their own here. */
const VME_DE_MCE = (1 << 2) | (1 << 7);
const MTRR_MCA_PAT = (1 << 12) | (1 << 14) | (1 << 16);
const HYPERVISOR = 1 << 31;

const text = (s: string, at: number): number => {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = (value << 8) | (s.charCodeAt(at + i) || 0);
  return value;
};

const XSAVEOPT = 1;
/** XSAVEC, and XGETBV with ECX = 1. */
const XSAVEC = 6;
const AVX_COMPONENT: Leaf = [256, 576, 0, 0];

/** Leaf 0DH: the area of XSAVE. */
function extendedState(cpu: X86Cpu, subleaf: number): Leaf {
  const { xsaveopt, xsavec, avx } = cpu.model.features;
  const now = xsaveBytes(cpu.word("xcr0"));
  switch (subleaf) {
    case 0:
      return [supportedComponents(cpu), now, xsaveBytes(supportedComponents(cpu)), 0];
    case 1:
      return [(xsaveopt ? XSAVEOPT : 0) | (xsavec ? XSAVEC : 0), xsavec ? now : 0, 0, 0];
    default:
      return subleaf === 2 && avx ? AVX_COMPONENT : none;
  }
}

export function cpuid(cpu: X86Cpu, leaf: number, subleaf: number): Leaf {
  const { features: f, vendor, brand, physicalBits } = cpu.model;
  const highest = f.xsave ? 0xd : f.sse3 ? 7 : f.pae ? 2 : 1;
  const highestExtended = 0x8000_0008;
  // Beyond the highest leaf Intel's CPUs give what the highest basic one has.
  const asked = leaf >= 0x8000_0000 ? leaf : leaf >= 0x4000_0000 ? leaf : Math.min(leaf, highest);
  switch (asked) {
    case 0:
      return [highest, text(vendor, 0), text(vendor, 8), text(vendor, 4)];
    case 1: {
      const apicId = 0;
      let ecx = bits(f, leaf1Ecx) | HYPERVISOR;
      if ((cpu.word("cr4") & CR4.OSXSAVE) !== 0) ecx |= 1 << 27;
      if (!f.sse3) ecx = 0;
      const edx = bits(f, leaf1Edx) | (f.tsc ? VME_DE_MCE & ~2 : 0) | (f.pae ? MTRR_MCA_PAT : 0);
      return [cpu.signature(), (apicId << 24) | (1 << 16) | (f.clflush ? 8 << 8 : 0), ecx, edx];
    }
    case 2:
      return [1, 0, 0, 0x2c_307d];
    case 7:
      return subleaf === 0 ? [0, bits(f, leaf7Ebx), 0, 0] : none;
    case 0xd:
      return f.xsave ? extendedState(cpu, subleaf) : none;
    case 0x8000_0000:
      return [highestExtended, text(vendor, 0), text(vendor, 8), text(vendor, 4)];
    case 0x8000_0001: {
      // AMD's CPUs repeat most of leaf 1.
      const repeated = vendor === "AuthenticAMD" ? (bits(f, leaf1Edx) & 0x0183_f3ff) | (MTRR_MCA_PAT & 0x0183_f3ff) : 0;
      return [cpu.signature(), 0, bits(f, extendedEcx), repeated | bits(f, extendedEdx)];
    }
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const at = 16 * (asked - 0x8000_0002);
      return [text(brand, at), text(brand, at + 4), text(brand, at + 8), text(brand, at + 12)];
    }
    case 0x8000_0008:
      return [physicalBits | ((f.longMode ? 48 : 32) << 8), 0, 0, 0];
    default:
      return none;
  }
}
