/** Memtest86+ tests the memory of a PC, which is seen on the screen as -display curses draws it; keys of the terminal are the keyboard's. */
import { emulatorCalled, GuestProcess, memtest, Screen, seaBios } from "@tsemu/guests";
import { expect, it } from "vitest";

/** Seconds; generous, for slow and busy hosts. */
const limit = 240;

it.each(["ia32", "x64"] as const)("Memtest86+ %s", { timeout: 900_000 }, async (which) => {
  const screen = new Screen(80, 25);
  const vm = new GuestProcess(["-m", "32", "-display", "curses", "-L", await seaBios(), "-kernel", (await memtest())[which]], {
    program: [process.execPath, emulatorCalled(which === "ia32" ? "tsemu-system-i386" : "tsemu-system-x86_64")],
    onOutput: (text) => screen.write(Buffer.from(text, "latin1").toString()),
  });
  const shows = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const deadline = performance.now() + 1000 * limit;
    for (;;) {
      const match = pattern.exec(screen.text);
      if (match !== null) return match;
      if (performance.now() > deadline) throw new Error(`${pattern} is not on the screen:\n${screen.text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  try {
    await shows(/^ +Memtest86\+ v\d/m);
    await shows(/Memory {2}: +32MB/);
    await shows(/Test #[3-9]/);
    expect((await shows(/Errors: (\d+)/))[1]).toBe("0");
    vm.type("\x1bOP");
    await shows(/Settings|Configuration:/);
    vm.type("\x1b2");
    await shows(/\(qemu\)/);
    vm.type("quit\r");
    expect(await vm.end(30)).toBe(0);
  } finally {
    vm.kill();
  }
});
