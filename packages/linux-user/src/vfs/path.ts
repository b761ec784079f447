/**
 * From names to files: mounts, links, "..". A Location is a file together with the way that led there, which is what ".." and getcwd
 * go by. Nothing outside of the root is ever reached: ".." stops there, and absolute links begin there.
 */
import { Errno, fail } from "../errno.ts";
import type { FileSystem, Inode } from "./types.ts";

export interface Location {
  readonly inode: Inode;
  /** Absolute, as seen from the topmost root: "/usr/bin". */
  readonly path: string;
  readonly parent: Location | undefined;
}

/** Restrictions of a walk (openat2): mounts not crossed, links of /proc or all links not followed, nothing above the beginning reached. */
export const RESOLVE = { NO_XDEV: 1, NO_MAGICLINKS: 2, NO_SYMLINKS: 4, BENEATH: 8, IN_ROOT: 16, CACHED: 32 } as const;

/** Links followed in one walk, as in Linux. */
const MOST_LINKS = 40;
const LONGEST_NAME = 255;
/** Ways down that are longer are not gone: each step keeps its whole path. */
const LONGEST_PATH = 0x4000;

/** Where a walk ended: a file, or a name in a directory that there is nothing of yet. */
export interface Walked {
  readonly at: Location | undefined;
  readonly parent: Location;
  readonly name: string;
  /** The path ended with a slash, or with "." or "..": it must be a directory. */
  readonly mustBeDirectory: boolean;
}

export interface WalkContext {
  readonly root: Location;
  readonly cwd: Location;
  /** Follow a link at the end? */
  readonly followLast: boolean;
  /** Who asks, for names that mean something else to everybody: /proc/self. */
  readonly caller?: WalkCaller | undefined;
  /** RESOLVE bits. */
  readonly resolve?: number;
}

export interface WalkCaller {
  readonly tid: number;
  readonly process: { readonly pid: number };
}

export class Mounts {
  readonly #roots = new Map<string, FileSystem>();
  /** Who asks for the name that is looked up at the moment. */
  caller: WalkCaller | undefined;

  mount(path: string, fs: FileSystem): void {
    this.#roots.set(path, fs);
  }

  get all(): readonly (readonly [path: string, fs: FileSystem])[] {
    return [...this.#roots];
  }

  /** Is the path that of a mount of its own, or under one? */
  covers(path: string): boolean {
    return [...this.#roots.keys()].some((root) => root !== "/" && (path === root || path.startsWith(`${root}/`)));
  }

  root(): Location {
    return { inode: this.#roots.get("/")!.root, path: "/", parent: undefined };
  }

  /** What is mounted there, or the file itself. */
  #cover(path: string, inode: Inode): Inode {
    return this.#roots.get(path)?.root ?? inode;
  }

  /** A name in a directory. */
  async child(directory: Location, name: string): Promise<Location> {
    const path = directory.path === "/" ? `/${name}` : `${directory.path}/${name}`;
    if (path.length > LONGEST_PATH) fail("ENAMETOOLONG");
    // A mount needs no directory beneath it: /proc is there even where the host has none.
    const mounted = this.#roots.get(path);
    const inode = mounted?.root ?? this.#cover(path, await directory.inode.lookup(name));
    return { inode, path, parent: directory };
  }

  async walk(path: string, context: WalkContext): Promise<Walked> {
    // A name with a 0 in it is in no directory.
    if (path === "" || path.includes("\0")) fail("ENOENT");
    let links = 0;
    const restrictions = context.resolve ?? 0;
    const forbids = (bit: number): boolean => (restrictions & bit) !== 0;
    if (path.startsWith("/") && forbids(RESOLVE.BENEATH)) fail("EXDEV");
    const beginning = path.startsWith("/") ? context.root : context.cwd;
    let at: Location = path.startsWith("/") ? context.root : context.cwd;
    let parts = path.split("/").filter((part) => part !== "");
    let mustBeDirectory = path.endsWith("/");
    for (;;) {
      const name = parts.shift();
      if (name === undefined) return { at, parent: at.parent ?? at, name: nameOf(at), mustBeDirectory: true };
      if (!at.inode.isDirectory) fail("ENOTDIR");
      if (name === "." || name === "..") {
        if (name === "..") {
          if (forbids(RESOLVE.BENEATH) && at.path === beginning.path) fail("EXDEV");
          const above = at.path === context.root.path ? at : (at.parent ?? at);
          if (forbids(RESOLVE.NO_XDEV) && above.inode.fs !== at.inode.fs) fail("EXDEV");
          at = above;
        }
        continue;
      }
      if (name.length > LONGEST_NAME) fail("ENAMETOOLONG");
      const isLast = parts.length === 0;
      let next: Location;
      try {
        this.caller = context.caller;
        next = await this.child(at, name);
      } catch (error) {
        if (isLast && error instanceof Errno && error.number === 2)
          return { at: undefined, parent: at, name, mustBeDirectory: path.endsWith("/") };
        throw error;
      }
      if (forbids(RESOLVE.NO_XDEV) && next.inode.fs !== at.inode.fs) fail("EXDEV");
      if (next.inode.isSymlink && (!isLast || context.followLast || mustBeDirectory)) {
        if (++links > MOST_LINKS || forbids(RESOLVE.NO_SYMLINKS)) fail("ELOOP");
        this.caller = context.caller;
        const magic = next.inode.magicTarget();
        if (magic !== undefined) {
          if (forbids(RESOLVE.NO_MAGICLINKS)) fail("ELOOP");
          if (forbids(RESOLVE.BENEATH | RESOLVE.IN_ROOT)) fail("EXDEV");
          next = { inode: magic, path: await next.inode.readlink(), parent: at };
        } else {
          const target = await next.inode.readlink();
          if (target === "") fail("ENOENT");
          if (target.startsWith("/")) {
            if (forbids(RESOLVE.BENEATH)) fail("EXDEV");
            if (forbids(RESOLVE.NO_XDEV) && context.root.inode.fs !== at.inode.fs) fail("EXDEV");
            at = context.root;
          }
          if (isLast && target.endsWith("/")) mustBeDirectory = true;
          parts = [...target.split("/").filter((part) => part !== ""), ...parts];
          continue;
        }
      }
      if (isLast) return { at: next, parent: at, name, mustBeDirectory };
      at = next;
    }
  }

  /** The file of that name; fails where there is none, or where it must be a directory and is not. */
  async find(path: string, context: WalkContext): Promise<Location> {
    const { at, mustBeDirectory } = await this.walk(path, context);
    if (at === undefined) return fail("ENOENT");
    if (mustBeDirectory && !at.inode.isDirectory) fail("ENOTDIR");
    return at;
  }
}

const nameOf = (at: Location): string => at.path.slice(at.path.lastIndexOf("/") + 1);
