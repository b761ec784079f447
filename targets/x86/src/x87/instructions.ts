/** The x87's instructions (Intel SDM vol. 2); the arithmetic is soft-float's. */
import type { Value } from "@tsemu/ir";
import type { Execute } from "../decode/row.ts";
import { condition, setOnlyCarry, setResultBits } from "../flags.ts";
import { calls } from "../host-calls.ts";
import type { MemoryOperand, Operand } from "../operands.ts";
import type { X86Translator } from "../translator.ts";
import { callX87, type Place, type X87Function } from "./functions.ts";
import {
  CLEARS_C2,
  computing,
  control,
  copy,
  FSW,
  markEmpty,
  markUsed,
  place,
  pop,
  pushed,
  register,
  scratch,
  setC1,
  setIndefinite,
  stackFault,
  unlessEmpty,
  waiting,
} from "./stack.ts";

const memory = (operand: Operand): MemoryOperand => operand as MemoryOperand;
/** The bits of a memory operand of 4 or 8 bytes. */
const bits = (t: X86Translator, operand: Operand): Value => memory(operand).load(t.memOp(operand.size, false));
/** An integer of 2, 4 or 8 bytes. */
const integer = (operand: Operand): Value => operand.get();

// ---- loads and stores

/** An empty source counts more than a full stack. */
export const FLD_ST: Execute = computing((t, a) => {
  const from = place(t, a.number);
  const to = (t.top - 1) & 7;
  const { top } = t;
  unlessEmpty(
    t,
    [from],
    () => {
      pushed(t, (at) => {
        copy(t, at, from);
        setC1(t, false);
        return undefined;
      });
      t.top = top;
      return undefined;
    },
    () => emptyResult(t, to),
  );
  t.top = to;
});
export const FLD_SHORT: Execute = computing((t, a) => {
  const value = bits(t, a);
  pushed(t, (at) => callX87(t, a.size === 8 ? "f64_to_f80" : "f32_to_f80", register(at), value));
});
export const FLD_LONG: Execute = computing((t, a) => {
  const significand = memory(a).load(t.memOp(8, false));
  const rest = memory(a).load(t.memOp(2, false), 8);
  pushed(t, (at) => {
    t.ir.set(t.s.significand[at]!, significand);
    t.ir.set(t.s.exponent[at]!, rest);
    setC1(t, false);
    return undefined;
  });
});
export const FILD: Execute = computing((t, a) => {
  const value = integer(a);
  pushed(t, (at) => callX87(t, a.size === 8 ? "i64_to_f80" : "i32_to_f80", register(at), value));
});
export const FBLD: Execute = computing((t, a) => {
  const low = memory(a).load(t.memOp(8, false));
  const high = memory(a).load(t.memOp(2, false), 8);
  pushed(t, (at) => callX87(t, "decimal_to_f80", register(at), low, high));
});
export const constant = (index: number): Execute =>
  computing((t) => pushed(t, (at) => callX87(t, "f80_constant", register(at), t.ir.i32(index))));

/** What goes to memory is at scratch 0. */
function storeScratch(t: X86Translator, a: Operand): void {
  const { ir } = t;
  const low = ir.get(t.s.scratch64[0]!);
  const to = memory(a);
  if (a.size === 8) to.store(t.memOp(8, false), low);
  else if (a.size === 10) {
    to.store(t.memOp(8, false), low);
    to.store(t.memOp(2, false), ir.wrap(ir.get(t.s.scratch64[1]!)), 8);
  } else to.store(t.memOp(a.size, false), ir.wrap(low));
}

/** Stores what `convert` makes of ST(0) at scratch 0, or of an empty register `indefinite`. */
function storing(
  pops: boolean,
  convert: (t: X86Translator, a: Operand, st0: Place) => Value,
  indefinite: (t: X86Translator, a: Operand) => void,
): Execute {
  return computing((t, a) => {
    // A store that faults must find nothing changed: the page is written to before.
    memory(a).address("write");
    const st0 = place(t, 0);
    unlessEmpty(
      t,
      [st0],
      () => convert(t, a, register(st0)),
      () => indefinite(t, a),
    );
    storeScratch(t, a);
    if (pops) pop(t);
  });
}

