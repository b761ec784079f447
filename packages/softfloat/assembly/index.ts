// The exported functions. Names: <format>_<operation>; typed arithmetic takes f32/f64, its twins on raw bits end in _bits,
// everything else takes raw bits. ../src/functions.ts lists the signatures; a test compares the two.
import { approximateReciprocal, approximateReciprocalRoot } from "./approximate";
import { addSub, divide, multiply, squareRoot } from "./arithmetic";
import { compare, EQUAL, GREATER, minMax, minMaxNumber, minMaxSecond, UNORDERED } from "./compare";
import { convert, fromInteger, fromSigned, roundToInt, toInteger } from "./convert";
import {
  reciprocalEstimate,
  reciprocalRootEstimate,
  reciprocalRootStep,
  reciprocalStep,
  unsignedReciprocalEstimate,
  unsignedReciprocalRootEstimate,
} from "./estimate";
import { add32, add64, div32, div64, mul32, mul64, mulAdd32, mulAdd64, sqrt32, sqrt64, sub32, sub64 } from "./fast";
import { multiplyAdd } from "./multiply-add";

export function f32_add(a: f32, b: f32, st: usize): f32 {
  return add32(a, b, st);
}
export function f32_sub(a: f32, b: f32, st: usize): f32 {
  return sub32(a, b, st);
}
export function f32_mul(a: f32, b: f32, st: usize): f32 {
  return mul32(a, b, st);
}
export function f32_div(a: f32, b: f32, st: usize): f32 {
  return div32(a, b, st);
}
export function f32_sqrt(a: f32, st: usize): f32 {
  return sqrt32(a, st);
}
export function f32_mul_add(a: f32, b: f32, c: f32, st: usize): f32 {
  return mulAdd32(a, b, c, st);
}
export function f32_add_bits(a: u32, b: u32, st: usize): u32 {
  return addSub<u32>(a, b, false, st);
}
export function f32_sub_bits(a: u32, b: u32, st: usize): u32 {
  return addSub<u32>(a, b, true, st);
}
export function f32_mul_bits(a: u32, b: u32, st: usize): u32 {
  return multiply<u32>(a, b, st);
}
export function f32_div_bits(a: u32, b: u32, st: usize): u32 {
  return divide<u32>(a, b, st);
}
export function f32_sqrt_bits(a: u32, st: usize): u32 {
  return squareRoot<u32>(a, st);
}
export function f32_mul_add_bits(a: u32, b: u32, c: u32, st: usize): u32 {
  return multiplyAdd<u32>(a, b, c, st);
}
export function f32_min(a: u32, b: u32, st: usize): u32 {
  return minMax<u32>(a, b, false, st);
}
export function f32_max(a: u32, b: u32, st: usize): u32 {
  return minMax<u32>(a, b, true, st);
}
export function f32_min_num(a: u32, b: u32, st: usize): u32 {
  return minMaxNumber<u32>(a, b, false, st);
}
export function f32_max_num(a: u32, b: u32, st: usize): u32 {
  return minMaxNumber<u32>(a, b, true, st);
}
export function f32_min_second(a: u32, b: u32, st: usize): u32 {
  return minMaxSecond<u32>(a, b, false, st);
}
export function f32_max_second(a: u32, b: u32, st: usize): u32 {
  return minMaxSecond<u32>(a, b, true, st);
}
export function f32_compare_quiet(a: u32, b: u32, st: usize): i32 {
  return compare<u32>(a, b, false, st);
}
export function f32_compare_signaling(a: u32, b: u32, st: usize): i32 {
  return compare<u32>(a, b, true, st);
}
export function f32_eq(a: u32, b: u32, st: usize): i32 {
  return -(<i32>(compare<u32>(a, b, false, st) == EQUAL));
}
export function f32_ge(a: u32, b: u32, st: usize): i32 {
  const order = compare<u32>(a, b, true, st);
  return -(<i32>(order >= EQUAL && order < UNORDERED));
}
export function f32_gt(a: u32, b: u32, st: usize): i32 {
  return -(<i32>(compare<u32>(a, b, true, st) == GREATER));
}
export function f32_round_to_int(a: u32, rounding: i32, exact: i32, st: usize): u32 {
  return roundToInt<u32>(a, rounding, exact != 0, st);
}
export function f32_to_i16(a: u32, pointBits: i32, rounding: i32, st: usize): i32 {
  return <i32>toInteger<u32>(a, pointBits, 16, true, rounding, st);
}
export function f32_to_u16(a: u32, pointBits: i32, rounding: i32, st: usize): u32 {
  return <u32>toInteger<u32>(a, pointBits, 16, false, rounding, st);
}
export function f32_to_i32(a: u32, pointBits: i32, rounding: i32, st: usize): i32 {
  return <i32>toInteger<u32>(a, pointBits, 32, true, rounding, st);
}
export function f32_to_u32(a: u32, pointBits: i32, rounding: i32, st: usize): u32 {
  return <u32>toInteger<u32>(a, pointBits, 32, false, rounding, st);
}
export function f32_to_i64(a: u32, pointBits: i32, rounding: i32, st: usize): i64 {
  return <i64>toInteger<u32>(a, pointBits, 64, true, rounding, st);
}
export function f32_to_u64(a: u32, pointBits: i32, rounding: i32, st: usize): u64 {
  return <u64>toInteger<u32>(a, pointBits, 64, false, rounding, st);
}
export function i32_to_f32(value: i32, pointBits: i32, rounding: i32, st: usize): u32 {
  return fromSigned<u32>(<i64>value, pointBits, rounding, st);
}
export function u32_to_f32(value: u32, pointBits: i32, rounding: i32, st: usize): u32 {
  return fromInteger<u32>(false, <u64>value, pointBits, rounding, st);
}
export function i64_to_f32(value: i64, pointBits: i32, rounding: i32, st: usize): u32 {
  return fromSigned<u32>(value, pointBits, rounding, st);
}
export function u64_to_f32(value: u64, pointBits: i32, rounding: i32, st: usize): u32 {
  return fromInteger<u32>(false, value, pointBits, rounding, st);
}
export function f64_add(a: f64, b: f64, st: usize): f64 {
  return add64(a, b, st);
}
export function f64_sub(a: f64, b: f64, st: usize): f64 {
  return sub64(a, b, st);
}
export function f64_mul(a: f64, b: f64, st: usize): f64 {
  return mul64(a, b, st);
}
export function f64_div(a: f64, b: f64, st: usize): f64 {
  return div64(a, b, st);
}
export function f64_sqrt(a: f64, st: usize): f64 {
  return sqrt64(a, st);
}
export function f64_mul_add(a: f64, b: f64, c: f64, st: usize): f64 {
  return mulAdd64(a, b, c, st);
}
export function f64_add_bits(a: u64, b: u64, st: usize): u64 {
  return addSub<u64>(a, b, false, st);
}
export function f64_sub_bits(a: u64, b: u64, st: usize): u64 {
  return addSub<u64>(a, b, true, st);
}
export function f64_mul_bits(a: u64, b: u64, st: usize): u64 {
  return multiply<u64>(a, b, st);
}
export function f64_div_bits(a: u64, b: u64, st: usize): u64 {
  return divide<u64>(a, b, st);
}
export function f64_sqrt_bits(a: u64, st: usize): u64 {
  return squareRoot<u64>(a, st);
}
export function f64_mul_add_bits(a: u64, b: u64, c: u64, st: usize): u64 {
  return multiplyAdd<u64>(a, b, c, st);
}
export function f64_min(a: u64, b: u64, st: usize): u64 {
  return minMax<u64>(a, b, false, st);
}
export function f64_max(a: u64, b: u64, st: usize): u64 {
  return minMax<u64>(a, b, true, st);
}
export function f64_min_num(a: u64, b: u64, st: usize): u64 {
  return minMaxNumber<u64>(a, b, false, st);
}
export function f64_max_num(a: u64, b: u64, st: usize): u64 {
  return minMaxNumber<u64>(a, b, true, st);
}
export function f64_min_second(a: u64, b: u64, st: usize): u64 {
  return minMaxSecond<u64>(a, b, false, st);
}
export function f64_max_second(a: u64, b: u64, st: usize): u64 {
  return minMaxSecond<u64>(a, b, true, st);
}
export function f64_compare_quiet(a: u64, b: u64, st: usize): i32 {
  return compare<u64>(a, b, false, st);
}
export function f64_compare_signaling(a: u64, b: u64, st: usize): i32 {
  return compare<u64>(a, b, true, st);
}
export function f64_eq(a: u64, b: u64, st: usize): i32 {
  return -(<i32>(compare<u64>(a, b, false, st) == EQUAL));
}
export function f64_ge(a: u64, b: u64, st: usize): i32 {
  const order = compare<u64>(a, b, true, st);
  return -(<i32>(order >= EQUAL && order < UNORDERED));
}
export function f64_gt(a: u64, b: u64, st: usize): i32 {
  return -(<i32>(compare<u64>(a, b, true, st) == GREATER));
}
export function f64_round_to_int(a: u64, rounding: i32, exact: i32, st: usize): u64 {
  return roundToInt<u64>(a, rounding, exact != 0, st);
}
export function f64_to_i16(a: u64, pointBits: i32, rounding: i32, st: usize): i32 {
  return <i32>toInteger<u64>(a, pointBits, 16, true, rounding, st);
}
export function f64_to_u16(a: u64, pointBits: i32, rounding: i32, st: usize): u32 {
  return <u32>toInteger<u64>(a, pointBits, 16, false, rounding, st);
}
export function f64_to_i32(a: u64, pointBits: i32, rounding: i32, st: usize): i32 {
  return <i32>toInteger<u64>(a, pointBits, 32, true, rounding, st);
}
export function f64_to_u32(a: u64, pointBits: i32, rounding: i32, st: usize): u32 {
  return <u32>toInteger<u64>(a, pointBits, 32, false, rounding, st);
}
export function f64_to_i64(a: u64, pointBits: i32, rounding: i32, st: usize): i64 {
  return <i64>toInteger<u64>(a, pointBits, 64, true, rounding, st);
}
export function f64_to_u64(a: u64, pointBits: i32, rounding: i32, st: usize): u64 {
  return <u64>toInteger<u64>(a, pointBits, 64, false, rounding, st);
}
export function i32_to_f64(value: i32, pointBits: i32, rounding: i32, st: usize): u64 {
  return fromSigned<u64>(<i64>value, pointBits, rounding, st);
}
export function u32_to_f64(value: u32, pointBits: i32, rounding: i32, st: usize): u64 {
  return fromInteger<u64>(false, <u64>value, pointBits, rounding, st);
}
export function i64_to_f64(value: i64, pointBits: i32, rounding: i32, st: usize): u64 {
  return fromSigned<u64>(value, pointBits, rounding, st);
}
export function u64_to_f64(value: u64, pointBits: i32, rounding: i32, st: usize): u64 {
  return fromInteger<u64>(false, value, pointBits, rounding, st);
}
export function f32_to_f64(a: u32, st: usize): u64 {
  return convert<u32, u64>(a, st);
}
export function f64_to_f32(a: u64, st: usize): u32 {
  return convert<u64, u32>(a, st);
}
export function f16_to_f32(a: u32, st: usize): u32 {
  return convert<u16, u32>(<u16>a, st);
}
export function f32_to_f16(a: u32, st: usize): u32 {
  return <u32>convert<u32, u16>(a, st);
}
export function f16_to_f64(a: u32, st: usize): u64 {
  return convert<u16, u64>(<u16>a, st);
}
export function f64_to_f16(a: u64, st: usize): u32 {
  return <u32>convert<u64, u16>(a, st);
}
export function f32_recip_estimate(a: u32, st: usize): u32 {
  return reciprocalEstimate(a, st);
}
export function f32_rsqrt_estimate(a: u32, st: usize): u32 {
  return reciprocalRootEstimate(a, st);
}
export function f32_recip_step(a: u32, b: u32, st: usize): u32 {
  return reciprocalStep(a, b, st);
}
export function f32_rsqrt_step(a: u32, b: u32, st: usize): u32 {
  return reciprocalRootStep(a, b, st);
}
export function f32_recip_approx(a: u32): u32 {
  return approximateReciprocal(a);
}
export function f32_rsqrt_approx(a: u32): u32 {
  return approximateReciprocalRoot(a);
}
export function u32_recip_estimate(a: u32): u32 {
  return unsignedReciprocalEstimate(a);
}
export function u32_rsqrt_estimate(a: u32): u32 {
  return unsignedReciprocalRootEstimate(a);
}
export * from "./x87";
