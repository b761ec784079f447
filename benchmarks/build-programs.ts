/**
 * Builds the CPU programs: elf/bare-ARCH.elf for boards without an operating system, elf/linux-ARCH for Linux of every architecture whose compiler is there, and
 * natively to find the checksums (programs/expected.json). Run with: node benchmarks/build-programs.ts [bare-arm linux-mips ...]
 * Those for ARM are committed; they change only with another compiler or other sources.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paths, programs } from "./programs.ts";

interface Build {
  readonly name: string;
  /** Prefix of the compiler's and the binary tools' names. */
  readonly tools: string;
  readonly flags: readonly string[];
  readonly link?: readonly string[];
  /** Files of runtime/. */
  readonly runtime: readonly string[];
  /** What the file is converted to. */
  readonly format?: string;
  /** Do without libgcc. */
  readonly noLibrary?: true;
}

const bareAt = (address: string): string[] => [
  `-Wl,-T,${join(paths.runtime, "bare.ld")},--defsym=BASE=${address},-n,--no-warn-rwx-segments,--no-warn-mismatch`,
];

const linux = (name: string, tools: string, ...flags: string[]): Build => ({ name, tools, flags, runtime: ["linux.c"] });

const builds: readonly Build[] = [
  {
    name: "bare-arm.elf",
    tools: "arm-linux-gnueabihf-",
    flags: ["-mcpu=cortex-a15", "-mfpu=neon-vfpv4", "-mfloat-abi=hard", "-marm"],
    // RAM begins at 0x40000000, with the device tree.
    link: ["-Wl,-Ttext=0x40200000,-n,--no-warn-rwx-segments"],
    runtime: ["bare-arm.c"],
  },
  ...(["mips", "mipsel"] as const).map(
    (name): Build => ({
      name: `bare-${name}.elf`,
      tools: `${name}-linux-gnu-`,
      flags: ["-mips32r2", "-mno-abicalls", "-fno-pic", "-G0"],
      link: bareAt("0x80100000"),
      runtime: ["bare-mips.c"],
    }),
  ),
  {
    name: "bare-i386.elf",
    tools: "i686-linux-gnu-",
    flags: ["-march=i686", "-msse2", "-mfpmath=sse"],
    link: bareAt("0x100000"),
    runtime: ["bare-x86.c"],
  },
  {
    name: "bare-x86_64.elf",
    tools: "x86_64-linux-gnu-",
    flags: ["-mno-red-zone"],
    link: bareAt("0x100000"),
    runtime: ["bare-x86.c"],
    // Multiboot is for 32-bit files.
    format: "elf32-i386",
  },
  // Thumb, without division instructions, as Debian's armhf.
  linux("linux-armhf", "arm-linux-gnueabihf-", "-march=armv7-a", "-mfpu=neon", "-mfloat-abi=hard", "-mthumb"),
  linux("linux-mips", "mips-linux-gnu-", "-mips32r2", "-mno-abicalls", "-fno-pic", "-G0"),
  linux("linux-mipsel", "mipsel-linux-gnu-", "-mips32r2", "-mno-abicalls", "-fno-pic", "-G0"),
  linux("linux-ppc", "powerpc-linux-gnu-", "-mcpu=powerpc"),
  {
    ...linux("linux-sparc", "sparc64-linux-gnu-", "-m32", "-mcpu=v8", "-Wa,-Av8"),
    runtime: ["linux.c", "divide-64.c"],
    noLibrary: true,
  },
  linux("linux-i386", "i686-linux-gnu-", "-march=i686", "-msse2", "-mfpmath=sse"),
  linux("linux-i387", "i686-linux-gnu-", "-march=i686", "-mfpmath=387"),
  linux("linux-x86_64", "x86_64-linux-gnu-"),
];

// No contraction and no vectorization that was not asked for: the same operations everywhere.
const common =
  "-std=gnu11 -O2 -ffreestanding -fno-pic -fno-tree-vectorize -ffp-contract=off -fno-math-errno -fno-stack-protector " +
  "-fno-asynchronous-unwind-tables -Wall -Wextra -Wno-parentheses -Wno-missing-braces -Wno-psabi";
const list = `-DPROGRAMS(X)=${programs.map(({ name }) => `X(${name})`).join(" ")}`;

const compile = (build: Build, output: string, folder: string): void => {
  const gcc = (...args: string[]): void => {
    const flags = [...common.split(" "), ...build.flags, `-I${paths.runtime}`];
    execFileSync(`${build.tools}gcc`, [...flags, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  };
  const memory = join(folder, "memory.o");
  gcc("-fno-builtin", "-fno-tree-loop-distribute-patterns", "-c", join(paths.runtime, "memory.c"), "-o", memory);
  const sources = [...programs.map(({ name }) => join(paths.programs, `${name}.c`)), join(paths.runtime, "main.c"), memory];
  const link = ["-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none,-z,noexecstack", ...(build.link ?? [])];
  const runtime = build.runtime.map((name) => join(paths.runtime, name));
  gcc(list, ...sources, ...runtime, ...link, ...(build.noLibrary === true ? [] : ["-lgcc"]), "-o", output);
  execFileSync(`${build.tools}strip`, ["-R", ".comment", output]);
  if (build.format !== undefined) execFileSync(`${build.tools}objcopy`, ["-O", build.format, output]);
};

const isThere = (command: string): boolean => {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Runs the programs natively, and returns the checksum of each. */
const nativeChecksums = (folder: string): Record<string, string> => {
  const file = join(folder, "native");
  compile(linux("native", ""), file, folder);
  const lines = execFileSync(file, ["repeat=1"], { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(lines.slice(0, -1).map((line) => [line.split(" ")[0]!, line.split(" ")[2]!]));
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !builds.some((b) => b.name === name));
if (unknown !== undefined) throw new Error(`nothing is called ${unknown}; there are ${builds.map((b) => b.name).join(", ")}`);
const folder = mkdtempSync(join(tmpdir(), "bench-"));
try {
  mkdirSync(paths.elf, { recursive: true });
  for (const build of builds) {
    if (wanted.length > 0 && !wanted.includes(build.name)) continue;
    if (!isThere(`${build.tools}gcc`)) {
      console.log(`${build.name}: skipped, ${build.tools}gcc is not there`);
      continue;
    }
    const output = join(paths.elf, build.name);
    compile(build, output, folder);
    console.log(`${build.name}: ${statSync(output).size} bytes`);
  }
  const text = `${JSON.stringify(nativeChecksums(folder), null, 2)}\n`;
  let before: string | undefined;
  try {
    before = readFileSync(paths.expected, "utf8");
  } catch {
    // The first time.
  }
  if (before !== text) {
    writeFileSync(paths.expected, text);
    console.log("expected.json: written anew");
  }
} finally {
  rmSync(folder, { recursive: true });
}
