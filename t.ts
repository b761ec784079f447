import { optimize, printBlock } from "@tsemu/ir";
import { encode, handlers } from "@tsemu/interpreter";
import { ArmTranslator } from "./targets/arm/src/translator.ts";
import { buildTables, decodeA32 } from "./targets/arm/src/decode.ts";
import { findModel } from "./targets/arm/src/cpu-models.ts";
import { translateBlock } from "@tsemu/target";
const f = findModel("cortex-a15")!.features;
const words = process.argv.slice(2).map((x) => parseInt(x, 16));
const reader = { u32: (a) => words[(a - 0x1000) / 4], u16: (a) => 0, u8: () => 0 };
const t = translateBlock(new ArmTranslator(f, reader, decodeA32(buildTables(f)), 0x1000, 1 << 9, 0x2000), 12, words.length);
console.log(printBlock(t.ir));
const o = optimize(t.ir);
console.log(printBlock(o));
const e = encode(o, 0x100000, { constant: (ty, v) => { console.log("const", ty, v); return 0x40000; }, helper: () => 0 });
const names = new Map(handlers.map((h) => [h.index, h]));
for (let w = e.entry; w < e.words.length; ) { const h = names.get(e.words[w]!)!; console.log(h.name, [...e.words.subarray(w + 1, w + h.words)].map((x) => x.toString(16)).join(" ")); w += h.words; }
