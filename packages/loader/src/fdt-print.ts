import type { FdtNode, FdtTree } from "./fdt.ts";

/** The tree as device tree source, in the manner of `dtc -I dtb -O dts`: for eyes and for tests. */
export const printFdt = (tree: FdtTree): string => {
  const reserved = tree.reserved.map(({ address, size }) => `/memreserve/ 0x${address.toString(16)} 0x${size.toString(16)};\n`);
  return `/dts-v1/;\n${reserved.join("")}\n${printNode(tree.root, "")}`;
};

const printNode = (node: FdtNode, indent: string): string => {
  const lines = [...node.properties].map(([name, bytes]) => {
    const value = printValue(bytes);
    return `${indent}\t${name}${value === "" ? "" : ` = ${value}`};\n`;
  });
  const children = node.children.map((child) => printNode(child, `${indent}\t`));
  const body = [lines.join(""), ...children].filter((s) => s !== "").join("\n");
  return `${indent}${node.name === "" ? "/" : node.name} {\n${body}${indent}};\n`;
};

/** Strings if it looks like strings, cells if whole, else bytes: a blob does not say which it is. */
const printValue = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return "";
  if (looksLikeStrings(bytes)) return `"${new TextDecoder().decode(bytes.subarray(0, -1)).replaceAll("\0", "\\0")}"`;
  const hex = (n: number): string => n.toString(16).padStart(2, "0");
  if (bytes.length % 4 !== 0) return `[${[...bytes].map(hex).join(" ")}]`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return `<${Array.from({ length: bytes.length / 4 }, (_, i) => `0x${hex(view.getUint32(4 * i))}`).join(" ")}>`;
};

const looksLikeStrings = (bytes: Uint8Array): boolean =>
  bytes.at(-1) === 0 && bytes[0] !== 0 && bytes.every((b, i) => (b >= 0x20 && b < 0x7f) || (b === 0 && bytes[i - 1] !== 0));
