/**
 * The program that runs vectors on a real or emulated CPU: for each one it loads registers and flags, executes the
 * instruction, and stores registers, flags and the window; at the end all results are written to standard output.
 * LR is saved in TPIDRURW, which User mode can write, so that no memory near the instruction is needed.
 */
import { armExecutable } from "./elf.ts";
import { initialWindow, windowAddress, windowSize } from "./memory-window.ts";
import { type Result, packFlags, unpackFlags, type Vector } from "./vector-file.ts";

const codeAddress = 0x0001_0000;
const slotSize = 128;
const templateAddress = windowAddress + 0x1000;
const stateAddress = 0x0100_0000;
const resultAddress = 0x0200_0000;
const stateSize = 64;
export const resultSize = 64 + windowSize;

/** Where the instruction of the i-th vector is; `half` moves T32 code to an address that is 2 modulo 4. */
export const instructionAddress = (i: number, thumb: boolean, half: number): number =>
  codeAddress + 0x1000 + i * slotSize + (thumb ? 4 + thumbPrologueBytes + 2 * half : 4 * a32PrologueWords);

const a32PrologueWords = 7;
const thumbPrologueBytes = 28;

/** MOVW and MOVT of LR, as words of A32. */
const moveLR = (value: number): number[] => [0xe300_e000 | wide(value & 0xffff), 0xe340_e000 | wide(value >>> 16)];
const wide = (imm16: number): number => ((imm16 >>> 12) << 16) | (imm16 & 0xfff);
/** The same as halfwords of T32. */
const moveLRThumb = (value: number): number[] => [...wideThumb(0xf240, value & 0xffff), ...wideThumb(0xf2c0, value >>> 16)];
const wideThumb = (op: number, imm16: number): number[] => [
  op | (((imm16 >>> 11) & 1) << 10) | (imm16 >>> 12),
  0x0e00 | (((imm16 >>> 8) & 7) << 12) | (imm16 & 0xff),
];

const branch = (op: number, from: number, to: number): number => (op | (((to - from - 8) >> 2) & 0xff_ffff)) >>> 0;

/** BLX from T32 to A32 at `to`. */
function blxThumb(from: number, to: number): number[] {
  const offset = to - ((from + 4) & ~3);
  const s = offset < 0 ? 1 : 0;
  const j = (bit: number): number => (((offset >> bit) & 1) ^ s ^ 1) & 1;
  return [0xf000 | (s << 10) | ((offset >> 12) & 0x3ff), 0xc000 | (j(23) << 13) | (j(22) << 11) | (((offset >> 2) & 0x3ff) << 1)];
}

/** Copies the window behind the registers of the result at r1, and restores it; opens the exclusive monitor. */
const common = [
  0xe281_1040, // add r1, r1, #64
  ...[windowAddress, templateAddress].flatMap((address, i) => [
    0xe300_2000 | (i << 12) | wide(address & 0xffff), // movw r2 / r3
    0xe340_2000 | (i << 12) | wide(address >>> 16), // movt r2 / r3
  ]),
  0xe3a0_4000 | (windowSize / 16), // mov r4, #
  0xe892_01e0, // ldm r2, {r5-r8}
  0xe8a1_01e0, // stm r1!, {r5-r8}
  0xe8b3_01e0, // ldm r3!, {r5-r8}
  0xe8a2_01e0, // stm r2!, {r5-r8}
  0xe254_4001, // subs r4, r4, #1
  0x1aff_fff9, // bne (to the first ldm)
  0xf57f_f01f, // clrex
  0xe12f_ff1e, // bx lr
];

/** The flags, then r0-r12, sp, lr from the state at LR. */
const a32Prologue = [0xe59e_003c, 0xe12c_f000, 0xe89e_1fff, 0xe59e_d034, 0xe59e_e038];
const thumbPrologue = [0xf8de, 0x003c, 0xf380, 0x8c00, 0xe89e, 0x1fff, 0xf8de, 0xd034, 0xf8de, 0xe038];
/** LR to TPIDRURW; after LR is the result's address: r0-r12, sp, lr, CPSR, and r1 = LR. */
const saveLR = 0xee0d_ef50;
const epilogue = [0xe88e_1fff, 0xe58e_d034, 0xee1d_0f50, 0xe58e_0038, 0xe10f_0000, 0xe58e_003c, 0xe1a0_100e];
const thumbEpilogue = [0xe88e, 0x1fff, 0xf8ce, 0xd034, 0xee1d, 0x0f50, 0xf8ce, 0x0038, 0xf3ef, 0x8000, 0xf8ce, 0x003c, 0x4671];

