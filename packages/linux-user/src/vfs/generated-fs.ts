/** File systems whose files are made when they are looked at: a tree of directories, texts and links, each a few functions. */
import { fail } from "../errno.ts";
import { stringBytes } from "../mm/user-access.ts";
import { S } from "./constants.ts";
import { type Caller, type DirEntry, type FileSystem, Inode, OpenFile, type Stat, type Statfs, seekIn } from "./types.ts";

export interface GeneratedText {
  readonly kind: "text";
  /** Permissions; by default 0444. */
  readonly mode?: number;
  /** One character a byte, or bytes. */
  content(): string | Uint8Array;
  /** Takes what is written to it; by default nothing may be. */
  write?(bytes: Uint8Array): void;
}

export interface GeneratedLink {
  readonly kind: "link";
  target(): string;
  /** What it leads to, where that is no matter of names. */
  inode?(): Inode | undefined;
}

export interface GeneratedDirectory {
  readonly kind: "directory";
  readonly mode?: number;
  /** What it tells of, for calls to which its descriptor stands for that. */
  readonly subject?: unknown;
  names(): readonly string[];
  /** Undefined where there is nothing of that name. It need not be among `names`. */
  get(name: string): GeneratedNode | undefined;
}

export type GeneratedNode = GeneratedText | GeneratedLink | GeneratedDirectory;

/** Who owns a file, and when it was made. */
export interface GeneratedOwner {
  readonly uid: number;
  readonly gid: number;
  readonly timeNs: bigint;
}

/** A directory of fixed entries. */
export const directoryOf = (entries: Readonly<Record<string, GeneratedNode>>): GeneratedDirectory => ({
  kind: "directory",
  names: () => Object.keys(entries),
  get: (name) => (Object.hasOwn(entries, name) ? entries[name] : undefined),
});

export const text = (content: () => string | Uint8Array, mode?: number): GeneratedText =>
  mode === undefined ? { kind: "text", content } : { kind: "text", content, mode };

const typeOf: Readonly<Record<GeneratedNode["kind"], number>> = { text: S.IFREG, link: S.IFLNK, directory: S.IFDIR };

export class GeneratedFileSystem implements FileSystem {
  readonly type: string;
  readonly root: Inode;
  readonly device: bigint;
  readonly #magic: number;
  readonly owner: () => GeneratedOwner;
  readonly #numbers = new Map<string, bigint>();

  /** `magic`: what statfs calls it. */
  constructor(type: string, magic: number, device: bigint, root: GeneratedDirectory, owner: () => GeneratedOwner) {
    this.type = type;
    this.#magic = magic;
    this.device = device;
    this.owner = owner;
    this.root = new GeneratedInode(this, "/", root);
  }

