/** Process.spawn: programs run inside this process. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Process, StartError } from "tsemu";
import { expect, it } from "vitest";

const program = join(import.meta.dirname, "programs/linux-user-tests.armhf");
const text = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder();
  let all = "";
  for await (const bytes of stream) all += decoder.decode(bytes, { stream: true });
  return all;
};

it("gives what the program writes, and how it ends", async () => {
  const child = await Process.spawn(program, ["echo", "a", "zwei wörter"], { arch: "arm", env: { TEST: "ü" } });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("one line\n"));
  await writer.close();
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(await out).toBe("echo a zwei wörter\nTEST=ü\none line\n");
  expect(await err).toBe("to stderr\n");
});

it("passes a megabyte through in both directions, with little in between", async () => {
  const child = await Process.spawn(program, ["echo"], { arch: "arm", env: {} });
  const out = text(child.stdout);
  const writer = child.stdin.getWriter();
  for (let i = 0; i < 16; i++) await writer.write(new Uint8Array(65_536).fill(0x61 + i));
  await writer.close();
  const answer = await out;
  expect(answer.length).toBe("echo\n".length + (1 << 20));
  expect(answer.at(-1)).toBe("p");
  expect((await child.exit).code).toBe(3);
});

it("ends it when it is told to", async () => {
  const child = await Process.spawn(program, ["echo"], { arch: "arm", env: {} });
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  const controller = new AbortController();
  const other = await Process.spawn(program, ["echo"], { arch: "arm", env: {}, signal: controller.signal });
  controller.abort();
  expect(await other.exit).toEqual({ code: null, signal: "SIGKILL" });
});

it("runs several at a time", async () => {
  const run = async (word: string): Promise<string> => {
    const child = await Process.spawn(program, ["echo", word], { arch: "arm", env: {} });
    await child.stdin.close();
    return text(child.stdout);
  };
  expect(await Promise.all(["x", "y", "z"].map(run))).toEqual(["echo x\n", "echo y\n", "echo z\n"]);
});

it("says why a program cannot be run", async () => {
  await expect(Process.spawn("/nowhere", [], { arch: "arm" })).rejects.toBeInstanceOf(StartError);
  await expect(Process.spawn(process.execPath, [], { arch: "arm" })).rejects.toMatchObject({ code: "ENOEXEC" });
});

it("runs the example of the documentation", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/user-mode.md"), "utf8");
  const example = /```ts\n(.*?)```/s.exec(page)![1]!.replace('"./hello", ["a"]', `${JSON.stringify(program)}, ["echo", "a"]`);
  expect(example).toContain(program);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", example], {
    cwd: import.meta.dirname,
  });
  expect(stdout).toBe("echo a\nTEST=1\nended with 3\n");
});
