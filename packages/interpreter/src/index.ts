export * from "./encode.ts";
export * from "./handlers.ts";
export { interpreterWasm } from "./interpreter.generated.ts";
