/** Code where there should be none, and exceptions within exceptions. */
import { describe, expect, it } from "vitest";
import { bareSystem, MiB, RAM, words } from "../support/bare-system.ts";
import { a32, RAM_BYTES, survives } from "./hostile.ts";

const { load, ldr, str, b, mcr, mov, bx, udf, wfi, mask, unmask, nop, isb } = a32;
const END = RAM + RAM_BYTES;
const setVbar = (at: number): number[] => [...load(0, at), mcr(0, 0, 12, 0, 0)];
/** Makes r0 the system control register's value with these bits set, and writes it. */
const setSctlr = (bits: number): number[] => [
  0xee11_0f10 /* mrc p15, 0, r0, c1, c0, 0 */,
  ...load(1, bits),
  0xe180_0001 /* orr r0, r0, r1 */,
  mcr(0, 0, 1, 0, 0),
  isb,
];

describe("jumps", () => {
  it.each([
    ["the GIC", 0x0800_0000],
    ["the UART", 0x0900_0000],
    ["fw_cfg", 0x0902_0000],
    ["a virtio transport", 0x0a00_3e00],
    ["nothing", 0x2000_0000],
    ["the end of the address space", 0xffff_fffc],
    ["Thumb code at the end of the address space", 0xffff_ffff],
    ["address 0", 0],
    ["the last word of RAM", END - 4],
    ["behind RAM", END],
    ["Thumb code across the end of RAM", END - 2 + 1],
  ])("into %s", (_, to) => survives({ code: [...load(0, to), bx(0)] }));

  it("with vectors in RAM that jump again", () =>
    survives({
      // Every vector: bx r4, to nowhere.
      code: [...setVbar(RAM + 0x1000), ...load(4, 0x2000_0000), bx(4)],
      more: [{ at: RAM + 0x1000, code: Array.from({ length: 8 }, () => bx(4)) }],
    }));

  it("off the end of RAM", () => survives({ at: END - 64, code: Array.from({ length: 16 }, () => nop) }));

  it("into a page end with nothing behind it, by a Thumb instruction of four bytes", () =>
    // The first half of bl at the end of RAM.
    survives({ code: [...load(0, END - 1), bx(0)], more: [{ at: END - 4, code: [0xf000_bf00] }] }));

  it("all over RAM full of random words", () => {
    let x = 12345;
    const code = Array.from({ length: 0x4000 }, () => (x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0));
    return survives({ code: [...setVbar(RAM), ...code], mayEnd: true });
  });

  it("all over RAM full of random Thumb", () => {
    let x = 99;
    const code = Array.from({ length: 0x4000 }, () => (x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0));
    // SCTLR.TE: exceptions are taken in Thumb.
    return survives({ code: [...setVbar(RAM), ...setSctlr(0x4000_0000), 0xe28f_0001 /* add r0, pc, #1 */, bx(0), ...code], mayEnd: true });
  });
});

describe("exceptions", () => {
  it("undefined instructions whose vector is one", () => survives({ code: [...setVbar(RAM), udf] }));

  it("a data abort with the vectors where nothing is", () =>
    survives({ code: [...setVbar(0x2000_0000), ...load(1, 0x3000_0000), ldr(0, 1)] }));

  it("vectors in a device", () => survives({ code: [...setVbar(0x0900_0000), udf] }));
  it("high vectors where nothing is", () => survives({ code: [...setSctlr(1 << 13), udf] }));

  it("aborts within aborts, with the stack anywhere", () =>
    survives({
      code: [...setVbar(RAM + 0x1000), ...load(13, 0x0900_0ffe), 0xe92d_ffff /* push {r0-pc} */, b(6, 5)],
      // srsdb sp!, #0x17; push {r0-lr}; ldr r0, [sp]; rfeia sp!
      more: [
        {
          at: RAM + 0x1000,
          code: Array.from({ length: 8 }, (_, i) => [0xf96d_0517, 0xe92d_7fff, 0xe59d_0000, 0xf8bd_0a00, udf, nop, nop, nop][i]!),
        },
      ],
    }));

  it("supervisor calls for ever", () =>
    survives({
      code: [...setVbar(RAM + 0x1000), 0xef00_0000],
      more: [{ at: RAM + 0x1000, code: Array.from({ length: 8 }, () => 0xef00_0000) }],
    }));
  it("breakpoints for ever", () =>
    survives({
      code: [...setVbar(RAM + 0x1000), 0xe120_0070],
      more: [{ at: RAM + 0x1000, code: Array.from({ length: 8 }, () => 0xe120_0070) }],
    }));
  it("calls of firmware that does not exist, and of hypervisors", () =>
    survives({ code: [...load(0, 0xdead_beef), 0xe140_0070 /* hvc */, 0xe160_0070 /* smc */, mov(0, 1), 0xe140_0070, b(6, 0)] }));

  it("changes of mode to all that there are and are not", () =>
    // r0 counts; msr cpsr_c, r0; mov sp, r0; loop. User mode ends it: the rest is a loop there.
    survives({ code: [mov(0, 0xd0), 0xe280_0001 /* add r0, r0, #1 */, 0xe121_f000 /* msr cpsr_c, r0 */, 0xe1a0_d000, b(4, 1)] }));

  it("exception returns to anywhere", () =>
    // r0 = hash; msr spsr_fsxc, r0; movs pc, r1
    survives({ code: [...setVbar(RAM), ...load(1, RAM), 0xe280_0e11, 0xe020_05a0, 0xe16f_f000, 0xe1b0_f001], mayEnd: true }));
});