const setScratch = (t: X86Translator, low: bigint, high = 0n): void => {
  t.ir.set(t.s.scratch64[0]!, t.ir.i64(low));
  t.ir.set(t.s.scratch64[1]!, t.ir.i64(high));
};
const floatIndefinite = (t: X86Translator, a: Operand): void =>
  a.size === 10 ? setScratch(t, 0xc000_0000_0000_0000n, 0xffffn) : setScratch(t, a.size === 8 ? 0xfff8_0000_0000_0000n : 0xffc0_0000n);
const integerIndefinite = (t: X86Translator, a: Operand): void => setScratch(t, 1n << BigInt(8 * a.size - 1));
const decimalIndefinite = (t: X86Translator): void => setScratch(t, 0xc000_0000_0000_0000n, 0xffffn);

export const FST_MEMORY = (pops: boolean): Execute =>
  storing(pops, (t, a, st0) => callX87(t, a.size === 8 ? "f80_to_f64" : "f80_to_f32", scratch(0), st0), floatIndefinite);
export const FIST = (pops: boolean, truncates = false): Execute =>
  storing(
    pops,
    (t, a, st0) => callX87(t, `f80_to_i${8 * a.size}` as X87Function, scratch(0), st0, t.ir.i32(truncates ? 1 : 0)),
    integerIndefinite,
  );
export const FBSTP: Execute = storing(true, (t, _, st0) => callX87(t, "f80_to_decimal", scratch(0), st0), decimalIndefinite);
export const FSTP_LONG: Execute = storing(
  true,
  (t) => {
    const at = place(t, 0);
    t.ir.set(t.s.scratch64[0]!, t.ir.get(t.s.significand[at]!));
    t.ir.set(t.s.scratch64[1]!, t.ir.extendU(t.ir.get(t.s.exponent[at]!)));
    setC1(t, false);
    return t.ir.i32(0);
  },
  floatIndefinite,
);

export const FST_ST = (pops: boolean): Execute =>
  computing((t, a) => {
    const [from, to] = [place(t, 0), place(t, a.number)];
    unlessEmpty(
      t,
      [from],
      () => {
        copy(t, to, from);
        setC1(t, false);
        return undefined;
      },
      () => setIndefinite(t, to),
    );
    markUsed(t, to);
    if (pops) pop(t);
  });

export const FXCH: Execute = computing((t, a) => {
  const [x, y] = [place(t, 0), place(t, a.number)];
  const { ir } = t;
  // Empty ones are the indefinite first.
  unlessEmpty(
    t,
    [x, y],
    () => {
      setC1(t, false);
      return undefined;
    },
    () => {
      for (const at of [x, y]) {
        ir.if(ir.and(ir.get(t.s.empty), ir.i32(1 << at)), () => setIndefinite(t, at));
        markUsed(t, at);
      }
    },
  );
  if (x === y) return;
  const [significand, exponent] = [ir.get(t.s.significand[x]!), ir.get(t.s.exponent[x]!)];
  copy(t, x, y);
  ir.set(t.s.significand[y]!, significand);
  ir.set(t.s.exponent[y]!, exponent);
});

/** Empty registers are a fault whether they are moved or not. */
export const FCMOV = (code: number): Execute =>
  computing((t, a) => {
    const [to, from] = [place(t, 0), place(t, a.number)];
    const taken = condition(t, code);
    unlessEmpty(
      t,
      [to, from],
      () => {
        t.ir.if(taken, () => copy(t, to, from));
        return undefined;
      },
      () => emptyResult(t, to),
    );
  });

// ---- arithmetic

