/**
 * Expression trees to the WebAssembly binary format, and nothing else: no validation, no optimization (V8 does both). A tenth of Binaryen's
 * time, and nothing to load. Nodes lie one after the other in an array of numbers:
 *
 *   [kind | result type << 8, fields of the kind ..., operands ...]
 *
 * They are never changed, so an expression may be used in several places.
 */
import { ByteBuffer } from "./byte-buffer.ts";
import { memoryOpcodes, opcodeNamed } from "./opcodes.ts";
import { type BranchHint, branchHints, builderName, type Expr, type WasmModule, type WasmType, wasmTypes } from "./wasm-module.ts";

const kinds = {
  op: 0,
  lane: 1,
  memory: 2,
  const32: 3,
  constant: 4,
  localGet: 5,
  localSet: 6,
  localTee: 7,
  block: 8,
  loop: 9,
  if: 10,
  br: 11,
  switch: 12,
  select: 13,
  return: 14,
  unreachable: 15,
  call: 16,
  callIndirect: 17,
  shuffle: 18,
} as const;

const valueTypes: Record<number, number> = { 0: 0x40, 2: 0x7f, 3: 0x7e, 4: 0x7d, 5: 0x7c, 6: 0x7b };
const NONE = -1;

interface FunctionRow {
  readonly type: number;
  readonly locals: readonly WasmType[];
  readonly body: Expr;
}
interface ImportRow {
  readonly module: string;
  readonly base: string;
  /** 0 function, 1 table, 2 memory; then the function's type. */
  readonly kind: number;
  readonly type: number;
}

type Build = (...args: never[]) => Expr;

export class Assembler {
  readonly #nodes: number[] = [];
  readonly #constants: (number | bigint | readonly number[])[] = [];
  readonly #labels = new Map<string, number>();
  /** By name: number, while a name is only known by calls a placeholder. */
  readonly #functionNames = new Map<string, number>();
  readonly #functionIndex: number[] = [];
  readonly #types = new Map<string, number>();
  readonly #typeRows: (readonly [params: readonly WasmType[], result: WasmType])[] = [];
  readonly #imports: ImportRow[] = [];
  readonly #functions: FunctionRow[] = [];
  readonly #functionNumbers: number[] = [];
  readonly #exports: (readonly [string, number])[] = [];
  #out = new ByteBuffer();
  /** Hints of each function's branches: offset in its body, index in branchHints; and those of the function being written. */
  readonly #hintsOf: [number, number][][] = [];
  #hints: [number, number][] = [];
  /** Labels of the blocks that are open where code is written, innermost last. */
  readonly #open: number[] = [];

