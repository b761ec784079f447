/** A32 LDM and STM (ARM DDI 0406C, A5.5). */
import * as lsm from "../insns/load-store-multiple.ts";
import { type ArmItem, insn } from "../rows.ts";

export const loadStoreMultipleRows: readonly ArmItem[] = [
  insn("STM", "cond:4 100 p:1 u:1 0 w:1 0 rn:4 list:16", "stm{p:block}{cond:c} {rn:rw}, {list:list}", lsm.STM),
  insn("LDM", "cond:4 100 p:1 u:1 0 w:1 1 rn:4 list:16", "ldm{p:block}{cond:c} {rn:rw}, {list:list}", lsm.LDM),
  insn("STM_user", "cond:4 100 p:1 u:1 1 w:1 0 rn:4 list:16", "stm{p:block}{cond:c} {rn:rw}, {list:list}^", lsm.STM_user),
  insn("LDM_user", "cond:4 100 p:1 u:1 1 w:1 1 rn:4 0 list:15", "ldm{p:block}{cond:c} {rn:rw}, {list:list}^", lsm.LDM_user),
  insn("LDM_exc", "cond:4 100 p:1 u:1 1 w:1 1 rn:4 1 list:15", "ldm{p:block}{cond:c} {rn:rw}, {list:pclist}^", (cpu, fields) =>
    lsm.LDM_exceptionReturn(cpu, { ...fields, list: fields.list | 0x8000 }),
  ),
];
