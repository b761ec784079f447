/** tsemu for programs: what there is to import. */
export { type ExitStatus, Process, type SpawnOptions, StartError } from "./process.ts";
