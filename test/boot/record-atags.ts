/**
 * Records test/vectors/arm/atags.json: what native QEMU (7.2) has in memory and registers at the kernel's first instruction.
 *     node test/boot/record-atags.ts
 * Needs qemu-system-arm and gdb-multiarch.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AtagsCase, type AtagsRecord, atagsCases, entry, initrdBytes, kernelBytes, packMemory, recordedBytes } from "./atags-cases.ts";

const folder = mkdtempSync(join(tmpdir(), "tsemu-atags-"));
const path = (name: string): string => join(folder, name);
writeFileSync(path("kernel"), kernelBytes());

const record = (c: AtagsCase): AtagsRecord => {
  const args = [
    "-M",
    "versatilepb",
    "-m",
    String(c.megabytes),
    "-audiodev",
    "none,id=a",
    "-display",
    "none",
    "-serial",
    "null",
    "-monitor",
    "none",
  ];
  args.push("-S", "-gdb", `unix:${path("gdb")},server=on,wait=off`, "-kernel", path("kernel"));
  if (c.initrdBytes !== undefined) {
    writeFileSync(path("initrd"), initrdBytes(c.initrdBytes));
    args.push("-initrd", path("initrd"));
  }
  if (c.append !== undefined) args.push("-append", c.append);
  const qemu = spawn("qemu-system-arm", args, { stdio: ["ignore", "inherit", "ignore"] });
  try {
    while (!existsSync(path("gdb"))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    const commands = [
      "set architecture armv5te",
      `target remote ${path("gdb")}`,
      `break *${entry}`,
      "continue",
      `dump binary memory ${path("memory")} 0 ${recordedBytes}`,
      `printf "STATE ${"%u ".repeat(17)}\\n", ${Array.from({ length: 13 }, (_, i) => `$r${i}`).join(", ")}, $sp, $lr, $pc, $cpsr`,
    ];
    const gdb = spawnSync("gdb-multiarch", ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command])], { encoding: "utf8" });
    const state = /STATE (.*)/.exec(gdb.stdout)?.[1]?.trim().split(" ").map(Number);
    if (state?.length !== 17) throw new Error(`gdb failed: ${gdb.stdout}${gdb.stderr}`);
    return {
      name: c.name,
      registers: state.slice(0, 16),
      psr: state[16]! & 0xff,
      memory: packMemory(readFileSync(path("memory"))),
    };
  } finally {
    qemu.kill("SIGKILL");
    rmSync(path("gdb"), { force: true });
  }
};

const file = new URL("../vectors/arm/atags.json", import.meta.url);
writeFileSync(file, `[\n${atagsCases.map((c) => `  ${JSON.stringify(record(c))}`).join(",\n")}\n]\n`);
rmSync(folder, { recursive: true });
