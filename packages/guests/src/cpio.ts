/** Archives in the format "newc" of cpio, as the kernel unpacks them (Documentation/driver-api/early-userspace/buffer-format). */

export type CpioEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly bytes: Uint8Array; readonly executable?: boolean }
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  /** A character device. */
  | { readonly kind: "device"; readonly path: string; readonly major: number; readonly minor: number };

const type = { directory: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const;
const magic = "070701";
const end = "TRAILER!!!";

/** The archive's bytes. Everything belongs to root, and is as old as the hills: the same entries give the same bytes. */
export const cpio = (entries: readonly CpioEntry[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  entries.forEach((entry, i) =>
    parts.push(...member(entry.path, i + 1, modeOf(entry), contentsOf(entry), entry.kind === "device" ? entry : { major: 0, minor: 0 })),
  );
  parts.push(...member(end, 0, 0, new Uint8Array(0), { major: 0, minor: 0 }));
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
};

const modeOf = (entry: CpioEntry): number => {
  const permissions =
    entry.kind === "link" ? 0o777 : entry.kind === "directory" || (entry.kind === "file" && entry.executable === true) ? 0o755 : 0o644;
  return type[entry.kind] | permissions;
};

const contentsOf = (entry: CpioEntry): Uint8Array => {
  if (entry.kind === "file") return entry.bytes;
  return entry.kind === "link" ? new TextEncoder().encode(entry.to) : new Uint8Array(0);
};

const hex = (x: number): string => x.toString(16).padStart(8, "0");

const member = (
  path: string,
  inode: number,
  mode: number,
  contents: Uint8Array,
  device: { major: number; minor: number },
): Uint8Array[] => {
  const name = new TextEncoder().encode(`${path}\0`);
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, 1, 0, contents.length, 0, 0, device.major, device.minor, name.length, 0];
  const header = new TextEncoder().encode(magic + fields.map(hex).join(""));
  return [header, name, padding(header.length + name.length), contents, padding(contents.length)];
};

/** Up to a multiple of four. */
const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
