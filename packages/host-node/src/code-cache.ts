/**
 * Translated code kept across runs, in files of a folder: one for each build of tsemu, target, CPU model and guest image. A file is written under
 * another name and then renamed, so that it is whole at any time and several processes do no harm to one another; of two that end
 * together the last one's stays. Nothing here may fail a run: what cannot be read or written is as if it were not there.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";

/** Bytes that the folder may hold: what was not used for longest goes first. */
const FOLDER_BYTES = 512 * 2 ** 20;

export interface CodeCacheFile {
  /** What was kept, if anything. */
  read(): Uint8Array | undefined;
  write(bytes: Uint8Array): void;
}

/** The folder if none is named: tsemu in the user's cache folder. */
export const defaultCodeCache = (): string => join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "tsemu");

export const codeChecksum = (bytes: Uint8Array): number => crc32(bytes);

/**
 * Changes with the translator: the bundle's folder, which is named after what is in it, or size and time of every source file of the
 * packages that this one stands among.
 */
function buildIdentity(): string {
  if (!import.meta.filename.endsWith(".ts")) return basename(import.meta.dirname);
  const hash = createHash("sha256");
  const root = join(import.meta.dirname, "..", "..", "..");
  for (const top of ["packages", "targets"])
    for (const name of readdirSync(join(root, top)).sort()) {
      const folder = join(root, top, name, "src");
      for (const file of listFiles(folder)) {
        const { size, mtimeMs } = statSync(file);
        hash.update(`${file} ${size} ${mtimeMs}\n`);
      }
    }
  return hash.digest("hex");
}

const listFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.includes(".test."))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
};

/** The file for what the texts name (target, model) and the images hold. */
export function codeCacheFile(folder: string, texts: readonly string[], images: readonly Uint8Array[]): CodeCacheFile | undefined {
  let path: string;
  try {
    const hash = createHash("sha256").update(buildIdentity());
    for (const text of texts) hash.update(`${text.length} ${text}`);
    for (const image of images) hash.update(`${image.length} `).update(image);
    path = join(folder, `${hash.digest("hex").slice(0, 40)}.code`);
  } catch {
    return undefined;
  }
  return {
    read() {
      try {
        const bytes = readFileSync(path);
        const now = new Date();
        utimesSync(path, now, now);
        // At an address that words can be read from.
        return bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
      } catch {
        return undefined;
      }
    },
    write(bytes) {
      const temporary = `${path}.${process.pid}`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(temporary, bytes, { mode: 0o600 });
        renameSync(temporary, path);
        makeRoom(folder);
      } catch {
        removeQuietly(temporary);
      }
    },
  };
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // There is no such folder: nothing was written.
  }
}

function makeRoom(folder: string): void {
  const files = readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => ({ path, ...pick(statSync(path)) }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs);
  let sum = 0;
  for (const { path, size } of files) if ((sum += size) > FOLDER_BYTES) rmSync(path, { force: true });
}

const pick = ({ size, mtimeMs }: { size: number; mtimeMs: number }) => ({ size, mtimeMs });