/** Code of one slot at `slot`, which ends by going on to the next one. */
function slotCode(code: DataView, at: number, slot: number, i: number, vector: Vector, thumb: boolean): void {
  let position = at;
  const here = (): number => slot + position - at;
  const words = (values: readonly number[]): void => {
    for (const value of values) {
      code.setUint32(position, value, true);
      position += 4;
    }
  };
  const halfwords = (values: readonly number[]): void => {
    for (const value of values) {
      code.setUint16(position, value, true);
      position += 2;
    }
  };
  const instruction = (): void => {
    for (const byte of vector.code) code.setUint8(position++, byte);
  };
  const state = stateAddress + i * stateSize;
  const result = resultAddress + i * resultSize;
  if (!thumb) {
    words([...moveLR(state), ...a32Prologue]);
    instruction();
    words([saveLR, ...moveLR(result), ...epilogue, branch(0xeb00_0000, here() + 10 * 4, codeAddress)]);
    words([branch(0xea00_0000, here(), slot + slotSize)]);
    return;
  }
  words([0xfa00_0000 | 0xff_ffff]); // blx to the next word
  halfwords([...moveLRThumb(state), ...thumbPrologue]);
  if (vector.pc % 4 !== 0) halfwords([0xbf00]);
  instruction();
  halfwords([saveLR >>> 16, saveLR & 0xffff, ...moveLRThumb(result), ...thumbEpilogue]);
  halfwords(blxThumb(here(), codeAddress));
  if (here() % 4 !== 0) halfwords([0xbf00]);
  halfwords([0x4778, 0xbf00]); // bx pc: A32 from here
  words([branch(0xea00_0000, here(), slot + slotSize)]);
}

/** The program that runs vectors first.. to the last. Vectors' pc must be what instructionAddress says. */
export function buildProgram(vectors: readonly Vector[], first: number, pool: readonly number[], thumb: boolean): Uint8Array {
  const code = new Uint8Array(0x1000 + (vectors.length + 1) * slotSize);
  const view = new DataView(code.buffer);
  common.forEach((word, i) => view.setUint32(4 * i, word, true));
  vectors.forEach((vector, i) => slotCode(view, 0x1000 + i * slotSize, codeAddress + 0x1000 + i * slotSize, i, vector, thumb));
  const resultBytes = vectors.length * resultSize;
  const finish = [
    0xe3a0_0001, // mov r0, #1
    ...moveRegister(1, resultAddress + first * resultSize),
    ...moveRegister(2, resultBytes - first * resultSize),
    0xe3a0_7004, // mov r7, #4: write
    0xef00_0000,
    0xe3a0_0000,
    0xe3a0_7001, // exit(0)
    0xef00_0000,
  ];
  finish.forEach((word, i) => view.setUint32(0x1000 + vectors.length * slotSize + 4 * i, word, true));

  const states = new Uint8Array(vectors.length * stateSize);
  const stateView = new DataView(states.buffer);
  vectors.forEach(({ registers, flags }, i) => {
    registers.forEach((index, n) => stateView.setUint32(i * stateSize + 4 * n, pool[index]!, true));
    stateView.setUint32(i * stateSize + 60, unpackFlags(flags), true);
  });
  return armExecutable(codeAddress + 0x1000 + first * slotSize, [
    { address: codeAddress, bytes: code, executable: true },
    { address: windowAddress, bytes: initialWindow, memorySize: 0x1000 },
    { address: templateAddress, bytes: initialWindow },
    { address: stateAddress, bytes: states },
    { address: resultAddress, bytes: new Uint8Array(0), memorySize: resultBytes },
  ]);
}

const moveRegister = (n: number, value: number): number[] => [
  0xe300_0000 | (n << 12) | wide(value & 0xffff),
  0xe340_0000 | (n << 12) | wide(value >>> 16),
];

/** The results from what the program wrote. */
export function readResults(output: Uint8Array): Result[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  return Array.from({ length: Math.floor(output.length / resultSize) }, (_, i): Result => {
    const at = i * resultSize;
    const memory = new Map<number, number>();
    for (let offset = 0; offset < windowSize; offset++) {
      const byte = output[at + 64 + offset]!;
      if (byte !== initialWindow[offset]) memory.set(offset, byte);
    }
    return {
      registers: Array.from({ length: 15 }, (_, n) => view.getUint32(at + 4 * n, true)),
      flags: packFlags(view.getUint32(at + 60, true)),
      memory,
    };
  });
}
