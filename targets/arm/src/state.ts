/**
 * Guest state of an ARM CPU (ARM DDI 0406C, B1.3). r0..r14 are those of the current mode; the others lie in the banked
 * slots and are exchanged when the mode changes. T, ITSTATE and what else steers translation are in `flags` (see block-flags.ts),
 * the condition flags each have their own slot, and `cpsr` holds the rest.
 */
import { type Slot, StateLayoutBuilder } from "@tsemu/ir";

const b = new StateLayoutBuilder();

/** Address of the instruction that comes next; between instructions of a block only the exits bring it up to date. */
export const pc = b.slot("pc", "i32");
b.slot("pc_high", "i32");
/** Block flags; see block-flags.ts. */
export const flags = b.slot("flags", "i32");
/** r0..r14. */
export const r: readonly Slot[] = b.array("r", "i32", 15);

/** N and Z: N is the sign of `nf`, the high word; Z is set where `zf`, the low word, is 0. A 32-bit result sets both, sign-extended. */
export const nz = b.slot("nz", "i64");
export const zf = b.view("zf", "i32", nz.offset);
export const nf = b.view("nf", "i32", nz.offset + 4);
/** C: 0 or 1. */
export const cf = b.slot("cf", "i32");
/** V: its sign bit. */
export const vf = b.slot("vf", "i32");
/** Q: 0 or 1. */
export const qf = b.slot("qf", "i32");
/** GE[3:0]: 0..15. */
export const ge = b.slot("ge", "i32");
/** CPSR without N Z C V Q GE T IT: mode, F, I, A, E, J. */
export const cpsr = b.slot("cpsr", "i32");

/** Banked registers of the modes that are not current (B1.3.2). User's serve System too. */
export const banked = {
  r8_usr: b.array("r8_12_usr_", "i32", 5),
  r8_fiq: b.array("r8_12_fiq_", "i32", 5),
  sp: {
    usr: b.slot("sp_usr", "i32"),
    svc: b.slot("sp_svc", "i32"),
    abt: b.slot("sp_abt", "i32"),
    und: b.slot("sp_und", "i32"),
    irq: b.slot("sp_irq", "i32"),
    fiq: b.slot("sp_fiq", "i32"),
  },
  lr: {
    usr: b.slot("lr_usr", "i32"),
    svc: b.slot("lr_svc", "i32"),
    abt: b.slot("lr_abt", "i32"),
    und: b.slot("lr_und", "i32"),
    irq: b.slot("lr_irq", "i32"),
    fiq: b.slot("lr_fiq", "i32"),
  },
  spsr: {
    svc: b.slot("spsr_svc", "i32"),
    abt: b.slot("spsr_abt", "i32"),
    und: b.slot("spsr_und", "i32"),
    irq: b.slot("spsr_irq", "i32"),
    fiq: b.slot("spsr_fiq", "i32"),
  },
} as const;

/** The local exclusive monitor: address (0xffffffff: open) and the value that the load-exclusive saw. */
export const exclusiveAddress = b.slot("excl_addr", "i32");
export const exclusiveValue = b.slot("excl_val", "i64");

/** High word of a 64-bit result of a host helper. */
export const resultHigh = b.slot("result_high", "i32");

/** Extension registers (A2.6.3): 32 doublewords, seen as S, D and Q, each as float or integer. */
export const vfpFile = b.reserve(256);
const views = (name: string, type: "i32" | "i64" | "f32" | "f64" | "v128", count: number, size: number): readonly Slot[] =>
  Array.from({ length: count }, (_, i) => b.view(`${name}${i}`, type, vfpFile + i * size));
export const s = views("s", "f32", 32, 4);
export const sInt = views("si", "i32", 32, 4);
export const d = views("d", "f64", 32, 8);
export const dInt = views("di", "i64", 32, 8);
export const q = views("q", "v128", 16, 16);

/** FPSCR.NZCV in bits 31:28. */
export const fpNzcv = b.slot("fp_nzcv", "i32");
/** FPSCR's control bits: AHP DN FZ RMode Stride Len. */
export const fpscr = b.slot("fpscr", "i32");
export const fpexc = b.slot("fpexc", "i32");
/** VFPv2's FPINST and FPINST2, which software may keep words in. */
export const fpinst = b.slot("fpinst", "i32");
export const fpinst2 = b.slot("fpinst2", "i32");
/** FPSCR.QC: 0 or 1. */
export const qc = b.slot("qc", "i32");
/** Status blocks of the soft-float library: FPSCR's, and the standard one of Advanced SIMD. Their exception flags together are FPSCR's. */
export const fpStatus = b.reserve(32);
export const fpRounding = b.view("fp_rounding", "i32", fpStatus);
export const fpFlags = b.view("fp_flags", "i32", fpStatus + 4);
export const fpMode = b.view("fp_mode", "i32", fpStatus + 8);
export const neonStatus = b.reserve(32);
export const neonRounding = b.view("neon_rounding", "i32", neonStatus);
export const neonFlags = b.view("neon_flags", "i32", neonStatus + 4);
export const neonMode = b.view("neon_mode", "i32", neonStatus + 8);

/** CP15 registers, one word each (B3.17, B4.1); `h` is the high word of a 64-bit one. */
const c15Names =
  "sctlr actlr cpacr ttbr0 ttbr0h ttbr1 ttbr1h ttbcr dacr dfsr ifsr adfsr aifsr dfar ifar par parh prrr nmrr amair0 amair1 vbar fcseidr contextidr " +
  "tpidrurw tpidruro tpidrprw csselr teecr teehbr cbar l2ctlr " +
  "pmcr pmcnten pmovs pmselr pmuserenr pminten pmccntr_base pmccntr_baseh " +
  "cntfrq cntkctl cntp_ctl cntp_cval cntp_cvalh cntv_ctl cntv_cval cntv_cvalh cntvoff cntvoffh irq_inputs";
export const c15: Readonly<Record<string, Slot>> = Object.fromEntries(c15Names.split(" ").map((name) => [name, b.slot(name, "i32")]));

export const layout = b.build();
