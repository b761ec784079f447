/**
 * The page of helper code that every process has at 0xffff0000 (Linux's Documentation/arm/kernel_user_helpers): programs for cores
 * without exclusive loads, barriers or a TLS register call them. They are written here with what every v6K core has; on an older one
 * a thread is never interrupted between the instructions of one block, which makes the plain ones atomic.
 */
import type { FixedPage } from "@tsemu/target";
import { ARM_PRIVATE } from "./syscall-numbers.ts";

const BASE = 0xffff_0000;

/** Compare and exchange in one block: nothing comes between its instructions. */
const cmpxchg64 = [
  0xe92d_40f0, // push {r4, r5, r6, r7, lr}
  0xe1c0_40d0, // ldrd r4, r5, [r0]
  0xe1c1_60d0, // ldrd r6, r7, [r1]
  0xe1c2_00d0, // ldrd r0, r1, [r2]
  0xe030_0004, // eors r0, r0, r4
  0x0031_0005, // eorseq r0, r1, r5
  0x01c2_60f0, // strdeq r6, r7, [r2]
  0xe270_0000, // rsbs r0, r0, #0   r0 is 0 and carry set if it was stored
  0xe8bd_80f0, // pop {r4, r5, r6, r7, pc}
];

const memoryBarrier = [0xe12f_ff1e]; // bx lr: accesses are in order

const cmpxchg = [
  0xe592_3000, // ldr r3, [r2]
  0xe053_3000, // subs r3, r3, r0
  0x0582_1000, // streq r1, [r2]
  0xe273_0000, // rsbs r0, r3, #0
  0xe12f_ff1e, // bx lr
];

/** By a call, since not every core has the register. */
const getTls = [
  0xe92d_0080, // push {r7}
  0xe59f_7008, // ldr r7, [pc, #8]
  0xef00_0000, // svc 0
  0xe8bd_0080, // pop {r7}
  0xe12f_ff1e, // bx lr
  ARM_PRIVATE + 6,
];

export const kuserEntries = { cmpxchg64: 0xf60, memoryBarrier: 0xfa0, cmpxchg: 0xfc0, getTls: 0xfe0, version: 0xffc } as const;

export function kuserPage(): FixedPage {
  const words = new Uint32Array(0x400);
  // Whatever else is executed there is undefined.
  words.fill(0xe7fd_def1, 0, 8);
  words.set(cmpxchg64, kuserEntries.cmpxchg64 >> 2);
  words.set(memoryBarrier, kuserEntries.memoryBarrier >> 2);
  words.set(cmpxchg, kuserEntries.cmpxchg >> 2);
  words.set(getTls, kuserEntries.getTls >> 2);
  words[kuserEntries.version >> 2] = 5;
  return { name: "[vectors]", va: BASE, bytes: new Uint8Array(words.buffer) };
}
