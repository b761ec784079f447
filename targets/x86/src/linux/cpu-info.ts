/** /proc/cpuinfo: what CPUID says, by the names that Linux has for it (arch/x86/include/asm/cpufeatures.h), in its order. */
import { cpuid } from "../system/cpuid.ts";
import type { X86Cpu } from "../x86-cpu.ts";

/** A leaf, a register of its result (EAX, EBX, ECX, EDX), then names of bits by their numbers, where it has those names; the subleaf, if it is not 0. */
type Names = readonly [leaf: number, register: 0 | 1 | 2 | 3, names: string, subleaf?: number];

const names: readonly Names[] = [
  [
    1,
    3,
    `0 fpu vme de pse tsc msr pae mce cx8 apic 11 sep mtrr pge mca cmov pat pse36 pn clflush 21 dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe`,
  ],
  [0x8000_0001, 3, "11 syscall 19 mp nx 22 mmxext 25 fxsr_opt pdpe1gb rdtscp 29 lm 3dnowext 3dnow"],
  [
    1,
    2,
    `0 pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm 17 pcid dca sse4_1 sse4_2 x2apic movbe popcnt
    tsc_deadline_timer aes xsave 28 avx f16c rdrand hypervisor`,
  ],
  [0x8000_0001, 2, "0 lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw"],
  [7, 1, "0 fsgsbase tsc_adjust 3 bmi1 hle avx2 7 smep bmi2 erms invpcid rtm 18 rdseed adx smap 23 clflushopt clwb 29 sha_ni"],
  [0xd, 0, "0 xsaveopt xsavec xgetbv1 xsaves", 1],
];

function flagsOf(cpu: X86Cpu): string {
  const flags: string[] = [];
  for (const [leaf, register, list, subleaf = 0] of names) {
    const bits = cpuid(cpu, leaf, subleaf)[register];
    let bit = 0;
    for (const word of list.trim().split(/\s+/)) {
      // The number of the next name's bit.
      if (/^\d+$/.test(word)) bit = Number(word);
      else if (((bits >>> bit++) & 1) !== 0) flags.push(word);
    }
  }
  return flags.join(" ");
}

export function cpuInfo(cpu: X86Cpu, bits: 32 | 64): string {
  const { model } = cpu;
  const { features } = model;
  const yes = (has: boolean): string => (has ? "yes" : "no");
  const line = features.clflush ? 64 : 32;
  const rows: [string, string | number][] = [
    ["processor\t", 0],
    ["vendor_id\t", model.vendor],
    ["cpu family\t", model.family],
    ["model\t\t", model.model],
    ["model name\t", model.brand === "" ? model.description : model.brand.trimStart()],
    ["stepping\t", model.stepping],
    ["physical id\t", 0],
    ["siblings\t", 1],
    ["core id\t\t", 0],
    ["cpu cores\t", 1],
    ["apicid\t\t", 0],
    ["initial apicid\t", 0],
    ...(bits === 32
      ? ([
          ["fdiv_bug\t", "no"],
          ["f00f_bug\t", "no"],
          ["coma_bug\t", "no"],
        ] as [string, string][])
      : []),
    ["fpu\t\t", yes(features.fpu)],
    ["fpu_exception\t", yes(features.fpu)],
    ["cpuid level\t", cpuid(cpu, 0, 0)[0]],
    ["wp\t\t", "yes"],
    ["flags\t\t", flagsOf(cpu)],
    ["bugs\t\t", ""],
    ["clflush size\t", line],
    ["cache_alignment\t", line],
    ["address sizes\t", `${model.physicalBits} bits physical, ${features.longMode ? 48 : 32} bits virtual`],
    ["power management", ""],
  ];
  return `${rows.map(([key, value]) => `${key}:${key === "power management" ? "" : " "}${value}\n`).join("")}\n`;
}
