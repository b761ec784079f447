export { KernelDebugger } from "./debugger.ts";
export { E, Errno, errnoName } from "./errno.ts";
export { errorText } from "./error-text.ts";
export { Kernel } from "./kernel.ts";
export { MissingInterpreter } from "./loader/exec.ts";
export type { HostLoop, KernelOptions, ProcessEnd } from "./ports.ts";
export { missingCalls } from "./syscalls/index.ts";
export { type FirstProgram, start } from "./start.ts";
export { makePipe, type PipeEnd } from "./vfs/pipe.ts";
