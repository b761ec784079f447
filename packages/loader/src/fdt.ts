/**
 * Flattened device trees: Devicetree Specification v0.4, chapter 5 (format version 17, readable as 16). A tree is plain nodes
 * with byte properties; here are building, serialising, parsing and editing. Printing is in fdt-print.ts.
 */
import { UserError } from "@tsemu/base";

export interface FdtNode {
  /** With its unit address; "" for the root. */
  name: string;
  readonly properties: Map<string, Uint8Array>;
  readonly children: FdtNode[];
}

export interface FdtTree {
  readonly root: FdtNode;
  /** Memory reservations. */
  readonly reserved: { readonly address: bigint; readonly size: bigint }[];
  bootCpu: number;
}

/** A property: bytes as they are, one cell, cells, a string, strings, or true for an empty property. */
export type FdtValue = Uint8Array | number | readonly number[] | string | readonly string[] | true;

const magic = 0xd00d_feed;
const tokens = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;
const headerSize = 40;

export const fdtNode = (name: string, properties: Readonly<Record<string, FdtValue>> = {}, children: FdtNode[] = []): FdtNode => ({
  name,
  properties: new Map(Object.entries(properties).map(([key, value]) => [key, encode(value)])),
  children,
});

export const fdtTree = (root: FdtNode): FdtTree => ({ root, reserved: [], bootCpu: 0 });

/** The two cells (high, low) of a number up to 2^53. */
export const cells64 = (x: number): [number, number] => [Math.floor(x / 2 ** 32), x >>> 0];

export const setProperty = (node: FdtNode, name: string, value: FdtValue): void => {
  node.properties.set(name, encode(value));
};

/** The cells of a property, or undefined if it is not there. */
export const getCells = (node: FdtNode, name: string): number[] | undefined => {
  const bytes = node.properties.get(name);
  if (bytes === undefined) return undefined;
  const view = viewOf(bytes);
  return Array.from({ length: bytes.length >>> 2 }, (_, i) => view.getUint32(4 * i));
};

/** The first string of a property, or undefined. */
export const getString = (node: FdtNode, name: string): string | undefined => {
  const bytes = node.properties.get(name);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes).split("\0")[0];
};

/** The node at an absolute path; a component without unit address matches the first node of that name. */
export const findNode = (tree: FdtTree, path: string): FdtNode | undefined => {
  let node: FdtNode | undefined = tree.root;
  for (const part of path.split("/").filter((s) => s !== "")) {
    node = node?.children.find((c) => c.name === part || (!part.includes("@") && c.name.split("@")[0] === part));
  }
  return node;
};

/** The child of a node with this name, made if it is not there. */
export const ensureChild = (node: FdtNode, name: string): FdtNode => {
  let child = node.children.find((c) => c.name === name);
  if (child === undefined) {
    child = fdtNode(name);
    node.children.push(child);
  }
  return child;
};

/** Replaces all memory nodes of the root by one. Address and size in bytes, written in the root's own cell counts. */
export const setMemory = (tree: FdtTree, base: number, size: number): void => {
  const root = tree.root;
  const addressCells = getCells(root, "#address-cells")?.[0] ?? 2;
  const sizeCells = getCells(root, "#size-cells")?.[0] ?? 1;
  if (addressCells === 0 || sizeCells === 0) throw new UserError("dtb file invalid (#address-cells or #size-cells 0)");
  if (sizeCells < 2 && base + size > 2 ** 32) throw new UserError("qemu: dtb file not compatible with RAM size > 4GB");
  const cells = (x: number, n: number): number[] => (n === 1 ? [x >>> 0] : [...Array<number>(n - 2).fill(0), ...cells64(x)]);
  const memory = fdtNode(`memory@${base.toString(16)}`, {
    reg: [...cells(base, addressCells), ...cells(size, sizeCells)],
    device_type: "memory",
  });
  for (let i = root.children.length - 1; i >= 0; i--) if (/^memory(@|$)/.test(root.children[i]!.name)) root.children.splice(i, 1);
  root.children.push(memory);
};

/** What the boot protocol puts in /chosen. Addresses are physical; `initrdEnd` is the byte after the last. */
export const setChosen = (tree: FdtTree, o: { bootargs?: string | undefined; initrdStart?: number; initrdEnd?: number }): void => {
  const chosen = ensureChild(tree.root, "chosen");
  const address = (x: number): number[] => (x >= 2 ** 32 ? cells64(x) : [x]);
  if (o.bootargs !== undefined && o.bootargs !== "") setProperty(chosen, "bootargs", o.bootargs);
  if (o.initrdStart !== undefined && o.initrdEnd !== undefined) {
    setProperty(chosen, "linux,initrd-start", address(o.initrdStart));
    setProperty(chosen, "linux,initrd-end", address(o.initrdEnd));
  }
};

/** A deep copy: editing it leaves the original alone. */
export const cloneTree = (tree: FdtTree): FdtTree => ({ ...tree, root: cloneNode(tree.root), reserved: [...tree.reserved] });

const cloneNode = (n: FdtNode): FdtNode => ({
  name: n.name,
  properties: new Map([...n.properties].map(([k, v]) => [k, v.slice()])),
  children: n.children.map(cloneNode),
});

