/** The state in which Linux runs programs. */
import * as bf from "../block-flags.ts";
import type { MipsCpu } from "../mips-cpu.ts";
import { STATUS } from "../system/cp0-bits.ts";

export interface UserModeOptions {
  readonly fr: 0 | 1;
  /** Unaligned loads and stores are completed, as the kernel does unless told otherwise. */
  readonly unaligned?: boolean;
}

export function enterUserMode(cpu: MipsCpu, { fr, unaligned = false }: UserModeOptions): void {
  const { features } = cpu.model;
  const user = bf.mode.user << STATUS.KSU_SHIFT;
  const wide = features.bits === 64 ? STATUS.UX | STATUS.PX : 0;
  cpu.hasUserLocal = true;
  cpu.extraFlags = unaligned ? bf.UNALIGNED : 0;
  cpu.setWord("hwrena", 0x2000_000f);
  cpu.setWord(
    "status",
    (user | wide | STATUS.IE | (features.fpu ? STATUS.CU1 | (fr === 1 ? STATUS.FR : 0) : 0) | (features.dsp > 0 ? STATUS.MX : 0)) >>> 0,
  );
  cpu.refreshFlags();
}
