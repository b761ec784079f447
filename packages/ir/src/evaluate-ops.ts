/** The value ops for evaluate(): from bits to bits. The names are those of ops.ts. */

const mask = (width: number): bigint => (1n << BigInt(width)) - 1n;
const signed = (x: bigint, width: number): bigint => BigInt.asIntN(width, x);
const unsigned = (x: bigint, width: number): bigint => BigInt.asUintN(width, x);
const truth = (x: boolean): bigint => (x ? 1n : 0n);
const saturate = (x: bigint, least: bigint, greatest: bigint): bigint => (x < least ? least : x > greatest ? greatest : x);
const signedLimits = (width: number): [bigint, bigint] => [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n];
const saturateS = (x: bigint, width: number): bigint => saturate(x, ...signedLimits(width));
const saturateU = (x: bigint, width: number): bigint => saturate(x, 0n, mask(width));
const sign = (x: bigint, width: number): bigint => x >> BigInt(width - 1);

const comparisons: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

type Binary = (a: bigint, b: bigint, width: number) => bigint;

const count = (bits: bigint): bigint => BigInt(bits.toString(2).replaceAll("0", "").length);
const leadingZeros = (a: bigint, width: number): bigint => BigInt(width - (a === 0n ? 0 : a.toString(2).length));
const reverseBytes = (a: bigint, width: number): bigint => {
  let result = 0n;
  for (let i = 0; i < width; i += 8) result = (result << 8n) | ((a >> BigInt(i)) & 0xffn);
  return result;
};

/** Ops on integers of any width; results are taken modulo 2^width by the caller. */
const integerOps: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, w) => a << (b % BigInt(w)),
  shr_u: (a, b, w) => a >> (b % BigInt(w)),
  shr_s: (a, b, w) => signed(a, w) >> (b % BigInt(w)),
  rotl: (a, b, w) => (a << (b % BigInt(w))) | (a >> (BigInt(w) - (b % BigInt(w)))),
  rotr: (a, b, w) => (a >> (b % BigInt(w))) | (a << (BigInt(w) - (b % BigInt(w)))),
  clz: (a, _b, w) => leadingZeros(a, w),
  ctz: (a, _b, w) => (a === 0n ? BigInt(w) : count((a & -a) - 1n)),
  popcnt: (a) => count(a),
  extend8_s: (a) => signed(a, 8),
  extend16_s: (a) => signed(a, 16),
  extend32_s: (a) => signed(a, 32),
  div_s: (a, b, w) => (b === 0n ? 0n : signed(a, w) / signed(b, w)),
  div_u: (a, b) => (b === 0n ? 0n : a / b),
  rem_s: (a, b, w) => (b === 0n ? 0n : signed(a, w) % signed(b, w)),
  rem_u: (a, b) => (b === 0n ? 0n : a % b),
  // Only the sign bit is defined; these are the values of the usual formulas.
  add_overflow: (a, b) => (a ^ (a + b)) & (b ^ (a + b)),
  sub_overflow: (a, b) => (a ^ b) & (a ^ (a - b)),
  bswap: (a, _b, w) => reverseBytes(a, w),
  neg: (a) => -a,
  abs: (a, _b, w) => (signed(a, w) < 0n ? -signed(a, w) : a),
  min_s: (a, b, w) => (signed(a, w) < signed(b, w) ? a : b),
  max_s: (a, b, w) => (signed(a, w) > signed(b, w) ? a : b),
  min_u: (a, b) => (a < b ? a : b),
  max_u: (a, b) => (a > b ? a : b),
  add_sat_s: (a, b, w) => saturateS(signed(a, w) + signed(b, w), w),
  add_sat_u: (a, b, w) => saturateU(a + b, w),
  sub_sat_s: (a, b, w) => saturateS(signed(a, w) - signed(b, w), w),
  sub_sat_u: (a, b, w) => saturateU(a - b, w),
  avgr_u: (a, b) => (a + b + 1n) >> 1n,
  q15mulr_sat_s: (a, b, w) => saturateS((signed(a, w) * signed(b, w) + 0x4000n) >> 15n, w),
};

/** A comparison such as "lt_s" or "eq", or undefined. */
function comparison(name: string, width: number): ((a: bigint, b: bigint) => boolean) | undefined {
  const [relation = "", signedness] = name.split("_");
  const holds = comparisons[relation];
  if (holds === undefined || name.length > 4) return undefined;
  return signedness === "s" ? (a, b) => holds(signed(a, width), signed(b, width)) : holds;
}

// ---- floats

const buffer = (): DataView => new DataView(new ArrayBuffer(8));
const toFloat = (bits: bigint, width: number): number => {
  const view = buffer();
  view.setBigUint64(0, bits << BigInt(64 - width));
  return width === 32 ? view.getFloat32(0) : view.getFloat64(0);
};
const fromFloat = (value: number, width: number): bigint => {
  const view = buffer();
  if (width === 32) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return view.getBigUint64(0) >> BigInt(64 - width);
};
const nearestEven = (x: number): number => {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const rounded = rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
};