type Operation = "add" | "sub" | "subr" | "mul" | "div" | "divr";

/** to = to op from; the reversed ones exchange the operands. */
function registers(t: X86Translator, operation: Operation, to: number, from: number): void {
  const reversed = operation.endsWith("r");
  const name = `f80_${reversed ? operation.slice(0, -1) : operation}` as X87Function;
  const [x, y] = reversed ? [from, to] : [to, from];
  unlessEmpty(
    t,
    [to, from],
    () => callX87(t, name, register(to), register(x), register(y)),
    () => {
      setIndefinite(t, to);
      markUsed(t, to);
    },
  );
}

export const toSt0 = (operation: Operation): Execute => computing((t, a) => registers(t, operation, place(t, 0), place(t, a.number)));
export const toSti = (operation: Operation, pops: boolean): Execute =>
  computing((t, a) => {
    registers(t, operation, place(t, a.number), place(t, 0));
    if (pops) pop(t);
  });

/** With a float in memory. */
export const withFloat = (operation: Operation): Execute =>
  computing((t, a) => {
    const value = bits(t, a);
    const at = place(t, 0);
    const name = `f80_${operation}_f${8 * a.size}` as X87Function;
    unlessEmpty(
      t,
      [at],
      () => callX87(t, name, register(at), register(at), value),
      () => emptyResult(t, at),
    );
  });

const emptyResult = (t: X86Translator, at: number): void => {
  setIndefinite(t, at);
  markUsed(t, at);
};

/** With an integer in memory, which becomes a number first. */
export const withInteger = (operation: Operation): Execute =>
  computing((t, a) => {
    const value = integer(a);
    const at = place(t, 0);
    const reversed = operation.endsWith("r");
    const name = `f80_${reversed ? operation.slice(0, -1) : operation}` as X87Function;
    unlessEmpty(
      t,
      [at],
      () => {
        callX87(t, "i32_to_f80", scratch(0), value);
        const [x, y] = reversed ? [scratch(0), register(at)] : [register(at), scratch(0)];
        return callX87(t, name, register(at), x, y);
      },
      () => emptyResult(t, at),
    );
  });

/** Of ST(0) alone. */
export const unary = (name: X87Function): Execute =>
  computing((t) => {
    const at = place(t, 0);
    unlessEmpty(
      t,
      [at],
      () => callX87(t, name, register(at), register(at)),
      () => emptyResult(t, at),
    );
  });

/** ST(0) by ST(1), which stays: FPREM, FSCALE. */
export const bySt1 = (name: X87Function, clearsC2 = false): Execute =>
  computing((t) => {
    const [at, by] = [place(t, 0), place(t, 1)];
    unlessEmpty(
      t,
      [at, by],
      () => callX87(t, name, register(at), register(at), register(by)),
      () => emptyResult(t, at),
      { clearsC2 },
    );
  });

/** ST(1) from both, ST(0) goes: FPATAN, FYL2X. */
export const intoSt1 = (name: X87Function): Execute =>
  computing((t) => {
    const [st0, st1] = [place(t, 0), place(t, 1)];
    unlessEmpty(
      t,
      [st0, st1],
      () => callX87(t, name, register(st1), register(st1), register(st0)),
      () => emptyResult(t, st1),
    );
    pop(t);
  });

/** One value replaces ST(0), another is pushed: FXTRACT, FPTAN, FSINCOS. The first address is that of what stays below. */
export const pushing = (name: X87Function, stops: boolean): Execute =>
  computing((t) => {
    const { ir } = t;
    const at = place(t, 0);
    const next = (t.top - 1) & 7;
    const { top } = t;
    unlessEmpty(
      t,
      [at],
      () => {
        // On a full stack both become the indefinite.
        const full = ir.eqz(ir.and(ir.get(t.s.empty), ir.i32(1 << next)));
        ir.if(
          full,
          () => {
            stackFault(t, top, FSW.C1 | (stops ? CLEARS_C2 : 0));
            setIndefinite(t, at);
            setIndefinite(t, next);
          },
          () => {
            const result = callX87(t, name, register(at), register(next), register(at));
            // Out of range: nothing is pushed.
            if (stops || t.trapsX87) ir.if(result, () => t.goto(t.pc));
          },
        );
        return undefined;
      },
      () => {
        setIndefinite(t, at);
        setIndefinite(t, next);
        markUsed(t, at);
      },
      { clearsC2: stops },
    );
    t.top = (top - 1) & 7;
    markUsed(t, next);
  });

