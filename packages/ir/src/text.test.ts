/** Printing, parsing and verifying: each against the others over random blocks, and each rule of verify on its own. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HelperSignature, IrBuilder, IrSyntaxError, parseBlock, printBlock, StateLayoutBuilder, verify } from "./index.ts";
import { randomBlock } from "./testing/index.ts";

const builder = new StateLayoutBuilder();
const pcSlot = builder.slot("pc", "i32");
const word = builder.slot("word", "i32");
const flagsSlot = builder.slot("flags", "i32");
for (const type of ["i64", "f32", "f64", "v128"] as const) builder.slot(`a.${type}`, type);
const layout = builder.build();
const effects = { reads: [], writes: [word], mayRaise: false };
const helpers: HelperSignature[] = [
  { name: "look", kind: "host", params: ["i32", "f64"], result: "i32", effects },
  { name: "touch", kind: "host", params: [], result: undefined, effects },
  { name: "mix", kind: "wasm", params: ["i64", "v128"], result: "v128", effects },
];
const names = {
  slot: (name: string) => layout.find(name),
  helper: (name: string) => helpers.find((h) => h.name === name),
};
const blockOf = (numbers: readonly number[]) => {
  let i = 0;
  const next = (): number => (i < numbers.length ? numbers[i++]! : 0);
  const targets = [{ pc: 0x2000, flags: 3 }];
  return randomBlock(next, {
    slots: layout.slots.filter((s) => s !== pcSlot && s !== flagsSlot),
    helpers,
    pc: 0x1000,
    length: 20,
    targets,
    pcSlot,
    flagsSlot,
    memory: { base: 0, size: 4096 },
  });
};
const choices = fc.array(fc.nat(0xffff_ffff), { minLength: 100, maxLength: 400, size: "max" });

describe("the text form", () => {
  it("of random blocks is parsed to the same block", () => {
    fc.assert(
      fc.property(choices, (numbers) => {
        const block = blockOf(numbers);
        expect(verify(block)).toEqual([]);
        const text = printBlock(block);
        const { insts } = parseBlock(text, names);
        expect(printBlock({ insts })).toBe(text);
        expect(insts).toEqual(block.insts);
      }),
      { numRuns: 200 },
    );
  });

  it("keeps every kind of constant", () => {
    const b = new IrBuilder();
    for (const n of [0, -0, 1, -1.5, 1e300, 5e-324, Infinity, -Infinity, NaN, 1e21]) {
      b.f64(n);
      b.f32(n);
    }
    for (const n of [0n, -1n, -(2n ** 63n), 2n ** 63n - 1n]) b.i64(n);
    for (const n of [0, -1, -0x8000_0000, 0x7fff_ffff]) b.i32(n);
    b.v128(2n ** 128n - 1n);
    b.insn(0xffff_fffc, -5);
    b.goto(0x8000_0000, -1);
    expect(parseBlock(printBlock(b), names).insts).toEqual(b.insts);
  });

  it("is refused with the line where it is not IR", () => {
    const failing = (text: string): string => {
      try {
        parseBlock(text, names);
      } catch (error) {
        if (error instanceof IrSyntaxError) return error.message;
        throw error;
      }
      return "parsed";
    };
    expect(failing("; comment\n\n  insn 0x0\n  jump 4\n")).toBe("line 4: no instruction jump");
    expect(failing("v0:i32 = i32.frob v0")).toBe("line 1: no op i32.frob");
    expect(failing("v0:i32 = i32.eqz v1")).toBe("line 1: no value v1");
    expect(failing("v0:i99 = const 1")).toBe("line 1: no type i99");
    expect(failing("v0:i64 = get word")).toBe("line 1: the value is i32, not i64");
    expect(failing("v0:i32 = get nothing")).toBe("line 1: no slot nothing");
    expect(failing("call nothing()")).toBe("line 1: no helper nothing");
    expect(failing("v0:i32 = const nine")).toBe("line 1: not a number: nine");
    expect(failing("v0:i32 = const 1\nv1:i32 = i32.add v0")).toBe("line 2: 2 operands wanted, not 1");
    expect(failing("goto 1")).toBe("line 1: not what was expected: 1");
  });
});

describe("verify", () => {
  const errorsOf = (build: (b: IrBuilder) => void): string[] => {
    const b = new IrBuilder();
    build(b);
    return verify(b).map(({ index, text }) => `${index}: ${text}`);
  };

  it("wants one definition before each use, in a branch that is open", () => {
    const stray = new IrBuilder(9).get(word);
    expect(errorsOf((b) => (b.set(word, stray), b.lookup()))).toEqual(["0: v9 is not defined here"]);
    const inBranch = (make: (b: IrBuilder) => ReturnType<IrBuilder["get"]>) =>
      errorsOf((b) => {
        let inner!: ReturnType<IrBuilder["get"]>;
        b.if(b.get(word), () => (inner = make(b)));
        b.set(word, inner);
        b.lookup();
      });
    expect(inBranch((b) => b.get(word))).toEqual(["4: v1 is not defined here"]);
    expect(inBranch((b) => b.i32(1))).toEqual([]);
    expect(
      errorsOf((b) => {
        b.insts.push(...new IrBuilder(0).insts, b.get(word));
        b.lookup();
      }),
    ).toEqual(["1: v0 is defined twice"]);
  });

  it("wants every way to end in one exit", () => {
    expect(errorsOf((b) => b.insn(0))).toEqual(["1: the block ends without an exit"]);
    expect(errorsOf((b) => (b.lookup(), b.insn(4)))).toEqual(["1: insn after an exit"]);
    expect(errorsOf((b) => (b.if(b.get(word), () => b.lookup()), void 0))).toEqual(["4: the block ends without an exit"]);
    const both = (b: IrBuilder): void =>
      b.if(
        b.get(word),
        () => b.lookup(),
        () => b.stop(0),
      );
    expect(errorsOf(both)).toEqual([]);
    expect(errorsOf((b) => (both(b), b.lookup()))).toEqual(["6: lookup after an exit"]);
    expect(errorsOf((b) => (b.beginIf(b.get(word)), b.lookup()))).toEqual(["3: if without end"]);
    expect(errorsOf((b) => (b.endIf(), b.lookup()))).toEqual(["0: end without if"]);
  });

  it("wants the types of the tables", () => {
    const wide = (b: IrBuilder) => b.i64(1);
    expect(errorsOf((b) => (b.op("i32.eqz", wide(b)), b.lookup()))).toEqual(["1: operand 0 of i32.eqz is i32, not i64"]);
    expect(errorsOf((b) => (b.op("i32.eqz"), b.lookup()))).toEqual(["0: i32.eqz takes 1 operands, not 0"]);
    expect(errorsOf((b) => (b.if(wide(b), () => {}), b.lookup()))).toEqual(["1: a condition is i32, not i64"]);
    expect(errorsOf((b) => (b.lane("i32x4.extract_lane", 4, b.v128(0n)), b.lookup()))).toEqual([
      "1: lanes of i32x4.extract_lane are 0 to 3",
    ]);
    expect(errorsOf((b) => (b.call(helpers[2]!, wide(b)), b.lookup()))).toEqual(["1: mix takes 2 operands, not 1"]);
    const mem = { size: 8, type: "i32", align: 1, signed: false, mmuIdx: 0 } as const;
    expect(errorsOf((b) => (b.load(mem, b.f32(0)), b.lookup()))).toEqual([
      "1: an address is i32 or i64, not f32",
      "1: i32 is not accessed as 8 bytes",
    ]);
    const bad: HelperSignature = { name: "bad", kind: "host", params: ["i64"], result: "v128", effects };
    expect(errorsOf((b) => (b.call(bad, wide(b)), b.lookup()))).toEqual([
      "1: host helper bad cannot take i64",
      "1: host helper bad cannot give v128",
    ]);
  });
});
