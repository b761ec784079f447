/** A32 media instructions: parallel arithmetic, packing, extension, saturation, reversal, bit fields (ARM DDI 0406C, A5.4), CLZ. */
import * as media from "../insns/media.ts";
import { parallel, parallelExchange, type ParallelKind, SEL, USAD8, USADA8 } from "../insns/parallel.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";
import { UDF } from "../insns/system.ts";

const rdnm = pcIn("rd", "rn", "rm");
const rdm = pcIn("rd", "rm");
const rdn = pcIn("rd", "rn");
const v6 = { needs: "v6" } as const;

const kinds: readonly (readonly [ParallelKind, string])[] = [
  ["S", "001"],
  ["Q", "010"],
  ["SH", "011"],
  ["U", "101"],
  ["UQ", "110"],
  ["UH", "111"],
];

/** Parallel additions and subtractions by their bits 22:20 and 7:5 (A5.4.1, A5.4.2); T32 has the same operations. */
const operations = [
  ["ADD16", "000", (kind: ParallelKind) => parallel(kind, 16, false)],
  ["ASX", "001", (kind: ParallelKind) => parallelExchange(kind, true)],
  ["SAX", "010", (kind: ParallelKind) => parallelExchange(kind, false)],
  ["SUB16", "011", (kind: ParallelKind) => parallel(kind, 16, true)],
  ["ADD8", "100", (kind: ParallelKind) => parallel(kind, 8, false)],
  ["SUB8", "111", (kind: ParallelKind) => parallel(kind, 8, true)],
] as const;

const parallelPattern = (op1: string, op2: string) =>
  `cond:4 0110 0${op1} rn:4 rd:4 1111 ${op2} 1 rm:4` as "cond:4 0110 0001 rn:4 rd:4 1111 000 1 rm:4";

const extensions: readonly (readonly [media.Extension, string])[] = [
  ["SB16", "000"],
  ["SB", "010"],
  ["SH", "011"],
  ["UB16", "100"],
  ["UB", "110"],
  ["UH", "111"],
];
const mnemonicOf = (extension: media.Extension, add: string): string => `${extension[0]}XT${add}${extension.slice(1)}`;
const addPattern = (op: string) =>
  `cond:4 0110 1${op} rn:4 rd:4 rotate:2 00 0111 rm:4` as "cond:4 0110 1000 rn:4 rd:4 rotate:2 00 0111 rm:4";
const extendPattern = (op: string) =>
  `cond:4 0110 1${op} 1111 rd:4 rotate:2 00 0111 rm:4` as "cond:4 0110 1000 1111 rd:4 rotate:2 00 0111 rm:4";