  constructor() {
    const spaces: Record<string, Record<string, Build & Record<string, Build>>> = {};
    const define = (name: string, build: Build): void => {
      const [ns, op, sub] = builderName(name);
      const space = (spaces[ns] ??= {});
      if (sub === undefined) space[op] = build as Build & Record<string, Build>;
      else (space[op] ??= {} as Build & Record<string, Build>)[sub] = build;
    };
    for (const { name, code, operands, result, lane } of opcodeNamed.values()) {
      const head = (lane ? kinds.lane : kinds.op) | (result << 8);
      if (lane)
        define(
          name,
          operands === 1
            ? (a: Expr, index: number) => this.#node(head, code, index, 1, a)
            : (a: Expr, index: number, b: Expr) => this.#node(head, code, index, 2, a, b),
        );
      else if (operands === 1) define(name, (a: Expr) => this.#node(head, code, 1, a));
      else if (operands === 2) define(name, (a: Expr, b: Expr) => this.#node(head, code, 2, a, b));
      else define(name, (a: Expr, b: Expr, c: Expr) => this.#node(head, code, 3, a, b, c));
    }
    for (const [name, { code, store, result }] of memoryOpcodes) {
      const head = kinds.memory | (result << 8);
      define(
        name,
        store
          ? (offset: number, align: number, a: Expr, b: Expr) => this.#node(head, code, offset, Math.log2(align), 2, a, b)
          : (offset: number, align: number, a: Expr) => this.#node(head, code, offset, Math.log2(align), 1, a),
      );
    }
    define("i32.const", (value: number) => this.#node(kinds.const32 | (wasmTypes.i32 << 8), value | 0));
    for (const type of ["i64", "f32", "f64", "v128"] as const)
      define(`${type}.const`, (value: number | bigint | readonly number[]) =>
        this.#node(kinds.constant | (wasmTypes[type] << 8), this.#constants.push(value) - 1),
      );
    define("i8x16.shuffle", (a: Expr, b: Expr, lanes: readonly number[]) =>
      this.#node(kinds.shuffle | (wasmTypes.v128 << 8), this.#constants.push(lanes) - 1, a, b),
    );
    define("local.get", (index: number, type: WasmType) => this.#node(kinds.localGet | (type << 8), index));
    define("local.set", (index: number, value: Expr) => this.#node(kinds.localSet, index, value));
    define("local.tee", (index: number, value: Expr, type: WasmType) => this.#node(kinds.localTee | (type << 8), index, value));
    Object.assign(this, spaces);
  }

  #node(...words: number[]): Expr {
    const at = this.#nodes.length;
    this.#nodes.push(...words);
    return at;
  }

  #typeOf = (e: Expr): number => this.#nodes[e]! >>> 8;

  #label(name: string): number {
    let n = this.#labels.get(name);
    if (n === undefined) this.#labels.set(name, (n = this.#labels.size + 1));
    return n;
  }

  #type(params: readonly WasmType[], result: WasmType): number {
    const key = `${params.join()}:${result}`;
    let n = this.#types.get(key);
    if (n === undefined) {
      n = this.#typeRows.push([params, result]) - 1;
      this.#types.set(key, n);
    }
    return n;
  }

  #function(name: string): number {
    let n = this.#functionNames.get(name);
    if (n === undefined) this.#functionNames.set(name, (n = this.#functionNames.size));
    return n;
  }

  block(label: string | null, statements: readonly Expr[]): Expr {
    return this.#node(kinds.block, label === null ? 0 : this.#label(label), statements.length, ...statements);
  }
  loop(label: string, body: Expr): Expr {
    return this.#node(kinds.loop, this.#label(label), body);
  }
  if(condition: Expr, then: Expr, otherwise: Expr = NONE, hint?: BranchHint): Expr {
    const type = otherwise === NONE ? 0 : this.#typeOf(then);
    return this.#node(kinds.if | (type << 8), condition, then, otherwise, hint === undefined ? NONE : branchHints.indexOf(hint));
  }
  br(label: string): Expr {
    return this.#node(kinds.br, this.#label(label));
  }
  switch(labels: readonly string[], otherwise: string, index: Expr): Expr {
    return this.#node(kinds.switch, index, labels.length, ...labels.map((l) => this.#label(l)), this.#label(otherwise));
  }
  select(condition: Expr, yes: Expr, no: Expr): Expr {
    return this.#node(kinds.select | (this.#typeOf(yes) << 8), yes, no, condition);
  }
  return(value: Expr): Expr {
    return this.#node(kinds.return, value);
  }
  unreachable(): Expr {
    return this.#node(kinds.unreachable);
  }
  call(name: string, args: readonly Expr[], result: WasmType): Expr {
    return this.#node(kinds.call | (result << 8), 0x10, this.#function(name), args.length, ...args);
  }
  return_call(name: string, args: readonly Expr[], _result: WasmType): Expr {
    return this.#node(kinds.call, 0x12, this.#function(name), args.length, ...args);
  }
  call_indirect(_table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType): Expr {
    return this.#node(kinds.callIndirect | (result << 8), 0x11, this.#type(params, result), args.length + 1, ...args, target);
  }
  return_call_indirect(_table: string, target: Expr, args: readonly Expr[], params: readonly WasmType[], result: WasmType): Expr {
    return this.#node(kinds.callIndirect, 0x13, this.#type(params, result), args.length + 1, ...args, target);
  }
  copyExpression(expression: Expr): Expr {
    return expression;
  }

  addMemoryImport(_name: string, module: string, base: string): void {
    this.#imports.push({ module, base, kind: 2, type: 0 });
  }
  addTableImport(_name: string, module: string, base: string): void {
    this.#imports.push({ module, base, kind: 1, type: 0 });
  }
  addFunctionImport(name: string, module: string, base: string, params: readonly WasmType[], result: WasmType): void {
    this.#functionIndex[this.#function(name)] = this.#imports.filter((i) => i.kind === 0).length;
    this.#imports.push({ module, base, kind: 0, type: this.#type(params, result) });
  }
  addFunction(name: string, params: readonly WasmType[], result: WasmType, locals: readonly WasmType[], body: Expr): void {
    this.#functionNumbers.push(this.#function(name));
    this.#functions.push({ type: this.#type(params, result), locals, body });
  }
  addFunctionExport(name: string, exported: string): void {
    this.#exports.push([exported, this.#function(name)]);
  }

  emitBinary(): Uint8Array<ArrayBuffer> {
    const imported = this.#imports.filter((i) => i.kind === 0).length;
    this.#functionNumbers.forEach((number, i) => {
      this.#functionIndex[number] = imported + i;
    });
    // Bodies first: they are what takes room.
    const code = this.#bodies();
    const out = (this.#out = new ByteBuffer(code.length + 1024));
    out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    this.#section(1, this.#typeRows, ([params, result]) => {
      this.#out.byte(0x60);
      this.#out.unsigned(params.length);
      for (const p of params) this.#out.byte(valueTypes[p]!);
      this.#out.unsigned(result === 0 ? 0 : 1);
      if (result !== 0) this.#out.byte(valueTypes[result]!);
    });
    this.#section(2, this.#imports, ({ module, base, kind, type }) => {
      this.#out.text(module);
      this.#out.text(base);
      this.#out.byte(kind);
      if (kind === 0) this.#out.unsigned(type);
      else this.#out.append(kind === 1 ? [0x70, 0, 1] : [0, 1]);
    });
    this.#section(3, this.#functions, ({ type }) => this.#out.unsigned(type));
    this.#section(7, this.#exports, ([name, number]) => {
      this.#out.text(name);
      this.#out.byte(0);
      this.#out.unsigned(this.#functionIndex[number]!);
    });
    this.#branchHints(imported);
    out.byte(10);
    const count = new ByteBuffer(8);
    count.unsigned(this.#functions.length);
    out.unsigned(count.length + code.length);
    out.append(count.result());
    out.append(code);
    return out.result();
  }

  /** The custom section that tells V8 which way branches go (WebAssembly branch hinting): it keeps what only rare ways need out of the others'. */
  #branchHints(firstFunction: number): void {
    const section = new ByteBuffer(0x1000);
    section.text("metadata.code.branch_hint");
    section.unsigned(this.#hintsOf.filter((hints) => hints.length > 0).length);
    this.#hintsOf.forEach((hints, i) => {
      if (hints.length === 0) return;
      section.unsigned(firstFunction + i);
      section.unsigned(hints.length);
      for (const [offset, hint] of hints) {
        section.unsigned(offset);
        // Its size, and the hint.
        section.append([1, hint]);
      }
    });
    this.#out.byte(0);
    this.#out.unsigned(section.length);
    this.#out.append(section.bytes.subarray(0, section.length));
  }

  dispose(): void {}

  #section<T>(id: number, rows: readonly T[], write: (row: T) => void): void {
    if (rows.length === 0) return;
    const outer = this.#out;
    const inner = (this.#out = new ByteBuffer());
    inner.unsigned(rows.length);
    rows.forEach(write);
    this.#out = outer;
    outer.byte(id);
    outer.unsigned(inner.length);
    outer.append(inner.bytes.subarray(0, inner.length));
  }

  #bodies(): Uint8Array {
    const all = new ByteBuffer(0x4000);
    for (const { locals, body } of this.#functions) {
      this.#hints = [];
      this.#hintsOf.push(this.#hints);
      const out = (this.#out = new ByteBuffer(0x4000));
      const runs: [WasmType, number][] = [];
      for (const type of locals) {
        const last = runs.at(-1);
        if (last?.[0] === type) last[1]++;
        else runs.push([type, 1]);
      }
      out.unsigned(runs.length);
      for (const [type, n] of runs) {
        out.unsigned(n);
        out.byte(valueTypes[type]!);
      }
      this.#write(body);
      out.byte(0x0b);
      all.unsigned(out.length);
      all.append(out.bytes.subarray(0, out.length));
    }
    return all.bytes.subarray(0, all.length);
  }

  #opcode(code: number): void {
    if (code < 0x100) return this.#out.byte(code);
    this.#out.byte(code >>> 16);
    this.#out.unsigned(code & 0xffff);
  }

  #operands(at: number, count: number): void {
    for (let i = 0; i < count; i++) this.#write(this.#nodes[at + i]!);
  }

  #depthOf(label: number): number {
    const depth = this.#open.length - 1 - this.#open.lastIndexOf(label);
    if (depth >= this.#open.length) throw new Error("internal error: branch to a label that is not open");
    return depth;
  }

  #write(at: Expr): void {
    const nodes = this.#nodes;
    const out = this.#out;
    const head = nodes[at]!;
    switch (head & 0xff) {
      case kinds.op:
        this.#operands(at + 3, nodes[at + 2]!);
        return this.#opcode(nodes[at + 1]!);
      case kinds.lane:
        this.#operands(at + 4, nodes[at + 3]!);
        this.#opcode(nodes[at + 1]!);
        return out.byte(nodes[at + 2]!);
      case kinds.memory:
        this.#operands(at + 5, nodes[at + 4]!);
        this.#opcode(nodes[at + 1]!);
        out.unsigned(nodes[at + 3]!);
        return out.unsigned(nodes[at + 2]!);
      case kinds.const32:
        out.byte(0x41);
        return out.signed(nodes[at + 1]!);
      case kinds.constant:
        return this.#constant(head >>> 8, this.#constants[nodes[at + 1]!]!);
      case kinds.localGet:
        out.byte(0x20);
        return out.unsigned(nodes[at + 1]!);
      case kinds.localSet:
      case kinds.localTee:
        this.#write(nodes[at + 2]!);
        out.byte((head & 0xff) === kinds.localSet ? 0x21 : 0x22);
        return out.unsigned(nodes[at + 1]!);
      case kinds.block:
        return this.#block(at);
      case kinds.loop:
        out.append([0x03, 0x40]);
        this.#open.push(nodes[at + 1]!);
        this.#write(nodes[at + 2]!);
        this.#open.pop();
        return out.byte(0x0b);
      case kinds.if:
        return this.#if(at);
      case kinds.br:
        out.byte(0x0c);
        return out.unsigned(this.#depthOf(nodes[at + 1]!));
      case kinds.switch: {
        this.#write(nodes[at + 1]!);
        out.byte(0x0e);
        const count = nodes[at + 2]!;
        out.unsigned(count);
        for (let i = 0; i <= count; i++) out.unsigned(this.#depthOf(nodes[at + 3 + i]!));
        return;
      }
      case kinds.select:
        this.#operands(at + 1, 3);
        // Only numbers and vectors: the untyped form.
        return out.byte(0x1b);
      case kinds.return:
        this.#write(nodes[at + 1]!);
        return out.byte(0x0f);
      case kinds.unreachable:
        return out.byte(0x00);
      case kinds.call:
        this.#operands(at + 4, nodes[at + 3]!);
        out.byte(nodes[at + 1]!);
        return out.unsigned(this.#functionIndex[nodes[at + 2]!]!);
      case kinds.callIndirect:
        this.#operands(at + 4, nodes[at + 3]!);
        out.byte(nodes[at + 1]!);
        out.unsigned(nodes[at + 2]!);
        return out.byte(0);
      case kinds.shuffle:
        this.#operands(at + 2, 2);
        out.append([0xfd, 0x0d]);
        return out.append(this.#constants[nodes[at + 1]!] as readonly number[]);
    }
  }

  #block(at: Expr): void {
    const nodes = this.#nodes;
    const label = nodes[at + 1]!;
    if (label === 0) return this.#operands(at + 3, nodes[at + 2]!);
    this.#out.append([0x02, 0x40]);
    this.#open.push(label);
    this.#operands(at + 3, nodes[at + 2]!);
    this.#open.pop();
    this.#out.byte(0x0b);
  }

  #if(at: Expr): void {
    const nodes = this.#nodes;
    const out = this.#out;
    this.#write(nodes[at + 1]!);
    if (nodes[at + 4] !== NONE) this.#hints.push([out.length, nodes[at + 4]!]);
    out.byte(0x04);
    out.byte(valueTypes[nodes[at]! >>> 8]!);
    this.#open.push(0);
    this.#write(nodes[at + 2]!);
    if (nodes[at + 3] !== NONE) {
      out.byte(0x05);
      this.#write(nodes[at + 3]!);
    }
    this.#open.pop();
    out.byte(0x0b);
  }

  #constant(type: number, value: number | bigint | readonly number[]): void {
    const out = this.#out;
    if (type === wasmTypes.i64) {
      out.byte(0x42);
      return out.signed64(value as bigint);
    }
    if (type === wasmTypes.v128) {
      out.append([0xfd, 0x0c]);
      return out.append(value as readonly number[]);
    }
    const double = type === wasmTypes.f64;
    out.byte(double ? 0x44 : 0x43);
    const bytes = new Uint8Array(double ? new Float64Array([value as number]).buffer : new Float32Array([value as number]).buffer);
    out.append(bytes);
  }
}

export const newAssembler = (): WasmModule => new Assembler() as unknown as WasmModule;
