/** AES-NI, PCLMULQDQ and the SHA extensions: Intel SDM vol. 2, tables. */
import { op, type X86Row } from "../decode/row.ts";
import * as a from "../insns/aes.ts";
import { PCLMULQDQ } from "../insns/carryless.ts";
import * as s from "../insns/sha.ts";
import { onXmm, type VectorOp } from "../insns/vector-operands.ts";

const aes = (opcode: string, name: string, compute: VectorOp): X86Row[] =>
  op(`66 0F 38 ${opcode}`, name, "Vx,Wx", onXmm(compute), { needs: "aes" });
const sha = (opcode: string, name: string, compute: VectorOp): X86Row[] =>
  op(`NP 0F 38 ${opcode}`, name, "Vx,Wx", onXmm(compute), { needs: "sha" });

export const cryptoRows: readonly X86Row[] = [
  ...sha("C8", "SHA1NEXTE", s.SHA1NEXTE),
  ...sha("C9", "SHA1MSG1", s.SHA1MSG1),
  ...sha("CA", "SHA1MSG2", s.SHA1MSG2),
  ...op("NP 0F 38 CB", "SHA256RNDS2", "Vx,Wx,XMM0", s.SHA256RNDS2, { needs: "sha" }),
  ...sha("CC", "SHA256MSG1", s.SHA256MSG1),
  ...sha("CD", "SHA256MSG2", s.SHA256MSG2),
  ...op("NP 0F 3A CC", "SHA1RNDS4", "Vx,Wx,Ib", s.SHA1RNDS4, { needs: "sha" }),
  ...aes("DB", "AESIMC", a.AESIMC),
  ...aes("DC", "AESENC", a.AESENC),
  ...aes("DD", "AESENCLAST", a.AESENCLAST),
  ...aes("DE", "AESDEC", a.AESDEC),
  ...aes("DF", "AESDECLAST", a.AESDECLAST),
  ...op("66 0F 3A 44", "PCLMULQDQ", "Vx,Wx,Ib", PCLMULQDQ, { needs: "pclmulqdq" }),
  ...op("66 0F 3A DF", "AESKEYGENASSIST", "Vx,Wx,Ib", a.AESKEYGENASSIST, { needs: "aes" }),
];
