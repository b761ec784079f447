/** Objects of System V IPC: found by a key that programs agree on, known by a number, with owners and permissions. */
import { fail } from "../errno.ts";
import type { Credentials } from "../process.ts";

export const IPC = { PRIVATE: 0, CREAT: 0o1000, EXCL: 0o2000, NOWAIT: 0o4000, RMID: 0, SET: 1, STAT: 2, INFO: 3 } as const;
/** Where the array of objects ends, in numbers: above it is how often the place was used. */
const PLACES = 32_768;

/** Read and write, as bits of a mode. */
export const READ = 4;
export const WRITE = 2;

export abstract class IpcObject {
  readonly id: number;
  key: number;
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  mode: number;
  changedNs: bigint;
  /** Nothing finds it any more, and who waits for it fails. */
  isRemoved = false;

  constructor(id: number, key: number, mode: number, { euid, egid }: Credentials, nowNs: bigint) {
    this.id = id;
    this.key = key;
    this.mode = mode & 0o777;
    this.uid = this.cuid = euid;
    this.gid = this.cgid = egid;
    this.changedNs = nowNs;
  }

  /** Its fields of struct ipc64_perm. */
  get permissions(): Readonly<Record<string, number>> {
    const { key, uid, gid, cuid, cgid, mode, id } = this;
    return { key, uid, gid, cuid, cgid, mode, seq: Math.floor(id / PLACES) };
  }

  /** Fails with EACCES unless all that the mode asks for is granted, whomever it asks it for. */
  check(wanted: number, { euid, egid, groups }: Credentials): void {
    const bits = ((wanted >> 6) | (wanted >> 3) | wanted) & 7;
    const isGroups = [this.gid, this.cgid].some((gid) => gid === egid || groups.includes(gid));
    const shift = euid === this.uid || euid === this.cuid ? 6 : isGroups ? 3 : 0;
    if (euid !== 0 && (bits & ~(this.mode >> shift)) !== 0) fail("EACCES");
  }

  /** Fails with EPERM for those who may not change or remove it. */
  checkOwner({ euid }: Credentials): void {
    if (euid !== 0 && euid !== this.uid && euid !== this.cuid) fail("EPERM");
  }

  /** IPC_SET. */
  setOwner(uid: number, gid: number, mode: number, nowNs: bigint): void {
    this.uid = uid;
    this.gid = gid;
    this.mode = (this.mode & ~0o777) | (mode & 0o777);
    this.changedNs = nowNs;
  }
}

export class IpcTable<T extends IpcObject> {
  readonly #objects = new Map<number, T>();
  readonly #most: number;
  /** How often each place was used. */
  readonly #uses: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** The highest place that is in use; 0 if none is. */
  get highest(): number {
    return Math.max(0, ...this.all.map(({ id }) => id % PLACES));
  }

  find(id: number): T {
    return this.#objects.get(id % PLACES)?.id === id ? this.#objects.get(id % PLACES)! : fail("EINVAL");
  }

  /** By its place and not its number: IPC's _STAT commands. */
  inPlace(place: number): T {
    return this.#objects.get(place) ?? fail("EINVAL");
  }

  /** What shmget, semget and msgget do: the object of that key, checked, or a new one. */
  get(key: number, flags: number, credentials: Credentials, make: (id: number) => T, check: (old: T) => void): number {
    const old = key === IPC.PRIVATE ? undefined : this.all.find((object) => object.key === key);
    if (old !== undefined) {
      if ((flags & IPC.CREAT) !== 0 && (flags & IPC.EXCL) !== 0) return fail("EEXIST");
      check(old);
      old.check(flags & 0o777, credentials);
      return old.id;
    }
    if (key !== IPC.PRIVATE && (flags & IPC.CREAT) === 0) return fail("ENOENT");
    if (this.#objects.size >= this.#most) return fail("ENOSPC");
    let place = 0;
    while (this.#objects.has(place)) place++;
    const object = make(place + PLACES * ((this.#uses[place] ?? 0) % PLACES));
    this.#uses[place] = (this.#uses[place] ?? 0) + 1;
    this.#objects.set(place, object);
    return object.id;
  }

  remove(object: T): void {
    object.isRemoved = true;
    if (this.#objects.get(object.id % PLACES) === object) this.#objects.delete(object.id % PLACES);
  }
}
