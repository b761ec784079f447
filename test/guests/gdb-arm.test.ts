/** gdb-multiarch debugs a program of user mode and a machine. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const bin = join(import.meta.dirname, "../../packages/cli/bin");
const program = join(import.meta.dirname, "gdb/program.elf");
const bare = join(import.meta.dirname, "bare/hello-arm.elf");

let folder: string;
let child: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tsemu-gdb-"));
});
afterEach(() => {
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const start = (emulator: string, args: readonly string[]): Promise<{ output: string; code: number | null }> => {
  child = spawn(process.execPath, [join(bin, emulator), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout!.on("data", (bytes: Buffer) => {
    output += bytes.toString("latin1");
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ output, code })));
};

/** What gdb says to these commands, one after the other; it tries to connect for a while. */
const gdb = (file: string, commands: readonly string[]): Promise<string> => {
  const script = join(folder, "commands");
  writeFileSync(script, ["set pagination off", "set confirm off", "set tcp connect-timeout 60", ...commands, ""].join("\n"));
  return new Promise((resolve, reject) =>
    execFile("gdb-multiarch", ["-q", "-batch", "-nx", "-x", script, file], (error, stdout, stderr) =>
      error !== null && stdout === "" ? reject(error) : resolve(stdout + stderr),
    ),
  );
};

it("a program, from main to its end", async () => {
  const path = join(folder, "socket");
  const ended = start("tsemu-arm.js", ["-g", path, program]);
  // gdb waits for ports, but not for files.
  const said = await gdb(program, [
    `shell while ! test -S ${path}; do sleep 0.1; done`,
    `target remote ${path}`,
    "break main",
    "continue",
    "info registers r0 pc",
    "x/2i $pc",
    "break add if a == 5 && counter > 50",
    "continue",
    "backtrace",
    "print counter",
    "delete",
    "watch counter",
    "continue",
    "delete",
    "finish",
    "stepi",
    "continue",
    "info threads",
    // Without it.
    "signal 0",
  ]);
  expect(said).toMatch(/Breakpoint 1, main \(count=1\) at \.?\/?program\.c:/);
  expect(said).toMatch(/r0 +0x1 /);
  expect(said).toMatch(/=> 0x\w+ <main>:\tpush/);
  expect(said).toMatch(/Breakpoint 2, add \(a=a@entry=5, b=b@entry=[01]\)/);
  expect(said).toMatch(/#0 {2}add .*\n#1 .* in main \(count=1\)/);
  expect(said).toMatch(/\$1 = 66\n/);
  expect(said).toMatch(/Hardware watchpoint 3: counter\n\nOld value = 66\nNew value = 71\n/);
  expect(said).toMatch(/Value returned is \$2 = \d+/);
  expect(said).toContain("Program received signal SIGUSR1");
  expect(said).toMatch(/\* 1 +Thread \d+ \(program\.elf\)/);
  expect(said).toMatch(/\[Inferior 1 \(Remote target\) exited with code \d+\]/);
  const { output, code } = await ended;
  expect(output).toBe("after the signal\n");
  expect(Number.parseInt(/exited with code (\d+)/.exec(said)![1]!, 8)).toBe(code);
});

it("a machine that stands still until gdb lets it go", async () => {
  const ended = start("tsemu-system-arm.js", [
    "-M",
    "virt",
    "-display",
    "none",
    "-serial",
    "stdio",
    "-kernel",
    bare,
    "-S",
    "-gdb",
    "tcp::47123",
  ]);
  const said = await gdb(bare, [
    "target remote :47123",
    "info registers pc cpsr",
    "stepi",
    "info registers r4",
    // Where it prints a character.
    "watch *(char *) 0x40010070",
    "delete",
    "break *0x40010054",
    "continue",
    "continue",
    'printf "character %c\\n", $r0',
    "monitor info status",
    "delete",
    "detach",
  ]);
  expect(said).toMatch(/pc +0x40010000 /);
  expect(said).toMatch(/r4 +0x9000000 /);
  expect(said).toContain("character e\n");
  expect(said).toContain("VM status: paused");
  child.stdin!.write("q");
  const { output, code } = await ended;
  expect(output).toContain("Hello from an ARM without an operating system.");
  expect(code).toBe(0);
});
