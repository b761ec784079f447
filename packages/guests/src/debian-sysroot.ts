/** A directory with the programs of Debian for an architecture that the tests of user mode run: a root for `-root`. */
import { createHash } from "node:crypto";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, exists } from "./cache.ts";
import { DebianArchive } from "./debian.ts";

const packages =
  "bash busybox bzip2 coreutils dash diffutils findutils gawk gcc git grep gzip libc-bin libc6-dev libpython3.11-testsuite lua5.4 make openssl perl procps python3 sed sqlite3 tar util-linux xz-utils".split(
    " ",
  );

/** What the packages' scripts would have made: other names for programs. */
const links: readonly (readonly [name: string, target: string])[] = [
  ["bin/sh", "dash"],
  ["usr/bin/awk", "gawk"],
  ["usr/bin/cc", "gcc"],
];

const files: Readonly<Record<string, string>> = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  "etc/group": "root:x:0:\nnogroup:x:65534:\n",
  "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
};

/** Fetches and unpacks what is not in the cache yet: 90 MB, 350 MB unpacked. `say` is told what takes time. */
export const debianSysroot = async (architecture: string, say: (text: string) => void): Promise<string> => {
  const version = createHash("sha256")
    .update(JSON.stringify([packages, links, files]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `sysroot-${architecture}-${version}`);
  if (await exists(folder)) return folder;
  const archive = new DebianArchive(cacheFolder(), architecture);
  say(`fetching Debian's list of packages for ${architecture}`);
  await archive.update();
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  say(`fetching and unpacking ${packages.join(", ")} with what they need (about 90 MB)`);
  await archive.unpackTogether(packages, partial);
  for (const [name, target] of links) {
    await rm(join(partial, name), { force: true });
    await symlink(target, join(partial, name));
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(partial, name), content);
  await rename(partial, folder);
  return folder;
};
