/**
 * The text form back to IR: what print.ts writes, with any indentation, empty lines and comments from `;` to the end of the line.
 * Slots and helpers are named in the text and declared elsewhere: the caller looks them up.
 */
import { type Block, type HelperSignature, type Inst, nodes, type Value } from "./inst.ts";
import type { MemOp } from "./memop.ts";
import { findOp } from "./ops.ts";
import type { Slot } from "./state-layout.ts";
import { type Type, typeSize } from "./types.ts";

/** What the names in a text stand for. */
export interface Names {
  slot(name: string): Slot | undefined;
  helper(name: string): HelperSignature | undefined;
}

export class IrSyntaxError extends Error {
  /** Line of the text, from 1. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** The block with the line of the text, from 1, that each instruction came from. */
export interface ParsedBlock extends Block {
  readonly lines: readonly number[];
}

/** Throws IrSyntaxError where the text is not IR, or names what there is not. Whether the block makes sense is verify's business. */
export function parseBlock(text: string, names: Names): ParsedBlock {
  const parser = new Parser(names);
  text.split("\n").forEach((line, i) => parser.line(line, i + 1));
  return { insts: parser.insts, lines: parser.lines };
}

const isType = (name: string | undefined): name is Type => name !== undefined && name in typeSize;

class Parser {
  readonly insts: Inst[] = [];
  readonly lines: number[] = [];
  readonly #names: Names;
  readonly #values = new Map<number, Value>();
  #line = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  line(text: string, number: number): void {
    this.#line = number;
    const code = text.replace(/;.*/, "").trim();
    if (code === "") return;
    const definition = /^v(\d+):(\w+) = (.+)$/.exec(code);
    const inst = definition === null ? this.#effect(code) : this.#definition(Number(definition[1]), definition[2]!, definition[3]!);
    this.insts.push(inst);
    this.lines.push(number);
  }

  #fail(message: string): never {
    throw new IrSyntaxError(this.#line, message);
  }

