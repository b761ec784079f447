/**
 * Classic BPF, the little language in which programs say which calls they may make (seccomp). A filter is instructions {code, jt, jf, k}; it
 * has an accumulator, an index register and 16 words, and jumps only forwards. (linux/filter.h, linux/bpf_common.h; what is allowed of it:
 * seccomp(2).)
 */

export interface BpfInsn {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Classes, sizes and modes, operations, as in the code's bits. */
const CLASS = 7;
const [LD, LDX, ST, STX, ALU, JMP, RET, MISC] = [0, 1, 2, 3, 4, 5, 6, 7];
const [IMM, ABS, MEM, LEN] = [0x00, 0x20, 0x60, 0x80];
const MODE = 0xe0;
const OP = 0xf0;
const [DIV, NEG, JA] = [0x30, 0x80, 0x00];
const X = 8;
const A = 0x10;
const TXA = 0x80;
const WORDS = 16;

const alu: Readonly<Record<number, (a: number, b: number) => number>> = {
  0x00: (a, b) => a + b,
  0x10: (a, b) => a - b,
  0x20: (a, b) => Math.imul(a, b),
  [DIV]: (a, b) => Math.floor(a / b),
  0x40: (a, b) => a | b,
  0x50: (a, b) => a & b,
  0x60: (a, b) => (b < 32 ? a << b : 0),
  0x70: (a, b) => (b < 32 ? a >>> b : 0),
  0xa0: (a, b) => a ^ b,
};
const jumps: Readonly<Record<number, (a: number, b: number) => boolean>> = {
  0x10: (a, b) => a === b,
  0x20: (a, b) => a > b,
  0x30: (a, b) => a >= b,
  0x40: (a, b) => (a & b) !== 0,
};

/** May the filter be run over data of that many bytes? Then it ends, and reads nothing else. */
export function isValidFilter(program: readonly BpfInsn[], size: number): boolean {
  const isGood = ({ code, jt, jf, k }: BpfInsn, at: number): boolean => {
    const left = program.length - at - 1;
    const mode = code & MODE;
    switch (code & CLASS) {
      case LD:
        if ((code & 0x18) !== 0) return false;
        return mode === ABS ? k % 4 === 0 && k < size : mode === MEM ? k < WORDS : mode === IMM || mode === LEN;
      case LDX:
        return (code & 0x18) === 0 && (mode === MEM ? k < WORDS : mode === IMM || mode === LEN);
      case ST:
      case STX:
        return (code & ~CLASS) === 0 && k < WORDS;
      case ALU:
        if ((code & OP) === NEG) return (code & X) === 0;
        return alu[code & OP] !== undefined && !((code & X) === 0 && (code & OP) === DIV && k === 0) && !(isShift(code) && k >= 32);
      case JMP:
        if ((code & OP) === JA) return (code & X) === 0 && k < left;
        return jumps[code & OP] !== undefined && jt < left && jf < left;
      case RET:
        return code === RET || code === (RET | A);
      default:
        return code === MISC || code === (MISC | TXA);
    }
  };
  const last = program.at(-1);
  return last !== undefined && (last.code & CLASS) === RET && program.every(isGood);
}

/** A shift by a constant. */
const isShift = (code: number): boolean => ((code & OP) === 0x60 || (code & OP) === 0x70) && (code & X) === 0;

/** Runs a valid filter over data, whose words have that byte order. */
export function runFilter(program: readonly BpfInsn[], data: DataView, littleEndian: boolean): number {
  const words = new Uint32Array(WORDS);
  let [a, x] = [0, 0];
  for (let at = 0; ; at++) {
    const { code, jt, jf, k } = program[at]!;
    const mode = code & MODE;
    const operand = (code & X) !== 0 ? x : k;
    const loaded = (): number => (mode === MEM ? words[k]! : mode === LEN ? data.byteLength : k);
    switch (code & CLASS) {
      case LD:
        a = mode === ABS ? data.getUint32(k, littleEndian) : loaded();
        break;
      case LDX:
        x = loaded();
        break;
      case ST:
        words[k] = a;
        break;
      case STX:
        words[k] = x;
        break;
      case ALU:
        if ((code & OP) === NEG) a = -a >>> 0;
        // A division by an index of 0 ends the filter: nothing is allowed.
        else if ((code & OP) === DIV && operand === 0) return 0;
        else a = alu[code & OP]!(a, operand) >>> 0;
        break;
      case JMP:
        at += (code & OP) === JA ? k : jumps[code & OP]!(a, operand) ? jt : jf;
        break;
      case RET:
        return (code & A) !== 0 ? a : k;
      default:
        if ((code & TXA) !== 0) a = x;
        else x = a;
    }
  }
}
