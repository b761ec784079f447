/** GDB's remote protocol at a machine, in both tiers: a client in this process debugs a loop that runs all the time. */
import { GdbSession } from "@tsemu/gdbstub";
import { type System, SystemDebugger } from "@tsemu/system";
import { describe, expect, it } from "vitest";
import { bareSystem, loadCompiler, RAM, words } from "./support/bare-system.ts";
import { digits, GdbClient, word } from "./support/gdb-client.ts";

const DATA = RAM + 0x1000;
const [LOOP, CALL, BACK, SUB, LOAD, RETURN] = [0x0c, 0x10, 0x14, 0x1c, 0x20, 0x24].map((offset) => RAM + offset);
const code = words(
  0xe3a00000, //        mov  r0, #0
  0xe3a01101, //        mov  r1, #RAM
  0xe2811a01, //        add  r1, r1, #0x1000
  0xe2800001, // loop:  add  r0, r0, #1
  0xeb000001, //        bl   sub
  0xeafffffc, //        b    loop
  0xe1a00000,
  0xe5810000, // sub:   str  r0, [r1]
  0xe5912004, //        ldr  r2, [r1, #4]
  0xe12fff1e, //        bx   lr
);
const PC = 15;

function connect(system: System): { client: GdbClient; session: GdbSession; state: { closed: boolean } } {
  const state = { closed: false };
  let session: GdbSession | undefined;
  const client = new GdbClient((bytes) => session!.receive(bytes));
  session = new GdbSession({ write: (bytes) => client.receive(bytes), close: () => void (state.closed = true) }, system.debugger!);
  return { client, session, state };
}

/** Long enough for the loop to be compiled where it is to be. */
const aWhile = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 30);
  });

