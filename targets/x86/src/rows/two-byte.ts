/** Opcodes with 0F: Intel SDM vol. 2, table A-3, without the vector instructions. */
import { group, op, type X86Row } from "../decode/row.ts";
import * as a from "../insns/arithmetic.ts";
import * as b from "../insns/bit.ts";
import * as c from "../insns/control.ts";
import * as d from "../insns/data.ts";
import * as sg from "../insns/segment.ts";
import * as sh from "../insns/shift.ts";
import * as st from "../insns/stack.ts";
import * as sys from "../insns/system.ts";
import { seg } from "../state.ts";
import { conditions } from "./one-byte.ts";

const lock = { lock: true } as const;
const d64 = { size64: "d64" } as const;
const f64 = { size64: "f64" } as const;
const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, "0");

export const twoByteRows: readonly X86Row[] = [
  ...group("0F 00", "Ev", [
    ["SLDT", sg.SLDT],
    ["STR", sg.STR],
    ["LLDT", sg.LLDT],
    ["LTR", sg.LTR],
    ["VERR", sg.VERR],
    ["VERW", sg.VERW],
  ]),
  ...op("0F 01 /0", "SGDT", "Ms", sg.SGDT),
  ...op("0F 01 /1", "SIDT", "Ms", sg.SIDT),
  ...op("0F 01 /2", "LGDT", "Ms", sg.LGDT),
  ...op("0F 01 /3", "LIDT", "Ms", sg.LIDT),
  ...op("0F 01 /4", "SMSW", "Ev", sg.SMSW),
  ...op("0F 01 /6", "LMSW", "Ew", sg.LMSW),
  ...op("0F 01 /7", "INVLPG", "Mb", sys.INVLPG),
  ...op("0F 01 /1 reg rm=2", "CLAC", "", sys.setAc(false), { needs: "smap" }),
  ...op("0F 01 /1 reg rm=3", "STAC", "", sys.setAc(true), { needs: "smap" }),
  ...op("0F 01 /7 reg rm=0", "SWAPGS", "", sys.SWAPGS, { mode: "o64" }),
  ...op("0F 01 /7 reg rm=1", "RDTSCP", "", sys.RDTSCP, { needs: "rdtscp" }),
  ...op("0F 02", "LAR", "Gv,Ew", sg.LAR),
  ...op("0F 03", "LSL", "Gv,Ew", sg.LSL),
  ...op("0F 05", "SYSCALL", "", c.SYSCALL, { needs: "syscall" }),
  ...op("0F 06", "CLTS", "", sys.CLTS),
  ...op("0F 07", "SYSRET", "", c.SYSRET, { needs: "syscall" }),
  ...op("0F 08", "INVD", "", sys.WBINVD),
  ...op("0F 09", "WBINVD", "", sys.WBINVD),
  ...op("0F 0B", "UD2", "", c.UD),
  ...op("0F 0D", "PREFETCHW", "Mb", d.NOP),
  // Hints, prefetches and ENDBR among them.
  ...Array.from({ length: 8 }, (_, n) => op(`0F ${hex(0x18 + n)}`, "NOP", "Ev", d.NOP)).flat(),
  ...op("0F 20", "MOV", "Ry,C-", sys.MOV_FROM_CR, f64),
  ...op("0F 21", "MOV", "Ry,D-", sys.MOV_FROM_DR, f64),
  ...op("0F 22", "MOV", "C-,Ry", sys.MOV_TO_CR, f64),
  ...op("0F 23", "MOV", "D-,Ry", sys.MOV_TO_DR, f64),
  ...op("0F 30", "WRMSR", "", sys.WRMSR, { needs: "msr" }),
  ...op("0F 31", "RDTSC", "", sys.RDTSC, { needs: "tsc" }),
  ...op("0F 32", "RDMSR", "", sys.RDMSR, { needs: "msr" }),
  ...op("0F 33", "RDPMC", "", sys.RDPMC, { needs: "cmov" }),
  ...op("0F 34", "SYSENTER", "", c.SYSENTER, { needs: "sysenter" }),
  ...op("0F 35", "SYSEXIT", "", c.SYSEXIT, { needs: "sysenter" }),
  ...conditions.flatMap((name, n) => op(`0F ${hex(0x40 + n)}`, `CMOV${name}`, "Gv,Ev", d.CMOV(n), { needs: "cmov" })),
  ...conditions.flatMap((name, n) => op(`0F ${hex(0x80 + n)}`, `J${name}`, "Jz", c.JCC(n), f64)),
  ...conditions.flatMap((name, n) => op(`0F ${hex(0x90 + n)}`, `SET${name}`, "Eb", d.SETCC(n))),
  ...op("0F A0", "PUSH", "FS", st.PUSH, d64),
  ...op("0F A1", "POP", "FS", st.POP, d64),
  ...op("0F A2", "CPUID", "", sys.CPUID),
  ...op("0F A3", "BT", "Ev,Gv", b.bitTest("test")),
  ...op("0F A4", "SHLD", "Ev,Gv,Ib", sh.SHLD),
  ...op("0F A5", "SHLD", "Ev,Gv,CL", sh.SHLD),
  ...op("0F A8", "PUSH", "GS", st.PUSH, d64),
  ...op("0F A9", "POP", "GS", st.POP, d64),
  ...op("0F AA", "RSM", "", sys.RSM),
  ...op("0F AB", "BTS", "Ev,Gv", b.bitTest("set"), lock),
  ...op("0F AC", "SHRD", "Ev,Gv,Ib", sh.SHRD),
  ...op("0F AD", "SHRD", "Ev,Gv,CL", sh.SHRD),
  ...op("0F AF", "IMUL", "Gv,Ev", a.IMUL),
  ...op("0F B0", "CMPXCHG", "Eb,Gb", a.CMPXCHG, lock),
  ...op("0F B1", "CMPXCHG", "Ev,Gv", a.CMPXCHG, lock),
  ...op("0F B2", "LSS", "Gv,Mp", sg.loadFarPointer(seg.SS)),
  ...op("0F B3", "BTR", "Ev,Gv", b.bitTest("reset"), lock),
  ...op("0F B4", "LFS", "Gv,Mp", sg.loadFarPointer(seg.FS)),
  ...op("0F B5", "LGS", "Gv,Mp", sg.loadFarPointer(seg.GS)),
  ...op("0F B6", "MOVZX", "Gv,Eb", d.MOVZX),
  ...op("0F B7", "MOVZX", "Gv,Ew", d.MOVZX),
  ...op("F3 0F B8", "POPCNT", "Gv,Ev", b.POPCNT, { needs: "popcnt" }),
  ...op("0F B9", "UD1", "Gv,Ev", c.UD),
  ...op("0F BA /4", "BT", "Ev,Ib", b.bitTest("test")),
  ...op("0F BA /5", "BTS", "Ev,Ib", b.bitTest("set"), lock),
  ...op("0F BA /6", "BTR", "Ev,Ib", b.bitTest("reset"), lock),
  ...op("0F BA /7", "BTC", "Ev,Ib", b.bitTest("complement"), lock),
  ...op("0F BB", "BTC", "Ev,Gv", b.bitTest("complement"), lock),
  ...op("0F BC", "BSF", "Gv,Ev", b.bitScan(false)),
  ...op("F3 0F BC", "TZCNT", "Gv,Ev", b.countZeros(false), { needs: "bmi1" }),
  ...op("0F BD", "BSR", "Gv,Ev", b.bitScan(true)),
  ...op("F3 0F BD", "LZCNT", "Gv,Ev", b.countZeros(true), { needs: "lzcnt" }),
  ...op("0F BE", "MOVSX", "Gv,Eb", d.MOVSX),
  ...op("0F BF", "MOVSX", "Gv,Ew", d.MOVSX),
  ...op("0F C0", "XADD", "Eb,Gb", a.XADD, lock),
  ...op("0F C1", "XADD", "Ev,Gv", a.XADD, lock),
  ...op("NP 0F C3", "MOVNTI", "My,Gy", d.MOV, { needs: "sse2" }),
  ...op("0F C7 /1", "CMPXCHG8B", "M-", b.CMPXCHG8B, { ...lock, needs: "cx8" }),
  ...op("0F C7 /6 reg", "RDRAND", "Rv", sys.RDRAND, { needs: "rdrand" }),
  ...op("0F C7 /7 reg", "RDSEED", "Rv", sys.RDRAND, { needs: "rdseed" }),
  ...op("0F C8+r", "BSWAP", "Zv", d.BSWAP),
  ...op("0F FF", "UD0", "Gv,Ev", c.UD),
  ...op("F3 0F AE /0 reg", "RDFSBASE", "Ry", sys.readBase(seg.FS), { mode: "o64", needs: "fsgsbase" }),
  ...op("F3 0F AE /1 reg", "RDGSBASE", "Ry", sys.readBase(seg.GS), { mode: "o64", needs: "fsgsbase" }),
  ...op("F3 0F AE /2 reg", "WRFSBASE", "Ry", sys.writeBase(seg.FS), { mode: "o64", needs: "fsgsbase" }),
  ...op("F3 0F AE /3 reg", "WRGSBASE", "Ry", sys.writeBase(seg.GS), { mode: "o64", needs: "fsgsbase" }),
  // Fences order nothing here: there is one CPU.
  ...op("NP 0F AE /5 reg", "LFENCE", "", d.NOP, { needs: "sse2" }),
  ...op("NP 0F AE /6 reg", "MFENCE", "", d.NOP, { needs: "sse2" }),
  ...op("NP 0F AE /7 reg", "SFENCE", "", d.NOP, { needs: "sse" }),
  ...op("NP 0F AE /7 mem", "CLFLUSH", "Mb", b.touch, { needs: "clflush" }),
];

export const threeByteRows: readonly X86Row[] = [
  ...op("0F 38 F0", "MOVBE", "Gv,Mv", d.MOVBE, { needs: "movbe" }),
  ...op("0F 38 F1", "MOVBE", "Mv,Gv", d.MOVBE, { needs: "movbe" }),
  ...op("F2 0F 38 F0", "CRC32", "Gy,Eb", b.CRC32, { needs: "sse42" }),
  ...op("F2 0F 38 F1", "CRC32", "Gy,Ev", b.CRC32, { needs: "sse42" }),
  ...op("66 0F 38 F6", "ADCX", "Gy,Ey", a.ADCX, { needs: "adx" }),
  ...op("F3 0F 38 F6", "ADOX", "Gy,Ey", a.ADOX, { needs: "adx" }),
];
