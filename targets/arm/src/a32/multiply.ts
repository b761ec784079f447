/** A32 multiplies, saturating additions, divisions (ARM DDI 0406C, A5.2.5-A5.2.7, A5.4.4). */
import * as m from "../insns/multiply.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

const rdnm = pcIn("rd", "rn", "rm");
const rdnma = pcIn("rd", "rn", "rm", "ra");
const long = pcIn("rdLo", "rdHi", "rn", "rm");

const longPattern = (op: string) =>
  `cond:4 0000 1${op} s:1 rdHi:4 rdLo:4 rm:4 1001 rn:4` as "cond:4 0000 100 s:1 rdHi:4 rdLo:4 rm:4 1001 rn:4";
const saturatingPattern = (op: string) => `cond:4 0001 0${op}0 rn:4 rd:4 0000 0101 rm:4` as "cond:4 0001 0000 rn:4 rd:4 0000 0101 rm:4";

export const multiplyRows: readonly ArmItem[] = [
  insn("MUL", "cond:4 0000 000 s:1 rd:4 0000 rm:4 1001 rn:4", "mul{s:s}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.MUL, { except: rdnm }),
  insn("MLA", "cond:4 0000 001 s:1 rd:4 ra:4 rm:4 1001 rn:4", "mla{s:s}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.MLA, { except: rdnma }),
  insn("UMAAL", "cond:4 0000 0100 rdHi:4 rdLo:4 rm:4 1001 rn:4", "umaal{cond:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}", m.UMAAL, {
    needs: "v6",
    except: long,
  }),
  insn("MLS", "cond:4 0000 0110 rd:4 ra:4 rm:4 1001 rn:4", "mls{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.MLS, {
    needs: "v6T2",
    except: rdnma,
  }),
  ...(
    [
      ["UMULL", "00", m.longMultiply(false, false)],
      ["UMLAL", "01", m.longMultiply(false, true)],
      ["SMULL", "10", m.longMultiply(true, false)],
      ["SMLAL", "11", m.longMultiply(true, true)],
    ] as const
  ).map(([name, op, execute]) =>
    insn(name, longPattern(op), `${name.toLowerCase()}{s:s}{cond:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}`, execute, { except: long }),
  ),

  // Saturating addition and subtraction (A5.2.6).
  ...(
    [
      ["QADD", "00", m.saturatingAddition(false, false)],
      ["QSUB", "01", m.saturatingAddition(false, true)],
      ["QDADD", "10", m.saturatingAddition(true, false)],
      ["QDSUB", "11", m.saturatingAddition(true, true)],
    ] as const
  ).map(([name, op, execute]) =>
    insn(name, saturatingPattern(op), `${name.toLowerCase()}{cond:c} {rd:r}, {rm:r}, {rn:r}`, execute, { except: rdnm }),
  ),

  // Halfword multiplies (A5.2.7).
  insn(
    "SMLAxy",
    "cond:4 0001 0000 rd:4 ra:4 rm:4 1 m:1 n:1 0 rn:4",
    "smla{n:top}{m:top}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}",
    m.SMLAxy,
    {
      except: rdnma,
    },
  ),
  insn("SMLAWy", "cond:4 0001 0010 rd:4 ra:4 rm:4 1 m:1 00 rn:4", "smlaw{m:top}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLAWy, {
    except: rdnma,
  }),
  insn("SMULWy", "cond:4 0001 0010 rd:4 0000 rm:4 1 m:1 10 rn:4", "smulw{m:top}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SMULWy, {
    except: rdnm,
  }),
  insn(
    "SMLALxy",
    "cond:4 0001 0100 rdHi:4 rdLo:4 rm:4 1 m:1 n:1 0 rn:4",
    "smlal{n:top}{m:top}{cond:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}",
    m.SMLALxy,
    { except: long },
  ),
  insn("SMULxy", "cond:4 0001 0110 rd:4 0000 rm:4 1 m:1 n:1 0 rn:4", "smul{n:top}{m:top}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SMULxy, {
    except: rdnm,
  }),

  // Signed multiplies of two halfwords, and most significant words (A5.4.4). With Ra 15 there is no accumulator.
  insn("SMLAD", "cond:4 0111 0000 rd:4 ra:4 rm:4 00 x:1 1 rn:4", "smlad{x:x}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLAD, {
    needs: "v6",
    except: rdnma,
  }),
  insn("SMUAD", "cond:4 0111 0000 rd:4 1111 rm:4 00 x:1 1 rn:4", "smuad{x:x}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SMUAD, {
    needs: "v6",
    except: rdnm,
  }),
  insn("SMLSD", "cond:4 0111 0000 rd:4 ra:4 rm:4 01 x:1 1 rn:4", "smlsd{x:x}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMLSD, {
    needs: "v6",
    except: rdnma,
  }),
  insn("SMUSD", "cond:4 0111 0000 rd:4 1111 rm:4 01 x:1 1 rn:4", "smusd{x:x}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SMUSD, {
    needs: "v6",
    except: rdnm,
  }),
  insn(
    "SMLALD",
    "cond:4 0111 0100 rdHi:4 rdLo:4 rm:4 00 x:1 1 rn:4",
    "smlald{x:x}{cond:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}",
    m.dualLong(false),
    {
      needs: "v6",
      except: long,
    },
  ),
  insn(
    "SMLSLD",
    "cond:4 0111 0100 rdHi:4 rdLo:4 rm:4 01 x:1 1 rn:4",
    "smlsld{x:x}{cond:c} {rdLo:r}, {rdHi:r}, {rn:r}, {rm:r}",
    m.dualLong(true),
    {
      needs: "v6",
      except: long,
    },
  ),
  insn("SMMLA", "cond:4 0111 0101 rd:4 ra:4 rm:4 00 r:1 1 rn:4", "smmla{r:rounded}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMMLA, {
    needs: "v6",
    except: rdnma,
  }),
  insn("SMMUL", "cond:4 0111 0101 rd:4 1111 rm:4 00 r:1 1 rn:4", "smmul{r:rounded}{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SMMUL, {
    needs: "v6",
    except: rdnm,
  }),
  insn("SMMLS", "cond:4 0111 0101 rd:4 ra:4 rm:4 11 r:1 1 rn:4", "smmls{r:rounded}{cond:c} {rd:r}, {rn:r}, {rm:r}, {ra:r}", m.SMMLS, {
    needs: "v6",
    except: rdnma,
  }),
  insn("SDIV", "cond:4 0111 0001 rd:4 1111 rm:4 0001 rn:4", "sdiv{cond:c} {rd:r}, {rn:r}, {rm:r}", m.SDIV, {
    needs: "divide",
    except: rdnm,
  }),
  insn("UDIV", "cond:4 0111 0011 rd:4 1111 rm:4 0001 rn:4", "udiv{cond:c} {rd:r}, {rn:r}, {rm:r}", m.UDIV, {
    needs: "divide",
    except: rdnm,
  }),
];
