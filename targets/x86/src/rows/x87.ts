/** The x87's opcodes: Intel SDM vol. 2, tables A-7 to A-22. */
import { op, type X86Row } from "../decode/row.ts";
import * as sys from "../insns/system.ts";
import * as xs from "../insns/xsave.ts";
import * as x from "../x87/instructions.ts";
import { images } from "../x87/state-images.ts";

const fpu = { needs: "fpu" } as const;
const fcmov = { needs: "cmov" } as const;
const xsave = { needs: "xsave" } as const;
const fxsr = { needs: "fxsr" } as const;

const arithmetic = ["add", "mul", "com", "comp", "sub", "subr", "div", "divr"] as const;

/** The eight of D8, DA, DC and DE with memory: FADD ... FDIVR, or FIADD ... */
const withMemory = (opcode: string, operand: string, integers: boolean): X86Row[] =>
  arithmetic.flatMap((name, digit) => {
    const execute =
      name === "com" || name === "comp"
        ? (integers ? x.compareInteger : x.compareFloat)(name === "comp")
        : (integers ? x.withInteger : x.withFloat)(name);
    return op(`${opcode} /${digit}`, `F${integers ? "I" : ""}${name.toUpperCase()}`, operand, execute, fpu);
  });

/** With ST(i) as the destination SUB and SUBR, DIV and DIVR have changed places. */
const swapped = { add: "add", mul: "mul", sub: "subr", subr: "sub", div: "divr", divr: "div" } as const;

const constants = ["FLD1", "FLDL2T", "FLDL2E", "FLDPI", "FLDLG2", "FLDLN2", "FLDZ"];

const plain = (opcode: string, name: string, execute: X86Row["execute"], options = fpu): X86Row[] => op(opcode, name, "", execute, options);