const floatOps: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  pmin: (a, b) => (b < a ? b : a),
  pmax: (a, b) => (a < b ? b : a),
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest: nearestEven,
  sqrt: Math.sqrt,
};

const floatComparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

function floatOp(name: string, width: number, a: bigint, b: bigint): bigint | undefined {
  const signBit = 1n << BigInt(width - 1);
  // These act on the bits, NaNs' too.
  if (name === "abs") return a & ~signBit;
  if (name === "neg") return a ^ signBit;
  if (name === "copysign") return (a & ~signBit) | (b & signBit);
  const op = floatOps[name];
  return op === undefined ? undefined : fromFloat(op(toFloat(a, width), toFloat(b, width)), width);
}

/** trunc_sat: NaN is 0. */
const truncSat = (x: number, width: number, isSigned: boolean): bigint => {
  if (Number.isNaN(x)) return 0n;
  const [least, greatest] = isSigned ? signedLimits(width) : [0n, mask(width)];
  if (x >= Number(greatest)) return unsigned(greatest, width);
  if (x <= Number(least)) return unsigned(least, width);
  return unsigned(BigInt(Math.trunc(x)), width);
};

/** An integer as f32 or f64, rounded once. */
const convert = (x: bigint, width: number): bigint => {
  if (width === 64) return fromFloat(Number(x), 64);
  // To f32 by way of f64 could round twice: make the bits lost on the way sticky first.
  const magnitude = x < 0n ? -x : x;
  const excess = magnitude.toString(2).length - 40;
  if (excess <= 0) return fromFloat(Number(x), 32);
  const shift = BigInt(excess);
  const kept = ((magnitude >> shift) | truth((magnitude & mask(excess)) !== 0n)) << shift;
  return fromFloat(Number(x < 0n ? -kept : kept), 32);
};

function conversion(type: string, name: string, a: bigint): bigint | undefined {
  const to = type.endsWith("64") ? 64 : 32;
  const match = /^(wrap|extend|trunc_sat|convert|demote|promote|reinterpret)_([if])(32|64)(?:_([su]))?$/.exec(name);
  if (match === null) return undefined;
  const [, what, , width, signedness] = match;
  const from = Number(width);
  const value = signedness === "s" ? signed(a, from) : a;
  if (what === "wrap" || what === "extend") return unsigned(value, to);
  if (what === "trunc_sat") return truncSat(toFloat(a, from), to, signedness === "s");
  if (what === "convert") return convert(value, to);
  return what === "reinterpret" ? a : fromFloat(toFloat(a, from), to);
}

// ---- vectors

interface Shape {
  readonly float: boolean;
  readonly width: number;
  readonly count: number;
}
const shapeOf = (type: string): Shape | undefined => {
  const match = /^([if])(\d+)x(\d+)$/.exec(type);
  return match === null ? undefined : { float: match[1] === "f", width: Number(match[2]), count: Number(match[3]) };
};
const split = (vector: bigint, width: number): bigint[] =>
  Array.from({ length: 128 / width }, (_, i) => (vector >> BigInt(i * width)) & mask(width));
const join = (lanes: readonly bigint[], width: number): bigint =>
  lanes.reduceRight((vector, lane) => (vector << BigInt(width)) | unsigned(lane, width), 0n);

/** Ops from lanes of half the width (or to), which name the other shape. */
function widening(name: string, { width }: Shape, a: bigint, b: bigint): bigint | undefined {
  const match = /^(narrow|extend_low|extend_high|extmul_low|extmul_high|extadd_pairwise)_i(\d+)x\d+_([su])$/.exec(name);
  if (match === null) return name === "dot_i16x8_s" ? dot(a, b) : undefined;
  const [, what, other, signedness] = match;
  const narrow = Number(other);
  const extended = (vector: bigint, isSigned = signedness === "s"): bigint[] =>
    split(vector, narrow).map((x) => (isSigned ? signed(x, narrow) : x));
  if (what === "narrow") {
    const limit = signedness === "s" ? saturateS : saturateU;
    return join(
      [...extended(a, true), ...extended(b, true)].map((x) => limit(x, width)),
      width,
    );
  }
  const [x, y] = [extended(a), extended(b)];
  if (what === "extadd_pairwise")
    return join(
      x.filter((_, i) => i % 2 === 0).map((lane, i) => lane + x[2 * i + 1]!),
      width,
    );
  const half = (lanes: bigint[]): bigint[] => (what!.endsWith("low") ? lanes.slice(0, lanes.length / 2) : lanes.slice(lanes.length / 2));
  const yHalf = half(y);
  return join(
    half(x).map((lane, i) => (what!.startsWith("extmul") ? lane * yHalf[i]! : lane)),
    width,
  );
}

const dot = (a: bigint, b: bigint): bigint => {
  const products = split(a, 16).map((x, i) => signed(x, 16) * signed(split(b, 16)[i]!, 16));
  return join(
    [0, 2, 4, 6].map((i) => products[i]! + products[i + 1]!),
    32,
  );
};

