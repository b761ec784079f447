/**
 * FIFOs and sockets among the host's files. They cannot be made through the host's interface, and need not be: only the emulator's
 * processes meet there. So they are kept here, by the directory that they are in, and nobody on the host sees them.
 */
import type { HostStat } from "@tsemu/hw";
import type { TmpFileSystem, TmpInode } from "./tmpfs.ts";

export class SpecialFiles {
  readonly #fs: () => TmpFileSystem;
  readonly #directories = new Map<string, Map<string, TmpInode>>();

  /** `fs`: where they are made. */
  constructor(fs: () => TmpFileSystem) {
    this.#fs = fs;
  }

  /** There are none at all: nothing has to be looked for. */
  get isEmpty(): boolean {
    return this.#directories.size === 0;
  }

  #key({ dev, ino }: HostStat): string {
    return `${dev}:${ino}`;
  }

  in(directory: HostStat): ReadonlyMap<string, TmpInode> | undefined {
    return this.#directories.get(this.#key(directory));
  }

  create(directory: HostStat, name: string, mode: number): TmpInode {
    const inode = this.#fs().makeSpecial(mode);
    this.put(directory, name, inode);
    return inode;
  }

  put(directory: HostStat, name: string, inode: TmpInode): void {
    const key = this.#key(directory);
    this.#directories.set(key, new Map([...(this.#directories.get(key) ?? []), [name, inode]]));
  }

  /** Takes it out of the directory; undefined if it is none of these. */
  remove(directory: HostStat, name: string): TmpInode | undefined {
    const key = this.#key(directory);
    const entries = this.#directories.get(key);
    const inode = entries?.get(name);
    if (entries === undefined || inode === undefined) return undefined;
    entries.delete(name);
    if (entries.size === 0) this.#directories.delete(key);
    return inode;
  }
}
