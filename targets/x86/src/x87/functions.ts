/** The soft-float functions for the x87 as helpers of translated code. */
import type { HelperEffects, HelperSignature, Value } from "@tsemu/ir";
import { x87Functions } from "@tsemu/softfloat";
import type { WasmHelper } from "@tsemu/target";
import type { X86State } from "../state.ts";
import type { X86Translator } from "../translator.ts";

export type X87Function = keyof typeof x87Functions;
type WasmSignature = HelperSignature & { readonly kind: "wasm" };

interface Declared {
  readonly helpers: readonly WasmHelper[];
  readonly signatures: ReadonlyMap<string, WasmSignature>;
}

const made = new Map<X86State, Declared>();

function declare(s: X86State): Declared {
  // Registers are given by their addresses: any of them, and what lies behind the scratch ones.
  const registers = [...s.significand, ...s.exponent];
  const scratch = [...s.scratch64, ...s.scratch128];
  const effects: HelperEffects = {
    reads: [...registers, ...scratch, s.system.fcw, s.system.fsw],
    writes: [...registers, ...scratch, s.system.fsw],
    mayRaise: false,
  };
  const signatures = new Map(
    Object.entries(x87Functions).map(([name, { params, result }]): [string, WasmSignature] => [
      name,
      { name, kind: "wasm", params, result, effects },
    ]),
  );
  const helpers = [...signatures].map(([name, signature]): WasmHelper => ({ signature, module: "softfloat", export: name }));
  return { helpers, signatures };
}

function declared(s: X86State): Declared {
  let value = made.get(s);
  if (value === undefined) made.set(s, (value = declare(s)));
  return value;
}

export const x87Helpers = (s: X86State): readonly WasmHelper[] => declared(s).helpers;

/** Calls one with the status block as its last argument. */
export function callX87(t: X86Translator, name: X87Function, ...args: Value[]): Value {
  const signature = declared(t.s).signatures.get(name)!;
  return t.ir.call(signature, ...args, t.ir.i32(t.stateBase + t.s.system.fcw.offset));
}
