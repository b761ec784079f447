/** Floating point of SSE to SSE3: Intel SDM vol. 2, table A-3. */
import { op, type X86Row } from "../decode/row.ts";
import * as f from "../insns/vector-float.ts";
import { type Quick, quick } from "../insns/vector-quick.ts";

const sse1 = { needs: "sse" } as const;
const sse2 = { needs: "sse2" } as const;
const sse3 = { needs: "sse3" } as const;

type Element = Parameters<typeof f.packed>[1];

/** The four forms of an operation. */
const four = (opcode: string, name: string, element: Element, whole?: Quick): X86Row[] => [
  ...op(`NP 0F ${opcode}`, `${name}PS`, "Vx,Wx", f.packed(f.single, element, whole), sse1),
  ...op(`66 0F ${opcode}`, `${name}PD`, "Vx,Wx", f.packed(f.double, element, whole), sse2),
  ...op(`F3 0F ${opcode}`, `${name}SS`, "Vx,Wd", f.scalarOp(f.single, element), sse1),
  ...op(`F2 0F ${opcode}`, `${name}SD`, "Vx,Wq", f.scalarOp(f.double, element), sse2),
];
const estimates = (opcode: string, name: string, element: Element): X86Row[] => [
  ...op(`NP 0F ${opcode}`, `${name}PS`, "Vx,Wx", f.packed(f.single, element), sse1),
  ...op(`F3 0F ${opcode}`, `${name}SS`, "Vx,Wd", f.scalarOp(f.single, element), sse1),
];

export const vectorFloatRows: readonly X86Row[] = [
  ...op("NP 0F 2A", "CVTPI2PS", "Vx,Qq", f.fromMmx(f.single), sse1),
  ...op("66 0F 2A", "CVTPI2PD", "Vx,Qq", f.fromMmx(f.double), sse2),
  ...op("F3 0F 2A", "CVTSI2SS", "Vx,Ey", f.fromInteger(f.single), sse1),
  ...op("F2 0F 2A", "CVTSI2SD", "Vx,Ey", f.fromInteger(f.double), sse2),
  ...op("NP 0F 2C", "CVTTPS2PI", "Pq,Wq", f.toMmx(f.single, true), sse1),
  ...op("66 0F 2C", "CVTTPD2PI", "Pq,Wx", f.toMmx(f.double, true), sse2),
  ...op("F3 0F 2C", "CVTTSS2SI", "Gy,Wd", f.toInteger(f.single, true), sse1),
  ...op("F2 0F 2C", "CVTTSD2SI", "Gy,Wq", f.toInteger(f.double, true), sse2),
  ...op("NP 0F 2D", "CVTPS2PI", "Pq,Wq", f.toMmx(f.single, false), sse1),
  ...op("66 0F 2D", "CVTPD2PI", "Pq,Wx", f.toMmx(f.double, false), sse2),
  ...op("F3 0F 2D", "CVTSS2SI", "Gy,Wd", f.toInteger(f.single, false), sse1),
  ...op("F2 0F 2D", "CVTSD2SI", "Gy,Wq", f.toInteger(f.double, false), sse2),
  ...op("NP 0F 2E", "UCOMISS", "Vx,Wd", f.compareToFlags(f.single, true), sse1),
  ...op("66 0F 2E", "UCOMISD", "Vx,Wq", f.compareToFlags(f.double, true), sse2),
  ...op("NP 0F 2F", "COMISS", "Vx,Wd", f.compareToFlags(f.single, false), sse1),
  ...op("66 0F 2F", "COMISD", "Vx,Wq", f.compareToFlags(f.double, false), sse2),
  ...four("51", "SQRT", f.squareRoot, quick.sqrt),
  ...estimates("52", "RSQRT", f.RSQRT),
  ...estimates("53", "RCP", f.RCP),
  ...four("58", "ADD", f.arithmetic("add"), quick.add),
  ...four("59", "MUL", f.arithmetic("mul"), quick.mul),
  ...op("NP 0F 5A", "CVTPS2PD", "Vx,Wq", f.CVTPS2PD, sse2),
  ...op("66 0F 5A", "CVTPD2PS", "Vx,Wx", f.CVTPD2PS, sse2),
  ...op("F3 0F 5A", "CVTSS2SD", "Vx,Wd", f.CVTSS2SD, sse2),
  ...op("F2 0F 5A", "CVTSD2SS", "Vx,Wq", f.CVTSD2SS, sse2),
  ...op("NP 0F 5B", "CVTDQ2PS", "Vx,Wx", f.CVTDQ2PS, sse2),
  ...op("66 0F 5B", "CVTPS2DQ", "Vx,Wx", f.singlesToIntegers(false), sse2),
  ...op("F3 0F 5B", "CVTTPS2DQ", "Vx,Wx", f.singlesToIntegers(true), sse2),
  ...four("5C", "SUB", f.arithmetic("sub"), quick.sub),
  ...four("5D", "MIN", f.extreme("min")),
  ...four("5E", "DIV", f.arithmetic("div"), quick.div),
  ...four("5F", "MAX", f.extreme("max")),
  ...op("66 0F 7C", "HADDPD", "Vx,Wx", f.neighbours(f.double, "add"), sse3),
  ...op("F2 0F 7C", "HADDPS", "Vx,Wx", f.neighbours(f.single, "add"), sse3),
  ...op("66 0F 7D", "HSUBPD", "Vx,Wx", f.neighbours(f.double, "sub"), sse3),
  ...op("F2 0F 7D", "HSUBPS", "Vx,Wx", f.neighbours(f.single, "sub"), sse3),
  ...op("NP 0F C2", "CMPPS", "Vx,Wx,Ib", f.compareWith(f.single, true), sse1),
  ...op("66 0F C2", "CMPPD", "Vx,Wx,Ib", f.compareWith(f.double, true), sse2),
  ...op("F3 0F C2", "CMPSS", "Vx,Wd,Ib", f.compareWith(f.single, false), sse1),
  ...op("F2 0F C2", "CMPSD", "Vx,Wq,Ib", f.compareWith(f.double, false), sse2),
  ...op("66 0F D0", "ADDSUBPD", "Vx,Wx", f.addSubtract(f.double), sse3),
  ...op("F2 0F D0", "ADDSUBPS", "Vx,Wx", f.addSubtract(f.single), sse3),
  ...op("66 0F E6", "CVTTPD2DQ", "Vx,Wx", f.doublesToIntegers(true), sse2),
  ...op("F3 0F E6", "CVTDQ2PD", "Vx,Wq", f.CVTDQ2PD, sse2),
  ...op("F2 0F E6", "CVTPD2DQ", "Vx,Wx", f.doublesToIntegers(false), sse2),
];
