/** The bundle of the programs: made of a copy of the project, used while its sources stay as they are. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const project = join(import.meta.dirname, "..", "..", "..");
let copy: string;
let dist: string;

const node = (...args: string[]): string => execFileSync(process.execPath, args, { cwd: copy, encoding: "utf8", stdio: "pipe" });
const make = (): string => node("packages/cli/build/prepare.js", "must");
const systemVersion = (): string => node("packages/cli/bin/tsemu-system-arm.js", "-version");
const userVersion = (): string => node("packages/cli/bin/tsemu-arm.js", "-version");
const folder = (): string => JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")).folder;
const folders = (): string[] => readdirSync(dist).filter((name) => !name.includes("."));

/** The sources, with links to the packages where npm has them. */
function copyProject(): void {
  for (const top of ["packages", "targets"])
    for (const name of readdirSync(join(project, top))) {
      const from = join(project, top, name);
      cpSync(from, join(copy, top, name), {
        recursive: true,
        filter: (path) => ![join(from, "dist"), join(from, "node_modules"), join(from, "test-vectors")].includes(path),
      });
      const link = join(copy, "node_modules", JSON.parse(readFileSync(join(from, "package.json"), "utf8")).name);
      mkdirSync(join(link, ".."), { recursive: true });
      symlinkSync(join(copy, top, name), link);
    }
  for (const name of ["esbuild", "fflate", "yargs-parser"])
    symlinkSync(join(project, "node_modules", name), join(copy, "node_modules", name));
}

/** Changes the version that the bundle prints, so that its answers are told from those of the sources. */
function markBundle(): void {
  const at = join(dist, folder());
  for (const name of readdirSync(at)) {
    // What was compiled would be used for a script of the same length.
    if (!name.endsWith(".cjs")) rmSync(join(at, name));
    else {
      const text = readFileSync(join(at, name), "utf8");
      writeFileSync(join(at, name), text.replace("tsemu emulator version", "bundle's version"));
    }
  }
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "tsemu-bundle-"));
  dist = join(copy, "packages/cli/dist");
  copyProject();
});
afterAll(() => rmSync(copy, { recursive: true }));

describe("the bundle", () => {
  it("is not needed", () => expect([systemVersion(), userVersion()]).toEqual(Array(2).fill("tsemu emulator version 0.1.0\n")));

  it("is used by both programs while it is up to date", () => {
    expect(make()).toBe("");
    markBundle();
    expect([systemVersion(), userVersion()]).toEqual(Array(2).fill("bundle's version 0.1.0\n"));
  });

  it("is not used when a source is newer, or of another size, or gone", () => {
    const source = join(copy, "packages/base/src/bits.ts");
    const text = readFileSync(source, "utf8");
    const write = (content: string, time: number): void => {
      writeFileSync(source, content);
      utimesSync(source, time, time);
    };
    write(text, 1000);
    make();
    markBundle();
    expect(systemVersion()).toContain("bundle");
    write(text, 1001);
    expect(systemVersion()).not.toContain("bundle");
    write(`${text}\n`, 1000);
    expect(systemVersion()).not.toContain("bundle");
    write(text, 1000);
    expect(systemVersion()).toContain("bundle");
    // One that the programs run without. Its time stays.
    const builder = join(copy, "packages/cli/build/bundle.ts");
    renameSync(builder, `${builder}.aside`);
    expect(systemVersion()).not.toContain("bundle");
    renameSync(`${builder}.aside`, builder);
    expect(systemVersion()).toContain("bundle");
    // What a package exports is part of it.
    utimesSync(join(copy, "packages/ir/package.json"), 1000, 1000);
    expect(systemVersion()).not.toContain("bundle");
    rmSync(join(dist, folder()), { recursive: true });
    make();
    expect(systemVersion()).toBe("tsemu emulator version 0.1.0\n");
  });

  it("keeps what the first run compiled, and does without it where it is of no use", () => {
    make();
    const kept = (): string[] => readdirSync(join(dist, folder())).filter((name) => name.startsWith("tsemu-arm.cjs."));
    expect(kept()).toEqual([`tsemu-arm.cjs.${process.version}-${process.arch}`]);
    const path = join(dist, folder(), kept()[0]!);
    const size = statSync(path).size;
    rmSync(path);
    expect([userVersion(), kept().length]).toEqual(["tsemu emulator version 0.1.0\n", 1]);
    for (const useless of [Buffer.from("something else"), Buffer.alloc(size)]) {
      writeFileSync(path, useless);
      expect(userVersion()).toBe("tsemu emulator version 0.1.0\n");
    }
  });

  it("leaves the bundle before it in place, and no older one", () => {
    const first = folder();
    const change = (text: string): void => {
      const path = join(copy, "packages/cli/src/options.ts");
      writeFileSync(path, readFileSync(path, "utf8").replace(/version = ".*"/, `version = "${text}"`));
      make();
    };
    change("0.1.1");
    expect(systemVersion()).toBe("tsemu emulator version 0.1.1\n");
    const second = folder();
    expect(folders().sort()).toEqual([first, second].sort());
    change("0.1.2");
    expect(folders().sort()).toEqual([second, folder()].sort());
  });

  it("that cannot be made is one line, and no failure unless it was asked for", () => {
    rmSync(join(copy, "node_modules/esbuild"));
    const said = node("packages/cli/build/prepare.js");
    expect(said).toMatch(/^tsemu: no bundle was made, the programs start from their sources \(.*esbuild.*\)\n$/);
    expect(make).toThrow();
    expect(systemVersion()).toContain("0.1.2");
  });
});