export const x87Rows: readonly X86Row[] = [
  ...withMemory("D8", "Md", false),
  ...arithmetic.flatMap((name, digit) =>
    op(
      `D8 /${digit}`,
      `F${name.toUpperCase()}`,
      "F-",
      name === "com" || name === "comp" ? x.compare(false, name === "comp" ? 1 : 0) : x.toSt0(name),
      fpu,
    ),
  ),
  ...op("D9 /0", "FLD", "Md", x.FLD_SHORT, fpu),
  ...op("D9 /2", "FST", "Md", x.FST_MEMORY(false), fpu),
  ...op("D9 /3", "FSTP", "Md", x.FST_MEMORY(true), fpu),
  ...op("D9 /4", "FLDENV", "M-", x.stateInMemory(images.loadEnvironment, 14, "read", true), fpu),
  ...op("D9 /5", "FLDCW", "Mw", x.FLDCW, fpu),
  ...op("D9 /6", "FNSTENV", "M-", x.stateInMemory(images.storeEnvironment, 14, "write"), fpu),
  ...op("D9 /7", "FNSTCW", "Mw", x.FNSTCW, fpu),
  ...op("D9 /0", "FLD", "F-", x.FLD_ST, fpu),
  ...op("D9 /1", "FXCH", "F-", x.FXCH, fpu),
  ...plain("D9 /2 reg rm=0", "FNOP", x.FNOP),
  ...plain("D9 /4 reg rm=0", "FCHS", x.FCHS),
  ...plain("D9 /4 reg rm=1", "FABS", x.FABS),
  ...plain("D9 /4 reg rm=4", "FTST", x.FTST),
  ...plain("D9 /4 reg rm=5", "FXAM", x.FXAM),
  ...constants.flatMap((name, n) => plain(`D9 /5 reg rm=${n}`, name, x.constant(n))),
  ...plain("D9 /6 reg rm=0", "F2XM1", x.unary("f80_exp2_minus1")),
  ...plain("D9 /6 reg rm=1", "FYL2X", x.intoSt1("f80_y_log2")),
  ...plain("D9 /6 reg rm=2", "FPTAN", x.pushing("f80_tangent", true)),
  ...plain("D9 /6 reg rm=3", "FPATAN", x.intoSt1("f80_arctangent")),
  ...plain("D9 /6 reg rm=4", "FXTRACT", x.pushing("f80_extract", false)),
  ...plain("D9 /6 reg rm=5", "FPREM1", x.bySt1("f80_rem1", true)),
  ...plain("D9 /6 reg rm=6", "FDECSTP", x.FDECSTP),
  ...plain("D9 /6 reg rm=7", "FINCSTP", x.FINCSTP),
  ...plain("D9 /7 reg rm=0", "FPREM", x.bySt1("f80_rem", true)),
  ...plain("D9 /7 reg rm=1", "FYL2XP1", x.intoSt1("f80_y_log2_plus1")),
  ...plain("D9 /7 reg rm=2", "FSQRT", x.unary("f80_sqrt")),
  ...plain("D9 /7 reg rm=3", "FSINCOS", x.pushing("f80_sine_cosine", true)),
  ...plain("D9 /7 reg rm=4", "FRNDINT", x.unary("f80_round_to_int")),
  ...plain("D9 /7 reg rm=5", "FSCALE", x.bySt1("f80_scale")),
  ...plain("D9 /7 reg rm=6", "FSIN", x.angle("f80_sine")),
  ...plain("D9 /7 reg rm=7", "FCOS", x.angle("f80_cosine")),
  ...withMemory("DA", "Md", true),
  ...[2, 4, 6, 10].flatMap((code, digit) => op(`DA /${digit}`, `FCMOV${["B", "E", "BE", "U"][digit]}`, "F-", x.FCMOV(code), fcmov)),
  ...plain("DA /5 reg rm=1", "FUCOMPP", x.compare(true, 2)),
  ...op("DB /0", "FILD", "Md", x.FILD, fpu),
  ...op("DB /1", "FISTTP", "Md", x.FIST(true, true), { needs: "sse3" }),
  ...op("DB /2", "FIST", "Md", x.FIST(false), fpu),
  ...op("DB /3", "FISTP", "Md", x.FIST(true), fpu),
  ...op("DB /5", "FLD", "Mt", x.FLD_LONG, fpu),
  ...op("DB /7", "FSTP", "Mt", x.FSTP_LONG, fpu),
  ...[3, 5, 7, 11].flatMap((code, digit) => op(`DB /${digit}`, `FCMOVN${["B", "E", "BE", "U"][digit]}`, "F-", x.FCMOV(code), fcmov)),
  ...plain("DB /4 reg rm=0", "FNENI", x.FNOP),
  ...plain("DB /4 reg rm=1", "FNDISI", x.FNOP),
  ...plain("DB /4 reg rm=2", "FNCLEX", x.FNCLEX),
  ...plain("DB /4 reg rm=3", "FNINIT", x.FNINIT),
  ...plain("DB /4 reg rm=4", "FNSETPM", x.FNOP),
  ...op("DB /5", "FUCOMI", "F-", x.compareFlags(true, false), fcmov),
  ...op("DB /6", "FCOMI", "F-", x.compareFlags(false, false), fcmov),
  ...withMemory("DC", "Mq", false),
  ...arithmetic.flatMap((name, digit) =>
    op(
      `DC /${digit}`,
      `F${name.toUpperCase()}`,
      "F-",
      name === "com" || name === "comp" ? x.compare(false, name === "comp" ? 1 : 0) : x.toSti(swapped[name], false),
      fpu,
    ),
  ),
  ...op("DD /0", "FLD", "Mq", x.FLD_SHORT, fpu),
  ...op("DD /1", "FISTTP", "Mq", x.FIST(true, true), { needs: "sse3" }),
  ...op("DD /2", "FST", "Mq", x.FST_MEMORY(false), fpu),
  ...op("DD /3", "FSTP", "Mq", x.FST_MEMORY(true), fpu),
  ...op("DD /4", "FRSTOR", "M-", x.stateInMemory(images.restore, 94, "read", true), fpu),
  ...op("DD /6", "FNSAVE", "M-", x.stateInMemory(images.save, 94, "write"), fpu),
  ...op("DD /7", "FNSTSW", "Mw", x.FNSTSW, fpu),
  ...op("DD /0", "FFREE", "F-", x.FFREE(false), fpu),
  ...op("DD /1", "FXCH", "F-", x.FXCH, fpu),
  ...op("DD /2", "FST", "F-", x.FST_ST(false), fpu),
  ...op("DD /3", "FSTP", "F-", x.FST_ST(true), fpu),
  ...op("DD /4", "FUCOM", "F-", x.compare(true, 0), fpu),
  ...op("DD /5", "FUCOMP", "F-", x.compare(true, 1), fpu),
  ...withMemory("DE", "Mw", true),
  ...arithmetic.flatMap((name, digit) =>
    name === "com"
      ? op("DE /2", "FCOMP", "F-", x.compare(false, 1), fpu)
      : name === "comp"
        ? []
        : op(`DE /${digit}`, `F${name.toUpperCase()}P`, "F-", x.toSti(swapped[name], true), fpu),
  ),
  ...plain("DE /3 reg rm=1", "FCOMPP", x.compare(false, 2)),
  ...op("DF /0", "FILD", "Mw", x.FILD, fpu),
  ...op("DF /1", "FISTTP", "Mw", x.FIST(true, true), { needs: "sse3" }),
  ...op("DF /2", "FIST", "Mw", x.FIST(false), fpu),
  ...op("DF /3", "FISTP", "Mw", x.FIST(true), fpu),
  ...op("DF /4", "FBLD", "Mt", x.FBLD, fpu),
  ...op("DF /5", "FILD", "Mq", x.FILD, fpu),
  ...op("DF /6", "FBSTP", "Mt", x.FBSTP, fpu),
  ...op("DF /7", "FISTP", "Mq", x.FIST(true), fpu),
  ...op("DF /0", "FFREEP", "F-", x.FFREE(true), fpu),
  ...op("DF /1", "FXCH", "F-", x.FXCH, fpu),
  ...op("DF /2", "FSTP", "F-", x.FST_ST(true), fpu),
  ...op("DF /3", "FSTP", "F-", x.FST_ST(true), fpu),
  ...op("DF /4 reg rm=0", "FNSTSW", "AX", x.FNSTSW, fpu),
  ...op("DF /5", "FUCOMIP", "F-", x.compareFlags(true, true), fcmov),
  ...op("DF /6", "FCOMIP", "F-", x.compareFlags(false, true), fcmov),
  ...op("NP 0F AE /0", "FXSAVE", "M-", x.stateInMemory(images.fxsave, 512, "write"), fxsr),
  ...op("NP 0F AE /1", "FXRSTOR", "M-", x.stateInMemory(images.fxrstor, 512, "read"), fxsr),
  ...op("NP 0F AE /4", "XSAVE", "M-", xs.XSAVE, xsave),
  ...op("NP 0F AE /5", "XRSTOR", "M-", xs.XRSTOR, xsave),
  ...op("NP 0F AE /6", "XSAVEOPT", "M-", xs.XSAVEOPT, { needs: "xsaveopt" }),
  ...op("NP 0F C7 /4", "XSAVEC", "M-", xs.XSAVEC, { needs: "xsavec" }),
  ...op("NP 0F 01 /2 reg rm=0", "XGETBV", "", xs.XGETBV, xsave),
  ...op("NP 0F 01 /2 reg rm=1", "XSETBV", "", xs.XSETBV, xsave),
  ...op("NP 0F AE /2", "LDMXCSR", "Md", sys.LDMXCSR, { needs: "sse" }),
  ...op("NP 0F AE /3", "STMXCSR", "Md", sys.STMXCSR, { needs: "sse" }),
];
