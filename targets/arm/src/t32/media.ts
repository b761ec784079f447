/** T32 extension, parallel arithmetic, and what else takes registers only (ARM DDI 0406C, A6.3.12-A6.3.15). */
import * as media from "../insns/media.ts";
import { saturatingAddition } from "../insns/multiply.ts";
import { parallel, parallelExchange, type ParallelKind, SEL } from "../insns/parallel.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

const rdnm = pcIn("rd", "rn", "rm");
const rdm = pcIn("rd", "rm");

const extensions: readonly (readonly [media.Extension, string])[] = [
  ["SH", "000"],
  ["UH", "001"],
  ["SB16", "010"],
  ["UB16", "011"],
  ["SB", "100"],
  ["UB", "101"],
];
const addPattern = (op: string) => `1111 1010 0${op} rn:4 1111 rd:4 10 rotate:2 rm:4` as "1111 1010 0000 rn:4 1111 rd:4 10 rotate:2 rm:4";
const extendPattern = (op: string) =>
  `1111 1010 0${op} 1111 1111 rd:4 10 rotate:2 rm:4` as "1111 1010 0000 1111 1111 rd:4 10 rotate:2 rm:4";

const kinds: readonly (readonly [ParallelKind, string])[] = [
  ["S", "000"],
  ["Q", "001"],
  ["SH", "010"],
  ["U", "100"],
  ["UQ", "101"],
  ["UH", "110"],
];
const operations = [
  ["ADD8", "000", (kind: ParallelKind) => parallel(kind, 8, false)],
  ["ADD16", "001", (kind: ParallelKind) => parallel(kind, 16, false)],
  ["ASX", "010", (kind: ParallelKind) => parallelExchange(kind, true)],
  ["SUB8", "100", (kind: ParallelKind) => parallel(kind, 8, true)],
  ["SUB16", "101", (kind: ParallelKind) => parallel(kind, 16, true)],
  ["SAX", "110", (kind: ParallelKind) => parallelExchange(kind, false)],
] as const;
const threePattern = (op1: string, op2: string) =>
  `1111 1010 1${op1} rn:4 1111 rd:4 ${op2} rm:4` as "1111 1010 1000 rn:4 1111 rd:4 0000 rm:4";
/** Rm stands in the place of Rn too; if they differ it is UNPREDICTABLE, and Rm counts, as in QEMU. */
const twoPattern = (op1: string, op2: string) =>
  `1111 1010 1${op1} ---- 1111 rd:4 ${op2} rm:4` as "1111 1010 1001 ---- 1111 rd:4 1000 rm:4";

export const mediaT32: readonly ArmItem[] = [
  ...extensions.flatMap(([extension, op]) => {
    const mnemonic = (add: string): string => `${extension[0]}XT${add}${extension.slice(1)}`;
    const wide = extension.endsWith("16") ? "" : ".w";
    return [
      insn(
        mnemonic("A"),
        addPattern(op),
        `${mnemonic("A").toLowerCase()}{:c} {rd:r}, {rn:r}, {rm:r}{rotate:rotate}`,
        media.extendAndAdd(extension),
        {
          except: rdnm,
        },
      ),
      insn(
        mnemonic(""),
        extendPattern(op),
        `${mnemonic("").toLowerCase()}{:c}${wide} {rd:r}, {rm:r}{rotate:rotate}`,
        media.extend(extension),
        {
          except: rdm,
        },
      ),
    ];
  }),
  ...kinds.flatMap(([kind, op2]) =>
    operations.map(([operation, op1, execute]) =>
      insn(
        `${kind}${operation}`,
        threePattern(op1, `0${op2}`),
        `${(kind + operation).toLowerCase()}{:c} {rd:r}, {rn:r}, {rm:r}`,
        execute(kind),
        {
          except: rdnm,
        },
      ),
    ),
  ),
  ...(
    [
      ["QADD", "1000", saturatingAddition(false, false)],
      ["QDADD", "1001", saturatingAddition(true, false)],
      ["QSUB", "1010", saturatingAddition(false, true)],
      ["QDSUB", "1011", saturatingAddition(true, true)],
    ] as const
  ).map(([name, op2, execute]) =>
    insn(name, threePattern("000", op2), `${name.toLowerCase()}{:c} {rd:r}, {rm:r}, {rn:r}`, execute, { except: rdnm }),
  ),
  insn("SEL", threePattern("010", "1000"), "sel{:c} {rd:r}, {rn:r}, {rm:r}", SEL, { except: rdnm }),
  insn("REV", twoPattern("001", "1000"), "rev{:c}.w {rd:r}, {rm:r}", media.REV, { except: rdm }),
  insn("REV16", twoPattern("001", "1001"), "rev16{:c}.w {rd:r}, {rm:r}", media.REV16, { except: rdm }),
  insn("RBIT", twoPattern("001", "1010"), "rbit{:c} {rd:r}, {rm:r}", media.RBIT, { except: rdm }),
  insn("REVSH", twoPattern("001", "1011"), "revsh{:c}.w {rd:r}, {rm:r}", media.REVSH, { except: rdm }),
  insn("CLZ", twoPattern("011", "1000"), "clz{:c} {rd:r}, {rm:r}", media.CLZ, { except: rdm }),
];
