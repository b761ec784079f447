/** What the auxiliary vector and /proc/cpuinfo say about a core (bits of Linux's asm/hwcap.h). */
import type { ArmModel, Features } from "../cpu-models.ts";

/** Names in the order of their bits. */
const names =
  "swp half thumb 26bit fastmult fpa vfp edsp java iwmmxt crunch thumbee neon vfpv3 vfpv3d16 tls vfpv4 idiva idivt vfpd32 lpae evtstrm".split(
    " ",
  );

const has: Readonly<Record<string, (f: Features) => boolean>> = {
  swp: (f) => !f.v8,
  half: () => true,
  thumb: () => true,
  fastmult: () => true,
  vfp: (f) => f.vfp > 0,
  edsp: () => true,
  java: (f) => f.jazelle,
  thumbee: (f) => f.thumbEE,
  neon: (f) => f.neon,
  vfpv3: (f) => f.vfp >= 3,
  vfpv3d16: (f) => f.vfp >= 3 && f.vfpRegisters === 16,
  tls: (f) => f.v6K,
  vfpv4: (f) => f.vfp >= 4,
  idiva: (f) => f.divide,
  idivt: (f) => f.divide,
  vfpd32: (f) => f.vfp > 0 && f.vfpRegisters === 32,
  lpae: (f) => f.lpae,
};

export const hwcapBits = (f: Features): number => names.reduce((bits, name, i) => (has[name]?.(f) === true ? bits | (1 << i) : bits), 0);

/** AT_PLATFORM: architecture and byte order. */
export const platform = (f: Features): string => (f.version === 5 ? "v5l" : f.version === 6 ? "v6l" : f.v8 ? "v8l" : "v7l");

export const machine = (f: Features): string => (f.version === 5 ? "armv5tejl" : f.version === 6 ? "armv6l" : "armv7l");

const architectures: Readonly<Record<number, string>> = { 5: "5TEJ", 6: "6TEJ", 7: "7" };

/** /proc/cpuinfo of one core. */
export function cpuInfo(model: ArmModel): string {
  const midr = model.id["midr"] ?? 0;
  const hex = (value: number, digits: number): string => `0x${(value >>> 0).toString(16).padStart(digits, "0")}`;
  const bits = hwcapBits(model.features);
  const rows: [string, string][] = [
    ["processor", "0"],
    ["model name", `${model.name} rev ${midr & 15} (${platform(model.features)})`],
    ["BogoMIPS", "100.00"],
    ["Features", names.filter((_, i) => (bits >>> i) & 1).join(" ")],
    ["CPU implementer", hex(midr >>> 24, 2)],
    ["CPU architecture", architectures[model.features.version]!],
    ["CPU variant", hex((midr >>> 20) & 15, 1)],
    ["CPU part", hex((midr >>> 4) & 0xfff, 3)],
    ["CPU revision", String(midr & 15)],
  ];
  const line = ([name, value]: [string, string]): string => `${name}${name.length < 8 ? "\t\t" : "\t"}: ${value}\n`;
  const machineRows: [string, string][] = [
    ["Hardware", "tsemu"],
    ["Revision", "0000"],
    ["Serial", "0000000000000000"],
  ];
  return `${rows.map(line).join("")}\n${machineRows.map(line).join("")}`;
}
