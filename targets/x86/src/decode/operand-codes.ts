/** Operand codes of the opcode maps: Intel SDM vol. 2, appendix A.2. */

/**
 * How an operand is addressed.
 *
 *   E  ModRM: a general register or memory      G  reg of ModRM: a general register     M  ModRM: memory only
 *   R  rm of ModRM: a general register only     I  immediate                            J  offset relative to the next instruction
 *   O  memory, the offset in the instruction    A  far pointer in the instruction       S  reg: a segment register
 *   C  reg: a control register                  D  reg: a debug register                Z  the low three bits of the opcode: a register
 *   X  memory at DS:rSI                         Y  memory at ES:rDI
 *   P  reg: an MMX register                     Q  ModRM: an MMX register or memory     N  rm: an MMX register only
 *   V  reg: an XMM register                     W  ModRM: an XMM register or memory     U  rm: an XMM register only
 *   H  vvvv of a VEX prefix: a vector register    B  vvvv: a general register            L  the upper four bits of an immediate byte: a vector register
 *   F  rm: ST(i) (not the manual's, which writes it out)
 */
export type Addressing =
  | "E"
  | "G"
  | "M"
  | "R"
  | "I"
  | "J"
  | "O"
  | "A"
  | "S"
  | "C"
  | "D"
  | "Z"
  | "X"
  | "Y"
  | "P"
  | "Q"
  | "N"
  | "V"
  | "W"
  | "U"
  | "H"
  | "B"
  | "L"
  | "F";

/**
 * How many bytes. `v`: 2, 4 or 8 by the operand size; `z`: 2 or 4 (an immediate of 8-byte operands has 4); `y`: 4 or 8; `p`: a far pointer, `s`: a table's limit and
 * base; `a`: two of v; `x`: a vector, 16 or 32. `-`: what the instruction makes of it.
 */
export type SizeCode = "b" | "w" | "d" | "q" | "v" | "z" | "y" | "p" | "s" | "a" | "dq" | "qq" | "x" | "t" | "-";

export type OperandSpec =
  | { readonly kind: "coded"; readonly addressing: Addressing; readonly size: SizeCode }
  /** A register by name, or with `e` (eAX) one of the operand's size. */
  | { readonly kind: "register"; readonly name: string; readonly number: number; readonly size: SizeCode }
  | { readonly kind: "vector"; readonly name: string; readonly number: number }
  | { readonly kind: "segment"; readonly name: string; readonly number: number }
  | { readonly kind: "constant"; readonly value: number };

const bytes = ["AL", "CL", "DL", "BL", "AH", "CH", "DH", "BH"];
const words = ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"];
const segments = ["ES", "CS", "SS", "DS", "FS", "GS"];

/** Reads "Ev", "AL", "rAX" (v), "eAX" (z), "DX", "1", "FS". */
export function parseOperand(text: string): OperandSpec {
  if (/^\d$/.test(text)) return { kind: "constant", value: Number(text) };
  const byte = bytes.indexOf(text);
  if (byte >= 0) return { kind: "register", name: text, number: byte, size: "b" };
  const word = words.indexOf(text);
  if (word >= 0) return { kind: "register", name: text, number: word, size: "w" };
  const sized = /^[re]([A-D]X|[SB]P|[SD]I)$/.exec(text);
  if (sized !== null) return { kind: "register", name: text, number: words.indexOf(sized[1]!), size: text[0] === "r" ? "v" : "z" };
  const segment = segments.indexOf(text);
  if (segment >= 0) return { kind: "segment", name: text, number: segment };
  if (text === "XMM0") return { kind: "vector", name: text, number: 0 };
  const match = /^([A-Z])(b|w|d|q|v|z|y|p|s|a|dq|qq|x|t|-)$/.exec(text);
  if (match === null || !"EGMRIJOASCDZXYPQNVWUFHBL".includes(match[1]!)) throw new Error(`internal error: no operand ${text}`);
  return { kind: "coded", addressing: match[1] as Addressing, size: match[2] as SizeCode };
}

/** Does the operand need a ModRM byte? */
export const usesModRm = (spec: OperandSpec): boolean => spec.kind === "coded" && !"IJOAZXYHBL".includes(spec.addressing);
