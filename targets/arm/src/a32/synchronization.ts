/** A32 LDREX, STREX and SWP (ARM DDI 0406C, A5.2.10). */
import { byte, word } from "../insns/load-store.ts";
import * as sync from "../insns/synchronization.ts";
import { type ArmItem, insn, pcIn } from "../rows.ts";

const v6K = { needs: "v6K" } as const;
const loadPC = pcIn("rt", "rn");
const storePC = pcIn("rd", "rt", "rn");
/** LDREXD and STREXD name the first of an even pair. R14 would make the second one PC. */
const oddPair = { rt: [1, 3, 5, 7, 9, 11, 13, 14, 15] };

export const synchronizationRows: readonly ArmItem[] = [
  insn("SWP", "cond:4 0001 0000 rn:4 rt:4 0000 1001 rt2:4", "swp{cond:c} {rt:r}, {rt2:r}, [{rn:r}]", sync.swap(word), {
    except: pcIn("rn", "rt", "rt2"),
  }),
  insn("SWPB", "cond:4 0001 0100 rn:4 rt:4 0000 1001 rt2:4", "swpb{cond:c} {rt:r}, {rt2:r}, [{rn:r}]", sync.swap(byte), {
    except: pcIn("rn", "rt", "rt2"),
  }),
  insn("STREX", "cond:4 0001 1000 rn:4 rd:4 1111 1001 rt:4", "strex{cond:c} {rd:r}, {rt:r}, [{rn:r}]", sync.storeExclusive(4), {
    needs: "v6",
    except: storePC,
  }),
  insn("LDREX", "cond:4 0001 1001 rn:4 rt:4 1111 1001 1111", "ldrex{cond:c} {rt:r}, [{rn:r}]", sync.loadExclusive(4), {
    needs: "v6",
    except: loadPC,
  }),
  insn(
    "STREXD",
    "cond:4 0001 1010 rn:4 rd:4 1111 1001 rt:4",
    "strexd{cond:c} {rd:r}, {rt:r}, {rt:next}, [{rn:r}]",
    (cpu, fields) => sync.STREXD(cpu, { ...fields, rt2: fields.rt + 1 }),
    { ...v6K, except: [...pcIn("rd", "rn"), oddPair] },
  ),
  insn(
    "LDREXD",
    "cond:4 0001 1011 rn:4 rt:4 1111 1001 1111",
    "ldrexd{cond:c} {rt:r}, {rt:next}, [{rn:r}]",
    (cpu, fields) => sync.LDREXD(cpu, { ...fields, rt2: fields.rt + 1 }),
    { ...v6K, except: [...pcIn("rn"), oddPair] },
  ),
  insn("STREXB", "cond:4 0001 1100 rn:4 rd:4 1111 1001 rt:4", "strexb{cond:c} {rd:r}, {rt:r}, [{rn:r}]", sync.storeExclusive(1), {
    ...v6K,
    except: storePC,
  }),
  insn("LDREXB", "cond:4 0001 1101 rn:4 rt:4 1111 1001 1111", "ldrexb{cond:c} {rt:r}, [{rn:r}]", sync.loadExclusive(1), {
    ...v6K,
    except: loadPC,
  }),
  insn("STREXH", "cond:4 0001 1110 rn:4 rd:4 1111 1001 rt:4", "strexh{cond:c} {rd:r}, {rt:r}, [{rn:r}]", sync.storeExclusive(2), {
    ...v6K,
    except: storePC,
  }),
  insn("LDREXH", "cond:4 0001 1111 rn:4 rt:4 1111 1001 1111", "ldrexh{cond:c} {rt:r}, [{rn:r}]", sync.loadExclusive(2), {
    ...v6K,
    except: loadPC,
  }),
];
