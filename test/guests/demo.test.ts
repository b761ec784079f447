/** `npm run demo` as the README promises it: at a terminal, to a shell, and back to the terminal as it was. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { debianArm, GuestProcess, prompt } from "@tsemu/guests";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Seconds; generous, for slow and busy hosts. */
const bootLimit = 300;
const commandLimit = 60;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsemu-demo-"));
  // What the demo would fetch otherwise; the other tests of this folder need it too.
  await debianArm(() => {});
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A shell command at a terminal of its own, by util-linux's `script`. */
const atTerminal = (command: string): GuestProcess =>
  new GuestProcess(["-q", "-e", "-c", command, "/dev/null"], { program: ["script"], cwd: root });

it("boots to a shell, and poweroff ends it with status 0 and the terminal as it was", async () => {
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  const demo = atTerminal(`stty -a > ${before}; npm run demo; code=$?; stty -a > ${after}; exit $code`);
  try {
    await demo.waitFor("demo: tsemu-system-arm -M virt", commandLimit);
    await demo.waitFor("Linux version", bootLimit);
    await demo.waitFor(prompt, bootLimit);
    // Keys reach the guest: also this one, which would end a program at the host's terminal.
    demo.type("sleep 1000\n");
    await demo.waitFor("sleep 1000\n", commandLimit);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    demo.type("\x03");
    await demo.waitFor(prompt, commandLimit);
    demo.type("echo $((6 * 7)) $?\n");
    await demo.waitFor("42 130\n", commandLimit);
    await demo.waitFor(prompt, commandLimit);
    demo.type("poweroff\n");
    expect(await demo.end(commandLimit)).toBe(0);
    expect(demo.output).toContain("reboot: Power down");
    expect(await readFile(after, "utf8")).toBe(await readFile(before, "utf8"));
  } finally {
    demo.kill();
  }
});

it("ends with Ctrl-A x, and gives options to the emulator", async () => {
  const demo = atTerminal("npm run demo -- -m 128 -append 'console=ttyAMA0 rdinit=/bin/nothing' -no-reboot");
  try {
    await demo.waitFor("Kernel command line: console=ttyAMA0 rdinit=/bin/nothing", bootLimit);
    demo.type("\x01x");
    expect(await demo.end(commandLimit)).toBe(0);
  } finally {
    demo.kill();
  }
});

it("says what to do where there is no apt", async () => {
  const demo = new GuestProcess([join(root, "packages/guests/src/demo.ts")], {
    program: [process.execPath],
    env: { PATH: folder, TSEMU_GUESTS: join(folder, "guests") },
  });
  expect(await demo.end(commandLimit)).toBe(1);
  expect(demo.errors).toContain("demo: apt-get is needed, and not there");
  expect(demo.errors).toContain("npx tsemu-system-arm -M virt -nographic -kernel test/guests/bare/hello-arm.elf");
});
