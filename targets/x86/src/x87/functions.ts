/** The soft-float functions for the x87 as helpers of translated code. */
import type { HelperEffects, HelperSignature, Slot, Value } from "@tsemu/ir";
import { x87Functions } from "@tsemu/softfloat";
import type { WasmHelper } from "@tsemu/target";
import type { X86State } from "../state.ts";
import type { X86Translator } from "../translator.ts";

export type X87Function = keyof typeof x87Functions;
type WasmSignature = HelperSignature & { readonly kind: "wasm" };

interface Declared {
  readonly helpers: readonly WasmHelper[];
  readonly signatures: ReadonlyMap<string, WasmSignature>;
  /** By name and operands: what calls with those change. */
  readonly calls: Map<string, WasmSignature>;
}

const made = new Map<X86State, Declared>();

/** A register's slots; also those of scratch places. */
const slotsAt = (s: X86State, place: Place): readonly Slot[] =>
  place.kind === "register"
    ? [s.significand[place.at]!, s.exponent[place.at]!]
    : [...s.scratch64.slice(2 * place.at, 2 * place.at + 2), s.scratch128[place.at]!];

const effects = (s: X86State, reads: readonly Slot[], writes: readonly Slot[]): HelperEffects => ({
  reads: [...reads, s.system.fcw, s.system.fsw],
  writes: [...writes, s.system.fsw],
  mayRaise: false,
});

function declare(s: X86State): Declared {
  // Registers are given by their addresses: any of them, and what lies behind the scratch ones.
  const all = [...s.significand, ...s.exponent, ...s.scratch64, ...s.scratch128];
  const signatures = new Map(
    Object.entries(x87Functions).map(([name, { params, result }]): [string, WasmSignature] => [
      name,
      { name, kind: "wasm", params, result, effects: effects(s, all, all) },
    ]),
  );
  const helpers = [...signatures].map(([name, signature]): WasmHelper => ({ signature, module: "softfloat", export: name }));
  return { helpers, signatures, calls: new Map() };
}

function declared(s: X86State): Declared {
  let value = made.get(s);
  if (value === undefined) made.set(s, (value = declare(s)));
  return value;
}

export const x87Helpers = (s: X86State): readonly WasmHelper[] => declared(s).helpers;

/** A place for 80 bits: a register, or one that is none. */
export interface Place {
  readonly kind: "register" | "scratch";
  readonly at: number;
}

const isPlace = (operand: Place | Value): operand is Place => operand.kind === "register" || operand.kind === "scratch";

/** How many of a function's first operands it writes. */
const destinations = (name: X87Function): number =>
  /^f80_(compare|test|examine)/.test(name) ? 0 : /^f80_(extract|tangent|sine_cosine)$/.test(name) ? 2 : 1;

/** The function as it is called with these places: only they are read and written, which keeps the other registers where they are. */
function signatureFor(s: X86State, name: X87Function, operands: readonly (Place | Value)[]): WasmSignature {
  const { signatures, calls } = declared(s);
  const places = operands.filter(isPlace);
  const key = `${name} ${places.map(({ kind, at }) => kind[0]! + at).join(" ")}`;
  let signature = calls.get(key);
  if (signature === undefined) {
    const slots = places.map((place) => slotsAt(s, place));
    // A destination is read too: it stays as it is where the instruction is not carried out.
    signature = { ...signatures.get(name)!, effects: effects(s, slots.flat(), slots.slice(0, destinations(name)).flat()) };
    calls.set(key, signature);
  }
  return signature;
}

/** Calls one with the status block as its last argument. */
export function callX87(t: X86Translator, name: X87Function, ...operands: (Place | Value)[]): Value {
  const { ir, stateBase, s } = t;
  const address = ({ kind, at }: Place): Value => ir.i32(stateBase + (kind === "register" ? s.x87 : s.scratch) + 16 * at);
  const args = operands.map((operand) => (isPlace(operand) ? address(operand) : operand));
  return ir.call(signatureFor(s, name, operands), ...args, ir.i32(stateBase + s.system.fcw.offset));
}