  /** The same path has the same number. */
  number(path: string): bigint {
    let number = this.#numbers.get(path);
    if (number === undefined) {
      number = BigInt(this.#numbers.size + 1);
      this.#numbers.set(path, number);
    }
    return number;
  }

  statfs(): Statfs {
    return { type: this.#magic, bsize: 4096, blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
  }
}

class GeneratedInode extends Inode {
  readonly fs: GeneratedFileSystem;
  readonly type: number;
  readonly path: string;
  readonly node: GeneratedNode;

  constructor(fs: GeneratedFileSystem, path: string, node: GeneratedNode) {
    super();
    this.fs = fs;
    this.path = path;
    this.node = node;
    this.type = typeOf[node.kind];
  }

  override stat(): Stat {
    const { node, fs } = this;
    const { uid, gid, timeNs } = fs.owner();
    const permissions =
      node.kind === "link" ? 0o777 : (node.mode ?? (node.kind === "directory" ? 0o555 : node.write === undefined ? 0o444 : 0o644));
    return {
      dev: fs.device,
      ino: fs.number(this.path),
      mode: this.type | permissions,
      nlink: node.kind === "directory" ? 2 : 1,
      uid,
      gid,
      rdev: 0n,
      size: 0,
      blksize: 1024,
      blocks: 0,
      atimeNs: timeNs,
      mtimeNs: timeNs,
      ctimeNs: timeNs,
    };
  }

  override lookup(name: string): Inode {
    if (this.node.kind !== "directory") return fail("ENOTDIR");
    const child = this.node.get(name) ?? fail("ENOENT");
    return new GeneratedInode(this.fs, `${this.path === "/" ? "" : this.path}/${name}`, child);
  }

  // As in /proc: what is not there cannot be made there.
  override create(): Inode {
    return fail("ENOENT");
  }
  override mkdir(): void {
    return fail("ENOENT");
  }

  override readlink(): string {
    return this.node.kind === "link" ? this.node.target() : fail("EINVAL");
  }

  override magicTarget(): Inode | undefined {
    return this.node.kind === "link" ? this.node.inode?.() : undefined;
  }

  override open(flags: number, _caller: Caller): OpenFile {
    const { node } = this;
    if (node.kind === "directory") return new GeneratedList(this, node, flags);
    if (node.kind === "text") return new GeneratedFile(this, node, flags);
    return fail("ELOOP");
  }
}

/** A text as it was when it was first read. */
class GeneratedFile extends OpenFile {
  readonly #inode: GeneratedInode;
  readonly #node: GeneratedText;
  #bytes: Uint8Array | undefined;

  constructor(inode: GeneratedInode, node: GeneratedText, flags: number) {
    super(flags, inode);
    this.#inode = inode;
    this.#node = node;
    if (this.isWritable && node.write === undefined) fail("EACCES");
  }

  override stat(): Stat {
    return this.#inode.stat();
  }

  #content(): Uint8Array {
    if (this.#bytes === undefined) {
      const content = this.#node.content();
      this.#bytes = typeof content === "string" ? stringBytes(content) : content;
    }
    return this.#bytes;
  }

  override read(into: Uint8Array): number {
    // Read again from the start it is made anew.
    if (this.position === 0) this.#bytes = undefined;
    const n = this.readAt(into, this.position);
    this.position += n;
    return n;
  }

  override readAt(into: Uint8Array, offset: number): number {
    const bytes = this.#content().subarray(offset, offset + into.length);
    into.set(bytes);
    return bytes.length;
  }

  override write(from: Uint8Array): number {
    this.#node.write!(from);
    return from.length;
  }

  override seek(offset: number, whence: number): ReturnType<typeof seekIn> {
    return seekIn(this, offset, whence, () => this.#content().length);
  }

  override truncate(): void {}
}

export class GeneratedList extends OpenFile {
  readonly #inode: GeneratedInode;
  readonly #node: GeneratedDirectory;
  #list: readonly DirEntry[] | undefined;

  constructor(inode: GeneratedInode, node: GeneratedDirectory, flags: number) {
    super(flags, inode);
    this.#inode = inode;
    this.#node = node;
  }

  override stat(): Stat {
    return this.#inode.stat();
  }

  get subject(): unknown {
    return this.#node.subject;
  }

  override read(): number {
    return fail("EISDIR");
  }

  override seek(offset: number, whence: number): ReturnType<typeof seekIn> {
    if (offset === 0 && whence === 0) this.#list = undefined;
    return seekIn(this, offset, whence, () => Number.MAX_SAFE_INTEGER);
  }

  override entries(): readonly DirEntry[] {
    if (this.#list === undefined) {
      const { fs, path } = this.#inode;
      const base = path === "/" ? "" : path;
      const dots = [".", ".."].map((name) => ({ name, ino: fs.number(path), type: S.IFDIR as number }));
      const names = this.#node.names().flatMap((name) => {
        const node = this.#node.get(name);
        return node === undefined ? [] : [{ name, ino: fs.number(`${base}/${name}`), type: typeOf[node.kind] }];
      });
      this.#list = [...dots, ...names];
    }
    return this.#list.slice(this.position);
  }
}
