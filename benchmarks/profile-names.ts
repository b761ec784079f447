/** Loaded before the emulator when it is profiled: gives WebAssembly modules names, by which a profile tells their functions apart. */
import { decodeBase64 } from "@tsemu/base";
import { interpreterWasm } from "@tsemu/interpreter";
import { softFloatBytes } from "@tsemu/softfloat";

/** By length; all other modules are compiled guest code. */
const names = new Map([
  [decodeBase64(interpreterWasm).length, "interpreter"],
  [softFloatBytes().length, "soft-float"],
]);

/** The module with a custom section "name" that holds its name (the specification's appendix on custom sections). */
const named = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const encoder = new TextEncoder();
  const text = encoder.encode(names.get(bytes.length) ?? "compiled");
  const section = [0, text.length + 8, 4, ...encoder.encode("name"), 0, text.length + 1, text.length, ...text];
  const copy = new Uint8Array(bytes.length + section.length);
  copy.set(bytes);
  copy.set(section, bytes.length);
  return copy;
};

const { Module } = WebAssembly;
class NamedModule extends Module {
  constructor(bytes: Uint8Array) {
    super(named(bytes));
  }
}
Object.assign(WebAssembly, { Module: NamedModule });
