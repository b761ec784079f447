/** T32 multiplies, divisions, and sums of absolute differences (ARM DDI 0406C, A6.3.16, A6.3.17). With Ra 15 there is no accumulator. */
import * as m from "../insns/multiply.ts";
import { USAD8, USADA8 } from "../insns/parallel.ts";
import { type ArmItem, given, insn, pcIn } from "../rows.ts";

const rdnm = pcIn("rd", "rn", "rm");
const rdnma = pcIn("rd", "rn", "rm", "ra");
const long = pcIn("rdLo", "rdHi", "rn", "rm");
const s0 = { s: 0 } as const;

const longPattern = (op: string) => `1111 1011 1${op} rn:4 rdLo:4 rdHi:4 0000 rm:4` as "1111 1011 1000 rn:4 rdLo:4 rdHi:4 0000 rm:4";

export const multiplyT32: readonly ArmItem[] = [
  insn("MLA", "1111 1011 0000 rn:4 ra:4 rd:4 0000 rm:4", "mla{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", given(s0, m.MLA), { except: rdnma }),
  insn("MUL", "1111 1011 0000 rn:4 1111 rd:4 0000 rm:4", "mul{:c}.w {rd:r}, {rn:r}, {rm:r}", given(s0, m.MUL), { except: rdnm }),
  insn("MLS", "1111 1011 0000 rn:4 ra:4 rd:4 0001 rm:4", "mls{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.MLS, { except: rdnma }),
  insn("SMLAxy", "1111 1011 0001 rn:4 ra:4 rd:4 00 n:1 m:1 rm:4", "smla{n:top}{m:top}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLAxy, {
    except: rdnma,
  }),
  insn("SMULxy", "1111 1011 0001 rn:4 1111 rd:4 00 n:1 m:1 rm:4", "smul{n:top}{m:top}{:c} {rd:r}, {rn:r}, {rm:r}", m.SMULxy, {
    except: rdnm,
  }),
  insn("SMLAD", "1111 1011 0010 rn:4 ra:4 rd:4 000 x:1 rm:4", "smlad{x:x}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLAD, { except: rdnma }),
  insn("SMUAD", "1111 1011 0010 rn:4 1111 rd:4 000 x:1 rm:4", "smuad{x:x}{:c} {rd:r}, {rn:r}, {rm:r}", m.SMUAD, { except: rdnm }),
  insn("SMLAWy", "1111 1011 0011 rn:4 ra:4 rd:4 000 m:1 rm:4", "smlaw{m:top}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLAWy, {
    except: rdnma,
  }),
  insn("SMULWy", "1111 1011 0011 rn:4 1111 rd:4 000 m:1 rm:4", "smulw{m:top}{:c} {rd:r}, {rn:r}, {rm:r}", m.SMULWy, { except: rdnm }),
  insn("SMLSD", "1111 1011 0100 rn:4 ra:4 rd:4 000 x:1 rm:4", "smlsd{x:x}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLSD, { except: rdnma }),
  insn("SMUSD", "1111 1011 0100 rn:4 1111 rd:4 000 x:1 rm:4", "smusd{x:x}{:c} {rd:r}, {rn:r}, {rm:r}", m.SMUSD, { except: rdnm }),
  insn("SMMLA", "1111 1011 0101 rn:4 ra:4 rd:4 000 r:1 rm:4", "smmla{r:rounded}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMMLA, {
    except: rdnma,
  }),
  insn("SMMUL", "1111 1011 0101 rn:4 1111 rd:4 000 r:1 rm:4", "smmul{r:rounded}{:c} {rd:r}, {rn:r}, {rm:r}", m.SMMUL, { except: rdnm }),
  insn("SMMLS", "1111 1011 0110 rn:4 ra:4 rd:4 000 r:1 rm:4", "smmls{r:rounded}{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMMLS, {
    except: rdnma,
  }),
  insn("USADA8", "1111 1011 0111 rn:4 ra:4 rd:4 0000 rm:4", "usada8{:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", USADA8, { except: rdnma }),
  insn("USAD8", "1111 1011 0111 rn:4 1111 rd:4 0000 rm:4", "usad8{:c} {rd:r}, {rn:r}, {rm:r}", USAD8, { except: rdnm }),
  ...(
    [
      ["SMULL", "000", m.longMultiply(true, false)],
      ["UMULL", "010", m.longMultiply(false, false)],
      ["SMLAL", "100", m.longMultiply(true, true)],
      ["UMLAL", "110", m.longMultiply(false, true)],
    ] as const
  ).map(([name, op, execute]) =>
    insn(name, longPattern(op), `${name.toLowerCase()}{:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}`, given(s0, execute), { except: long }),
  ),
  insn(
    "SMLALxy",
    "1111 1011 1100 rn:4 rdLo:4 rdHi:4 10 n:1 m:1 rm:4",
    "smlal{n:top}{m:top}{:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}",
    m.SMLALxy,
    {
      except: long,
    },
  ),
  insn(
    "SMLALD",
    "1111 1011 1100 rn:4 rdLo:4 rdHi:4 110 x:1 rm:4",
    "smlald{x:x}{:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}",
    m.dualLong(false),
    {
      except: long,
    },
  ),
  insn("SMLSLD", "1111 1011 1101 rn:4 rdLo:4 rdHi:4 110 x:1 rm:4", "smlsld{x:x}{:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}", m.dualLong(true), {
    except: long,
  }),
  insn("UMAAL", "1111 1011 1110 rn:4 rdLo:4 rdHi:4 0110 rm:4", "umaal{:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}", m.UMAAL, { except: long }),
  insn("SDIV", "1111 1011 1001 rn:4 1111 rd:4 1111 rm:4", "sdiv{:c} {rd:r}, {rn:r}, {rm:r}", m.SDIV, { needs: "divide", except: rdnm }),
  insn("UDIV", "1111 1011 1011 rn:4 1111 rd:4 1111 rm:4", "udiv{:c} {rd:r}, {rn:r}, {rm:r}", m.UDIV, { needs: "divide", except: rdnm }),
];