/** The device tree blob. */
export const serialiseFdt = (tree: FdtTree): Uint8Array<ArrayBuffer> => {
  const strings = new StringTable();
  const structure = new Words();
  writeNode(tree.root, structure, strings);
  structure.u32(tokens.end);
  const reservations = new Words();
  for (const { address, size } of [...tree.reserved, { address: 0n, size: 0n }]) {
    for (const x of [address, size]) reservations.u32(Number(x >> 32n), Number(x & 0xffff_ffffn));
  }
  const structureAt = headerSize + reservations.length;
  const stringsAt = structureAt + structure.length;
  const total = stringsAt + strings.length;
  const header = new Words();
  header.u32(magic, total, structureAt, stringsAt, headerSize, 17, 16, tree.bootCpu, strings.length, structure.length);
  const blob = new Uint8Array(total);
  blob.set(header.bytes(), 0);
  blob.set(reservations.bytes(), headerSize);
  blob.set(structure.bytes(), structureAt);
  blob.set(strings.bytes(), stringsAt);
  return blob;
};

/** Throws a UserError, naming `what`, if the blob is not a well-formed device tree. */
export const parseFdt = (blob: Uint8Array, what = "device tree"): FdtTree => {
  const bad = (why: string): never => {
    throw new UserError(`${what}: ${why}`);
  };
  if (blob.length < headerSize || viewOf(blob).getUint32(0) !== magic) bad("not a device tree blob");
  const view = viewOf(blob);
  const total = view.getUint32(4);
  if (total > blob.length || total < headerSize) bad(`truncated: ${total} bytes expected, ${blob.length} found`);
  if (view.getUint32(24) > 17 || view.getUint32(20) < 16) bad(`unsupported device tree version ${view.getUint32(20)}`);
  const tree: FdtTree = { root: fdtNode(""), reserved: [], bootCpu: view.getUint32(28) };
  for (let at = view.getUint32(16); ; at += 16) {
    if (at + 16 > total) bad("memory reservations run past the end");
    const [address, size] = [view.getBigUint64(at), view.getBigUint64(at + 8)];
    if (address === 0n && size === 0n) break;
    tree.reserved.push({ address, size });
  }
  readStructure(blob.subarray(0, total), tree, bad);
  return tree;
};

const readStructure = (blob: Uint8Array, tree: FdtTree, bad: (why: string) => never): void => {
  const view = viewOf(blob);
  const stringsAt = view.getUint32(12);
  const text = (at: number): string => {
    const end = blob.indexOf(0, at);
    if (at >= blob.length || end < 0) bad("a name runs past the end");
    return new TextDecoder().decode(blob.subarray(at, end));
  };
  const open: FdtNode[] = [];
  let seenRoot = false;
  for (let at = view.getUint32(8); ; ) {
    if (at % 4 !== 0 || at + 4 > blob.length) bad("the structure runs past the end");
    const token = view.getUint32(at);
    at += 4;
    if (token === tokens.beginNode) {
      const name = text(at);
      at += pad4(new TextEncoder().encode(name).length + 1);
      const parent = open.at(-1);
      if (parent === undefined && seenRoot) bad("more than one root node");
      const node = parent === undefined ? tree.root : fdtNode(name);
      parent?.children.push(node);
      seenRoot = true;
      open.push(node);
    } else if (token === tokens.property) {
      if (at + 8 > blob.length) bad("a property runs past the end");
      const length = view.getUint32(at);
      const name = text(stringsAt + view.getUint32(at + 4));
      at += 8;
      if (at + length > blob.length) bad("a property runs past the end");
      const node = open.at(-1) ?? bad("a property outside of any node");
      node.properties.set(name, blob.slice(at, at + length));
      at += pad4(length);
    } else if (token === tokens.endNode) {
      if (open.pop() === undefined) bad("unbalanced nodes");
    } else if (token === tokens.end) {
      if (open.length > 0 || !seenRoot) bad("unbalanced nodes");
      return;
    } else if (token !== tokens.nop) bad(`unknown token ${token}`);
  }
};

const encode = (value: FdtValue): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  if (value === true) return new Uint8Array(0);
  if (typeof value === "string") return new TextEncoder().encode(`${value}\0`);
  if (typeof value === "number") return encode([value]);
  if (typeof value[0] === "string") return new TextEncoder().encode((value as readonly string[]).map((s) => `${s}\0`).join(""));
  const words = new Words();
  words.u32(...(value as readonly number[]));
  return words.bytes();
};

const writeNode = (node: FdtNode, out: Words, strings: StringTable): void => {
  out.u32(tokens.beginNode);
  out.padded(new TextEncoder().encode(`${node.name}\0`));
  for (const [name, bytes] of node.properties) {
    out.u32(tokens.property, bytes.length, strings.offset(name));
    out.padded(bytes);
  }
  for (const child of node.children) writeNode(child, out, strings);
  out.u32(tokens.endNode);
};

const pad4 = (n: number): number => (n + 3) & ~3;
const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength);

/** Grows by big-endian words. */
class Words {
  #bytes = new Uint8Array(256);
  length = 0;

  u32(...words: number[]): void {
    const at = this.#grow(4 * words.length);
    const view = viewOf(this.#bytes);
    words.forEach((word, i) => view.setUint32(at + 4 * i, word));
  }

  padded(bytes: Uint8Array): void {
    // In two steps: growing may replace the array.
    const at = this.#grow(pad4(bytes.length));
    this.#bytes.set(bytes, at);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #grow(by: number): number {
    const at = this.length;
    this.length += by;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

class StringTable {
  readonly #offsets = new Map<string, number>();
  #text = "";

  offset(name: string): number {
    let at = this.#offsets.get(name);
    if (at === undefined) {
      at = this.#text.length;
      this.#offsets.set(name, at);
      this.#text += `${name}\0`;
    }
    return at;
  }

  get length(): number {
    return this.#text.length;
  }

  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#text);
  }
}
