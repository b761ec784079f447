/** The program as a process: exit codes, messages, signals. The guest is the one that comes with the project. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const bin = fileURLToPath(new URL("../bin/tsemu-system-arm.js", import.meta.url));
const hello = fileURLToPath(new URL("../../../test/guests/bare/hello-arm.elf", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsemu-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** Runs it; once `until` has been printed `then` is called. */
const run = (
  args: readonly string[],
  until?: string,
  then?: (type: (text: string) => void, kill: (signal: NodeJS.Signals) => void, end: () => void) => void,
): Promise<Result> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args]);
    const result: Result = { code: null, out: "", err: "" };
    let done = until === undefined;
    if (done) child.stdin.end();
    const act = (): void => {
      done = true;
      then!(
        (text) => void child.stdin.write(text),
        (signal) => void child.kill(signal),
        () => void child.stdin.end(),
      );
    };
    // Nothing to wait for.
    if (until === "") act();
    child.stdout.on("data", (data) => {
      result.out += data;
      if (!done && result.out.includes(until!)) act();
    });
    child.stderr.on("data", (data) => void (result.err += data));
    child.on("close", (code) => resolve({ ...result, code }));
  });

/** Runs it and types each text once what comes before it has been printed since the one before. */
const converse = (args: readonly string[], steps: readonly (readonly [printed: string, text: string])[]): Promise<Result> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args]);
    const result: Result = { code: null, out: "", err: "" };
    const left = [...steps];
    let from = 0;
    const go = (): void => {
      for (let step = left[0]; step !== undefined; step = left[0]) {
        const at = result.out.indexOf(step[0], from);
        if (at < 0) return;
        from = at + step[0].length;
        left.shift();
        child.stdin.write(step[1]);
      }
    };
    child.stdout.on("data", (data) => {
      result.out += data;
      go();
    });
    child.stderr.on("data", (data) => void (result.err += data));
    child.on("close", (code) => resolve({ ...result, code }));
    go();
  });

/** The beginning of an ELF file. */
const elf = (machine: number, o: { bits64?: boolean; bigEndian?: boolean; size?: number } = {}): Uint8Array => {
  const bytes = new Uint8Array(o.size ?? 128);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, o.bits64 === true ? 2 : 1, o.bigEndian === true ? 2 : 1, 1]);
  if (bytes.length > 20) view.setUint16(18, machine, o.bigEndian !== true);
  return bytes;
};
/** The beginning of a zImage that says it is `size` bytes long. */
const zImage = (size: number): Uint8Array => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x24, 0x016f_2818, true);
  view.setUint32(0x2c, size, true);
  return bytes;
};

const virt = ["-M", "virt", "-nographic"];
const guest = [...virt, "-kernel", hello];
const banner = "switches off.\r\n";

