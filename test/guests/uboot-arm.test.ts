/** U-Boot as the virt board's firmware. */
import { GuestProcess, ubootArm } from "@tsemu/guests";
import { expect, it } from "vitest";

it("U-Boot reaches its prompt, sees the board, and resets it", async () => {
  const vm = new GuestProcess(["-M", "virt", "-nographic", "-bios", await ubootArm()]);
  const prompt = "=> ";
  try {
    await vm.waitFor("U-Boot 20", 120);
    await vm.waitFor("Hit any key to stop autoboot", 120);
    vm.type(" ");
    await vm.waitFor(prompt, 60);
    vm.type("printenv arch\n");
    expect(await vm.waitFor(prompt, 60)).toContain("arch=arm");
    vm.type("bdinfo\n");
    expect(await vm.waitFor(prompt, 60)).toMatch(/-> size\s+= 0x0*8000000/);
    vm.type("reset\n");
    await vm.waitFor("U-Boot 20", 120);
    vm.type("\x01x");
    expect(await vm.end(30)).toBe(0);
  } finally {
    vm.kill();
  }
});
