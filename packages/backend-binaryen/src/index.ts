export * from "./lower.ts";