export const mediaRows: readonly ArmItem[] = [
  ...kinds.flatMap(([kind, op1]) =>
    operations.map(([operation, op2, execute]) =>
      insn(
        `${kind}${operation}`,
        parallelPattern(op1, op2),
        `${(kind + operation).toLowerCase()}{cond:c} {rd:r}, {rn:r}, {rm:r}`,
        execute(kind),
        {
          ...v6,
          except: rdnm,
        },
      ),
    ),
  ),
  insn("SEL", "cond:4 0110 1000 rn:4 rd:4 1111 1011 rm:4", "sel{cond:c} {rd:r}, {rn:r}, {rm:r}", SEL, { ...v6, except: rdnm }),
  insn("USAD8", "cond:4 0111 1000 rd:4 1111 rm:4 0001 rn:4", "usad8{cond:c} {rd:r}, {rn:r}, {rm:r}", USAD8, { ...v6, except: rdnm }),
  insn("USADA8", "cond:4 0111 1000 rd:4 ra:4 rm:4 0001 rn:4", "usada8{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", USADA8, {
    ...v6,
    except: pcIn("rd", "rn", "rm", "ra"),
  }),

  insn(
    "PKHBT",
    "cond:4 0110 1000 rn:4 rd:4 imm5:5 0 01 rm:4",
    "pkhbt{cond:c} {rd:r}, {rn:r}, {rm:r}{imm5:satshift}",
    (cpu, fields) => media.PKH(cpu, { ...fields, tb: 0 }),
    { ...v6, except: rdnm },
  ),
  insn(
    "PKHTB",
    "cond:4 0110 1000 rn:4 rd:4 imm5:5 1 01 rm:4",
    "pkhtb{cond:c} {rd:r}, {rn:r}, {rm:r}, asr {imm5:amount}",
    (cpu, fields) => media.PKH(cpu, { ...fields, tb: 1 }),
    { ...v6, except: rdnm },
  ),
  ...extensions.flatMap(([extension, op]) => [
    insn(
      mnemonicOf(extension, "A"),
      addPattern(op),
      `${mnemonicOf(extension, "A").toLowerCase()}{cond:c} {rd:r}, {rn:r}, {rm:r}{rotate:rotate}`,
      media.extendAndAdd(extension),
      { ...v6, except: rdnm },
    ),
    insn(
      mnemonicOf(extension, ""),
      extendPattern(op),
      `${mnemonicOf(extension, "").toLowerCase()}{cond:c} {rd:r}, {rm:r}{rotate:rotate}`,
      media.extend(extension),
      { ...v6, except: rdm },
    ),
  ]),
  insn(
    "SSAT",
    "cond:4 0110 101 sat:5 rd:4 imm5:5 sh:1 01 rn:4",
    "ssat{cond:c} {rd:r}, #{sat:plus1}, {rn:r}{imm5:satshift}",
    media.saturate(true),
    {
      ...v6,
      except: rdn,
    },
  ),
  insn(
    "USAT",
    "cond:4 0110 111 sat:5 rd:4 imm5:5 sh:1 01 rn:4",
    "usat{cond:c} {rd:r}, #{sat}, {rn:r}{imm5:satshift}",
    media.saturate(false),
    {
      ...v6,
      except: rdn,
    },
  ),
  insn("SSAT16", "cond:4 0110 1010 sat:4 rd:4 1111 0011 rn:4", "ssat16{cond:c} {rd:r}, #{sat:plus1}, {rn:r}", media.saturate16(true), {
    ...v6,
    except: rdn,
  }),
  insn("USAT16", "cond:4 0110 1110 sat:4 rd:4 1111 0011 rn:4", "usat16{cond:c} {rd:r}, #{sat}, {rn:r}", media.saturate16(false), {
    ...v6,
    except: rdn,
  }),
  insn("REV", "cond:4 0110 1011 1111 rd:4 1111 0011 rm:4", "rev{cond:c} {rd:r}, {rm:r}", media.REV, { ...v6, except: rdm }),
  insn("REV16", "cond:4 0110 1011 1111 rd:4 1111 1011 rm:4", "rev16{cond:c} {rd:r}, {rm:r}", media.REV16, { ...v6, except: rdm }),
  insn("REVSH", "cond:4 0110 1111 1111 rd:4 1111 1011 rm:4", "revsh{cond:c} {rd:r}, {rm:r}", media.REVSH, { ...v6, except: rdm }),
  insn("RBIT", "cond:4 0110 1111 1111 rd:4 1111 0011 rm:4", "rbit{cond:c} {rd:r}, {rm:r}", media.RBIT, { needs: "v6T2", except: rdm }),
  insn("BFC", "cond:4 0111 110 msb:5 rd:4 lsb:5 001 1111", "bfc{cond:c} {rd:r}, #{lsb}, {msb:width}", media.BFC, {
    needs: "v6T2",
    except: pcIn("rd"),
  }),
  insn("BFI", "cond:4 0111 110 msb:5 rd:4 lsb:5 001 rn:4", "bfi{cond:c} {rd:r}, {rn:r}, #{lsb}, {msb:width}", media.BFI, {
    needs: "v6T2",
    except: rdn,
  }),
  insn(
    "SBFX",
    "cond:4 0111 101 widthm1:5 rd:4 lsb:5 101 rn:4",
    "sbfx{cond:c} {rd:r}, {rn:r}, #{lsb}, #{widthm1:plus1}",
    media.bitFieldExtract(true),
    {
      needs: "v6T2",
      except: rdn,
    },
  ),
  insn(
    "UBFX",
    "cond:4 0111 111 widthm1:5 rd:4 lsb:5 101 rn:4",
    "ubfx{cond:c} {rd:r}, {rn:r}, #{lsb}, #{widthm1:plus1}",
    media.bitFieldExtract(false),
    {
      needs: "v6T2",
      except: rdn,
    },
  ),
  insn("UDF", "cond:4 0111 1111 imm:12 1111 imm:4", "udf{cond:c} #{imm}", UDF),
  insn("CLZ", "cond:4 0001 0110 1111 rd:4 1111 0001 rm:4", "clz{cond:c} {rd:r}, {rm:r}", media.CLZ, { except: rdm }),
];
