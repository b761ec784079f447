/** Offsets of T32 branches, whose bits lie scattered (ARM DDI 0406C, A8.8.18, A8.8.25). */

/** Fields of the encodings: sign, J1, J2, the high and low bits of the immediate. */
export interface BranchFields {
  readonly s: number;
  readonly j1: number;
  readonly j2: number;
  readonly high: number;
  readonly low: number;
}

/** SignExtend(S:I1:I2:imm10:imm11:'0'), where I1 = NOT(J1 EOR S) and I2 likewise; `low` in halfwords. */
export const farOffset = ({ s, j1, j2, high, low }: BranchFields): number =>
  (s ? -(1 << 24) : 0) | ((j1 ^ s ^ 1) << 23) | ((j2 ^ s ^ 1) << 22) | (high << 12) | (low << 1) | 0;

/** SignExtend(S:J2:J1:imm6:imm11:'0') */
export const nearOffset = ({ s, j1, j2, high, low }: BranchFields): number =>
  (s ? -(1 << 20) : 0) | (j2 << 19) | (j1 << 18) | (high << 12) | (low << 1) | 0;