describe("tsemu-system-arm", () => {
  it.each<[string[], string]>([
    [["-bogus"], "tsemu-system-arm: -bogus: invalid option\n"],
    [["-M", "nosuch"], "tsemu-system-arm: unsupported machine type\nUse -machine help to list supported machines\n"],
    [[], "tsemu-system-arm: No machine specified, and there is no default\nUse -machine help to list supported machines\n"],
    [[...guest, "-m", "1T"], "tsemu-system-arm: virt: memory size must not exceed 3072MB\n"],
    [[...guest, "-m", "17E"], "tsemu-system-arm: -m 17E: Value '17E' is out of range for parameter 'size'\n"],
    [[...guest, "-cpu", "nosuch"], "tsemu-system-arm: unable to find CPU model 'nosuch'\n"],
    [[...guest, "-device", "nosuch"], "tsemu-system-arm: -device nosuch: 'nosuch' is not a valid device model name\n"],
    [[...guest, "-append"], "tsemu-system-arm: -append: requires an argument\n"],
    [[...virt, "-kernel", "/nonexistent"], "tsemu-system-arm: could not load kernel '/nonexistent'\n"],
    [[...virt, "-kernel", "/dev/zero"], "tsemu-system-arm: could not load kernel '/dev/zero'\n"],
    [[...virt, "-kernel", "/tmp"], "tsemu-system-arm: could not load kernel '/tmp'\n"],
    [[...guest, "-initrd", "/nonexistent"], "tsemu-system-arm: could not load initrd '/nonexistent'\n"],
    [[...guest, "-dtb", "/nonexistent"], "tsemu-system-arm: Couldn't open dtb file /nonexistent\n"],
    [[...virt, "-bios", "/nonexistent"], "tsemu-system-arm: Could not find ROM image '/nonexistent'\n"],
    [
      [...virt, "-drive", "file=/nonexistent,format=raw"],
      "tsemu-system-arm: -drive file=/nonexistent,format=raw: Could not open '/nonexistent': No such file or directory\n",
    ],
    [
      [...virt, "-drive", "file=/tmp,format=raw"],
      "tsemu-system-arm: -drive file=/tmp,format=raw: 'file' driver requires '/tmp' to be a regular file\n",
    ],
    [
      ["-M", "virt", "-serial", "file:/nonexistent/x"],
      "tsemu-system-arm: -serial file:/nonexistent/x: Could not open '/nonexistent/x': No such file or directory\n",
    ],
    [
      [...guest, "-d", "int", "-D", "/nonexistent/x"],
      "tsemu-system-arm: Error opening logfile /nonexistent/x: No such file or directory\n",
    ],
  ])("%j is one line and exit code 1", async (args, err) => expect(await run(args)).toEqual({ code: 1, out: "", err }));

  it.each<[string, Uint8Array, string]>([
    ["a zImage that is cut short", zImage(100_000), ": truncated zImage (100000 bytes expected, 64 found)"],
    ["an ELF file for x86-64", elf(62, { bits64: true }), ": not a little-endian 32-bit ARM ELF file"],
    ["an ELF file for MIPS", elf(8, { bigEndian: true }), ": not a little-endian 32-bit ARM ELF file"],
    ["an ELF file for big-endian ARM", elf(40, { bigEndian: true }), ": not a little-endian 32-bit ARM ELF file"],
    ["an ELF file that is cut short", elf(40, { size: 20 }), ": the ELF file is truncated"],
    ["an ELF file without anything to load", elf(40), ": no segments to load"],
    ["an empty file", new Uint8Array(0), ""],
  ])("says in one line that the kernel is %s", async (_, bytes, why) => {
    const path = join(folder, "kernel");
    writeFileSync(path, bytes);
    const err = `tsemu-system-arm: could not load kernel '${path}'${why}\n`;
    expect(await run([...virt, "-kernel", path])).toEqual({ code: 1, out: "", err });
  });

  it("warns about a guessed format only if there is an image", async () => {
    const path = join(folder, "disk");
    const missing = await run([...guest, "-hda", path]);
    expect(missing).toEqual({
      code: 1,
      out: "",
      err: `tsemu-system-arm: -hda ${path}: Could not open '${path}': No such file or directory\n`,
    });
    writeFileSync(path, new Uint8Array(512));
    const { code, err } = await run([...guest, path], banner, (type) => type("q"));
    expect([code, err]).toEqual([
      0,
      `tsemu-system-arm: warning: Image format was not specified for '${path}' and is taken to be raw (format=raw says so)\n`,
    ]);
  });

  it("does not start with firmware of no bytes", async () => {
    const path = join(folder, "firmware");
    writeFileSync(path, new Uint8Array(0));
    expect(await run(["-M", "virt", "-bios", path])).toEqual({
      code: 1,
      out: "",
      err: `tsemu-system-arm: could not load firmware '${path}': the file is empty\n`,
    });
  });

  it("answers -version with exit code 0", async () => expect(await run(["-version"])).toMatchObject({ code: 0, err: "" }));

  it("runs a guest to its end, in every tier", async () => {
    for (const tier of ["0", "1", "mixed"]) {
      const { code, out, err } = await run([...guest, "-tier", tier], banner, (type) => type("hi\rq"));
      expect({ tier, code, err }).toEqual({ tier, code: 0, err: "" });
      expect(out).toContain("hi\r\n\r\nBye.");
    }
  });

  it("goes on after the end of its input", async () => {
    const result = await run(guest, banner, (_, kill, end) => {
      end();
      setTimeout(() => kill("SIGTERM"), 700);
    });
    expect(result).toMatchObject({ code: 0, err: "tsemu-system-arm: terminating on signal 15\n" });
  });

  it("ends on signals as QEMU does", async () => {
    for (const [signal, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
      ["SIGHUP", 1],
    ] as const) {
      const result = await run(guest, banner, (_, kill) => kill(signal));
      expect([result.code, result.err]).toEqual([0, `tsemu-system-arm: terminating on signal ${number}\n`]);
    }
  });

  it("has the escape keys of QEMU", async () => {
    const quit = await run(guest, banner, (type) => type("\x01h\x01x"));
    expect([quit.code, quit.out.endsWith("tsemu: Terminated\n\r"), quit.out.includes("C-a x    exit")]).toEqual([0, true, true]);
    const other = await run([...guest, "-echr", "2"], banner, (type) => {
      type("\x01x");
      setTimeout(() => type("\x02x"), 300);
    });
    expect(other.out).toContain("\x01xtsemu: Terminated");
  });

  it("has a monitor", async () => {
    const { code, out } = await run(guest, banner, (type) => type("\x01cinfo status\rfoo\rinfo registers\rquit\r"));
    expect(code).toBe(0);
    for (const text of ["VM status: running", "unknown command: 'foo'", "R00=", "(qemu) "]) expect(out).toContain(text);
  });

  it("starts stopped with -S, resets from the monitor, and stays after a shutdown with -no-shutdown", async () => {
    const child = await converse(
      [...guest, "-S", "-no-shutdown", "-serial", "mon:stdio"],
      [
        ["", "\x01c"],
        ["(qemu) ", "info status\r"],
        ["paused", "c\r"],
        ["switches off.", "\x01c"],
        ["", "q"],
        ["Bye", "\x01c"],
        ["", "info status\r"],
        ["paused", "system_reset\r"],
        ["(qemu) ", "c\r"],
        ["switches off.", "quit\r"],
      ],
    );
    expect(child.code).toBe(0);
    expect(child.out.match(/VM status: \w+|Hello|Bye/g)).toEqual(["VM status: paused", "Hello", "Bye", "VM status: paused", "Hello"]);
  });

  it("writes the serial port to a file", async () => {
    const path = join(folder, "serial");
    const result = await run(["-M", "virt", "-kernel", hello, "-serial", `file:${path}`, "-monitor", "stdio"], "(qemu) ", (type) =>
      setTimeout(() => type("quit\r"), 300),
    );
    expect([result.code, readFileSync(path, "latin1")]).toEqual([0, expect.stringContaining("Hello from an ARM")]);
  });

  it("dumps the device tree", async () => {
    const path = join(folder, "virt.dtb");
    expect(await run(["-M", `virt,dumpdtb=${path}`])).toMatchObject({
      code: 0,
      err: `tsemu-system-arm: info: dtb dumped to ${path}. Exiting.\n`,
    });
    expect(readFileSync(path).readUInt32BE(0)).toBe(0xd00dfeed);
  });

  it("logs to a file", async () => {
    const path = join(folder, "log");
    await run([...guest, "-d", "in_asm", "-D", path], banner, (type) => type("q"));
    expect(readFileSync(path, "utf8")).toMatch(/IN: \n0x40010000: /);
    await run([...guest, "-d", "in_asm", "-D", path, "-dfilter", "0x100+16"], banner, (type) => type("q"));
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it("says no more than a line about a kernel that is none", async () => {
    const path = join(folder, "elf");
    writeFileSync(
      path,
      Uint8Array.from({ length: 64 }, (_, i) => [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1][i] ?? 0),
    );
    const { code, err } = await run([...virt, "-kernel", path]);
    expect(code).toBe(1);
    expect(err.trim().split("\n")).toHaveLength(1);
  });
});