function vectorConversion(name: string, shape: Shape, a: bigint): bigint | undefined {
  const match = /^(trunc_sat|convert|convert_low|demote|promote_low)_([if])(\d+)x\d+(?:_([su]))?(_zero)?$/.exec(name);
  if (match === null) return undefined;
  const [, what, , width, signedness] = match;
  const from = Number(width);
  const lanes = split(a, from).slice(0, Math.min(shape.count, 128 / from));
  return join(
    lanes.map((x) => {
      if (what === "trunc_sat") return truncSat(toFloat(x, from), shape.width, signedness === "s");
      if (what!.startsWith("convert")) return convert(signedness === "s" ? signed(x, from) : x, shape.width);
      return fromFloat(toFloat(x, from), shape.width);
    }),
    shape.width,
  );
}

const wholeVector: Readonly<Record<string, (a: bigint, b: bigint, c: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andnot: (a, b) => a & ~b & mask(128),
  not: (a) => ~a & mask(128),
  bitselect: (a, b, c) => (a & c) | (b & ~c & mask(128)),
  any_true: (a) => truth(a !== 0n),
  select: (a, b, c) => (c !== 0n ? a : b),
};

function bytesOp(name: string, a: bigint, b: bigint, imm: number | readonly number[]): bigint | undefined {
  const bytes = split(a, 8);
  if (name === "shuffle")
    return join(
      (imm as readonly number[]).map((i) => [...bytes, ...split(b, 8)][i]!),
      8,
    );
  if (name === "swizzle")
    return join(
      split(b, 8).map((i) => bytes[Number(i)] ?? 0n),
      8,
    );
  return undefined;
}

function laneOp(name: string, shape: Shape, a: bigint, b: bigint, imm: number | readonly number[]): bigint | undefined {
  const { width, count: lanes, float } = shape;
  const x = split(a, width);
  const lane = Number(imm);
  switch (name) {
    case "splat":
      return join(
        Array.from({ length: lanes }, () => a),
        width,
      );
    case "extract_lane":
    case "extract_lane_u":
      return x[lane]!;
    case "extract_lane_s":
      return unsigned(signed(x[lane]!, width), 32);
    case "replace_lane":
      return join(x.with(lane, b), width);
    case "all_true":
      return truth(x.every((value) => value !== 0n));
    case "bitmask":
      return x.reduce((bits, value, i) => bits | (sign(value, width) << BigInt(i)), 0n);
    case "shl":
    case "shr_s":
    case "shr_u":
      return join(
        x.map((value) => integerOps[name]!(value, b, width)),
        width,
      );
  }
  const y = split(b, width);
  const compare = float ? floatComparisons[name] : undefined;
  const holds =
    compare === undefined
      ? float
        ? undefined
        : comparison(name, width)
      : (p: bigint, q: bigint) => compare(toFloat(p, width), toFloat(q, width));
  if (holds !== undefined)
    return join(
      x.map((value, i) => (holds(value, y[i]!) ? mask(width) : 0n)),
      width,
    );
  if (float)
    return floatOps[name] || name === "abs" || name === "neg"
      ? join(
          x.map((value, i) => floatOp(name, width, value, y[i]!)!),
          width,
        )
      : undefined;
  const op = integerOps[name];
  return op === undefined
    ? undefined
    : join(
        x.map((value, i) => op(value, y[i]!, width)),
        width,
      );
}

// ---- all

/** The result of the op of that name; throws where there is none. `imm` is the lane, or a shuffle's lanes. */
export function computeOp(fullName: string, args: readonly bigint[], imm: number | readonly number[]): bigint {
  const [type = "", name = ""] = fullName.split(".");
  const [a = 0n, b = 0n, c = 0n] = args;
  const result = scalarOp(type, name, a, b, c) ?? vectorOp(type, name, a, b, c, imm);
  if (result === undefined) throw new Error(`internal error: no IR op ${fullName} to evaluate`);
  return result;
}

function scalarOp(type: string, name: string, a: bigint, b: bigint, c: bigint): bigint | undefined {
  const match = /^([if])(32|64)$/.exec(type);
  if (match === null) return undefined;
  const width = Number(match[2]);
  if (name === "select") return c !== 0n ? a : b;
  const converted = conversion(type, name, a);
  if (converted !== undefined) return converted;
  if (match[1] === "f") {
    const holds = floatComparisons[name];
    return holds === undefined ? floatOp(name, width, a, b) : truth(holds(toFloat(a, width), toFloat(b, width)));
  }
  if (name === "eqz") return truth(a === 0n);
  const holds = comparison(name, width);
  if (holds !== undefined) return truth(holds(a, b));
  const op = integerOps[name];
  return op === undefined ? undefined : unsigned(op(a, b, width), width);
}

function vectorOp(type: string, name: string, a: bigint, b: bigint, c: bigint, imm: number | readonly number[]): bigint | undefined {
  if (type === "v128") return wholeVector[name]?.(a, b, c);
  const shape = shapeOf(type);
  if (shape === undefined) return undefined;
  return bytesOp(name, a, b, imm) ?? vectorConversion(name, shape, a) ?? widening(name, shape, a, b) ?? laneOp(name, shape, a, b, imm);
}
