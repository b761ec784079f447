/** Extended attributes. tmpfs keeps those of the program's own; what lies on the host has none, as there is no way to ask for them. */
import { andThen, type Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { stringBytes } from "../mm/user-access.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";
import { findFile } from "../vfs/names.ts";
import type { Inode } from "../vfs/types.ts";

const LONGEST_NAME = 255;
/** Of one file. */
const MOST_BYTES = 0x2_0000;
const LONGEST_VALUE = 0x1_0000;
const XATTR = { CREATE: 1, REPLACE: 2 } as const;

type Find = (call: Call, what: number) => Awaitable<Inode>;

const byPath =
  (follow: boolean): Find =>
  async ({ kernel, task, memory }, path) =>
    (await findFile(kernel, task, memory.path(path), { follow })).inode;

const byFd: Find = ({ task }, fd) => task.files.get(fd).inode ?? fail("EOPNOTSUPP");

function nameAt({ memory }: Call, at: number): string {
  const name = memory.string(at);
  if (name === "" || name.length > LONGEST_NAME) return fail("ERANGE");
  if (!/^(user|trusted|security|system)\../s.test(name)) return fail("EOPNOTSUPP");
  return name;
}

/** Into a buffer, or only its length where that has no room at all. */
function answer({ memory }: Call, bytes: Uint8Array, at: number, size: number): number {
  if (size === 0) return bytes.length;
  if (bytes.length > size) return fail("ERANGE");
  memory.write(at, bytes);
  return bytes.length;
}

const rows = (prefix: "" | "l" | "f", find: Find): readonly SyscallRow[] => {
  const what = prefix === "f" ? ("fd" as const) : ("path" as const);
  return [
    syscall(`${prefix}setxattr`, [what, "str", "ptr", "size", "hex"], (call, target, name, at, size, flags) => {
      if ((flags & ~3) !== 0) return fail("EINVAL");
      if (size > LONGEST_VALUE) return fail("E2BIG");
      const key = nameAt(call, name);
      const value = call.memory.bytes(at, size);
      return andThen(find(call, target), (inode) => {
        const attributes = inode.attributes ?? fail("EOPNOTSUPP");
        if ((flags & XATTR.CREATE) !== 0 && attributes.has(key)) return fail("EEXIST");
        if ((flags & XATTR.REPLACE) !== 0 && !attributes.has(key)) return fail("ENODATA");
        const others = [...attributes].reduce((sum, [other, bytes]) => sum + (other === key ? 0 : other.length + bytes.length), 0);
        if (others + key.length + value.length > MOST_BYTES) return fail("ENOSPC");
        attributes.set(key, value);
        return 0;
      });
    }),
    syscall(`${prefix}getxattr`, [what, "str", "ptr", "size"], (call, target, name, at, size) => {
      const key = nameAt(call, name);
      return andThen(find(call, target), (inode) =>
        answer(call, (inode.attributes ?? fail("EOPNOTSUPP")).get(key) ?? fail("ENODATA"), at, size),
      );
    }),
    syscall(`${prefix}listxattr`, [what, "ptr", "size"], (call, target, at, size) =>
      andThen(find(call, target), (inode) =>
        answer(call, stringBytes([...(inode.attributes?.keys() ?? [])].map((n) => `${n}\0`).join("")), at, size),
      ),
    ),
    syscall(`${prefix}removexattr`, [what, "str"], (call, target, name) => {
      const key = nameAt(call, name);
      return andThen(find(call, target), (inode) => {
        if (!(inode.attributes ?? fail("EOPNOTSUPP")).delete(key)) fail("ENODATA");
        return 0;
      });
    }),
  ];
};

export const attributeRows: readonly SyscallRow[] = [...rows("", byPath(true)), ...rows("l", byPath(false)), ...rows("f", byFd)];