describe("waiting", () => {
  it("with everything masked is idle", () => survives({ code: [mask, wfi, b(2, 1)], idles: true }));
  it("with nothing enabled is idle", () => survives({ code: [unmask, wfi, b(2, 1)], idles: true }));
  it("for events is not a hang", () => survives({ code: [0xe320_f002 /* wfe */, b(1, 0)] }));

  it.each<[string, number]>([
    ["zero", 0],
    ["one", 1],
    ["the past", 0xffff_ffff],
    ["the far future", 0x7fff_ffff],
    ["the farthest past", 0x8000_0000],
  ])("for timers set to %s", (_, value) =>
    survives({
      code: [
        ...load(0, 0x0800_0000),
        ...load(1, 0xffff_ffff),
        str(1, 0, 0x100),
        mov(2, 1),
        str(2, 0), // distributor on, all private interrupts
        ...load(0, 0x0801_0000),
        mov(3, 0xff),
        str(3, 0, 4),
        str(2, 0), // CPU interface on
        ...load(4, value),
        mcr(0, 4, 14, 3, 0),
        mcr(0, 2, 14, 3, 1), // virtual timer: value, on
        mcr(0, 4, 14, 2, 0),
        mcr(0, 2, 14, 2, 1), // physical timer
        0xec44_4f2e,
        0xec44_4f3e, // mcrr p15, 2, r4, r4, c14 and 3: the compare values
        mask,
        wfi,
        b(21, 15),
      ],
      mayEnd: true,
    }),
  );
});

describe("self-modifying code", () => {
  it("rewrites its own block and its neighbours again and again", () =>
    survives({
      insns: 400_000,
      code: [
        // add r3, r3, #imm, made anew in each round
        ...load(0, 0xe283_3000), // 0
        0xe28f_1010, // 2: add r1, pc, #16 = 8
        nop, // 3
        0xe282_2001, // 4: add r2, r2, #1
        0xe202_40ff, // 5: and r4, r2, #255
        0xe184_5000, // 6: orr r5, r4, r0
        str(5, 1, 0), // 7: the instruction after this one
        0xe283_3001, // 8: rewritten
        str(5, 1, 16), // 9: one of the next block
        b(10, 12), // 10
        nop, // 11
        0xe283_3002, // 12: rewritten
        b(13, 2), // 13
      ],
    }));

  it("rewrites a block of a loop that was hot before", () =>
    survives({
      insns: 300_000,
      code: [
        ...load(0, 0xe283_3005), // 0: add r3, r3, #5
        0xe28f_102c, // 2: add r1, pc, #44 = 15
        mov(6, 0), // 3
        // The loop: two blocks by a condition, a third behind a jump
        0xe282_2001, // 4: add r2, r2, #1
        0xe312_0f40, // 5: tst r2, #256
        0x1a00_0001, // 6: bne 9
        0xe286_6001, // 7: add r6, r6, #1
        b(8, 10), // 8
        0xe286_6002, // 9: add r6, r6, #2
        0xe1b0_4b82, // 10: movs r4, r2, lsl #23: once in 512 rounds
        b(11, 12), // 11
        0x0581_0000, // 12: streq r0, [r1]
        b(13, 14), // 13
        0x0280_0001, // 14: addeq r0, r0, #1
        0xe283_3001, // 15: rewritten
        b(16, 4), // 16
      ],
    }));

  it("writes new code all over RAM and jumps there", () =>
    survives({
      insns: 200_000,
      code: [
        ...load(0, 0xe12f_ff1e), // bx lr
        ...load(1, RAM + 0x1_0000),
        ...load(2, 0xe283_3001), // add r3, r3, #1
        str(2, 1, 0), // 6
        str(0, 1, 4),
        0xe1a0_e00f, // 8: mov lr, pc
        bx(1), // 9
        0xe281_1010, // 10: add r1, r1, #16
        0xe3c1_1703, // 11: bic r1, r1, #0xc0000
        b(12, 6),
      ],
    }));
});

describe("much work in few instructions", () => {
  it("flushes of everything", () => survives({ code: [mcr(0, 0, 8, 7, 0), ldr(1, 15), b(2, 0)] }));
  it("changes of address space", () => survives({ code: [0xe280_0001, mcr(0, 0, 13, 0, 1), ldr(1, 15), b(3, 0)] }));

  it("blocks of the longest code there is, until there is no more room for any", () => {
    // vldmia r0, {s0-s31}, which is 32 loads, as often as a block can have it
    const block = [...Array.from({ length: 63 }, () => 0xec90_0a20), b(63, 64)];
    const enable = [...load(1, 0xf0_0000), mcr(0, 1, 1, 0, 2), isb, ...load(1, 0x4000_0000), 0xeee8_1a10 /* vmsr fpexc, r1 */];
    const code = [...enable, ...load(0, RAM), ...Array.from({ length: 1500 }, () => block).flat()];
    code.push(b(code.length, 9));
    const dropped: string[] = [];
    const log = { items: ["tier" as const], write: (text: string) => void dropped.push(text) };
    const { system } = bareSystem({ ramBytes: MiB, log });
    system.boot({ parts: [{ what: "code", pa: RAM, bytes: words(...code) }], start: { entry: RAM, registers: [] } });
    expect(system.advance(90_000).kind).toBe("done");
    expect(dropped).toHaveLength(1);
    expect(dropped[0]).toMatch(/^code dropped: 1[0-9]{3} blocks/);
  });
});
