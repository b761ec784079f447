/** What the control calls of the three kinds of System V IPC have in common. */
import type { IpcObject, IpcTable } from "../ipc/ipc-table.ts";
import { READ } from "../ipc/ipc-table.ts";
import type { StructValues } from "../struct-layout.ts";
import type { Call } from "../syscall-table.ts";

/** Set by libraries that have the structures of today; there were others. */
export const IPC_64 = 0x100;

/** A time in seconds, in two words. */
export const seconds = (ns: bigint): readonly number[] => [
  Number((ns / 1_000_000_000n) & 0xffff_ffffn),
  Number(ns / 0x3b9a_ca00_0000_0000n),
];

type Layout = "shmid64_ds" | "semid64_ds" | "msqid64_ds";

/** IPC_STAT, and the variants that take a place in the array, or ask for no permission. Returns what the call does. */
export function ipcStat<T extends IpcObject>(
  { kernel, task, memory }: Call,
  table: IpcTable<T>,
  id: number,
  how: { readonly byPlace: boolean; readonly any: boolean },
  at: number,
  layout: Layout,
  values: (object: T) => StructValues,
): number {
  const object = how.byPlace ? table.inPlace(id) : table.find(id);
  if (!how.any) object.check(READ, task.process.credentials);
  memory.write(at, kernel.layout(layout).build({ ...object.permissions, ctime: seconds(object.changedNs), ...values(object) }));
  return how.byPlace ? object.id : 0;
}

/** IPC_SET of owner and mode; returns the structure that was given, for the rest of it. */
export function ipcSet({ kernel, task, memory }: Call, object: IpcObject, at: number, name: Layout): (field: string) => number {
  const layout = kernel.layout(name);
  const bytes = memory.bytes(at, layout.size);
  object.checkOwner(task.process.credentials);
  const get = (field: string): number => layout.get(bytes, field);
  object.setOwner(get("uid"), get("gid"), get("mode"), kernel.realtimeNs());
  return get;
}