/** FSIN, FCOS: an operand out of range stays. */
export const angle = (name: X87Function): Execute =>
  computing((t) => {
    const at = place(t, 0);
    unlessEmpty(
      t,
      [at],
      () => void callX87(t, name, register(at), register(at)) as undefined,
      () => emptyResult(t, at),
      { clearsC2: true },
    );
  });

const changeSign = (change: (t: X86Translator, exponent: Value) => Value): Execute =>
  computing((t) => {
    const at = place(t, 0);
    const slot = t.s.exponent[at]!;
    unlessEmpty(
      t,
      [at],
      () => {
        t.ir.set(slot, change(t, t.ir.get(slot)));
        setC1(t, false);
        return undefined;
      },
      () => emptyResult(t, at),
    );
  });
export const FCHS = changeSign((t, value) => t.ir.xor(value, t.ir.i32(0x8000)));
export const FABS = changeSign((t, value) => t.ir.and(value, t.ir.i32(0x7fff)));

// ---- comparisons

/** C3, C2 and C0 all set: unordered. */
const setUnordered = (t: X86Translator): void => {
  const { ir } = t;
  const all = FSW.C3 | FSW.C2 | FSW.C0;
  ir.set(t.s.system.fsw, ir.or(ir.get(t.s.system.fsw), ir.i32(all)));
};

export const compare = (quiet: boolean, pops: 0 | 1 | 2): Execute =>
  computing((t, a) => {
    const [x, y] = [place(t, 0), place(t, pops === 2 ? 1 : a.number)];
    unlessEmpty(
      t,
      [x, y],
      () => callX87(t, quiet ? "f80_compare_quiet" : "f80_compare", register(x), register(y)),
      () => setUnordered(t),
      { always: true },
    );
    for (let n = 0; n < pops; n++) pop(t);
  });
export const compareFloat = (pops: boolean): Execute =>
  computing((t, a) => {
    const value = bits(t, a);
    const at = place(t, 0);
    unlessEmpty(
      t,
      [at],
      () => callX87(t, a.size === 8 ? "f80_compare_f64" : "f80_compare_f32", register(at), value),
      () => setUnordered(t),
      { always: true },
    );
    if (pops) pop(t);
  });
export const compareInteger = (pops: boolean): Execute =>
  computing((t, a) => {
    const value = integer(a);
    const at = place(t, 0);
    unlessEmpty(
      t,
      [at],
      () => {
        callX87(t, "i32_to_f80", scratch(0), value);
        return callX87(t, "f80_compare", register(at), scratch(0));
      },
      () => setUnordered(t),
      { always: true },
    );
    if (pops) pop(t);
  });

/** FCOMI: ZF, PF and CF; OF, SF and AF become 0. */
export const compareFlags = (quiet: boolean, pops: boolean): Execute =>
  computing((t, a) => {
    const { ir } = t;
    const [x, y] = [place(t, 0), place(t, a.number)];
    unlessEmpty(
      t,
      [x, y],
      () => {
        const flags = callX87(t, quiet ? "f80_compare_quiet_eflags" : "f80_compare_eflags", register(x), register(y));
        setCompared(t, ir.and(flags, ir.i32(0x45)));
        // Negative: an unmasked exception.
        return ir.and(flags, ir.i32(-0x8000_0000));
      },
      () => setCompared(t, ir.i32(0x45)),
      { always: true },
    );
    t.known = undefined;
    if (pops) pop(t);
  });

