/** Names of AF_UNIX sockets: files of that kind, and names without a file (the abstract ones). */
import { Errno, fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { byteString } from "../mm/user-access.ts";
import type { Task } from "../task.ts";
import { S } from "../vfs/constants.ts";
import { findFile, mayAccess, walk } from "../vfs/names.ts";
import type { Inode } from "../vfs/types.ts";
import type { UnixSocket } from "./unix-socket.ts";

/** sockaddr_un: the family, then up to so many bytes. */
const FAMILY = 2;
const LONGEST = 110;

export class UnixNames {
  readonly #abstract = new Map<string, UnixSocket>();
  readonly #files = new WeakMap<Inode, UnixSocket>();
  #lastNumber = 0;

  /** Gives a socket its name; returns the address as getsockname has it. */
  async bind(kernel: Kernel, task: Task, address: Uint8Array, socket: UnixSocket): Promise<Uint8Array> {
    if (address.length > LONGEST) return fail("EINVAL");
    if (address.length === FAMILY) return this.#bindAnywhere(address, socket);
    if (address[FAMILY] === 0) {
      this.#put(byteString(address.subarray(FAMILY)), socket);
      return address;
    }
    const path = pathOf(address);
    const { at, parent, name } = await walk(kernel, task, path, { follow: false, sysroot: false });
    if (at !== undefined) return fail("EADDRINUSE");
    await mayAccess(task, parent.inode, 3);
    let inode: Inode;
    try {
      inode = await parent.inode.create(name, S.IFSOCK | (0o777 & ~task.fs.umask), 0n);
    } catch (error) {
      throw error instanceof Errno && error.number === 17 ? new Errno("EADDRINUSE") : error;
    }
    this.#files.set(inode, socket);
    const named = new Uint8Array(FAMILY + path.length + 1);
    named.set(address.subarray(0, FAMILY + path.length));
    return named;
  }

  #put(name: string, socket: UnixSocket): void {
    if (this.#abstract.has(name)) fail("EADDRINUSE");
    this.#abstract.set(name, socket);
    socket.onNameless = () => this.#abstract.delete(name);
  }

  /** An abstract name of five digits that nobody has. */
  #bindAnywhere(family: Uint8Array, socket: UnixSocket): Uint8Array {
    let name: string;
    do name = `\0${(++this.#lastNumber).toString(16).padStart(5, "0")}`;
    while (this.#abstract.has(name));
    this.#put(name, socket);
    return Uint8Array.from([...family, ...[...name].map((c) => c.charCodeAt(0))]);
  }

  /** Fails with ECONNREFUSED where nobody listens under that name any more. */
  async find(kernel: Kernel, task: Task, address: Uint8Array): Promise<UnixSocket> {
    if (address.length <= FAMILY || address.length > LONGEST) return fail("EINVAL");
    if (address[FAMILY] === 0) return this.#abstract.get(byteString(address.subarray(FAMILY))) ?? fail("ECONNREFUSED");
    const { inode } = await findFile(kernel, task, pathOf(address), { sysroot: false });
    await mayAccess(task, inode, 2);
    const socket = this.#files.get(inode);
    return socket === undefined || socket.isClosed ? fail("ECONNREFUSED") : socket;
  }
}

/** Up to the first 0. */
function pathOf(address: Uint8Array): string {
  const path = address.subarray(FAMILY);
  const end = path.indexOf(0);
  return byteString(end < 0 ? path : path.subarray(0, end));
}
