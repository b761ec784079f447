/** BMI1 and BMI2: Intel SDM vol. 2, tables. */
import { op, type X86Row } from "../decode/row.ts";
import * as b from "../insns/bmi.ts";

const bmi1 = { needs: "bmi1" } as const;
const bmi2 = { needs: "bmi2" } as const;

export const bmiRows: readonly X86Row[] = [
  ...op("VEX.LZ.NP.0F38.WIG F2", "ANDN", "Gy,By,Ey", b.ANDN, bmi1),
  ...op("VEX.LZ.NP.0F38.WIG F3 /1", "BLSR", "By,Ey", b.BLSR, bmi1),
  ...op("VEX.LZ.NP.0F38.WIG F3 /2", "BLSMSK", "By,Ey", b.BLSMSK, bmi1),
  ...op("VEX.LZ.NP.0F38.WIG F3 /3", "BLSI", "By,Ey", b.BLSI, bmi1),
  ...op("VEX.LZ.NP.0F38.WIG F5", "BZHI", "Gy,Ey,By", b.BZHI, bmi2),
  ...op("VEX.LZ.F3.0F38.WIG F5", "PEXT", "Gy,By,Ey", b.PEXT, bmi2),
  ...op("VEX.LZ.F2.0F38.WIG F5", "PDEP", "Gy,By,Ey", b.PDEP, bmi2),
  ...op("VEX.LZ.F2.0F38.WIG F6", "MULX", "Gy,By,Ey", b.MULX, bmi2),
  ...op("VEX.LZ.NP.0F38.WIG F7", "BEXTR", "Gy,Ey,By", b.BEXTR, bmi1),
  ...op("VEX.LZ.66.0F38.WIG F7", "SHLX", "Gy,Ey,By", b.shiftWithoutFlags("shl"), bmi2),
  ...op("VEX.LZ.F3.0F38.WIG F7", "SARX", "Gy,Ey,By", b.shiftWithoutFlags("shrS"), bmi2),
  ...op("VEX.LZ.F2.0F38.WIG F7", "SHRX", "Gy,Ey,By", b.shiftWithoutFlags("shrU"), bmi2),
  ...op("VEX.LZ.F2.0F3A.WIG F0", "RORX", "Gy,Ey,Ib", b.RORX, bmi2),
];