  #definition(id: number, typeName: string, code: string): Value {
    if (!isType(typeName)) this.#fail(`no type ${typeName}`);
    const value = this.#value(id, typeName, code);
    if (value.type !== typeName) this.#fail(`the value is ${value.type ?? "none"}, not ${typeName}`);
    this.#values.set(id, value);
    return value;
  }

  #value(id: number, type: Type, code: string): Value {
    const { word, rest } = split(code);
    if (word === "const") return nodes.const(type, this.#constant(type, rest), id);
    if (word === "call") return this.#call(id, rest);
    if (word === "get") {
      const slot = this.#slot(rest);
      return nodes.get(slot, id);
    }
    const access = this.#access(word, "load", rest);
    if (access !== undefined) {
      const [address] = this.#operands(access.operands, 1);
      return nodes.load(access.mem, address!, id);
    }
    return this.#compute(id, word, rest);
  }

  #compute(id: number, name: string, rest: string): Value {
    const op = findOp(name);
    if (op === undefined) this.#fail(`no op ${name}`);
    const immediate = op.lanes === 0 ? undefined : /^(\d+|\[[\d ]*\]) (.*)$/.exec(rest);
    if (immediate === null) this.#fail(`${name} needs a lane`);
    const args = this.#operands(immediate === undefined ? rest : immediate[2]!, op.params.length);
    return nodes.compute(op, args, immediate === undefined ? 0 : lanes(immediate[1]!), id);
  }

  #effect(code: string): Inst {
    const { word, rest } = split(code);
    switch (word) {
      case "set": {
        const at = rest.lastIndexOf(",");
        const slot = this.#slot(rest.slice(0, at).trim());
        const [value] = this.#operands(rest.slice(at + 1), 1);
        return nodes.set(slot, value!);
      }
      case "call":
        return this.#call(-1, rest);
      case "insn": {
        const [pc, extra] = this.#numbers(rest, 1, 2);
        return nodes.insn(pc!, extra ?? 0);
      }
      case "if": {
        const [condition] = this.#operands(rest, 1);
        return nodes.if(condition!);
      }
      case "goto": {
        const [pc, flags] = this.#numbers(rest, 2);
        return nodes.goto(pc!, flags!);
      }
      case "raise": {
        const [exception, argument] = this.#numbers(rest, 2);
        return nodes.raise(exception!, argument!);
      }
      case "stop": {
        const [reason] = this.#numbers(rest, 1);
        return nodes.stop(reason!);
      }
      case "else":
      case "end":
      case "lookup":
        if (rest !== "") this.#fail(`${word} takes nothing`);
        return nodes[word]();
    }
    const access = this.#access(word, "store", rest);
    if (access === undefined) this.#fail(`no instruction ${word}`);
    const [address, value] = this.#operands(access.operands, 2);
    return nodes.store(access.mem, address!, value!);
  }

  #call(id: number, code: string): Value {
    const match = /^(\S+)\((.*)\)$/.exec(code);
    if (match === null) this.#fail("a call is written call name(operands)");
    const helper = this.#names.helper(match[1]!);
    if (helper === undefined) this.#fail(`no helper ${match[1]}`);
    return nodes.call(helper, this.#operands(match[2]!), id);
  }

  #slot(name: string): Slot {
    return this.#names.slot(name) ?? this.#fail(`no slot ${name}`);
  }

  /** "i32.load8_u align=1 mmu=0 ..." of the kind asked for, or undefined. */
  #access(word: string, kind: "load" | "store", rest: string): { mem: MemOp; operands: string } | undefined {
    const name = /^(\w+)\.(load|store)(\d*)(?:_([su]))?$/.exec(word);
    if (name === null || name[2] !== kind || !isType(name[1])) return undefined;
    const fields = /^align=(\d+) mmu=(\d+) (.*)$/.exec(rest);
    if (fields === null) this.#fail(`${word} needs align= and mmu=`);
    const type = name[1];
    const size = name[3] === "" ? typeSize[type] : Number(name[3]) / 8;
    return {
      mem: {
        size: size as MemOp["size"],
        signed: name[4] === "s",
        align: Number(fields[1]) as MemOp["align"],
        mmuIdx: Number(fields[2]),
        type,
      },
      operands: fields[3]!,
    };
  }

  /** Values that are defined so far, `count` of them if it is given. */
  #operands(text: string, count?: number): Value[] {
    const parts = text.trim() === "" ? [] : text.split(",").map((part) => part.trim());
    if (count !== undefined && parts.length !== count) this.#fail(`${count} operands wanted, not ${parts.length}`);
    return parts.map((part) => {
      const match = /^v(\d+)$/.exec(part);
      const value = match === null ? undefined : this.#values.get(Number(match[1]));
      return value ?? this.#fail(`no value ${part}`);
    });
  }

  #numbers(text: string, least: number, most = least): number[] {
    const numbers = text.split(",").map((part) => numberOf(part.trim()));
    if (numbers.length < least || numbers.length > most || numbers.some(Number.isNaN)) this.#fail(`not what was expected: ${text}`);
    return numbers;
  }

  #constant(type: Type, text: string): number | bigint {
    if (type === "i64" || type === "v128") {
      if (!/^(-?\d+|0x[\da-f]+)$/.test(text)) this.#fail(`not a number: ${text}`);
      return type === "i64" ? BigInt.asIntN(64, BigInt(text)) : BigInt.asUintN(128, BigInt(text));
    }
    const value = numberOf(text);
    if (Number.isNaN(value) && (type === "i32" || text !== "NaN")) this.#fail(`not a number: ${text}`);
    return type === "i32" ? value | 0 : type === "f32" ? Math.fround(value) : value;
  }
}

function split(code: string): { word: string; rest: string } {
  const space = code.indexOf(" ");
  return space < 0 ? { word: code, rest: "" } : { word: code.slice(0, space), rest: code.slice(space + 1).trim() };
}

/** Decimal, 0x and -0x; NaN for anything else. */
function numberOf(text: string): number {
  if (/^-?0x[\da-f]+$/.test(text)) return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
  return /^-?(\d|Infinity)/.test(text) ? Number(text) : Number.NaN;
}

const lanes = (text: string): number | number[] =>
  text.startsWith("[")
    ? text
        .slice(1, -1)
        .split(" ")
        .filter((lane) => lane !== "")
        .map(Number)
    : Number(text);
