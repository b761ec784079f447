/** Programs of the host that guests are made with. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Which Debian package a tool comes from. */
const packages: Readonly<Record<string, string>> = {
  "apt-get": "apt",
  "apt-cache": "apt",
  "dpkg-deb": "dpkg",
  "mkfs.ext4": "e2fsprogs",
  e2fsck: "e2fsprogs",
  debugfs: "e2fsprogs",
  truncate: "coreutils",
  "grub-mkimage": "grub-common",
  "grub-mkrescue": "grub-common",
  xorriso: "xorriso",
  "mips-linux-gnu-strip": "binutils-mips-linux-gnu",
};

const outputLimit = 64 * 2 ** 20;

/** Runs a tool to its end and returns what it printed. Throws, with a line that says what to do, if it is missing or fails. */
export const tool = async (name: string, args: readonly string[], cwd?: string): Promise<string> => {
  try {
    const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
    const { stdout } = await run(name, args, { cwd, env: { ...process.env, PATH: path, LC_ALL: "C" }, maxBuffer: outputLimit });
    return stdout;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException & { stderr?: string };
    if (failure.code === "ENOENT") {
      throw new Error(`${name} is needed, and not there: on Debian and Ubuntu 'apt-get install ${packages[name] ?? name}' brings it`, {
        cause: error,
      });
    }
    throw new Error(`${name} ${args.at(-1) ?? ""} failed: ${(failure.stderr ?? failure.message).trim().split("\n").at(-1)}`, {
      cause: error,
    });
  }
};
