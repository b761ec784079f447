/** T32 load- and store-exclusive (ARM DDI 0406C, A6.3.6). */
import * as sync from "../insns/synchronization.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

export const synchronizationT32: readonly ArmItem[] = [
  insn(
    "STREX",
    "1110 1000 0100 rn:4 rt:4 rd:4 imm8:8",
    "strex{:c} {rd:r}, {rt:r}, {imm8:wordaddr}",
    (cpu, f) => sync.storeExclusive(4)(cpu, { ...f, imm: 4 * f.imm8 }),
    { except: pcIn("rn", "rt", "rd") },
  ),
  insn(
    "LDREX",
    "1110 1000 0101 rn:4 rt:4 1111 imm8:8",
    "ldrex{:c} {rt:r}, {imm8:wordaddr}",
    (cpu, f) => sync.loadExclusive(4)(cpu, { ...f, imm: 4 * f.imm8 }),
    { except: pcIn("rn", "rt") },
  ),
  insn("STREXB", "1110 1000 1100 rn:4 rt:4 1111 0100 rd:4", "strexb{:c} {rd:r}, {rt:r}, [{rn:r}]", sync.storeExclusive(1), {
    except: pcIn("rn", "rt", "rd"),
  }),
  insn("STREXH", "1110 1000 1100 rn:4 rt:4 1111 0101 rd:4", "strexh{:c} {rd:r}, {rt:r}, [{rn:r}]", sync.storeExclusive(2), {
    except: pcIn("rn", "rt", "rd"),
  }),
  insn("STREXD", "1110 1000 1100 rn:4 rt:4 rt2:4 0111 rd:4", "strexd{:c} {rd:r}, {rt:r}, {rt2:r}, [{rn:r}]", sync.STREXD, {
    except: pcIn("rn", "rt", "rt2", "rd"),
  }),
  insn("LDREXB", "1110 1000 1101 rn:4 rt:4 1111 0100 1111", "ldrexb{:c} {rt:r}, [{rn:r}]", sync.loadExclusive(1), {
    except: pcIn("rn", "rt"),
  }),
  insn("LDREXH", "1110 1000 1101 rn:4 rt:4 1111 0101 1111", "ldrexh{:c} {rt:r}, [{rn:r}]", sync.loadExclusive(2), {
    except: pcIn("rn", "rt"),
  }),
  insn("LDREXD", "1110 1000 1101 rn:4 rt:4 rt2:4 0111 1111", "ldrexd{:c} {rt:r}, {rt2:r}, [{rn:r}]", sync.LDREXD, {
    except: pcIn("rn", "rt", "rt2"),
  }),
];
