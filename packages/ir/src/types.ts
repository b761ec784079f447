/** The types of IR values. A truth value is an i32 that is 0 or 1. */
export type Type = "i32" | "i64" | "f32" | "f64" | "v128";

export const typeSize: Record<Type, number> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };
