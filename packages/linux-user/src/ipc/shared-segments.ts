/** Shared memory of System V: pages that live as long as the segment does, or somebody has it mapped. */
import { pageUp } from "../mm/mmap.ts";
import type { PagePool } from "../mm/page-pool.ts";
import { PageSource } from "../mm/page-source.ts";
import type { Vma } from "../mm/vma.ts";
import type { Credentials } from "../process.ts";
import { IpcObject, IpcTable } from "./ipc-table.ts";

/** Of a mode: it goes when the last mapping does. */
export const SHM_DEST = 0o1000;
export const MOST_SEGMENTS = 4096;

export class Segment extends IpcObject {
  readonly size: number;
  readonly source: PageSource;
  readonly creatorPid: number;
  lastPid = 0;
  attachedNs = 0n;
  detachedNs = 0n;

  constructor(
    id: number,
    key: number,
    mode: number,
    owner: { readonly credentials: Credentials; readonly pid: number; readonly nowNs: bigint },
    memory: { readonly size: number; readonly pool: PagePool; readonly unmapped: (segment: Segment) => void },
  ) {
    super(id, key, mode, owner.credentials, owner.nowNs);
    this.size = memory.size;
    this.creatorPid = owner.pid;
    const { size } = memory;
    this.source = new PageSource(memory.pool, { size: () => pageUp(size), fill: () => {} }, () => memory.unmapped(this));
  }
}

export class SharedSegments {
  readonly table = new IpcTable<Segment>(MOST_SEGMENTS);

  /** Removed: at once, or when nobody has it mapped any more. */
  remove(segment: Segment): void {
    segment.key = 0;
    segment.mode |= SHM_DEST;
    this.dropIfUnused(segment);
  }

  dropIfUnused(segment: Segment): void {
    if ((segment.mode & SHM_DEST) === 0 || segment.source.isMapped) return;
    this.table.remove(segment);
    segment.source.drop();
  }

  /** Whose mapping that is. */
  of(vma: Vma): Segment | undefined {
    return vma.source === undefined ? undefined : this.table.all.find(({ source }) => source === vma.source);
  }
}