describe.each(["interpreted", "compiled"])("%s", (tier) => {
  /** Debugs a machine that has run for a while; `check` is left with the machine stopped. */
  const debug = async (check: (client: GdbClient, system: System) => Promise<void>): Promise<void> => {
    const { system } = bareSystem({ realTime: true, compiler: tier === "compiled" ? await loadCompiler() : undefined });
    system.boot({ parts: [{ what: "code", pa: RAM, bytes: code }], start: { entry: RAM, registers: [] } });
    system.debugger = new SystemDebugger(system, (command) => (command === "hello" ? "hello yourself\n" : undefined));
    const over = system.run();
    await aWhile();
    const { client, state } = connect(system);
    await check(client, system);
    expect(client.acks).not.toContain("-");
    client.post("k");
    expect(await over).toEqual({ kind: "quit" });
    expect(state.closed).toBe(true);
  };

  it("stops when a debugger comes, and tells what there is", () =>
    debug(async (client) => {
      expect(await client.ask("qSupported:swbreak+;xmlRegisters=arm")).toContain("qXfer:features:read+");
      expect(await client.ask("?")).toBe("T05thread:1;");
      const xml = await client.ask("qXfer:features:read:target.xml:0,ffff");
      expect(xml).toContain('<feature name="org.gnu.gdb.arm.core">');
      expect(xml).toContain('<reg name="cpsr" bitsize="32" regnum="25"/>');
      expect(xml).toContain('<reg name="d31" bitsize="64" regnum="57" type="ieee_double"/>');
      expect(await client.ask("qXfer:features:read:target.xml:10,5")).toBe(`m${xml.slice(17, 22)}`);
      // 16 words, cpsr, 32 doublewords, fpscr.
      const all = await client.ask("g");
      expect(all).toHaveLength(2 * (16 * 4 + 4 + 32 * 8 + 4));
      const pc = word(all.slice(8 * PC, 8 * PC + 8));
      expect(pc).toBe(await client.register(PC));
      expect(pc).toBeGreaterThanOrEqual(LOOP!);
      expect(pc).toBeLessThanOrEqual(RETURN!);
      expect(word(all.slice(0, 8))).toBeGreaterThan(100);
      expect(await client.ask("qfThreadInfo")).toBe("m1");
      expect(await client.ask("qsThreadInfo")).toBe("l");
      expect(await client.ask("T1")).toBe("OK");
      expect(await client.ask("T2")).toBe("E22");
      expect(await client.ask("qAttached")).toBe("1");
      expect(await client.ask("vMustReplyEmpty")).toBe("");
      expect(await client.ask("vAttach;1")).toBe("E22");
      expect(await client.ask(`qRcmd,${Buffer.from("hello").toString("hex")}`)).toBe(`O${Buffer.from("hello yourself\n").toString("hex")}`);
      expect(await client.packet()).toBe("OK");
    }));

  it("single steps are exact", () =>
    debug(async (client) => {
      expect(await client.ask(`P${PC.toString(16)}=${digits(LOOP!)}`)).toBe("OK");
      const before = await client.register(0);
      for (const pc of [CALL, SUB, LOAD, RETURN, BACK, LOOP, CALL]) {
        expect(await client.ask("vCont;s:1")).toBe("T05thread:1;");
        expect((await client.register(PC)).toString(16)).toBe(pc!.toString(16));
      }
      expect(await client.register(0)).toBe(before + 2);
    }));

  it("breakpoints stop code that is hot, and write nothing to memory", () =>
    debug(async (client) => {
      expect(await client.ask(`Z0,${LOAD!.toString(16)},4`)).toBe("OK");
      expect(await client.ask(`m${LOAD!.toString(16)},4`)).toBe("042091e5");
      for (let i = 0; i < 3; i++) {
        expect(await client.ask("c")).toBe("T05thread:1;");
        expect(await client.register(PC)).toBe(LOAD);
        const count = await client.register(0);
        expect(word(await client.ask(`m${DATA.toString(16)},4`))).toBe(count);
        // Without leaving it, it stops there again and again.
        expect(await client.ask("c")).toBe("T05thread:1;");
        expect(await client.register(0)).toBe(count);
        expect(await client.ask("s")).toBe("T05thread:1;");
        expect(await client.register(PC)).toBe(RETURN);
      }
      expect(await client.ask(`z0,${LOAD!.toString(16)},4`)).toBe("OK");
      const count = await client.register(0);
      client.post("vCont;c");
      await aWhile();
      client.raw("\x03");
      expect(await client.packet()).toBe("T02thread:1;");
      expect(await client.register(0)).toBeGreaterThan(count + 100);
    }));

  it("watchpoints stop after the access", () =>
    debug(async (client) => {
      expect(await client.ask(`Z2,${DATA.toString(16)},4`)).toBe("OK");
      expect(await client.ask("c")).toBe(`T05thread:1;watch:${DATA.toString(16)};`);
      expect(await client.register(PC)).toBe(LOAD);
      expect(word(await client.ask(`m${DATA.toString(16)},4`))).toBe(await client.register(0));
      expect(await client.ask(`z2,${DATA.toString(16)},4`)).toBe("OK");
      // One byte of what is read.
      expect(await client.ask(`Z3,${(DATA + 6).toString(16)},1`)).toBe("OK");
      expect(await client.ask("c")).toBe(`T05thread:1;rwatch:${(DATA + 6).toString(16)};`);
      expect(await client.register(PC)).toBe(RETURN);
      expect(await client.ask(`z3,${(DATA + 6).toString(16)},1`)).toBe("OK");
      expect(await client.ask(`Z4,${DATA.toString(16)},4`)).toBe("OK");
      expect(await client.ask("c")).toBe(`T05thread:1;awatch:${DATA.toString(16)};`);
      expect(await client.register(PC)).toBe(LOAD);
      expect(await client.ask(`z4,${DATA.toString(16)},4`)).toBe("OK");
      client.post("c");
      await aWhile();
      client.raw("\x03");
      expect(await client.packet()).toBe("T02thread:1;");
    }));

  it("writes memory, code too, and registers", () =>
    debug(async (client) => {
      // add r0, r0, #2, in binary and in digits.
      expect(await client.ask(`X${LOOP!.toString(16)},4:\x02\x00\x80\xe2`)).toBe("OK");
      expect(await client.ask(`M${(DATA + 4).toString(16)},4:78563412`)).toBe("OK");
      expect(await client.ask(`P0=${digits(0)}`)).toBe("OK");
      expect(await client.ask(`P${PC.toString(16)}=${digits(LOOP!)}`)).toBe("OK");
      expect(await client.ask(`Z0,${BACK!.toString(16)},4`)).toBe("OK");
      expect(await client.ask("c")).toBe("T05thread:1;");
      expect(await client.register(0)).toBe(2);
      expect(await client.register(2)).toBe(0x1234_5678);
      const all = await client.ask("g");
      expect(await client.ask(`G${digits(0x55)}${all.slice(8)}`)).toBe("OK");
      expect(await client.ask("g")).toBe(digits(0x55) + all.slice(8));
      // Where there is nothing.
      expect(await client.ask("mf0000000,4")).toBe("E14");
      expect(await client.ask("Mf0000000,1:00")).toBe("E14");
      expect(await client.ask("m,4")).toBe("E22");
    }));

  it("goes on when the debugger leaves, and another may come", () =>
    debug(async (client, system) => {
      await client.ask(`Z0,${LOAD!.toString(16)},4`);
      expect(await client.ask("D")).toBe("OK");
      await aWhile();
      const second = connect(system);
      expect(await second.client.ask("?")).toBe("T05thread:1;");
      const count = await second.client.register(0);
      // This one's connection breaks.
      second.session.closed();
      await aWhile();
      const third = connect(system);
      expect(await third.client.register(0)).toBeGreaterThan(count + 100);
    }));
});

it("asks again for what was garbled, and repeats what the other side did not get", async () => {
  const { system } = bareSystem();
  system.boot({ parts: [{ what: "code", pa: RAM, bytes: code }], start: { entry: RAM, registers: [] } });
  system.debugger = new SystemDebugger(system, () => undefined);
  const { client } = connect(system);
  client.raw("$?#00");
  client.post("?");
  expect(await client.packet()).toBe("T05thread:1;");
  expect(client.acks).toBe("-+");
  client.raw("-");
  expect(await client.packet()).toBe("T05thread:1;");
  expect(await client.ask("QStartNoAckMode")).toBe("OK");
  client.acks = "";
  expect(await client.ask("qC")).toBe("QC1");
  expect(client.acks).toBe("");
});