/** ZF, PF, CF from their places in EFLAGS; the other arithmetic flags 0. Comparisons of SSE leave the same. */
export function setCompared(t: X86Translator, flags: Value): void {
  const { ir } = t;
  const bit = (n: number): Value => ir.and(ir.shrU(flags, ir.i32(n)), ir.i32(1));
  setOnlyCarry(t, bit(0));
  setResultBits(t, bit(6), ir.i32(0), bit(2));
}

export const FTST: Execute = computing((t) => {
  const at = place(t, 0);
  unlessEmpty(
    t,
    [at],
    () => callX87(t, "f80_test", register(at)),
    () => setUnordered(t),
    { always: true },
  );
});
/** Of an empty register C3 and C0, and its sign. */
export const FXAM: Execute = waiting((t) => {
  const { ir } = t;
  const at = place(t, 0);
  const empty = ir.and(ir.get(t.s.empty), ir.i32(1 << at));
  ir.if(
    empty,
    () => {
      const sign = ir.shl(ir.and(ir.get(t.s.exponent[at]!), ir.i32(0x8000)), ir.i32(0));
      const kept = ir.and(ir.get(t.s.system.fsw), ir.i32(~(FSW.C0 | FSW.C1 | FSW.C2 | FSW.C3)));
      ir.set(t.s.system.fsw, ir.or(ir.or(kept, ir.i32(FSW.C3 | FSW.C0)), ir.shrU(sign, ir.i32(6))));
    },
    () => void callX87(t, "f80_examine", register(at)),
  );
});

// ---- control

export const FNOP: Execute = waiting(() => {});
export const FFREE = (pops: boolean): Execute =>
  waiting((t, a) => {
    markEmpty(t, place(t, a.number));
    // C1 is undefined; CPUs clear it.
    setC1(t, false);
    if (pops) {
      markEmpty(t, t.top);
      t.top = (t.top + 1) & 7;
    }
  });
const rotate = (by: 1 | 7): Execute =>
  waiting((t) => {
    t.top = (t.top + by) & 7;
    setC1(t, false);
  });
export const FINCSTP = rotate(1);
export const FDECSTP = rotate(7);

export const FNSTCW: Execute = control((t, a) => a.set(t.ir.get(t.s.system.fcw)));
/** FSW with TOP in it. */
const status = (t: X86Translator): Value => t.ir.or(t.ir.get(t.s.system.fsw), t.ir.i32(t.top << 11));
export const FNSTSW: Execute = control((t, a) => a.set(status(t)));

/** What a helper does to the x87's state; block flags and TOP change. */
const byHelper = (call: (t: X86Translator, a: Operand) => void): Execute =>
  control((t, a) => {
    t.syncNext();
    call(t, a);
    t.lookup();
  });
export const FNINIT = byHelper((t) => void t.ir.call(calls.x87Init));
export const FNCLEX = byHelper((t) => void t.ir.call(calls.x87Clear));
export const FLDCW: Execute = waiting((t, a) => {
  const value = a.getU();
  t.syncNext();
  t.ir.call(calls.x87LoadControl, value);
  t.lookup();
});

/** FLDENV, FNSTENV, FRSTOR, FNSAVE, FXSAVE, FXRSTOR: (kind, low, high, operand size). */
export const stateInMemory = (kind: number, bytes: number, access: "read" | "write", waits = false): Execute => {
  const execute = byHelper((t, a) => {
    const address = memory(a).address(access, bytes);
    const { ir } = t;
    const [low, high] = address.type === "i64" ? [ir.wrap(address), ir.wrap(ir.shrU(address, ir.i64(32)))] : [address, ir.i32(0)];
    ir.call(calls.x87State, ir.i32(kind), low, high, ir.i32(t.i.operandSize));
  });
  return waits ? waiting(execute) : execute;
};
